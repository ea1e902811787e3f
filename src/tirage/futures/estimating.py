"""What delivery, duty and taxes of wine en primeur may come to at release: from little to much, by destination.

An estimate and no price: it is reckoned by what is known today, the alcohol of a wine that isn't bottled least of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import FIRST_DAY, LAST_DAY, YEARS
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.money import Money, rate_of
from tirage.core.winery import local_time
from tirage.futures.models import CostEstimate
from tirage.places import find_country, subdivisions

#: Alcohol by volume where nobody has said anything of it yet, and how far it may still move where somebody has.
UNKNOWN = (Decimal("12.0"), Decimal("15.0"))
MOVES = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Bought:
    """Wine in bond: its price after discounts, its bottle equivalents in thousandths, its volume, its alcohol."""

    price_minor: int
    equivalents_milli: int
    millilitres: int
    alcohol_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Range:
    """What something may come to, from little to much."""

    low: Money
    high: Money

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class Estimated:
    """What may be asked for at release where the wine goes to one place."""

    place: str
    delivery: Range
    duty: Range
    tax: Range
    source: str
    first_day: date

    @property
    def all(self) -> Range:
        return self.delivery + self.duty + self.tax


def estimate(row: CostEstimate, wines: Sequence[Bought], currency: str) -> Estimated:
    """Delivery and duty, and tax on those and the wine; each rounded once, half away from nought."""
    equivalents = sum(one.equivalents_milli for one in wines)
    wine = sum(one.price_minor for one in wines)
    delivery = [
        _rounded(Decimal(minor) * equivalents / 1000)
        for minor in (row.delivery_low_minor, row.delivery_high_minor)
    ]
    duty = [_rounded(sum((_pure(one, end) for one in wines), Decimal(0)) * row.duty_minor) for end in (0, 1)]
    tax = [rate_of(wine + delivery[end] + duty[end], row.tax_bp * 100) for end in (0, 1)]
    return Estimated(
        place_name(row.country, row.state),
        _range(delivery, currency),
        _range(duty, currency),
        _range(tax, currency),
        row.source,
        row.first_day,
    )


def _range(ends: Sequence[int], currency: str) -> Range:
    return Range(Money(ends[0], currency), Money(ends[1], currency))


def _pure(wine: Bought, end: int) -> Decimal:
    """Litres of pure alcohol, at the low (0) or the high (1) end of what the wine may have."""
    if wine.alcohol_percent is None:
        percent = UNKNOWN[end]
    else:
        percent = wine.alcohol_percent + (MOVES if end else -MOVES)
    return Decimal(wine.millilitres) / 1000 * percent / 100


def _rounded(minor: Decimal) -> int:
    return int(minor.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def place_name(country: str, state: str) -> str:
    """``California``, ``United Kingdom``."""
    if state:
        return subdivisions(country).get(state, f"{state}, {country}")
    found = find_country(country)
    return found.name if found else country


def current_estimates(now: datetime) -> list[CostEstimate]:
    """The row of each destination that counts today; one statement."""
    today = local_time(now).date()
    found: dict[tuple[str, str], CostEstimate] = {}
    for row in CostEstimate.objects.filter(first_day__lte=today).order_by("first_day"):
        found[row.country, row.state] = row
    return [found[key] for key in sorted(found)]


@transaction.atomic
def save_estimate(
    *,
    country: str,
    state: str,
    first_day: date,
    delivery: tuple[int, int],
    duty_minor: int,
    tax_bp: int,
    source: str,
    actor: Actor,
    now: datetime,
) -> CostEstimate:
    """What costs may come to for a destination from a day on; the same day again replaces it.

    ``delivery`` is that of a bottle of 750 ml from little to much, ``duty_minor`` on a litre of pure alcohol. Records
    ``estimate.saved``. Raises DomainError ``estimate_invalid``.
    """
    country, state = country.strip().upper(), state.strip().upper()
    problems = {}
    if find_country(country) is None:
        problems["country"] = "No country has this code."
    elif state and subdivisions(country) and state not in subdivisions(country):
        problems["state"] = "No state of this country has this code."
    if not FIRST_DAY <= first_day <= LAST_DAY:
        problems["first_day"] = YEARS
    if delivery[0] > delivery[1]:
        problems["delivery_high"] = "The most can't be less than the least."
    if not source.strip():
        problems["source"] = "Say where these figures are from."
    if problems:
        raise DomainError("estimate_invalid", "The estimate can't be saved like this.", problems)
    saved, _ = CostEstimate.objects.update_or_create(
        country=country,
        state=state,
        first_day=first_day,
        defaults={
            "delivery_low_minor": delivery[0],
            "delivery_high_minor": delivery[1],
            "duty_minor": duty_minor,
            "tax_bp": tax_bp,
            "source": source.strip()[:200],
        },
    )
    text = (
        f"set what costs at release may come to for {place_name(country, state)} from {first_day.isoformat()}"
    )
    record_event(EventName.ESTIMATE_SAVED, "winery", 1, text=text, actor=actor, now=now)
    return saved
