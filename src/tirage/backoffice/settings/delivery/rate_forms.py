"""Grids, forms and files of rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from tirage.backoffice.frame.acting import read_amount
from tirage.backoffice.settings.delivery.forms import read_day
from tirage.core.errors import DomainError
from tirage.core.hands import UNSEEN, Overtaken
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.delivery.models import Method, Rate, RateTable, Zone
from tirage.delivery.rates.differences import ReadRate
from tirage.delivery.rates.measures import BASIS_WORDS, Measure
from tirage.delivery.rates.operations import LAST_DAY, MOST_PRICE, RULES, RateValues, TableValues
from tirage.delivery.rates.queries import current_measure
from tirage.delivery.states import BEGINNING, Basis
from tirage.parts.faults import Fault
from tirage.parts.hands import Carried, EditForm
from tirage.parts.numbers import read_whole
from tirage.tables.errors import CellError
from tirage.tables.matching import Field
from tirage.tables.writing import Cell

#: Empty columns offered beside the steps there are.
MORE_STEPS = 2
#: Of a table that was sent; a method that has more steps shows and keeps them all.
MOST_COLUMNS = 40


class RateGrid:
    """A table of a method's rates as a grid: zones down, steps across, as typed or as they are.

    It carries which zones its rows were and every price that it showed, so that rows and cells of others come and go.
    """

    def __init__(
        self,
        method: Method,
        first_day: date,
        zones: Sequence[Zone],
        rates: Iterable[Rate],
        post: QueryDict | None = None,
        measure: Measure | None = None,
    ) -> None:
        self.post = post
        self.measure = measure or current_measure(Basis.BOTTLES)
        self.faults: list[Fault] = []
        self._prices = {(rate.zone_id, rate.up_to_milli): rate.price_minor for rate in rates}
        self._known = {zone.pk: zone for zone in zones}
        cells = {f"{zone} {step}": price for (zone, step), price in self._prices.items()}
        self.carried = Carried(
            f"rates:{method.pk}:{first_day}", {"zones": [zone.pk for zone in zones], "prices": cells}, post
        )
        rows = self.carried.values["zones"]
        # A row whose zone somebody removed is left out; the others keep their places.
        self.zones = [self._known.get(pk) for pk in rows] if rows is not UNSEEN else list(zones)
        self._begin()

    @property
    def wrong(self) -> set[str]:
        """The ids of the cells that need another look."""
        return {fault.field_id for fault in self.faults}

    @property
    def shown(self) -> dict[tuple[int, int], int]:
        """The prices that the page showed; none that anybody knows of, where that can't be read."""
        prices = self.carried.values["prices"]
        return {} if prices is UNSEEN else {_cell_of(name): price for name, price in prices.items()}

    def overtaken(self, refused: Overtaken, typed: Iterable[RateValues]) -> None:
        """Shows what stands with what this person changed of it, and says where others changed the same."""
        shown = self.shown
        wanted = {(rate.zone.pk, rate.up_to_milli): rate.price_minor for rate in typed}
        stands = {_cell_of(name): price for name, price in refused.stands.items() if price is not None}
        self.carried.values = {
            "zones": list(self._known),
            "prices": {f"{zone} {step}": price for (zone, step), price in stands.items()},
        }
        mine = {cell: wanted.get(cell) for cell in {*wanted, *shown} if wanted.get(cell) != shown.get(cell)}
        self._prices = {cell: price for cell, price in {**stands, **mine}.items() if price is not None}
        self.zones, self.post = list(self._known.values()), None
        self._begin()
        for name, clash in refused.clashes.items():
            zone, step = _cell_of(name)
            was = "" if clash.was is UNSEEN else f", it was {_say_price(clash.was)}"
            words = (
                f"{self._known[zone].name} up to {self.measure.say(step)}: somebody else made it "
                f"{_say_price(clash.theirs)} meanwhile, you {_say_price(clash.yours)}{was}. Saving again keeps what "
                "stands in the table."
            )
            self.faults.append(Fault(words))

    def _begin(self) -> None:
        post = self.post
        steps = sorted({step for _, step in self._prices})
        self.columns = len(steps) + MORE_STEPS
        if post is not None:
            asked = read_whole(post.get("columns", ""))
            self.columns = min(asked, max(MOST_COLUMNS, self.columns)) if asked >= 0 else self.columns
        self._steps: list[int | None] = [*steps, *([None] * MORE_STEPS)]

    def heads(self) -> list[tuple[str, str]]:
        """(input name, value) of each step."""
        return [(f"step-{at}", self._typed(f"step-{at}", self._step_text(at))) for at in range(self.columns)]

    def rows(self) -> list[tuple[Zone, list[tuple[str, str, str]]]]:
        """Per zone (input name, value, words for screen readers) of each price."""
        return [
            (zone, [self._cell(place, zone, at) for at in range(self.columns)])
            for place, zone in enumerate(self.zones)
            if zone is not None
        ]

    def read(self) -> list[RateValues]:
        """The rates as typed; ``faults`` says what can't be read, and in which cell."""
        found = []
        for at in range(self.columns):
            step = self._read_step(at)
            for place, zone in enumerate(self.zones):
                if zone is None:
                    continue
                price = self._read_price(f"price-{place}-{at}", zone)
                if price is not None and step is None:
                    words = f"{zone.name} has a price in column {at + 1}, which doesn't say up to how much."
                    self.faults.append(Fault(words, f"step-{at}"))
                elif price is not None and step is not None:
                    found.append(RateValues(zone, step, price))
        return found

    def _step_text(self, at: int) -> str:
        step = self._steps[at] if at < len(self._steps) else None
        return "" if step is None else self.measure.text(step)

    def _cell(self, place: int, zone: Zone, at: int) -> tuple[str, str, str]:
        step = self._steps[at] if at < len(self._steps) else None
        minor = self._prices.get((zone.pk, step)) if step is not None else None
        text = "" if minor is None else str(Money(minor, current_winery().currency).decimal)
        name = f"price-{place}-{at}"
        return (
            name,
            self._typed(name, text),
            f"{zone.name}, up to {self._step_text(at) or 'what this column says'}",
        )

    def _typed(self, name: str, otherwise: str) -> str:
        return self.post.get(name, "") if self.post is not None else otherwise

    def _read_step(self, at: int) -> int | None:
        text = self._typed(f"step-{at}", "").strip()
        if not text:
            return None
        step = self.measure.read(text)
        if not step:
            words = f"“{text}” is not a number of {self.measure.ask}. Write it as 6 or 1.5."
            self.faults.append(Fault(words, f"step-{at}"))
            return None
        return step

    def _read_price(self, name: str, zone: Zone) -> int | None:
        text = self._typed(name, "").strip()
        try:
            price = read_amount(text)
        except ValueError:
            price = -1
        if price is not None and not 0 <= price <= 10**9:
            words = f"“{text}” is not a price. Write it as 18 or 18.50."
            self.faults.append(Fault(words, name, zone.name))
            return None
        return price


def _cell_of(name: str) -> tuple[int, int]:
    zone, _, step = name.partition(" ")
    return int(zone), int(step)


def _say_price(price: int | None) -> str:
    return "none" if price is None else str(Money(price, current_winery().currency).decimal)


class AmountField(forms.CharField):
    """An amount of the winery's currency; its value is minor units, None for none."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return read_amount(text)
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return str(Money(value, current_winery().currency).decimal) if value else ""


class BottlesField(forms.DecimalField):
    """Bottles of 750 ml; its value is thousandths, None for none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=Decimal("0.001"), max_value=Decimal(10_000), decimal_places=3, **options)

    def clean(self, value: Any) -> Any:
        bottles = super().clean(value)
        return None if bottles is None else int(bottles * 1000)

    def prepare_value(self, value: Any) -> Any:
        return current_measure(Basis.BOTTLES).text(value) if isinstance(value, int) else value


BASES = [
    (Basis.BOTTLES.value, "Bottles: a magnum is two, a half bottle half of one"),
    (Basis.WEIGHT.value, "Weight, packed"),
    (Basis.VALUE.value, "What the wine costs, after the group’s discount"),
    (Basis.FLAT.value, "Nothing: one price for all there is"),
]


class RulesForm(EditForm):
    basis = forms.ChoiceField(
        label="Steps count in",
        choices=BASES,
        help_text="It stays once the table has prices: a price of up to 6 bottles is none of up to 6 pounds.",
    )
    minimum_minor = AmountField(required=False, label="Minimum", help_text="Delivery costs no less.")
    maximum_minor = AmountField(required=False, label="Maximum", help_text="Delivery costs no more.")
    included_from_milli = BottlesField(
        required=False,
        label="Included from so many bottles",
        help_text="Bottle equivalents: two magnums are four. Empty: never.",
    )
    included_from_minor = AmountField(
        required=False,
        label="Included from so much wine",
        help_text="After the group’s discount. Empty: never.",
    )

    @staticmethod
    def values_of(table: RateTable | None) -> dict[str, Any]:
        return {name: getattr(table or RateTable(), name) for name in RULES}

    def values(self) -> TableValues:
        typed = self.typed
        return TableValues(
            Basis(typed["basis"]),
            typed["minimum_minor"] or 0,
            typed["maximum_minor"],
            typed["included_from_milli"],
            typed["included_from_minor"],
        )


class BeginForm(forms.Form):
    first_day = forms.DateField(
        label="In force from",
        help_text="A copy of the rates before that day, for you to change. Until then nobody is charged by it.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    basis = forms.ChoiceField(
        required=False,
        label="Steps count in",
        choices=[("", "The same as before"), *BASES],
        help_text="In something else it begins without prices.",
    )


# Tables in and out


def read_number(text: str) -> str:
    """A number as it stands: what it means hangs on what the row's table counts in."""
    try:
        Decimal(text)
    except ArithmeticError:
        raise CellError(f"“{text}” is not a number. Write it as 6 or 1.5.") from None
    return text


def read_basis(text: str) -> Basis | None:
    """What a table counts in; None where the row says nothing."""
    if not text.strip():
        return None
    for basis, words in BASIS_WORDS.items():
        if text.strip().casefold() in (words, basis.value):
            return basis
    raise CellError("Write bottles, weight, order value or flat.")


def read_price(text: str) -> int:
    """An amount as minor units."""
    try:
        price = read_amount(text)
    except ValueError as problem:
        raise CellError(str(problem)) from None
    if price is None or price < 0:
        raise CellError(f"“{text}” is not a price. Write it as 18 or 18.50.")
    return price


def read_first_day(text: str) -> date:
    """The first day of a table; empty for what always was so."""
    day = read_day(text) or BEGINNING
    if not BEGINNING <= day <= LAST_DAY:
        raise CellError("A day between 2000 and 2100.")
    return day


RATE_FIELDS = (
    Field("method", "Method", True, ("delivery", "delivery method", "shipping method")),
    Field("first_day", "In force from", False, ("from", "valid from", "first day"), read_first_day),
    Field("zone", "Zone", True, ("shipping zone",)),
    Field("basis", "Counted in", False, ("basis", "by"), read_basis),
    Field("up_to", "Up to", True, ("up to bottles", "bottles", "quantity"), read_number),
    Field("price_minor", "Price", True, ("rate", "amount", "cost"), read_price),
)


def rate_headers() -> list[str]:
    return [field.label for field in RATE_FIELDS]


def rate_rows() -> Iterator[list[Cell]]:
    """Every rate, as the import reads it back."""
    currency = current_winery().currency
    rates = Rate.objects.select_related("table__method", "zone").order_by(
        "table__method__position", "table__method__name", "table__first_day", "zone__name", "up_to_milli"
    )
    measures = {basis: current_measure(basis) for basis in Basis}
    for rate in rates:
        measure = measures[Basis(rate.table.basis)]
        first_day = rate.table.first_day
        yield [
            rate.table.method.name,
            None if first_day == BEGINNING else first_day,
            rate.zone.name,
            BASIS_WORDS[measure.basis],
            Decimal(measure.text(rate.up_to_milli)),
            Money(rate.price_minor, currency).decimal,
        ]


def rates_read(rows: Sequence[Mapping[str, Any]]) -> list[ReadRate]:
    """Rows of a file with methods and zones. Raises DomainError ``rates_invalid`` with ``fields`` of positions."""
    methods = {method.name.casefold(): method for method in Method.objects.all()}
    zones = {zone.name.casefold(): zone for zone in Zone.objects.all()}
    tables = RateTable.objects.values_list("method_id", "first_day", "basis")
    bases = {(method_id, first_day): Basis(basis) for method_id, first_day, basis in tables}
    measures = {basis: current_measure(basis) for basis in Basis}
    found: dict[Any, ReadRate] = {}
    problems = {}
    for position, row in enumerate(rows):
        method, zone = methods.get(row["method"].casefold()), zones.get(row["zone"].casefold())
        if method is None or zone is None:
            missing = f"method {row['method']}" if method is None else f"zone {row['zone']}"
            problems[str(position)] = f"There is no {missing}."
            continue
        table = (method.pk, row.get("first_day") or BEGINNING)
        basis = bases.setdefault(table, row.get("basis") or Basis.BOTTLES)
        step = (*table, zone.pk, measures[basis].read(row["up_to"]))
        if row.get("basis") not in (None, basis):
            problems[str(position)] = f"These rates of {method.name} count in {BASIS_WORDS[basis]}."
        elif step in found:
            problems[str(position)] = f"{zone.name} has another price for that step in this file."
        elif not step[-1] or row["price_minor"] > MOST_PRICE:
            problems[str(position)] = "Steps are above nought and at most 10,000 bottles, prices no fortune."
        else:
            found[step] = ReadRate(method, table[1], zone, step[-1], row["price_minor"], basis)
    if problems:
        raise DomainError("rates_invalid", "Nothing was read.", problems)
    return list(found.values())
