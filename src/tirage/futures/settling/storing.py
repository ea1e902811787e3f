"""Storage is charged: each month when it is over, or with what is charged when the wine leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from tirage.changes.models import ChangeDraft
from tirage.changes.states import DraftState
from tirage.core.actors import system
from tirage.core.dated import say_date
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money, exponent
from tirage.core.reactions import react
from tirage.core.turns import take_turns
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Customer
from tirage.futures.calling import collect_due
from tirage.futures.models import Commitment, Lot, Settlement, StorageMonth, StorageTerm
from tirage.futures.settling.storage import DAY, DayPrice, Stored, say_stored, stored_months
from tirage.futures.states import OPEN, StorageCharged, StoragePer
from tirage.orders.models import Order
from tirage.orders.operations import apply_change
from tirage.orders.statements import NewCharge
from tirage.orders.states import ChargeKind, OrderState
from tirage.payments.operations import spend_credit

#: Whose hand it is.
STORAGE = system("Storage")
#: Orders of one run; the next takes the rest.
MOST = 500


@dataclass(frozen=True, slots=True)
class StorageLine:
    """A month of a lot that isn't charged yet."""

    lot: Lot
    stored: Stored
    currency: str

    @property
    def name(self) -> str:
        """``Storage of Cabernet Sauvignon 2025 (Barrels 1 to 4), March 5 to 31, 2029``; as the charge is called."""
        end = f" ({self.lot.name}), {self.stored.days}"
        return f"Storage of {self.lot.sku.name[: 149 - len(end)]}{end}"

    @property
    def how(self) -> str:
        return say_stored(self.stored, self.currency, current_winery().locale)


def term_on(day: date) -> StorageTerm | None:
    """What holds on a day; one statement."""
    return StorageTerm.objects.filter(first_day__lte=day).order_by("-first_day").first()


def free_until(now: datetime) -> date | None:
    """The last free day of wine whose customer is told today that it is there; None where nothing is ever charged."""
    today = local_time(now).date()
    term = term_on(today)
    return today + term.free_days * DAY if term else None


def storage_until(settlement: Settlement, last: date) -> list[StorageLine]:
    """What keeping the wine costs up to a day, that isn't charged yet, by lot and month. Three statements at most."""
    if settlement.free_until is None:
        return []
    first = max(settlement.free_until, settlement.stored_until or settlement.free_until) + DAY
    if first > last:
        return []
    prices = [
        DayPrice(term.first_day, term.per == StoragePer.CASE, term.day_micros)
        for term in StorageTerm.objects.filter(first_day__lte=last).order_by("first_day")
    ]
    currency = settlement.order.currency
    bottles = _bottles(settlement.order_id)
    lots = Lot.objects.select_related("sku").in_bulk(bottles)
    return [
        StorageLine(lots[lot_id], stored, currency)
        for lot_id in sorted(bottles)
        for stored in stored_months(bottles[lot_id], prices, first, last, exponent(currency))
    ]


def _bottles(order_id: int) -> dict[int, list[tuple[date, int]]]:
    """By lot: from each day on, how much of it the order has, in thousandths of a bottle of 750 ml."""
    rows = Commitment.objects.filter(line__order=order_id).select_related("line__change", "lot__sku")
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for row in rows.order_by("line__change__number", "pk"):
        before = found[row.lot_id][-1][1] if found[row.lot_id] else 0
        day = local_time(row.line.change.at).date()
        found[row.lot_id].append((day, before + row.pieces * row.lot.sku.equivalents_milli))
    return dict(found)


def write_months(
    order: Order, lines: Sequence[StorageLine], draft_reference: str, now: datetime
) -> list[StorageMonth]:
    """Notes the days as charged; the database refuses a second time. In the transaction that charges them."""
    return StorageMonth.objects.bulk_create(
        StorageMonth(
            order=order,
            lot=line.lot,
            month=line.stored.month,
            first=line.stored.first.day,
            last=line.stored.last.day,
            amount_minor=line.stored.minor,
            how=line.how[:300],
            draft=draft_reference,
            made_at=now,
        )
        for line in lines
    )


def forget_months(draft_reference: str) -> None:
    """A change that came to nothing: its days aren't charged."""
    StorageMonth.objects.filter(draft=draft_reference).exclude(draft="").delete()


def charge_storage(*, now: datetime) -> int:
    """Charges the months that are over of all wine that is kept; how many orders. Scheduled.

    Each order is one transaction: whoever dies leaves the rest to the next run, and charges nobody twice.
    """
    today = local_time(now).date()
    term = term_on(today)
    if term is None or term.charged != StorageCharged.MONTHLY:
        return 0
    end = today.replace(day=1) - DAY
    due = _uncharged(end).order_by("pk").values_list("pk", flat=True)[:MOST]
    return sum(take_turns(partial(_charge_months, pk, end, now) for pk in due))


def _uncharged(end: date) -> QuerySet[Settlement]:
    charged = Q(stored_until__isnull=True) | Q(stored_until__lt=end)
    return Settlement.objects.filter(
        charged,
        free_until__lt=end,
        state__in=[state.value for state in OPEN],
        order__state=OrderState.PLACED.value,
    )


@transaction.atomic
def _charge_months(pk: int, end: date, now: datetime) -> bool:
    """Locks the order, then customer. False where somebody was faster, or a change of it is being paid right now."""
    order_id = Settlement.objects.values_list("order_id", flat=True).get(pk=pk)
    order = lock_row(Order.objects.filter(pk=order_id))
    settlement = _uncharged(end).select_related("order__customer").filter(pk=pk).first()
    if order is None or settlement is None or _is_being_paid(order_id):
        return False
    lines = storage_until(settlement, end)
    write_months(order, lines, "", now)
    Settlement.objects.filter(pk=pk).update(stored_until=end)
    charged = [line for line in lines if line.stored.minor]
    if charged:
        _ask_for(order, charged, end, now)
    return bool(charged)


def _is_being_paid(order_id: int) -> bool:
    return ChangeDraft.objects.filter(order_id=order_id, state=DraftState.PAYING.value).exists()


def _ask_for(order: Order, lines: Sequence[StorageLine], end: date, now: datetime) -> None:
    """On the order's ledger; from store credit as far as there is some, the rest is money to collect."""
    total = Money(sum(line.stored.minor for line in lines), order.currency)
    apply_change(
        order=order,
        lines=[],
        charges=[NewCharge(ChargeKind.STORAGE.value, line.stored.minor, line.name) for line in lines],
        reason=f"Storage until {say_date(end)}",
        text=f"charged {total} for storage until {say_date(end)}",
        event=EventName.ORDER_CHANGED,
        actor=STORAGE,
        now=now,
    )
    credit = min(
        Customer.objects.values_list("credit_minor", flat=True).get(pk=order.customer_id), total.minor
    )
    if credit > 0:
        spend_credit(
            order_id=order.pk,
            customer_id=order.customer_id,
            amount=Money(credit, order.currency),
            actor=STORAGE,
            now=now,
        )
    order.refresh_from_db()
    collect_due(order, STORAGE, now)
    react(
        "storage.charged",
        order_id=order.pk,
        customer_id=order.customer_id,
        until=end.isoformat(),
        total_minor=total.minor,
        credit_minor=max(credit, 0),
        at=now.isoformat(),
        now=now,
    )
