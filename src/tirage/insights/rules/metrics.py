"""The table of metrics: what each is called, how it is worked out, and from how much on it says something. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tirage.insights.rules.areas import AreaFigures, Sums
from tirage.insights.rules.spending import ASSUMED_DOLLARS, LEAST, MEDIAN_INCOME, MOST


class Metric(StrEnum):
    CUSTOMERS = "customers"
    PENETRATION = "penetration"
    ACTIVE = "active"
    NEW = "new"
    LAPSED = "lapsed"
    RETENTION = "retention"
    SALES = "sales"
    GROWTH = "growth"
    ORDERS = "orders"
    BOTTLES = "bottles"
    AVERAGE_VALUE = "average_value"
    AVERAGE_GROWTH = "average_growth"
    REFUND_RATIO = "refund_ratio"
    TAKE_RATE = "take_rate"
    WISHES_UNMET = "wishes_unmet"
    SHIPPING_SHARE = "shipping_share"
    WALLET_SHARE = "wallet_share"


class Unit(StrEnum):
    """What a value counts. ``MONEY`` is in minor units; ``RATIO`` 0.25 is 25 %."""

    PEOPLE = "people"
    MONEY = "money"
    BOTTLES = "bottles"
    ORDERS = "orders"
    RATIO = "ratio"
    PER_100K = "per_100k"


class Direction(StrEnum):
    """Which way is good news."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's value with what it was worked out from. ``value`` is None where nothing can be said.

    ``is_enough``: at least as many cases as the metric's guard asks for; else a page says that they are few.
    """

    numerator: float
    denominator: float | None
    value: float | None
    is_enough: bool


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """``numerator`` and ``denominator`` of an area (no denominator: a plain sum); ``cases`` is what the guard counts.

    ``numerator_words`` and ``denominator_words`` follow their numbers: “1,204 customers who bought”.
    """

    metric: Metric
    words: str
    formula: str
    numerator_words: str
    denominator_words: str
    unit: Unit
    part_unit: Unit
    base_unit: Unit | None
    direction: Direction
    numerator: Callable[[AreaFigures], float]
    denominator: Callable[[AreaFigures], float | None] | None = None
    cases: Callable[[Sums], int] = lambda sums: sums.customers
    guard: int = 0
    #: By how much the quotient is multiplied, as the unit says.
    times: int = 1


def figure_of(metric: Metric, area: AreaFigures) -> Figure:
    """The metric's figure in an area."""
    spec = METRICS[metric]
    part = spec.numerator(area)
    enough = spec.cases(area.sums) >= spec.guard
    if spec.denominator is None:
        return Figure(part, None, part, enough)
    base = spec.denominator(area)
    if base is None or base <= 0:
        return Figure(part, base, None, False)
    return Figure(part, base, part / base * spec.times, enough)


def _average(minor: int, people: int) -> float:
    return minor / people if people else 0.0


def _plain(
    metric: Metric,
    words: str,
    formula: str,
    counted: str,
    unit: Unit,
    direction: Direction,
    numerator: Callable[[Sums], int],
) -> MetricSpec:
    return MetricSpec(
        metric=metric,
        words=words,
        formula=formula,
        numerator_words=counted,
        denominator_words="",
        unit=unit,
        part_unit=unit,
        base_unit=None,
        direction=direction,
        numerator=lambda area: numerator(area.sums),
    )


_ALL = (
    _plain(
        Metric.CUSTOMERS,
        "Customers",
        "Everybody on the list who lives there today, whether they ever bought or not.",
        "customers",
        Unit.PEOPLE,
        Direction.UP,
        lambda sums: sums.customers,
    ),
    MetricSpec(
        metric=Metric.PENETRATION,
        words="Customers per 100,000 residents",
        formula=(
            "Customers ÷ residents × 100,000. Residents are everybody, children too, at the census of 2020; they are "
            "known of states and of the whole country only."
        ),
        numerator_words="customers",
        denominator_words="residents",
        unit=Unit.PER_100K,
        part_unit=Unit.PEOPLE,
        base_unit=Unit.PEOPLE,
        direction=Direction.UP,
        numerator=lambda area: area.sums.customers,
        denominator=lambda area: area.residents,
        times=100_000,
        guard=5,
    ),
    _plain(
        Metric.ACTIVE,
        "Active customers",
        "Customers with an order of the period that stands.",
        "customers who bought in the period",
        Unit.PEOPLE,
        Direction.UP,
        lambda sums: sums.active,
    ),
    _plain(
        Metric.NEW,
        "New customers",
        "Customers whose first order ever was in the period.",
        "customers who bought for the first time",
        Unit.PEOPLE,
        Direction.UP,
        lambda sums: sums.new,
    ),
    _plain(
        Metric.LAPSED,
        "Lapsed customers",
        "Customers who bought in the period compared with, and not in this one.",
        "customers who bought before and not now",
        Unit.PEOPLE,
        Direction.DOWN,
        lambda sums: sums.lapsed,
    ),
    MetricSpec(
        metric=Metric.RETENTION,
        words="Retention",
        formula="Customers who bought in both periods ÷ customers who bought in the period compared with.",
        numerator_words="of them bought again",
        denominator_words="customers who bought in the period compared with",
        unit=Unit.RATIO,
        part_unit=Unit.PEOPLE,
        base_unit=Unit.PEOPLE,
        direction=Direction.UP,
        numerator=lambda area: area.sums.retained,
        denominator=lambda area: area.sums.active_before,
        cases=lambda sums: sums.active_before,
        guard=20,
    ),
    _plain(
        Metric.SALES,
        "Sales",
        "Wine of orders that stand after discounts, without delivery and tax, on the day each was placed.",
        "sold in the period",
        Unit.MONEY,
        Direction.UP,
        lambda sums: sums.sales_minor,
    ),
    MetricSpec(
        metric=Metric.GROWTH,
        words="Growth of sales",
        formula="(Sales − sales of the period compared with) ÷ sales of the period compared with.",
        numerator_words="more (or less) than before",
        denominator_words="sold in the period compared with",
        unit=Unit.RATIO,
        part_unit=Unit.MONEY,
        base_unit=Unit.MONEY,
        direction=Direction.UP,
        numerator=lambda area: area.sums.sales_minor - area.sums.sales_before_minor,
        denominator=lambda area: area.sums.sales_before_minor,
        cases=lambda sums: sums.orders_before,
        guard=10,
    ),
    _plain(
        Metric.ORDERS,
        "Orders",
        "Orders placed in the period that stand.",
        "orders",
        Unit.ORDERS,
        Direction.UP,
        lambda sums: sums.orders,
    ),
    _plain(
        Metric.BOTTLES,
        "Bottles",
        "Bottles of those orders.",
        "bottles",
        Unit.BOTTLES,
        Direction.UP,
        lambda sums: sums.bottles,
    ),
    MetricSpec(
        metric=Metric.AVERAGE_VALUE,
        words="Average customer value",
        formula="Sales ÷ customers who bought in the period.",
        numerator_words="sold in the period",
        denominator_words="customers who bought",
        unit=Unit.MONEY,
        part_unit=Unit.MONEY,
        base_unit=Unit.PEOPLE,
        direction=Direction.UP,
        numerator=lambda area: area.sums.sales_minor,
        denominator=lambda area: area.sums.active,
        cases=lambda sums: sums.active,
        guard=5,
    ),
    MetricSpec(
        metric=Metric.AVERAGE_GROWTH,
        words="Growth of average customer value",
        formula="(Average customer value − that of the period compared with) ÷ that of the period compared with.",
        numerator_words="more (or less) a customer than before",
        denominator_words="average customer value of the period compared with",
        unit=Unit.RATIO,
        part_unit=Unit.MONEY,
        base_unit=Unit.MONEY,
        direction=Direction.UP,
        numerator=lambda area: (
            _average(area.sums.sales_minor, area.sums.active)
            - _average(area.sums.sales_before_minor, area.sums.active_before)
        ),
        denominator=lambda area: _average(area.sums.sales_before_minor, area.sums.active_before),
        cases=lambda sums: min(sums.active, sums.active_before),
        guard=10,
    ),
    MetricSpec(
        metric=Metric.REFUND_RATIO,
        words="Refund ratio",
        formula="Money given back for orders of the period ÷ money that came in for them.",
        numerator_words="given back",
        denominator_words="came in",
        unit=Unit.RATIO,
        part_unit=Unit.MONEY,
        base_unit=Unit.MONEY,
        direction=Direction.DOWN,
        numerator=lambda area: area.sums.refunded_minor,
        denominator=lambda area: area.sums.gross_minor,
        cases=lambda sums: sums.orders,
        guard=10,
    ),
    MetricSpec(
        metric=Metric.TAKE_RATE,
        words="Take rate",
        formula=(
            "Bottles taken ÷ bottles offered, over the releases that opened in the period, of customers who were "
            "offered something."
        ),
        numerator_words="bottles taken",
        denominator_words="bottles offered",
        unit=Unit.RATIO,
        part_unit=Unit.BOTTLES,
        base_unit=Unit.BOTTLES,
        direction=Direction.UP,
        numerator=lambda area: area.sums.taken,
        denominator=lambda area: area.sums.offered,
        cases=lambda sums: sums.offered,
        guard=60,
    ),
    _plain(
        Metric.WISHES_UNMET,
        "Wishes unmet",
        "Bottles wished for in the period and not granted; wishes that were withdrawn don’t count.",
        "bottles wished for in vain",
        Unit.BOTTLES,
        Direction.NEITHER,
        lambda sums: sums.unmet,
    ),
    MetricSpec(
        metric=Metric.SHIPPING_SHARE,
        words="Shipping share",
        formula="What customers pay for delivery ÷ sales.",
        numerator_words="for delivery",
        denominator_words="sold in the period",
        unit=Unit.RATIO,
        part_unit=Unit.MONEY,
        base_unit=Unit.MONEY,
        direction=Direction.DOWN,
        numerator=lambda area: area.sums.shipping_minor,
        denominator=lambda area: area.sums.sales_minor,
        cases=lambda sums: sums.orders,
        guard=5,
    ),
    MetricSpec(
        metric=Metric.WALLET_SHARE,
        words="Share of wallet (estimate)",
        formula=(
            "Sales ÷ what the households of those who bought may spend on wine. Nobody knows that: assumed are "
            f"${ASSUMED_DOLLARS:,} a year of a household with the country’s median income of ${MEDIAN_INCOME:,}, and "
            f"as much more or less as its ZIP’s median income is above or below ({LEAST:g} to {MOST:g} times). Compare "
            "places by it; above 100 % the assumption is too low there."
        ),
        numerator_words="sold in the period",
        denominator_words="assumed spending on wine",
        unit=Unit.RATIO,
        part_unit=Unit.MONEY,
        base_unit=Unit.MONEY,
        direction=Direction.UP,
        numerator=lambda area: area.sums.sales_minor,
        denominator=lambda area: area.sums.spending_minor,
        cases=lambda sums: sums.active,
        guard=20,
    ),
)
METRICS: Mapping[Metric, MetricSpec] = {spec.metric: spec for spec in _ALL}
