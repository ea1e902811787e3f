"""What a note says: one sentence, made from the very figures that stand in its table; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, format_decimal, format_percent

from tirage.core.money import Money
from tirage.insights.rules.facts import EVERYBODY, Fact, FactKind, Topic


@dataclass(frozen=True, slots=True)
class Speech:
    """How the winery writes figures."""

    currency: str
    locale: str

    def count(self, value: int) -> str:
        return str(format_decimal(value, locale=self.locale))

    def money(self, minor: int) -> str:
        """Whole units: a note is no invoice."""
        whole = Money(minor, self.currency).decimal.quantize(Decimal(1))
        said = format_currency(whole, self.currency, "¤#,##0", locale=self.locale, currency_digits=False)
        return str(said).replace("-", "−")

    def percent(self, share: float) -> str:
        """``68%``; below ten with a decimal, so that small ratios can be told apart."""
        pattern = "#,##0.#%" if abs(share) < 0.1 else "#,##0%"
        return str(format_percent(share, pattern, locale=self.locale)).replace("-", "−")

    def change(self, now: int, before: int) -> str:
        """``+54%``, ``−20%``; where there was nothing, that there wasn't."""
        if before <= 0:
            return "from nothing"
        said = self.percent((now - before) / before)
        return f"+{said}" if now >= before else said


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is shown: what it is, and how it is written in the table and in the sentence alike."""

    key: str
    label: str
    said: str


_SPENT_MORE = (
    "{part} of {whole} customers there spent more than the year before ({share}; elsewhere {rest_share})"
)
_SENTENCES: dict[FactKind, str] = {
    FactKind.GROWING: "{name} grows: sales went from {sales_before} to {sales} in twelve months ({growth}), and "
    + _SPENT_MORE + ".",
    FactKind.FADING: "{name} fades: sales went from {sales_before} to {sales} in twelve months ({growth}), and only "
    + _SPENT_MORE + ".",
    FactKind.REFUNDS_HIGH: "Refunds are out of line in {name}: {back} of {paid} went back ({ratio}; elsewhere "
    "{rest_ratio}), to {part} of {whole} customers there ({share}; elsewhere {rest_share}).",
    FactKind.REFUNDS_LOW: "Refunds are rare in {name}: {back} of {paid} went back ({ratio}; elsewhere {rest_ratio}), "
    "to {part} of {whole} customers there ({share}; elsewhere {rest_share}).",
    FactKind.WISHES_UNMET: "{name} wishes for more than it gets: {bottles} bottles were not granted in twelve months, "
    "to {part} of {whole} customers there ({share}; elsewhere {rest_share}).",
    FactKind.TIER_CONCENTRATED: "{group} is at home in {name}: {part} of {whole} customers there are in it ({share}; "
    "elsewhere {rest_share}).",
    FactKind.NEW_HERE: "{name} brings new customers: {part} of {whole} who bought there in the last twelve months did "
    "so for the first time ({share}; elsewhere {rest_share}).",
    FactKind.LAPSING: "{part} of {whole} customers{of_name} have been silent for longer than ever before: {silent} "
    "months in the middle, where they used to buy every {usual} ({share}; {rest} {rest_share}). They have spent "
    "{lifetime} so far.",
    FactKind.BUSY_HOUR: "{name} is the hour in which customers buy: {part} of {whole} placed their first order of the "
    "last twelve months then ({share}; spread evenly it would be {rest_share}).",
    FactKind.BUSY_DAY: "{name} is the day on which customers buy: {part} of {whole} placed their first order of the "
    "last twelve months then ({share}; spread evenly it would be {rest_share}).",
    FactKind.BUSY_MONTH: "{name} is the month in which customers buy: {part} of {whole} purchases of the last twelve "
    "months fell then, counted once a customer and month ({share}; spread evenly it would be {rest_share}).",
}  # fmt: skip

#: What the counts are, by topic: of those here (first part, then whole).
_COUNTED: dict[Topic, tuple[str, str]] = {
    Topic.SALES: ("Customers who spent more than the year before", "Customers whose spending changed"),
    Topic.REFUNDS: ("Customers who were refunded something", "Customers who paid"),
    Topic.WISHES: ("Customers with a wish that was not granted in full", "Customers who bought or wished"),
    Topic.TIERS: ("Customers in the group", "Customers"),
    Topic.NEWCOMERS: ("Customers who bought for the first time", "Customers who bought in the last twelve months"),
    Topic.LAPSING: ("Customers silent for longer than ever before", "Customers who bought in three months or more"),
    Topic.TIMING: ("Customers whose first order fell then", "Customers who ordered"),
}  # fmt: skip


_MONTHLY = ("Purchases in that month, once a customer", "Purchases, once a customer and month")


def figures_of(fact: Fact, speech: Speech) -> list[Figure]:
    """Every figure of a fact in the order of its table; the sentence has no others."""
    counted, among = _MONTHLY if fact.kind is FactKind.BUSY_MONTH else _COUNTED[fact.topic]
    found = [
        Figure("part", counted, speech.count(fact.part)),
        Figure("whole", among, speech.count(fact.whole)),
        Figure("share", "The first ÷ the second", speech.percent(fact.share)),
    ]
    if fact.topic is Topic.TIMING:
        return [*found, Figure("rest_share", "Spread evenly", speech.percent(fact.rest_share))]
    found += [
        Figure("rest_part", f"{counted}, {rest_words(fact)}", speech.count(fact.rest_part)),
        Figure("rest_whole", f"{among}, {rest_words(fact)}", speech.count(fact.rest_whole)),
        Figure("rest_share", f"The first ÷ the second, {rest_words(fact)}", speech.percent(fact.rest_share)),
    ]
    return found + _sums_of(fact, speech)


def rest_words(fact: Fact) -> str:
    """What it is compared with."""
    return "a year ago" if fact.key == EVERYBODY else "elsewhere"


def _sums_of(fact: Fact, speech: Speech) -> list[Figure]:
    if fact.topic is Topic.SALES:
        now, before = fact.sum("sales"), fact.sum("sales_before")
        return [
            Figure("sales", "Sales of the last twelve months", speech.money(now)),
            Figure("sales_before", "Sales of the twelve months before", speech.money(before)),
            Figure("growth", "Growth", speech.change(now, before)),
            Figure("rest_growth", "Growth elsewhere", speech.change(fact.sum("rest_sales"), fact.sum("rest_before"))),
        ]  # fmt: skip
    if fact.topic is Topic.REFUNDS:
        return [
            Figure("back", "Refunded", speech.money(fact.sum("back"))),
            Figure("paid", "Paid", speech.money(fact.sum("paid"))),
            Figure("ratio", "Refunded ÷ paid", speech.percent(_ratio(fact.sum("back"), fact.sum("paid")))),
            Figure(
                "rest_ratio",
                "Refunded ÷ paid, elsewhere",
                speech.percent(_ratio(fact.sum("rest_back"), fact.sum("rest_paid"))),
            ),
        ]
    if fact.topic is Topic.WISHES:
        return [Figure("bottles", "Bottles asked for and not granted", speech.count(fact.sum("bottles")))]
    if fact.topic is Topic.LAPSING:
        return [
            Figure("silent", "Months since they last bought, in the middle", speech.count(fact.sum("silent"))),
            Figure("usual", "Months from one purchase to the next until then", speech.count(fact.sum("usual"))),
            Figure("lifetime", "Lifetime value of those who are silent", speech.money(fact.sum("lifetime"))),
        ]  # fmt: skip
    return []


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def sentence_of(fact: Fact, speech: Speech) -> str:
    """The fact in one sentence, from ``figures_of`` and names alone."""
    said = {figure.key: figure.said for figure in figures_of(fact, speech)}
    of_name = f" in {fact.name}" if fact.key != EVERYBODY else ""
    return _SENTENCES[fact.kind].format(
        name=fact.name, group=fact.group, of_name=of_name, rest=rest_words(fact), **said
    )


def chance_words(fact: Fact, tests: int, speech: Speech) -> str:
    """How sure it is, and how that was tested."""
    if fact.topic is Topic.TIMING:
        how = "by the binomial test of the highest, times as many as there are (Bonferroni)"
    else:
        against = "those of a year ago" if fact.key == EVERYBODY else "all others"
        how = f"by Fisher’s exact test of these customers against {against}"
    return (
        f"Chance alone does this in {_odds(fact.p)}, {how}. Corrected for the {speech.count(tests)} questions that "
        f"were asked at once (Benjamini and Hochberg), the figure is {_odds(fact.q)}; what reaches one in twenty is "
        "told."
    )


def _odds(chance: float) -> str:
    """``1 of 240``; beyond a million, fewer than that."""
    if chance >= 1:
        return "every case"
    if chance <= 1e-6:
        return "fewer than 1 of 1,000,000 cases"
    one_in = 1 / chance
    return f"1 of {one_in:,.0f} cases" if one_in >= 10 else f"1 of {one_in:.2g} cases"
