"""A cut before it begins: who would lose what and what is given back; planned, and called off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum

from tirage.catalog.models import Sku
from tirage.changes.operations import LineRefund, quote_coming_off
from tirage.changes.rules import line_key
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import LAST_DAY, LAST_MOMENT
from tirage.core.dated import say_date
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.runs import in_the_name_of
from tirage.core.texts import say_count
from tirage.core.winery import current_winery, local_time
from tirage.futures.cutting.rules import Having, keeps, loses
from tirage.futures.cutting.supply import count_as_lot, is_in_cellar, live_cuts, lower
from tirage.futures.models import Commitment, Cut, CutLine, Lot
from tirage.futures.settlement_models import Settlement
from tirage.futures.states import STANDING, CutRule, CutState
from tirage.inventory.operations import lock_stock
from tirage.inventory.statements import drop_lapsed
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import OrderState

#: For so long at least a planned cut can be called off.
LEAST_WAIT = timedelta(minutes=10)
MOST_STEP = 48
#: The fewest days in which customers can take another wine instead.
LEAST_DAYS = 7
_NO_GROUP = 10**6


@dataclass(frozen=True, slots=True)
class CutValues:
    """What the team says of a cut. ``floor_bp``: the part that each group keeps at least, where it goes by group.

    ``substitute`` may be had instead of the money until that day, at ``substitute_minor`` a piece.
    """

    rule: CutRule
    pieces: int
    reason: str
    begins_at: datetime
    step: int = 1
    floor_bp: int = 0
    substitute: Sku | None = None
    substitute_minor: int | None = None
    substitute_until: date | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """What one order would lose. ``off`` is its price, of which ``back`` is given back; the rest isn't asked for."""

    order: Order
    had: int
    loses: int
    off: Money
    back: Money

    @property
    def keeps(self) -> int:
        return self.had - self.loses

    @property
    def not_asked(self) -> Money:
        return self.off - self.back


@dataclass(frozen=True, slots=True)
class CutPlan:
    """Who loses what; ``untouched`` pieces are of orders that are settled or have left, ``spare`` stay free to sell."""

    losses: tuple[Loss, ...]
    untouched: int
    spare: int

    @property
    def missing(self) -> int:
        return sum(one.loses for one in self.losses)

    @property
    def off(self) -> Money:
        return self._sum(one.off for one in self.losses)

    @property
    def back(self) -> Money:
        return self._sum(one.back for one in self.losses)

    @property
    def not_asked(self) -> Money:
        return self.off - self.back

    @staticmethod
    def _sum(amounts: Any) -> Money:
        return sum(amounts, Money(0, current_winery().currency))

    def as_seen(self) -> list[list[Any]]:
        """What a form carries of it: once an order has changed, it is looked at again."""
        return [[one.order.reference, one.loses, one.off.minor, one.back.minor] for one in self.losses]


def preview(lot: Lot, *, rule: CutRule, pieces: int, step: int = 1, floor_bp: int = 0) -> CutPlan:
    """Who would lose what; nothing changes by looking. Six statements, however many orders there are.

    Raises DomainError ``cut_invalid`` by field.
    """
    orders, had = _who_has(lot)
    fixed = _spoken_for(orders)
    untouched = sum(had[pk] for pk in fixed)
    _refuse_pieces(lot, pieces, untouched)
    having = [Having(one.pk, had[one.pk], _rank(one)) for one in orders if one.pk not in fixed]
    kept = keeps(rule, having, pieces - untouched, step=step, floor_bp=floor_bp)
    losing = loses(having, kept)
    those = [one for one in orders if one.pk in losing]
    quotes = quote_off(lot.sku_id, those, losing)
    losses = [_loss(one, had[one.pk], losing[one.pk], quotes[one.pk]) for one in those]
    return CutPlan(tuple(losses), untouched, pieces - untouched - sum(kept.values()))


def _loss(order: Order, had: int, losing: int, quote: LineRefund) -> Loss:
    return Loss(order, had, losing, quote.total, quote.to_give_back)


def _who_has(lot: Lot) -> tuple[list[Order], dict[int, int]]:
    """Orders with pieces of the lot, the oldest first, and how many each has."""
    rows = Commitment.objects.filter(lot=lot).values_list("line__order").annotate(sum=Sum("pieces"))
    had = {order_id: int(count) for order_id, count in rows if count}
    orders = Order.objects.filter(pk__in=had).select_related("customer", "group")
    return list(orders.order_by("placed_at", "pk")), had


def _spoken_for(orders: Collection[Order]) -> set[int]:
    """Orders whose wine is there and was asked about, or has left: they keep all of it."""
    standing = Settlement.objects.filter(order__in=orders, state__in=[state.value for state in STANDING])
    left = {one.pk for one in orders if one.state == OrderState.SHIPPED}
    return left | set(standing.values_list("order_id", flat=True))


def _rank(order: Order) -> int:
    return order.group.rank if order.group else _NO_GROUP


def _refuse_pieces(lot: Lot, pieces: int, untouched: int) -> None:
    words = ""
    if pieces < lot.arrived:
        words = f"{lot.arrived:,} of this lot are in the cellar already."
    elif pieces < untouched:
        words = (
            f"{untouched:,} are of orders that are settled or have left. Call their settlements off first."
        )
    elif pieces >= lot.committed:
        words = f"{lot.committed:,} are sold, so nobody has to go without. Correct the lot instead."
    if words:
        raise DomainError("cut_invalid", words, {"pieces": words})


def quote_off(sku_id: int, orders: Sequence[Order], losing: Mapping[int, int]) -> dict[int, LineRefund]:
    """What so many pieces of a wine (by order id) come to, at what each order paid; three statements."""
    keys = keys_off(sku_id, losing)
    return quote_coming_off([(one, keys[one.pk]) for one in orders])


def keys_off(sku_id: int, losing: Mapping[int, int]) -> dict[int, dict[str, int]]:
    """So many pieces of a wine (by order id) by ``line_key``: where an order has it at several prices, those it added
    last go first. One statement."""
    own = OrderLine.objects.filter(order__in=list(losing), sku=sku_id)
    rows = own.values_list("order_id", "unit_price_minor").annotate(sum=Sum("quantity"), last=Max("pk"))
    left, found = dict(losing), defaultdict[int, dict[str, int]](dict)
    for order_id, price, count, _ in sorted(rows, key=lambda row: -row[3]):
        off = min(int(count), left[order_id])
        if off > 0:
            found[order_id][line_key(sku_id, price)] = off
            left[order_id] -= off
    return found


@transaction.atomic
def plan_cut(
    *, lot: Lot, values: CutValues, seen: Sequence[Sequence[Any]], actor: Actor, now: datetime
) -> Cut:
    """Plans a cut as it was previewed (``CutPlan.as_seen``): the worker begins it at its time, until then it can be
    called off. What of the lot is free isn't sold any more from now on.

    Locks stock, lot. Records ``cut.planned``. Raises DomainError ``cut_invalid`` by field, Conflict ``cut_under_way``,
    ``moved_on``.
    """
    stock = lock_stock([lot.sku_id])[lot.sku_id]
    locked = lock_row(Lot.objects.filter(pk=lot.pk))
    if locked is None:
        raise Conflict("lot_gone", "This lot no longer exists.")
    if live_cuts([lot.pk]):
        raise Conflict("cut_under_way", "Another cut of this lot is planned or under way.")
    found = preview(
        locked, rule=values.rule, pieces=values.pieces, step=values.step, floor_bp=values.floor_bp
    )
    if found.as_seen() != [list(one) for one in seen]:
        raise Conflict("moved_on", "An order has changed since this was shown. Look at it again, then plan.")
    if problems := _problems(locked, values, found, now):
        raise DomainError("cut_invalid", " ".join(problems.values()), problems)
    if values.substitute:
        count_as_lot(values.substitute, found.missing, now)
    cut = _write(locked, values, found, actor, now)
    drop_lapsed(stock.pk, "", now)
    lower(locked.pk, values.pieces)
    lost = say_count(found.missing, "piece", "pieces")
    orders = say_count(len(found.losses), "order", "orders")
    _record(EventName.CUT_PLANNED, cut, f"planned a cut of {locked.name}: {lost} of {orders}", actor, now)
    return cut


def _problems(lot: Lot, values: CutValues, found: CutPlan, now: datetime) -> dict[str, str]:
    problems = {}
    if not values.reason.strip():
        problems["reason"] = "Say why; customers read it."
    elif len(values.reason.strip()) > 200:
        problems["reason"] = "Shorten it to 200 characters."
    if not 1 <= values.step <= MOST_STEP:
        problems["step"] = f"A whole number from 1 to {MOST_STEP}."
    if not 0 <= values.floor_bp <= 10_000:
        problems["floor"] = "From 0 to 100 percent."
    if not now + LEAST_WAIT <= values.begins_at <= LAST_MOMENT:
        problems["begins_at"] = "Choose a time from ten minutes on: until then it can be called off."
    return problems | _problems_instead(lot, values, found)


def _problems_instead(lot: Lot, values: CutValues, found: CutPlan) -> dict[str, str]:
    """Another wine, its price and its last day: all of it or nothing."""
    sku, minor, until = values.substitute, values.substitute_minor, values.substitute_until
    if sku is None:
        return {}
    problems = {}
    if sku.pk == lot.sku_id or not (sku.lots.exists() or is_in_cellar(sku)):
        problems["substitute"] = "Choose another wine that has a lot of its own, or is in the cellar."
    least = min((one.off.minor // one.loses for one in found.losses), default=0)
    if minor is None or not 0 <= minor <= least:
        most = Money(least, current_winery().currency)
        problems["substitute_price"] = (
            f"It can cost {most} a piece at most: nobody pays more for a wine they didn’t ask for."
        )
    first = local_time(values.begins_at).date() + timedelta(days=LEAST_DAYS)
    if until is None or not first <= until <= LAST_DAY:
        problems["substitute_until"] = (
            f"Give them {LEAST_DAYS} days at least: choose {say_date(first)} or later."
        )
    return problems


def _write(lot: Lot, values: CutValues, found: CutPlan, actor: Actor, now: datetime) -> Cut:
    cut = Cut.objects.create(
        lot=lot,
        rule=values.rule.value,
        pieces=values.pieces,
        step=values.step,
        floor_bp=values.floor_bp,
        reason=values.reason.strip(),
        begins_at=values.begins_at,
        substitute=values.substitute,
        substitute_minor=values.substitute_minor if values.substitute else None,
        substitute_until=values.substitute_until if values.substitute else None,
        made_at=now,
        **in_the_name_of(actor),
    )
    CutLine.objects.bulk_create(
        CutLine(cut=cut, order=one.order, had=one.had, loses=one.loses) for one in found.losses
    )
    return cut


@transaction.atomic
def call_cut_off(*, cut: Cut, actor: Actor, now: datetime) -> None:
    """Takes a planned cut back before it begins: nobody loses anything. What the lot is expected to bring stays as low
    as it is, until somebody corrects it.

    Records ``cut.called_off``. Raises Conflict ``cut_moved_on``.
    """
    planned = Cut.objects.filter(pk=cut.pk, state=CutState.PLANNED.value)
    if not planned.update(state=CutState.CALLED_OFF.value):
        raise Conflict("cut_moved_on", "This cut has begun; what was given back can’t be taken again.")
    _record(EventName.CUT_CALLED_OFF, cut, f"called the cut of {cut.lot.name} off", actor, now)


def _record(name: EventName, cut: Cut, text: str, actor: Actor, now: datetime) -> None:
    data = {"lot": cut.lot.reference, "cut": cut.reference}
    record_event(name, "sku", cut.lot.sku_id, text=text, data=data, actor=actor, now=now)
