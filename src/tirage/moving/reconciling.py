"""Are our sums theirs: totals of the history by year, month, customer, wine, way of payment and order beside figures of
the former system, each difference down to its orders and their rows; and who put a name under it.

A sum is what was ordered less what was given back of it, as the files say it: what was left open there and is booked
here so that nobody is asked for it doesn't count. Wines count at their prices, before discounts of whole orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.sql import day_of, fetch_all
from tirage.core.winery import current_winery
from tirage.moving.holding import hold_history
from tirage.moving.models import BroughtThing, ControlFigure, MovedOrder, MovedRow, MoveRun, SignOff
from tirage.moving.states import By, MoveAct, MoveState, Thing, ThingState
from tirage.tables.cleaning import parse_money
from tirage.tables.errors import CellError

MOST_SHOWN = 500

_MOVED = "FROM moving_movedorder m JOIN orders_order o ON o.id = m.order_id"


def _statement(by: By) -> str:
    """Key and amount of each; ``%(zone)s`` is the winery's clock."""
    text = f"CAST({day_of('o.made_at', '%(zone)s')} AS varchar)"
    theirs = f"sum(m.total_minor - m.refunded_minor) AS amount {_MOVED}"
    return {
        By.YEAR: f"SELECT substr({text}, 1, 4) AS key, {theirs} GROUP BY 1",
        By.MONTH: f"SELECT substr({text}, 1, 7) AS key, {theirs} GROUP BY 1",
        By.CUSTOMER: f"""SELECT c.email AS key, {theirs}
            JOIN customers_customer c ON c.id = o.customer_id GROUP BY 1""",
        By.ORDER: f"SELECT m.number AS key, {theirs} GROUP BY 1",
        By.WINE: f"""SELECT k.code AS key, sum(l.quantity * l.unit_price_minor) AS amount {_MOVED}
            JOIN orders_orderline l ON l.order_id = o.id JOIN catalog_sku k ON k.id = l.sku_id GROUP BY 1""",
        By.PAYMENT: f"""SELECT p.note AS key,
            sum(CASE WHEN p.kind = 'refund' THEN -p.amount_minor ELSE p.amount_minor END) AS amount {_MOVED}
            JOIN payments_payment p ON p.order_id = o.id GROUP BY 1""",
        By.CREDIT: """SELECT c.email AS key, sum(t.amount_minor) AS amount FROM moving_broughtthing t
            JOIN customers_customer c ON c.id = t.customer_id WHERE t.kind = 'credit' AND t.state = 'in' GROUP BY 1""",
    }[by]


def sums(by: By) -> dict[str, int]:
    """Our sums of the history; one statement."""
    rows = fetch_all(_statement(by), {"zone": current_winery().time_zone})
    return {row["key"] or "": int(row["amount"]) for row in sorted(rows, key=lambda row: row["key"] or "")}


@dataclass(frozen=True, slots=True)
class Compared:
    """One sum beside the former system's; either is None where that side has none."""

    by: By
    key: str
    ours: int | None
    theirs: int | None

    @property
    def difference(self) -> int:
        return (self.ours or 0) - (self.theirs or 0)


def compare(by: By) -> list[Compared]:
    """All sums of that kind that either side has; without figures of the former system ours alone."""
    ours = sums(by)
    theirs = dict(ControlFigure.objects.filter(by=by.value).values_list("key", "amount_minor"))
    keys = sorted({*ours, *theirs})
    return [Compared(by, key, ours.get(key), theirs.get(key)) for key in keys]


def compared_kinds() -> list[By]:
    """The kinds of which somebody gave figures."""
    known = set(ControlFigure.objects.values_list("by", flat=True).distinct())
    return [by for by in By if by.value in known]


def differences() -> list[Compared]:
    """Every sum that isn't the former system's, where it gave figures of that kind."""
    return [one for by in compared_kinds() for one in compare(by) if one.difference]


@dataclass(frozen=True, slots=True)
class Behind:
    """An order behind a sum, with the rows that it was made of."""

    moved: MovedOrder
    rows: tuple[tuple[str, int], ...]


def orders_behind(by: By, key: str, limit: int = MOST_SHOWN) -> list[Behind]:
    """The orders that a sum is made of, those that were refused too where their rows say that they belong to it."""
    found = _in_sum(by, key)[:limit]
    rows: dict[int, list[tuple[str, int]]] = {}
    for row in MovedRow.objects.filter(moved__in=[one.pk for one in found]).order_by("file", "row"):
        rows.setdefault(row.moved_id, []).append((row.file, row.row))
    return [Behind(one, tuple(rows.get(one.pk, ()))) for one in found]


def credit_behind(key: str, limit: int = MOST_SHOWN) -> list[BroughtThing]:
    """The same of a customer's store credit: each with its file and row."""
    credit = BroughtThing.objects.filter(kind=Thing.CREDIT.value, customer__email=key)
    return list(credit.select_related("customer").order_by("pk")[:limit])


def _in_sum(by: By, key: str) -> QuerySet[MovedOrder]:
    orders = MovedOrder.objects.select_related("order__customer").order_by("number")
    if by is By.ORDER:
        return orders.filter(number=key)
    if by is By.CUSTOMER:
        return orders.filter(order__customer__email=key)
    if by is By.WINE:
        return orders.filter(order__lines__sku__code=key).distinct()
    if by is By.PAYMENT:
        return orders.filter(order__payments__note=key).distinct()
    zone = {"zone": current_winery().time_zone, "key": f"{key}%"}
    day = f"CAST({day_of('o.made_at', '%(zone)s')} AS varchar)"
    ids = fetch_all(f"SELECT m.id {_MOVED} WHERE {day} LIKE %(key)s", zone)  # fixed words
    return orders.filter(pk__in=[row["id"] for row in ids])


def keep_figures(*, by: By, figures: Mapping[str, int], actor: Actor, now: datetime) -> int:
    """Keeps figures of the former system, in place of those of the same keys; how many."""
    rows = [
        ControlFigure(
            by=by.value, key=_key(by, key), amount_minor=minor, set_at=now, actor_label=actor.label[:200]
        )
        for key, minor in figures.items()
    ]
    ControlFigure.objects.bulk_create(
        rows,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["by", "key"],
        update_fields=["amount_minor", "set_at", "actor_label"],
    )
    return len(rows)


def _key(by: By, key: str) -> str:
    text = key.strip()[:200]
    return text.casefold() if by in (By.CUSTOMER, By.CREDIT) else text.lstrip("#") if by is By.ORDER else text


def drop_figures(*, by: By) -> int:
    """Forgets the former system's figures of a kind; how many."""
    return ControlFigure.objects.filter(by=by.value).delete()[0]


def refused_orders() -> int:
    """Orders of the files that aren't in and should be."""
    return MovedOrder.objects.filter(outcome="refused", order=None).count()


def sign_off(*, seen_differences: int, note: str = "", actor: Actor, now: datetime) -> SignOff:
    """Puts the person's name under the history as it is: from then on nothing of it changes until it is opened again.

    Records ``history.signed``. Raises DomainError ``nothing_to_sign``, ``note_missing`` (with differences left),
    Conflict ``under_way``, ``still_waiting``, ``figures_moved``, ``signed_off``. Holds the history (``holding``).
    """
    with transaction.atomic():
        hold_history()
        orders, left = _signable(seen_differences, note)
        if SignOff.objects.filter(stands=True).exists():
            raise Conflict("signed_off", "Somebody has signed it off already.")
        signed = SignOff.objects.create(
            at=now,
            by_label=actor.label[:200] or "Somebody",
            note=note.strip()[:300],
            orders=orders,
            total_minor=sum(sums(By.YEAR).values()),
            differences=left,
        )
        _record(
            EventName.HISTORY_SIGNED, "signed the history off", actor, now, orders=orders, differences=left
        )
    return signed


def _signable(seen_differences: int, note: str) -> tuple[int, int]:
    """How many orders and differences there are to sign; raises as ``sign_off`` says."""
    orders = MovedOrder.objects.filter(order__isnull=False).count()
    if not orders and not BroughtThing.objects.exists():
        raise DomainError("nothing_to_sign", "Nothing of a former system is in yet.")
    if MoveRun.objects.filter(state=MoveState.RUNNING.value).exclude(act=MoveAct.PREVIEW.value).exists():
        raise Conflict(
            "under_way", "A run over the history is under way. Wait for it, or stop it, before you sign."
        )
    if MovedOrder.objects.filter(Q(is_waiting=True) | Q(is_leaving=True)).exists():
        raise Conflict(
            "still_waiting", "Files wait to be brought in. Bring them in, or take them back, first."
        )
    if BroughtThing.objects.filter(state=ThingState.WAITING.value).exists():
        raise Conflict(
            "still_waiting", "Saved cards wait to be looked up. Do that, or take them back, first."
        )
    left = len(differences())
    if left != seen_differences:
        raise Conflict("figures_moved", "The figures have changed since you saw them. Look at them again.")
    if left and not note.strip():
        words = "Say why the history is right although figures differ."
        raise DomainError("note_missing", words, {"note": words})
    return orders, left


def open_again(*, reason: str, actor: Actor, now: datetime) -> bool:
    """Takes the name off again, so that files may be brought or taken back; False when nobody had signed.

    Records ``history.opened``. Raises DomainError ``reason_missing``.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why it is opened again.", {"reason": "Write a few words."})
    with transaction.atomic():
        if not SignOff.objects.filter(stands=True).update(stands=False):
            return False
        _record(EventName.HISTORY_OPENED, f"opened the history again ({reason.strip()[:200]})", actor, now)
    return True


def _record(name: EventName, text: str, actor: Actor, now: datetime, **data: Any) -> None:
    record_event(name, "move", 0, text=text, data=data, actor=actor, now=now)


def read_figures(rows: Iterable[Sequence[str]]) -> dict[By, dict[str, int]]:
    """Figures of a control file: kind, key and amount in each row; a first row of names is passed over.

    Raises DomainError ``figures_unreadable`` with the row.
    """
    found: dict[By, dict[str, int]] = {}
    kinds = {by.value: by for by in By} | {f"{by.value}s": by for by in By}
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        by = kinds.get(cells[0].casefold())
        if by is None and number == 1:
            continue
        try:
            if by is None or len(cells) < 3:
                raise CellError(
                    "Write a kind (year, month, customer, wine, payment, order, credit), its key and the amount."
                )
            amount = parse_money(cells[2], current_winery().currency)
        except CellError as problem:
            raise DomainError("figures_unreadable", f"Row {number}: {problem.message}") from None
        found.setdefault(by, {})[cells[1]] = amount or 0
    return found
