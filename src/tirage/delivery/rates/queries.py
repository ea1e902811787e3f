"""Which of a method's tables is in force, and what a file of rates would change."""

from __future__ import annotations

from datetime import date

from django.db.models import OuterRef, Subquery

from tirage.core.winery import current_winery
from tirage.delivery.models import Method, Rate, RateTable
from tirage.delivery.rates.measures import Measure, measure_of
from tirage.delivery.states import Basis


def table_on(method: Method, day: date) -> RateTable | None:
    """The table that is in force on a day of the winery's clock; None before the first."""
    begun = RateTable.objects.filter(method=method, first_day__lte=day)
    return begun.order_by("-first_day").first()


def current_measure(basis: Basis) -> Measure:
    """How the winery writes what a table counts in."""
    winery = current_winery()
    return measure_of(basis, currency=winery.currency, locale=winery.locale)


def priced_zones(day: date) -> set[tuple[int, int]]:
    """Method and zone ids that have prices on a day; one statement."""
    latest = RateTable.objects.filter(method=OuterRef("table__method"), first_day__lte=day).order_by(
        "-first_day"
    )
    in_force = Rate.objects.filter(table=Subquery(latest.values("pk")[:1]))
    return set(in_force.values_list("table__method_id", "zone_id").distinct())
