"""The money of wine en primeur by month: what came, what is due by its days, and what of it is likely to come.

How likely it is that money comes is reckoned by a formula that anybody can follow. *Health of the card*: 95 % where a
saved card is good on that day, 60 % where one is saved that won't be, 40 % where none is. *History*: of the customer's
charges by card the part that went through, (settled + 1) ÷ (settled + declined + 1). Likely is the amount times both.
What a settlement will come to nobody knows before its customer chooses; until then it is what settlements of the last
two years came to for a bottle of 750 ml, on average.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import TruncMonth

from tirage.core.fields import wide
from tirage.core.money import rate_of
from tirage.core.winery import current_winery, local_time
from tirage.futures.cards import noon, saved_by
from tirage.futures.models import Commitment, Instalment, Settlement
from tirage.futures.states import STANDING, SettlementState
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.states import (
    AT_ONCE,
    CREDIT,
    HISTORY,
    MONEY_IN,
    TAKING,
    TRIAL,
    OfflineKind,
    PaymentKind,
    PaymentState,
)

#: Months that are over and are shown, and how far settlements that are done tell what one comes to.
BEHIND, LEARNED = 12, timedelta(days=730)
#: In basis points: a saved card that is good then, one that won't be, none.
GOOD, EXPIRED, NONE = 9_500, 6_000, 4_000
_EARLY = ReleaseKind.EN_PRIMEUR.value


@dataclass(slots=True)
class Flow:
    """A month in one currency, in minor units; ``due`` and ``settlements`` as they are due, and what is likely."""

    month: date
    currency: str
    received: int = 0
    due: int = 0
    due_likely: int = 0
    settlements: int = 0
    settlements_likely: int = 0

    @property
    def likely(self) -> int:
        """What is expected to come."""
        return self.due_likely + self.settlements_likely


@dataclass(slots=True)
class Flows:
    """Month by month without gaps; ``a_bottle`` is what a settlement comes to for 750 ml, in minor units, None while
    nobody knows.
    """

    rows: list[Flow] = field(default_factory=list)
    a_bottle: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    order_id: int
    customer_id: int
    currency: str
    on: date
    minor: int
    is_settlement: bool


def flows(now: datetime) -> Flows:
    """All of it; nine statements, however many orders there are."""
    today = local_time(now).date()
    litres, windows = _volumes()
    a_bottle = _learned(litres, now)
    parts = [*_owed(today), *_instalments(today, windows), *_settlements(today, litres, windows, a_bottle)]
    found: dict[tuple[date, str], Flow] = {}
    for month, currency, minor in _received(today):
        _at(found, month, currency).received += minor
    chances = _Chances({part.customer_id for part in parts})
    for part in parts:
        row = _at(found, part.on.replace(day=1), part.currency)
        likely = rate_of(part.minor, chances.of(part.customer_id, part.on) * 100)
        if part.is_settlement:
            row.settlements += part.minor
            row.settlements_likely += likely
        else:
            row.due += part.minor
            row.due_likely += likely
    return Flows(_without_gaps(found), a_bottle)


def _at(found: dict[tuple[date, str], Flow], month: date, currency: str) -> Flow:
    return found.setdefault((month, currency), Flow(month, currency))


def _without_gaps(found: dict[tuple[date, str], Flow]) -> list[Flow]:
    rows = []
    for currency in sorted({currency for _, currency in found}):
        months = [month for month, own in found if own == currency]
        first, last = min(months), max(months)
        span = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        rows += [_at(found, date(at // 12, at % 12 + 1, 1), currency) for at in span]
    return sorted(rows, key=lambda one: (one.month, one.currency))


def _received(today: date) -> Iterable[tuple[date, str, int]]:
    """Of a year by the month in which it settled: in, less what went back; no credit, no gift, nothing moved."""
    zone = ZoneInfo(current_winery().time_zone)
    first = (today.replace(day=1) - timedelta(days=BEHIND * 30)).replace(day=1)
    rows = (
        Payment.objects.filter(
            state=PaymentState.SETTLED.value,
            kind__in=[*MONEY_IN, PaymentKind.REFUND.value],
            settled_at__gte=datetime(first.year, first.month, 1, tzinfo=zone),
            order__release__kind=_EARLY,
        )
        .exclude(gateway__in=[TRIAL, HISTORY, CREDIT])
        .exclude(offline_kind__in=[OfflineKind.COMP.value, OfflineKind.MOVED.value])
        .order_by()
        .annotate(month=TruncMonth("settled_at", tzinfo=zone))
        .values_list("month", "currency")
        .annotate(
            taken=Sum("amount_minor", filter=Q(kind__in=MONEY_IN)),
            back=Sum("amount_minor", filter=Q(kind=PaymentKind.REFUND.value)),
        )
    )
    for month, currency, taken, back in rows:
        yield month.date(), currency, int(taken or 0) - int(back or 0)


def _owed(today: date) -> Iterable[_Part]:
    """What is owed already: this month's."""
    rows = Order.objects.filter(
        state=OrderState.PLACED.value, release__kind=_EARLY, balance_minor__gt=F("later_minor")
    ).values_list("pk", "customer", "currency", "balance_minor", "later_minor")
    for order_id, customer_id, currency, balance, later in rows:
        yield _Part(order_id, customer_id, currency, today, balance - later, False)


def _instalments(today: date, windows: dict[int, date]) -> Iterable[_Part]:
    """By their days; those that wait for the winery when the wine is expected."""
    rows = Instalment.objects.filter(
        called_at__isnull=True, amount_minor__gt=0, order__state=OrderState.PLACED.value
    ).values_list("order", "order__customer", "order__currency", "due_on", "amount_minor")
    for order_id, customer_id, currency, due_on, minor in rows:
        on = due_on or windows.get(order_id, today)
        yield _Part(order_id, customer_id, currency, max(on, today), minor, False)


def _settlements(
    today: date, litres: dict[int, int], windows: dict[int, date], a_bottle: Decimal | None
) -> Iterable[_Part]:
    """Those that are being paid, as agreed; those that are asked by their last day; the others when the wine is
    expected. Wine that is kept has no day.
    """
    standing = {
        order_id: (state, due_on, costs)
        for order_id, state, due_on, costs in Settlement.objects.filter(
            state__in=[one.value for one in STANDING], order__state=OrderState.PLACED.value
        ).values_list("order", "state", "due_on", "costs")
    }
    orders = Order.objects.filter(state=OrderState.PLACED.value, release__kind=_EARLY)
    for order_id, customer_id, currency in orders.values_list("pk", "customer", "currency"):
        state, due_on, costs = standing.get(order_id, ("", windows.get(order_id), []))
        if due_on is None or state in (SettlementState.KEPT, SettlementState.SETTLED):
            continue
        known = sum(line["minor"] for line in costs) if state == SettlementState.AGREED else None
        minor = known if known is not None else _guess(litres.get(order_id, 0), a_bottle)
        if minor > 0:
            yield _Part(order_id, customer_id, currency, max(due_on, today), minor, True)


def _guess(millilitres: int, a_bottle: Decimal | None) -> int:
    exact = (a_bottle or Decimal(0)) * millilitres / 750
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _volumes() -> tuple[dict[int, int], dict[int, date]]:
    """Millilitres that each order has, and the first day on which all of its wine is expected; one statement."""
    rows = (
        Commitment.objects.order_by()
        .values_list("line__order")
        .annotate(
            litres=Sum(wide("pieces") * wide("lot__sku__units") * wide("lot__sku__millilitres")),
            window=Max("lot__window_from"),
        )
    )
    found = list(rows)
    return {row[0]: int(row[1]) for row in found}, {row[0]: row[2] for row in found if row[1]}


def _learned(litres: dict[int, int], now: datetime) -> Decimal | None:
    """What settlements that are done came to for 750 ml, to the thousandth of a minor unit."""
    rows = Settlement.objects.filter(
        state=SettlementState.SETTLED.value, settled_at__gte=now - LEARNED, warehouse=""
    ).values_list("order", "costs")
    minor, millilitres = 0, 0
    for order_id, costs in rows:
        minor += sum(line["minor"] for line in costs)
        millilitres += litres.get(order_id, 0)
    if not millilitres:
        return None
    return (Decimal(minor) * 750 / millilitres).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)


class _Chances:
    """How likely money of each customer comes on a day, in basis points; two statements for all of them."""

    def __init__(self, customer_ids: Collection[int]) -> None:
        self._cards = saved_by(customer_ids)
        self._history = _history(customer_ids)
        self._noons: dict[date, datetime] = {}

    def of(self, customer_id: int, on: date) -> int:
        at = self._noons.setdefault(on, noon(on))
        return health(self._cards.get(customer_id, []), at) * self._history.get(customer_id, 10_000) // 10_000


def health(cards: Collection[PaymentMethod], at: datetime) -> int:
    """That of the cards that a customer has saved, in basis points."""
    if any(not card.has_expired(at) for card in cards):
        return GOOD
    return EXPIRED if cards else NONE


def _history(customer_ids: Collection[int]) -> dict[int, int]:
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    rows = (
        Payment.objects.filter(order__customer__in=list(customer_ids), kind__in=TAKING)
        .exclude(gateway__in=[TRIAL, HISTORY, *AT_ONCE])
        .order_by()
        .values_list("order__customer")
        .annotate(
            settled=Count("pk", filter=Q(state=PaymentState.SETTLED.value)),
            declined=Count("pk", filter=Q(state=PaymentState.DECLINED.value)),
        )
    )
    for customer_id, settled, declined in rows:
        counts[customer_id] = [settled, declined]
    return {
        key: 10_000 * (settled + 1) // (settled + declined + 1) for key, (settled, declined) in counts.items()
    }
