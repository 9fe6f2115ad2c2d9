"""What is written down about a person and a place of the demo."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The same text in the three languages of the shop."""

    fr: str
    en: str
    ar: str


@dataclass(frozen=True)
class Place:
    """A town or village, in degrees, to a few kilometres."""

    name: Words
    latitude: float
    longitude: float
    country: str = "MA"


@dataclass(frozen=True)
class Face:
    """What portraits.portrait and scenes.village need."""

    seed: int
    dress: str


@dataclass(frozen=True)
class Person:
    """One account to be. `locale` is the language of the screen; `reads` what may be put before their eyes."""

    key: str
    name: str
    roles: tuple[str, ...]
    place: str
    locale: str
    reads: tuple[str, ...]
    speaks: tuple[str, ...]
    face: Face
    email: str | None = None
    phone: str | None = None
    craft: str | None = None
    years: int = 0
    mentor: str | None = None
    biography: Words | None = None
