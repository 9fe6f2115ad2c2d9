"""What was agreed before you came in: orders at every stage, and parcels in every state that the rules know.

Days count back from the moment in which the demo is filled: `Scan(6.5, ...)` happened six and a half days ago.
"""

from dataclasses import dataclass

POST, DHL, LOCAL = "poste_maroc", "dhl_universal", "local"


@dataclass(frozen=True)
class Scan:
    """One checkpoint; `source`, `reason` and `status` are words of `hub.rules.shipments`."""

    ago: float
    status: str
    place: str | None = None
    source: str = "carrier_poll"
    reason: str | None = None
    note: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Papers:
    """An export paper is awaited (`reason`), or all are there (None)."""

    ago: float
    reason: str | None
    note: str | None = None


@dataclass(frozen=True)
class Parcel:
    """A shipment. `taken_by`: who signed for it; then it has a proof of delivery."""

    carrier: str
    booked: float
    number: str | None = None
    scans: tuple[Scan, ...] = ()
    papers: tuple[Papers, ...] = ()
    taken_by: str | None = None


@dataclass(frozen=True)
class Deal:
    """An order about a piece of the shop: agreed `accepted` days ago, brought as far as `reach`, made `made` days ago.

    `reach` is one of STEPS. An order that is shipped has parcels; `wrong`: what the buyer complains of after delivery.
    """

    buyer: str
    product: str
    accepted: float
    reach: str
    made: float = 0
    parcels: tuple[Parcel, ...] = ()
    quantity: int = 1
    progress: int = 0  # steps of the craft that were shown
    wrong: str | None = None


STEPS = ("opened", "making", "made", "inspected", "paid", "shipped", "delivered", "completed")


def _way(left: float, *, collected: str, hub: str) -> tuple[Scan, ...]:
    """The part of every journey that lies in Morocco, from `left` days ago; a courier collects, the carrier goes on."""
    return (
        Scan(left, "picked_up", collected, "courier_link"),
        Scan(left - 0.3, "in_transit", hub, "courier_link"),
        Scan(left - 1.1, "in_transit", "Casablanca", code="EMA"),
    )


def _visit(buyer: str, ago: int, days: int) -> Deal:
    """Bowls for a gallery, ordered again and again: the past from which arrivals are foretold."""
    arrived = float(ago - days)
    scans = (*_way(ago, collected="Safi", hub="Safi"), Scan(arrived, "delivered", "Lyon", code="EMI"))
    parcel = Parcel(POST, ago + 0.5, scans=scans, taken_by="Hélène Marquet")
    return Deal(buyer, "three-bowls", ago + 12, "completed", made=ago + 2, quantity=6, parcels=(parcel,))


GALLERY = tuple(_visit("helene", ago, days) for ago, days in ((230, 9), (196, 7), (161, 12), (128, 8), (94, 8), (60, 15), (31, 9)))

MAKING: tuple[Deal, ...] = (
    Deal("jonas", "friday-tagine", 1, "opened"),
    Deal("claire", "pomegranate", 34, "making", progress=4),
    Deal("margaret", "small-eyes", 30, "made", made=0.6, progress=7),
    Deal("ellen", "letter-satchel", 12, "inspected", made=2, progress=3),
    Deal("claire", "nothing-lost", 27, "paid", made=3, progress=6),
)

TRAVELLING: tuple[Deal, ...] = (
    Deal("claire", "red-hanbel", 52, "shipped", made=12, progress=6, parcels=(
        Parcel(POST, 8, "EE208173515MA", (
            *_way(7, collected="Aït Bouguemez", hub="Béni Mellal"),
            Scan(4.2, "in_transit", "Paris", code="EMD"),
            Scan(2.4, "in_transit", "Paris", code="EME", reason="customs_inspection"),
            Scan(0.8, "in_transit", "Lyon", code="EMF"),
        )),)),
    Deal("ellen", "three-bowls", 31, "shipped", made=13, parcels=(
        Parcel(DHL, 9, "4408112639", (
            *_way(8, collected="Safi", hub="Casablanca"),
            Scan(5.6, "in_transit", "Cincinnati, US", code="transit"),
            Scan(0.2, "out_for_delivery", "Portland, US", code="transit"),
        )),)),
    Deal("ellen", "bare-hills", 62, "shipped", made=20, progress=5, parcels=(
        Parcel(POST, 14, "EE208174025MA", (
            *_way(13, collected="Khénifra", hub="Khénifra"),
            Scan(9, "in_transit", "New York, US", code="EMD"),
            Scan(7.5, "on_hold", "New York, US", code="EME", reason="customs_documentation", note="Description of goods incomplete"),
            Scan(2, "on_hold", "New York, US", code="EME", reason="customs_documentation"),
        )),)),
    Deal("jonas", "three-sisters", 48, "shipped", made=14, progress=7, parcels=(
        Parcel(DHL, 7, "4408112650", (
            *_way(6, collected="Azilal", hub="Béni Mellal"),
            Scan(3, "in_transit", "Leipzig, DE", code="transit"),
            Scan(0.4, "delivery_failed", "Hamburg, DE", code="failure", reason="consignee_not_home"),
        )),)),
    Deal("jonas", "ember", 41, "shipped", made=15, progress=7, parcels=(
        Parcel(POST, 10, "EE208174192MA", (
            *_way(9, collected="Boujad", hub="Khouribga"),
            Scan(4, "in_transit", "Frankfurt, DE", code="EMD"),
            Scan(1.2, "ready_for_pickup", "Hamburg, Mühlenkamp", code="EMH"),
        )),)),
    Deal("jonas", "siroua-saffron", 128, "shipped", made=16, progress=8, parcels=(
        Parcel(POST, 12, papers=(
            Papers(11, "export_papers_origin"),
            Papers(6, "export_papers_exchange", "La banque demande encore la facture signée."),
        )),)),
    Deal("margaret", "sixteen-stones", 25, "shipped", made=12, progress=4, parcels=(
        Parcel(DHL, 6, "4408112661", (
            *_way(5, collected="Tiznit", hub="Agadir"),
            Scan(0.9, "delivery_delayed", "East Midlands, GB", code="transit", reason="weather_delay"),
        )),)),
    Deal("margaret", "thuya-casket", 44, "shipped", made=25, progress=5, parcels=(
        Parcel(POST, 18, "RR208174970MA", (
            *_way(17, collected="Essaouira", hub="Essaouira"),
            Scan(8, "delivery_failed", "Edinburgh, GB", code="EMH", reason="consignee_incorrect_address"),
            Scan(3, "return_to_sender", "Edinburgh, GB", code="EMF"),
        )),)),
    Deal("margaret", "market-day", 60, "shipped", made=9, progress=8, parcels=(
        Parcel(POST, 3, "EE208174665MA", (Scan(0.5, "picked_up", "Azilal", "courier_link"),)),)),
    Deal("ellen", "four-spoons", 9, "shipped", made=5, parcels=(
        Parcel(LOCAL, 3, scans=(Scan(2, "cancelled", None, "steward", note="Le camion est en panne."),)),
        Parcel(LOCAL, 1),
    )),
    Deal("claire", "rose-dish", 33, "shipped", made=19, progress=5, parcels=(
        Parcel("aramex", 12, "51130047726", (
            Scan(11.4, "pending", "Azilal", code="SH999", note="Record created"),
            Scan(5.5, "unknown", None, "steward", note="Personne ne sait où il est, Aramex cherche."),
        )),)),
    Deal("jonas", "yellow-babouches", 24, "shipped", made=12, quantity=4, progress=4, parcels=(
        Parcel(DHL, 8, "4408112672", (
            *_way(7.5, collected="Fès", hub="Fès"), Scan(1.6, "delivered", "Hamburg, DE", code="delivered"),
        ), taken_by="J. Petersen"),
        Parcel(DHL, 5, "4408112683", _way(4.5, collected="Fès", hub="Fès")),
    )),
)

ARRIVED: tuple[Deal, ...] = (
    Deal("claire", "star-pouf", 29, "delivered", made=14, progress=4, parcels=(
        Parcel(POST, 9, "EE208175238MA", (
            *_way(8.5, collected="Fès", hub="Fès"),
            Scan(4, "in_transit", "Paris", code="EMD"),
            Scan(1.8, "out_for_delivery", "Lyon", code="EMG"),
            Scan(1.5, "delivered", "Lyon", "courier_link"),
        ), taken_by="Claire Vasseur"),)),
    Deal("ellen", "askew", 95, "delivered", made=22, progress=7, wrong="One corner arrived wet and the red has run.", parcels=(
        Parcel(POST, 18, "EE208175808MA", (
            *_way(17, collected="Boujad", hub="Khouribga"),
            Scan(11, "in_transit", "New York, US", code="EMD"),
            Scan(4, "delivered", "Portland, US", code="EMI"),
        ), taken_by="E. Marsh"),)),
    Deal("jonas", "valley-lozenges", 118, "completed", made=38, progress=8, parcels=(
        Parcel(POST, 34, "EE208176145MA", (
            *_way(33, collected="Aït Bouguemez", hub="Béni Mellal"),
            Scan(27, "in_transit", "Frankfurt, DE", code="EMD"),
            Scan(23, "delivered", "Hamburg, DE", code="EMI"),
        ), taken_by="Jonas Petersen"),)),
)

DEALS: tuple[Deal, ...] = (*GALLERY, *ARRIVED, *TRAVELLING, *MAKING)

REPLAYED = Deal("claire", "small-eyes", 0, "shipped", parcels=(Parcel(LOCAL, 0),))
"""What `anou demo courier` makes anew and sends on its way."""
