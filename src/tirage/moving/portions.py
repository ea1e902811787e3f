"""One portion of a run: the orders' rows read, put together, compared with what is in, and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from tirage.core.sql import run_each
from tirage.moving.assembling import assemble
from tirage.moving.drafts import Draft, Unfit, bottles_of
from tirage.moving.models import MovedOrder, MovedRow, MoveRun
from tirage.moving.people import GroupsOfTheTime, find_customers, make_customers, whose
from tirage.moving.states import MoveAct, Outcome
from tirage.moving.wines import Wines
from tirage.moving.writing import Ready, take_out, write_orders
from tirage.orders.history import IS_OURS
from tirage.orders.models import IS_ORDER, Order

STAYS = "Its customer has ordered here since it came in, so it stays."


@dataclass(slots=True)
class Found:
    """What the portion's orders come to."""

    orders: list[MovedOrder]
    drafts: list[tuple[MovedOrder, Draft]] = field(default_factory=list)
    same: list[MovedOrder] = field(default_factory=list)
    gone: list[MovedOrder] = field(default_factory=list)
    unfit: list[MovedOrder] = field(default_factory=list)
    customers: dict[str, int] = field(default_factory=dict)
    groups: dict[int, int | None] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    new_people: set[str] = field(default_factory=set)
    new_wines: int = 0
    problems: list[list[Any]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(one.outcome for one in self.orders)


def look_at(orders: list[MovedOrder], run: MoveRun, wines: Wines, groups: GroupsOfTheTime) -> Found:
    """Puts the orders together and compares them with what is in; writes nothing. Three statements, and one where
    orders are to go."""
    found = Found(orders)
    rows = _rows_of(orders)
    for one in orders:
        if run.act == MoveAct.TAKE_BACK and one.order_id is None and one.pk in rows:
            # Never in, and other files still name it: it waits for them as before.
            one.outcome = ""
            continue
        _assemble(one, rows.get(one.pk, []), run, wines, found)
    found.customers = find_customers([draft for _, draft in found.drafts])
    known: set[str] = set()
    for one, draft in found.drafts:
        _compare(one, draft, wines, groups, found)
        if draft.person.email not in found.customers:
            known.add(draft.person.email)
    found.drafts = [(one, draft) for one, draft in found.drafts if one.outcome != Outcome.SAME]
    found.new_people = known - groups.people
    groups.people |= known
    named = {one for one in bottles_of([draft for _, draft in found.drafts]) if wines.find(one) is None}
    found.new_wines = len(named - wines.counted)
    wines.counted |= named
    _keep_touched(found)
    found.shown = [_show(one, draft) for one, draft in found.drafts[:5]]
    return found


def _rows_of(orders: Sequence[MovedOrder]) -> dict[int, list[MovedRow]]:
    found: dict[int, list[MovedRow]] = {}
    for row in MovedRow.objects.filter(moved__in=[one.pk for one in orders]).order_by("id"):
        found.setdefault(row.moved_id, []).append(row)
    return found


def _assemble(one: MovedOrder, rows: list[MovedRow], run: MoveRun, wines: Wines, found: Found) -> None:
    if not rows:
        one.outcome, one.problem = Outcome.GONE.value, ""
        found.gone.append(one)
        return
    try:
        draft = assemble(one.number, [row.data for row in rows], books_differences=run.books_differences)
        draft.person = whose(draft, takes_guests=run.takes_guests)
        wines.check(draft)
    except Unfit as unfit:
        one.outcome = (Outcome.LEFT_OUT if unfit.left_out else Outcome.REFUSED).value
        one.problem = unfit.words[:300]
        found.unfit.append(one)
        if not unfit.left_out:
            where = ", ".join(f"{row.file} row {row.row}" for row in rows[:6])
            found.problems.append([one.number, unfit.words, where])
        return
    found.drafts.append((one, draft))


def _compare(one: MovedOrder, draft: Draft, wines: Wines, groups: GroupsOfTheTime, found: Found) -> None:
    group = groups.find(draft.groups)
    wanted = [wines.find(bottle) for bottle in bottles_of([draft])]
    customer = found.customers.get(draft.person.email)
    found.groups[one.pk] = group
    found.digests[one.pk] = draft.digest(group)
    # A customer or wine that is somebody or something else by now is written anew.
    is_whole = customer is not None and None not in wanted
    if one.order is not None and is_whole and one.digest == found.digests[one.pk]:
        one.outcome = Outcome.SAME.value if one.order.customer_id == customer else Outcome.CHANGED.value
    else:
        one.outcome = (Outcome.CHANGED if one.order_id else Outcome.NEW).value
    if one.outcome == Outcome.SAME:
        one.problem = ""
        found.same.append(one)


def _keep_touched(found: Found) -> None:
    """Orders whose customers have ordered here since stay, though no file names them any more."""
    here = [one for one in found.gone if one.order_id]
    if not here:
        return
    stays = set(touched_since(MovedOrder.objects.filter(pk__in=[one.pk for one in here])))
    for one in here:
        if one.pk in stays:
            one.outcome, one.problem = Outcome.REFUSED.value, STAYS
            found.problems.append([one.number, STAYS, ""])
    found.unfit += [one for one in found.gone if one.pk in stays]
    found.gone = [one for one in found.gone if one.pk not in stays]


def touched_since(rows: QuerySet[MovedOrder]) -> QuerySet[MovedOrder, int]:
    """Ids of those in the ledger whose customers have placed an order here since they came in."""
    since = Order.objects.filter(
        IS_OURS, IS_ORDER, customer=OuterRef("order__customer"), made_at__gt=OuterRef("came_in_at")
    )
    return rows.filter(Exists(since), order__isnull=False).values_list("pk", flat=True).distinct()


def write(found: Found, wines: Wines, now: datetime) -> None:
    """Makes the ledger say it. Inside the caller's transaction. Raises IntegrityError (see ``write_orders``)."""
    drafts = [draft for _, draft in found.drafts]
    wines.make(drafts)
    people = {**found.customers, **make_customers(drafts, found.customers)}
    ready = [
        Ready(one, draft, people[draft.person.email], found.groups[one.pk], found.digests[one.pk])
        for one, draft in found.drafts
    ]
    write_orders(ready, wines, now)
    # What was in and is refused now (its file was mended badly) stays as it is until it is right.
    take_out([one for one in found.gone if one.order_id])
    for one in found.orders:
        one.is_waiting, one.is_leaving = not one.outcome, False
    gone = {one.pk for one in found.gone}
    same = {one.pk for one in found.same}
    settled = {"is_waiting": False, "is_leaving": False, "outcome": Outcome.SAME.value, "problem": ""}
    MovedOrder.objects.filter(pk__in=same).update(**settled)
    # Many rows of many columns: a statement of cases takes longer than writing the orders themselves.
    run_each(_KEEP, [_kept(one) for one in found.orders if one.pk not in gone | same])
    MovedOrder.objects.filter(pk__in=gone).delete()


_KEEP = """UPDATE moving_movedorder SET order_id = %s, digest = %s, is_waiting = %s, is_leaving = %s, outcome = %s,
    problem = %s, total_minor = %s, refunded_minor = %s, came_in_at = %s, release = %s WHERE id = %s"""


def _kept(one: MovedOrder) -> list[Any]:
    state = [one.order_id, one.digest, one.is_waiting, one.is_leaving, one.outcome, one.problem]
    return [*state, one.total_minor, one.refunded_minor, one.came_in_at, one.release, one.pk]


def _show(one: MovedOrder, draft: Draft) -> dict[str, Any]:
    """An order as it would come in, for people."""
    return {
        "number": one.number,
        "outcome": one.outcome,
        "at": draft.placed_at,
        "email": draft.person.email,
        "lines": [
            f"{line.quantity} × {line.bottle.name or line.bottle.code}" for line in draft.placing.lines[:8]
        ],
        "total": draft.total,
        "refunded": draft.refunded,
        "paid": [[money.words, money.amount] for money in draft.paid[:6]],
        "groups": list(draft.groups),
    }
