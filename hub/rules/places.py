"""Where places are that parcels pass, in degrees: enough to say how far along its way a courier is, and no more.

What is not written down here is looked up in the time zone database that the hub has anyway: it knows a city of every country.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from math import cos, hypot, radians
from typing import NamedTuple

from hub.rules.sending import HOME

NEAR_KM = 30.0
MAIN = {"AU": "Sydney", "BR": "Sao Paulo", "CA": "Toronto", "RU": "Moscow", "UA": "Kyiv"}
"""Where the database does not begin with the city in which most people live."""

_MOROCCO = """
31.65 -6.45 Aït Bouguemez, Ait Bougmez, آيت بوكماز; 33.59 -7.61 Casablanca, الدار البيضاء; 34.01 -6.83 Rabat, الرباط
34.05 -6.80 Salé, سلا; 34.26 -6.58 Kénitra, القنيطرة; 35.77 -5.80 Tanger, Tangier, طنجة; 35.58 -5.37 Tétouan, تطوان
35.17 -5.26 Chefchaouen, شفشاون; 35.25 -3.94 Al Hoceïma, الحسيمة; 35.17 -2.93 Nador, الناظور; 34.68 -1.91 Oujda, وجدة
34.92 -2.32 Berkane, بركان; 34.21 -4.01 Taza, تازة; 34.03 -5.00 Fès, Fez, فاس; 33.89 -5.55 Meknès, مكناس
33.83 -4.83 Sefrou, صفرو; 33.53 -5.11 Ifrane, إفران; 33.43 -5.22 Azrou, أزرو; 32.69 -4.75 Midelt, ميدلت
31.93 -4.43 Errachidia, Er Rachidia, الرشيدية; 31.44 -4.23 Erfoud, أرفود; 31.28 -4.27 Rissani, الريصاني
31.10 -4.01 Merzouga, مرزوكة; 31.51 -5.53 Tinghir, Tinerhir, تنغير; 31.38 -5.99 Boumalne Dadès, بومالن دادس
31.24 -6.13 Kelaat M'Gouna, قلعة مكونة; 30.92 -6.89 Ouarzazate, ورزازات; 31.06 -6.55 Skoura, سكورة; 30.69 -6.45 Agdz, أكدز
30.33 -5.84 Zagora, زاكورة; 30.58 -7.20 Taznakht, Tazenakht, تازناخت; 30.53 -7.91 Taliouine, تالوين
30.47 -8.88 Taroudant, Taroudannt, تارودانت; 30.42 -9.60 Agadir, أكادير; 30.36 -9.54 Inezgane, إنزكان
29.70 -9.73 Tiznit, تيزنيت; 29.72 -8.97 Tafraout, Tafraoute, تافراوت; 29.38 -10.17 Sidi Ifni, سيدي إفني
28.99 -10.06 Guelmim, كلميم; 28.44 -11.10 Tan-Tan, Tan Tan, طانطان; 27.15 -13.20 Laâyoune, العيون; 23.68 -15.96 Dakhla, الداخلة
31.51 -9.77 Essaouira, الصويرة; 32.30 -9.24 Safi, آسفي; 33.26 -8.51 El Jadida, الجديدة; 33.29 -8.34 Azemmour, أزمور
33.00 -7.62 Settat, سطات; 33.27 -7.59 Berrechid, برشيد; 33.69 -7.38 Mohammedia, المحمدية; 32.88 -6.91 Khouribga, خريبكة
32.86 -6.57 Oued Zem, وادي زم; 32.77 -6.40 Boujad, أبي الجعد; 32.60 -6.27 Kasba Tadla, قصبة تادلة
32.34 -6.35 Béni Mellal, بني ملال; 32.50 -6.69 Fquih Ben Salah, الفقيه بن صالح; 32.94 -5.67 Khénifra, خنيفرة
31.96 -6.57 Azilal, أزيلال; 31.73 -7.01 Demnate, دمنات; 32.16 -6.35 Ouaouizeght, واويزغت; 32.21 -6.54 Afourar, أفورار
32.09 -7.05 Bzou, بزو; 32.05 -7.41 El Kelaâ des Sraghna, Kalaat Sraghna, قلعة السراغنة
32.24 -7.95 Ben Guerir, Benguerir, ابن جرير; 31.63 -8.00 Marrakech, Marrakesh, مراكش; 31.54 -8.76 Chichaoua, شيشاوة
31.17 -8.85 Imintanoute, إمنتانوت; 31.22 -8.23 Amizmiz, أمزميز; 31.25 -7.98 Asni, أسني; 31.35 -7.95 Tahannaout, تحناوت
31.57 -7.66 Aït Ourir, Ait Ourir, آيت أورير; 35.19 -6.16 Larache, العرائش; 35.00 -5.90 Ksar El Kebir, القصر الكبير
34.80 -5.58 Ouezzane, وزان; 33.82 -6.07 Khemisset, الخميسات; 33.89 -6.31 Tiflet, تيفلت; 34.23 -3.35 Guercif, كرسيف
34.41 -2.90 Taourirt, تاوريرت; 32.11 -1.23 Figuig, فجيج; 32.53 -1.96 Bouarfa, بوعرفة; 29.74 -7.97 Tata, طاطا
29.39 -8.25 Akka, أقا; 30.09 -6.87 Foum Zguid, فم زكيد; 30.87 -5.87 Nkob, النقوب; 32.26 -4.50 Rich, الريش
31.69 -4.95 Goulmima, كلميمة; 32.15 -5.62 Imilchil, إملشيل; 32.47 -5.25 Tounfite, تونفيت; 33.36 -4.73 Boulemane, بولمان
33.05 -3.99 Missour, ميسور; 33.34 -3.70 Outat El Haj, أوطاط الحاج; 33.37 -7.59 Nouasseur, النواصر
"""
_ABROAD = """
45.75 4.85 Lyon; 43.30 5.38 Marseille; 43.60 1.44 Toulouse; 44.84 -0.58 Bordeaux; 50.63 3.06 Lille; 47.22 -1.55 Nantes
48.58 7.75 Strasbourg; 43.70 7.27 Nice; 48.11 -1.67 Rennes; 45.18 5.71 Grenoble; 43.61 3.88 Montpellier
49.00 2.52 Roissy, Roissy-en-France, CDG; 48.75 2.39 Orly; 50.63 5.57 Liège; 51.22 4.40 Antwerp, Antwerpen, Anvers
51.05 3.72 Gent, Ghent; 51.34 12.37 Leipzig; 50.93 6.95 Köln, Cologne; 50.12 8.68 Frankfurt, Francfort
48.14 11.58 München, Munich; 53.55 9.99 Hamburg; 48.78 9.18 Stuttgart; 51.22 6.78 Düsseldorf; 46.20 6.15 Genève, Geneva
47.56 7.57 Basel, Bâle; 46.52 6.63 Lausanne; 46.95 7.45 Bern; 41.39 2.16 Barcelona; 39.47 -0.38 Valencia
37.38 -5.97 Sevilla, Seville; 36.13 -5.45 Algeciras; 36.72 -4.42 Málaga; 43.26 -2.93 Bilbao; 41.15 -8.61 Porto
45.46 9.19 Milano, Milan; 45.07 7.69 Torino, Turin; 44.49 11.34 Bologna; 40.85 14.27 Napoli, Naples
43.78 11.25 Firenze, Florence; 45.44 12.33 Venezia, Venice; 52.48 -1.90 Birmingham; 53.48 -2.24 Manchester; 55.87 -4.26 Glasgow
55.95 -3.20 Edinburgh; 51.46 -2.60 Bristol; 53.80 -1.55 Leeds; 53.41 -2.98 Liverpool; 51.75 -1.26 Oxford; 52.20 0.12 Cambridge
51.92 4.48 Rotterdam; 52.09 5.12 Utrecht; 52.08 4.30 Den Haag, The Hague; 51.44 5.48 Eindhoven; 57.71 11.97 Göteborg
55.61 13.00 Malmö; 47.07 15.44 Graz; 47.80 13.04 Salzburg; 51.90 -8.47 Cork; 50.06 19.94 Kraków; 50.26 19.02 Katowice
35.15 -90.05 Memphis; 39.13 -84.51 Cincinnati; 25.77 -80.19 Miami; 33.75 -84.39 Atlanta; 42.36 -71.06 Boston
38.90 -77.04 Washington; 39.95 -75.16 Philadelphia; 29.76 -95.36 Houston; 32.78 -96.81 Dallas; 30.27 -97.74 Austin
37.77 -122.42 San Francisco; 37.80 -122.27 Oakland; 32.72 -117.16 San Diego; 47.61 -122.33 Seattle; 45.52 -122.68 Portland
44.98 -93.26 Minneapolis; 40.74 -74.17 Newark; 40.65 -73.95 Brooklyn; 40.76 -111.89 Salt Lake City; 35.69 -105.94 Santa Fe
36.17 -86.78 Nashville; 29.95 -90.08 New Orleans; 39.29 -76.61 Baltimore; 40.44 -80.00 Pittsburgh; 32.22 -110.93 Tucson
45.51 -73.59 Montréal; 45.41 -75.70 Ottawa; 46.81 -71.21 Québec; 51.05 -114.09 Calgary; -35.28 149.13 Canberra
34.69 135.50 Osaka, Ōsaka; 35.02 135.75 Kyoto; 24.45 54.40 Abu Dhabi; 21.49 39.19 Jeddah; 39.92 32.85 Ankara
"""
_DEGREES = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*")


class Point(NamedTuple):
    """North and east of where the lines cross, in degrees."""

    lat: float
    lon: float

    @property
    def there(self) -> bool:
        """Is there such a place on earth?"""
        return abs(self.lat) <= 90 and abs(self.lon) <= 180  # which no infinity is, nor what is no number


class Known(NamedTuple):
    """A place with the name under which it is shown."""

    name: str
    at: Point


def find(words: str) -> Known | None:
    """The first known place of which these words speak ("BENI MELLAL, MA", "Casablanca Hub 2"); of degrees, the place nearby."""
    if pair := _DEGREES.fullmatch(words):
        return _nearby(Point(float(pair[1]), float(pair[2])))
    parts = [fold(part).split() for part in re.split(r"[,;/()]| - ", words)]
    begun = (" ".join(part[:many]) for part in parts for many in range(len(part), 0, -1))
    return next((found for name in begun if (found := _known().get(name))), None)


def is_degrees(words: str) -> bool:
    """Is it where a telephone believed to be, and no name?"""
    return _DEGREES.fullmatch(words) is not None


def of_country(code: str) -> Point | None:
    """A city of this country, for what lies in it we don't know where. Not of ours: there it would be the wrong end."""
    return None if code.upper() == HOME else _countries().get(code.upper())


def fold(words: str) -> str:
    """As names are compared: without accents, case and signs."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", words) if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[\W_]+", " ", plain).casefold().split())


def _nearby(here: Point) -> Known | None:
    found = min(_known().values(), key=lambda one: _km(one.at, here))
    return found if _km(found.at, here) <= NEAR_KM else None


def _km(one: Point, other: Point) -> float:
    """Good enough for neighbours."""
    east = (one.lon - other.lon + 180) % 360 - 180
    return 111.2 * hypot(one.lat - other.lat, east * cos(radians(other.lat)))


@cache
def _known() -> dict[str, Known]:
    """By every name, folded; ours count before those of the time zones."""
    found: dict[str, Known] = {}
    for line in f"{_MOROCCO};{_ABROAD}".replace("\n", ";").split(";"):
        if line.strip():
            lat, lon, names = line.split(maxsplit=2)
            one = Known(names.split(",")[0].strip(), Point(float(lat), float(lon)))
            found |= {fold(name): one for name in names.split(",")}
    return {fold(name): Known(name, at) for _, name, at in _zones()} | found


@cache
def _countries() -> dict[str, Point]:
    found: dict[str, Point] = {}
    for code, name, at in _zones():
        if code not in found or MAIN.get(code) == name:
            found[code] = at
    return found


@cache
def _zones() -> tuple[tuple[str, str, Point], ...]:
    return tuple(_read(files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8")))


def _read(table: str) -> Iterator[tuple[str, str, Point]]:
    """Country, city and place of each zone; `+4852+00220` is 48 degrees 52 minutes north, 2 degrees 20 minutes east."""
    for line in table.splitlines():
        if line and not line.startswith("#"):
            code, where, zone = line.split("\t")[:3]
            lat, lon = re.findall(r"[+-]\d+", where)
            yield code, zone.rpartition("/")[2].replace("_", " "), Point(_degrees(lat, 2), _degrees(lon, 3))


def _degrees(text: str, whole: int) -> float:
    size = int(text[1 : 1 + whole]) + int(text[1 + whole : 3 + whole]) / 60
    return -size if text[0] == "-" else size
