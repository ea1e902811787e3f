"""What a campaign stands to lose, and what it owes the tax offices: by lot, and by destination."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet, Sum

from tirage.catalog.models import Sku
from tirage.core.fields import wide
from tirage.core.money import exponent
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Address
from tirage.futures.models import Commitment, Lot, Settlement
from tirage.futures.states import SettlementState
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order, OrderCharge, OrderLine
from tirage.orders.states import ChargeKind, OrderState
from tirage.taxes.book import Book, current_book
from tirage.taxes.duties.queries import DutyTable, dutiable
from tirage.taxes.duties.rules import DutyRow, DutyUnknown, duties_on
from tirage.taxes.protocol import TaxPlace, added_minor
from tirage.taxes.rules import Sale, tax_lines

_VALUE = wide("pieces") * wide("line__unit_price_minor")


@dataclass(slots=True)
class Exposure:
    """A lot, in minor units: ``at_risk`` is what would be given back if all of it failed, ``unpaid`` what wouldn't be
    asked for any more.
    """

    lot: Lot
    at_risk: int = 0
    unpaid: int = 0

    @property
    def short(self) -> int:
        """Pieces that are sold beyond the low end of what it may bring."""
        return max(self.lot.committed - self.lot.lowest, 0)


@dataclass(slots=True)
class Charges:
    """What is to come of duty and tax at a destination, in minor units; None where no table says it."""

    country: str
    state: str
    orders: int = 0
    wine: int = 0
    duty: int | None = 0
    tax: int | None = 0
    pieces: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    paid: dict[int, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True)
class _Held:
    """Of an order: what its pieces of each lot come to before discounts, and what it owes and has paid."""

    customer_id: int
    owed: int
    paid: int
    wine: int
    discount: int
    lots: dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Exposures:
    lots: list[Exposure]
    charges: list[Charges]


def exposures(now: datetime) -> Exposures:
    """All lots of which something is sold and hasn't left, and all destinations; eleven statements."""
    held = _held()
    lots = {lot.pk: Exposure(lot) for lot in _lots(held.values())}
    for order in held.values():
        for lot_id, (_, value) in order.lots.items():
            at_risk, unpaid = _if_it_fails(order, value)
            lots[lot_id].at_risk += at_risk
            lots[lot_id].unpaid += unpaid
    skus = {lot.lot.pk: lot.lot.sku_id for lot in lots.values()}
    rows = sorted(lots.values(), key=lambda one: (-one.at_risk, one.lot.pk))
    return Exposures(rows, _charges(held, skus, now))


def _placed() -> QuerySet[Order]:
    return Order.objects.filter(state=OrderState.PLACED.value, release__kind=ReleaseKind.EN_PRIMEUR.value)


def _held() -> dict[int, _Held]:
    """Four statements."""
    wine = (
        OrderLine.objects.filter(order__in=_placed())
        .order_by()
        .values_list("order")
        .annotate(minor=Sum(wide("quantity") * wide("unit_price_minor")))
    )
    wines = dict(wine)
    discounts = OrderCharge.objects.filter(order__in=_placed(), kind=ChargeKind.DISCOUNT.value)
    off = dict(discounts.order_by().values_list("order").annotate(minor=Sum("amount_minor")))
    lots: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    rows = (
        Commitment.objects.filter(line__order__in=_placed())
        .order_by()
        .values_list("line__order", "lot")
        .annotate(sum=Sum("pieces"), minor=Sum(_VALUE))
    )
    for order_id, lot_id, pieces, minor in rows:
        if pieces:
            lots[order_id][lot_id] = (int(pieces), int(minor))
    orders = _placed().values_list("pk", "customer", "owed_minor", "balance_minor")
    return {
        pk: _Held(customer_id, owed, owed - balance, int(wines.get(pk) or 0), int(off.get(pk) or 0), lots[pk])
        for pk, customer_id, owed, balance in orders
        if lots.get(pk)
    }


def _net(order: _Held, value: int) -> int:
    """What wine of so much comes to after the order's discounts, rounded half up."""
    if not order.wine:
        return 0
    return (2 * (order.wine + order.discount) * value + order.wine) // (2 * order.wine)


def _if_it_fails(order: _Held, value: int) -> tuple[int, int]:
    """What is given back, and what isn't asked for any more: what was paid counts for what the order keeps."""
    price = _net(order, value)
    back = min(max(order.paid - (order.owed - price), 0), price)
    return back, price - back


def _lots(held: Iterable[_Held]) -> list[Lot]:
    ids = {lot_id for order in held for lot_id in order.lots}
    return list(Lot.objects.filter(pk__in=ids).select_related("sku"))


def _charges(held: Mapping[int, _Held], skus: Mapping[int, int], now: datetime) -> list[Charges]:
    """Of what isn't settled yet, by the home of each customer; six statements."""
    settled = set(
        Settlement.objects.filter(
            state=SettlementState.SETTLED.value, order__state=OrderState.PLACED.value
        ).values_list("order", flat=True)
    )
    open_ones = {pk: order for pk, order in held.items() if pk not in settled}
    homes = {
        customer_id: (country, state)
        for customer_id, country, state in Address.objects.filter(
            customer__in={order.customer_id for order in open_ones.values()},
            is_default=True,
            removed_at__isnull=True,
        ).values_list("customer", "country", "state")
    }
    found: dict[tuple[str, str], Charges] = {}
    for order in open_ones.values():
        place = homes.get(order.customer_id, ("", ""))
        row = found.setdefault(place, Charges(*place))
        row.orders += 1
        for lot_id, (pieces, value) in order.lots.items():
            net = _net(order, value)
            row.pieces[skus[lot_id]] += pieces
            row.paid[skus[lot_id]] += net
            row.wine += net
    _reckon(found.values(), now)
    return sorted(found.values(), key=lambda one: (-one.wine, one.country, one.state))


def _reckon(rows: Iterable[Charges], now: datetime) -> None:
    """By the tables of today, as a settlement would; of all a destination's wine together."""
    day = local_time(now).date()
    table, book = DutyTable(day), current_book()
    ids = {sku_id for row in rows for sku_id in row.pieces}
    loaded = Sku.objects.select_related("vintage__wine").in_bulk(ids)
    for row in rows:
        row.duty = _duty(row, table.rows(row.country, row.state), loaded) if row.country else None
        row.tax = _tax(row, book, now) if row.country else None


def _duty(row: Charges, rows: tuple[DutyRow, ...], loaded: Mapping[int, Sku]) -> int | None:
    wines = [dutiable(loaded[sku_id], pieces, row.paid[sku_id]) for sku_id, pieces in row.pieces.items()]
    try:
        lines = duties_on(wines, rows, decimals=exponent(current_winery().currency))
    except DutyUnknown:
        return None
    return sum(line.minor for line in lines)


def _tax(row: Charges, book: Book, now: datetime) -> int | None:
    """On the wine, and on the duty where the law says so; None where no table has a rate."""
    rule = book.rule(TaxPlace(row.country, row.state), local_time(now).date())
    if not rule.levies and not rule.rate_ppm:
        return None
    return added_minor(tax_lines(rule, Sale(row.wine, duty_minor=row.duty or 0)))
