"""What came in and what went back, by day and by the way it came: sums of the ledger of payments.

A payment counts on the day on which it settled, by the winery's clock. Charges and captures are money in, refunds
money given back. What is only set aside on a card is no money yet; a gift of the house is none at all. What a former
system moved was never in these books: the history's sums are its reconciliation's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from tirage.core.winery import start_of_day
from tirage.payments.models import Payment
from tirage.payments.states import HISTORY, MONEY_IN, TRIAL, OfflineKind, PaymentKind, PaymentState


@dataclass(frozen=True, slots=True)
class Way:
    """How money comes: a gateway and the card's brand, store credit, or a kind of offline money."""

    gateway: str
    offline_kind: str = ""
    brand: str = ""

    @property
    def is_gift(self) -> bool:
        return self.offline_kind == OfflineKind.COMP


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts in minor units, none negative, and how many settled payments they are of."""

    taken: int = 0
    given_back: int = 0
    set_aside: int = 0
    payments: int = 0

    @property
    def net(self) -> int:
        return self.taken - self.given_back

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.taken + other.taken,
            self.given_back + other.given_back,
            self.set_aside + other.set_aside,
            self.payments + other.payments,
        )


NOTHING = Sums()


@dataclass(slots=True)
class Totals:
    """Sums by way, of a day or of more."""

    by_way: dict[Way, Sums] = field(default_factory=dict)

    @property
    def money(self) -> Sums:
        """Everything but gifts."""
        return sum((sums for way, sums in self.by_way.items() if not way.is_gift), NOTHING)

    @property
    def gifts(self) -> Sums:
        return sum((sums for way, sums in self.by_way.items() if way.is_gift), NOTHING)

    def __add__(self, other: Totals) -> Totals:
        ways = {**self.by_way, **other.by_way}
        return Totals({way: self.by_way.get(way, NOTHING) + other.by_way.get(way, NOTHING) for way in ways})


def totals_by_day(first: date, days: int) -> list[Totals]:
    """The totals of ``days`` days from ``first`` on, one each; one statement.

    Where a day begins is worked out here, from the same zone data for both engines: it may have 23 or 25 hours.
    """
    starts = [start_of_day(first + timedelta(days=number)) for number in range(days + 1)]
    settled = Payment.objects.filter(
        state=PaymentState.SETTLED.value, settled_at__gte=starts[0], settled_at__lt=starts[-1]
    ).exclude(gateway__in=[TRIAL, HISTORY])
    found = [Totals() for _ in range(days)]
    for number, gateway, offline_kind, brand, *sums in _summed(settled, starts[1:]):
        found[number].by_way[Way(gateway, offline_kind, brand or "")] = Sums(*(int(one or 0) for one in sums))
    return found


def _summed(settled: QuerySet[Payment], ends: list[datetime]) -> QuerySet[Payment, tuple[Any, ...]]:
    """One row for each day and way. What is set aside anew in place of an older one is not set aside twice."""
    day = Case(
        *(When(settled_at__lt=end, then=Value(number)) for number, end in enumerate(ends)),
        output_field=IntegerField(),
    )
    return (
        settled.order_by()
        .annotate(day=day)
        .values_list("day", "gateway", "offline_kind", "payment_method__brand")
        .annotate(
            taken=Sum("amount_minor", filter=Q(kind__in=MONEY_IN)),
            given_back=Sum("amount_minor", filter=Q(kind=PaymentKind.REFUND.value)),
            set_aside=Sum("amount_minor", filter=Q(kind=PaymentKind.AUTHORISE.value, parent__isnull=True)),
            payments=Count("pk"),
        )
    )
