"""What the black box says of a customer and a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from tirage.catalog.models import Sku
from tirage.checkout.models import Recording
from tirage.checkout.recording import ShownWine, write_recordings
from tirage.checkout.states import RecordingKind
from tirage.customers.models import Customer
from tirage.offers.models import Offer, OfferItem, Release

#: How far back the last page is looked for, and how much around the minute is told.
LOOKED_WITHIN = timedelta(hours=24)
AROUND = timedelta(minutes=10)
MOST_PRESSES = 200
#: Pages that know what is left for everybody.
COUNTING = ("offer", "checkout")


@dataclass(frozen=True, slots=True)
class WineThen:
    """A wine of the page, with its name of today."""

    name: str
    shown: ShownWine


@dataclass(frozen=True, slots=True)
class PageThen:
    """The page that was in front of the customer: ``at`` is when it was shown."""

    at: datetime
    name: str
    offer: Offer | None
    status: str
    wines: Sequence[WineThen]
    held_until: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button, what was sent with it (wine and pieces) and what was answered."""

    at: datetime
    name: str
    bottles: Sequence[tuple[str, int]]
    wishes: Sequence[tuple[str, int]]
    said: Sequence[str]
    was_refused: bool


@dataclass(frozen=True, slots=True)
class StockThen:
    """A wine as any customer's page last found it: free for everybody and in carts, in pieces."""

    name: str
    at: datetime
    free: int
    in_carts: int


@dataclass(frozen=True, slots=True)
class Minute:
    """``page`` is None where the customer had looked at nothing for a day."""

    page: PageThen | None
    presses: Sequence[Press]
    stock: Sequence[StockThen]


def last_recorded(customer: Customer, *, release: Release | None = None) -> datetime | None:
    """When the customer last looked at or pressed something, in this release where one is named."""
    write_recordings()
    rows = Recording.objects.filter(customer=customer)
    if release is not None:
        rows = rows.filter(offer__release=release)
    return rows.order_by("-at", "-id").values_list("at", flat=True).first()


def around(customer: Customer, minute: datetime) -> tuple[datetime | None, datetime | None]:
    """When the customer last did something before the minute, and next after it."""
    rows = Recording.objects.filter(customer=customer).values_list("at", flat=True)
    before = rows.filter(at__lt=minute).order_by("-at").first()
    return before, rows.filter(at__gte=minute + timedelta(minutes=1)).order_by("at").first()


def minute_of(customer: Customer, minute: datetime) -> Minute:
    """What the customer saw at the end of the minute that begins at ``minute``, and what was pressed around it."""
    write_recordings()
    end = minute + timedelta(minutes=1)
    shown = _last_shown(Recording.objects.filter(customer=customer), end)
    pressed = Recording.objects.filter(
        customer=customer, kind=RecordingKind.PRESSED.value, at__gte=minute - AROUND, at__lt=end + AROUND
    )
    presses = list(pressed.order_by("at", "id")[:MOST_PRESSES])
    stock = _stock_of(shown, end) if shown and shown.offer_id else {}
    names = _names_of([shown, *stock.values()] if shown else [])
    page = _page(shown, names) if shown else None
    return Minute(page, _presses(presses), _stock(shown, stock, names) if shown else ())


def _last_shown(rows: QuerySet[Recording], end: datetime) -> Recording | None:
    seen = rows.filter(kind=RecordingKind.SHOWN.value, at__lt=end, at__gte=end - LOOKED_WITHIN)
    return seen.select_related("offer__release").order_by("-at", "-id").first()


def _wines(row: Recording) -> list[ShownWine]:
    return [ShownWine(*wine) for wine in row.data["wines"]]


def _page(row: Recording, names: dict[int, str]) -> PageThen:
    until = row.data["held_until"]
    return PageThen(
        at=row.at,
        name=row.name,
        offer=row.offer,
        status=row.data["status"],
        wines=[WineThen(names.get(wine.sku_id, "A wine that is gone"), wine) for wine in _wines(row)],
        held_until=datetime.fromisoformat(until) if until else None,
        problem=row.data["problem"],
    )


def _stock_of(shown: Recording, end: datetime) -> dict[int, Recording]:
    """The last page of any customer, in any offer of the release, that showed each wine of this page."""
    if shown.offer is None or shown.name not in COUNTING:
        return {}
    offers = shown.offer.release.offers.values_list("pk", flat=True)
    rows = Recording.objects.filter(
        offer_id__in=list(offers),
        name__in=COUNTING,
        kind=RecordingKind.SHOWN.value,
        at__lt=end,
        at__gte=end - LOOKED_WITHIN,
    )
    wanted, found = {wine.sku_id for wine in _wines(shown)}, dict[int, Recording]()
    for row in rows.order_by("-at", "-id")[:100]:
        for wine in _wines(row):
            if wine.sku_id in wanted:
                found.setdefault(wine.sku_id, row)
        if len(found) == len(wanted):
            break
    return found


def _stock(shown: Recording, found: dict[int, Recording], names: dict[int, str]) -> list[StockThen]:
    told = []
    for wine in _wines(shown):
        row = found.get(wine.sku_id)
        then = next((one for one in _wines(row) if one.sku_id == wine.sku_id), None) if row else None
        if row and then:
            own = then.in_cart if then.is_held else 0
            name = names.get(wine.sku_id, "A wine that is gone")
            told.append(StockThen(name, row.at, then.free - own, then.elsewhere + own))
    return told


def _names_of(rows: Sequence[Recording]) -> dict[int, str]:
    skus = {wine.sku_id for row in rows for wine in _wines(row)}
    return {sku.pk: str(sku) for sku in Sku.objects.filter(pk__in=skus)} if skus else {}


def _presses(rows: Sequence[Recording]) -> list[Press]:
    items = {item for row in rows for item, _ in (*row.data["bottles"], *row.data["wishes"])}
    found = OfferItem.objects.filter(pk__in=items).select_related("sku") if items else ()
    names = {item.pk: str(item.sku) for item in found}

    def named(pairs: Sequence[Sequence[int]]) -> list[tuple[str, int]]:
        return [(names.get(item, "A wine that is gone"), pieces) for item, pieces in pairs]

    return [
        Press(
            at=row.at,
            name=row.name,
            bottles=named(row.data["bottles"]),
            wishes=named(row.data["wishes"]),
            said=row.data["said"],
            was_refused=row.data["refused"],
        )
        for row in rows
    ]
