"""Forms and tables of the delivery settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from tirage.backoffice.frame.acting import choose, read_amount
from tirage.backoffice.settings.effects import CLOSE_ANYWAY, TICK_TO_CLOSE, say_closing
from tirage.core.errors import DomainError
from tirage.core.hands import UNSEEN, Overtaken
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.delivery.models import Destination, Method, Rate, Zone
from tirage.delivery.operations import TAKES, DestinationValues, MethodValues, RateValues
from tirage.delivery.states import MethodKind, Visibility
from tirage.parts.faults import Fault
from tirage.parts.hands import Carried, EditForm
from tirage.parts.numbers import read_whole
from tirage.tables.errors import CellError
from tirage.tables.matching import Field
from tirage.tables.writing import Cell

PPM = 10_000
#: More than anything that is typed here can be.
_BEYOND = 10**12
#: Of a file with places or rates.
MOST_BYTES = 5 * 1024 * 1024
#: Empty columns offered beside the steps there are.
MORE_STEPS = 2
#: Of a table that was sent; a method that has more steps shows and keeps them all.
MOST_COLUMNS = 40
YES = {"yes", "y", "true", "1", "open", "x"}
NO = {"no", "n", "false", "0", "closed", ""}


class PercentField(forms.DecimalField):
    """A tax rate typed in percent; its value is millionths."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=Decimal(0), max_value=Decimal(100), decimal_places=4, **options)

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return 0 if percent is None else int(percent * PPM)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return f"{value // PPM}.{value % PPM:04}".rstrip("0").rstrip(".") if value else ""


class DestinationForm(EditForm):
    operation_names: ClassVar[Mapping[str, str]] = {"tax_rate": "tax_rate_ppm"}

    country = forms.CharField(
        max_length=2, label="Country", help_text="Two letters, such as US.", initial="US"
    )
    state = forms.CharField(
        max_length=10,
        required=False,
        label="State",
        help_text="Two letters; empty for a country without states.",
    )
    name = forms.CharField(max_length=80, label="Name")
    zone = forms.ChoiceField(required=False, label="Zone", help_text="Shipping rates hang on it.")
    is_open = forms.BooleanField(required=False, label="Wine may go there")
    tax_rate = PercentField(required=False, label="Sales tax, percent")
    taxes_shipping = forms.BooleanField(required=False, label="Shipping is taxed too")
    source = forms.CharField(
        max_length=200, required=False, label="Source", help_text="Where the rule and the rate were read."
    )
    checked_on = forms.DateField(
        required=False, label="Checked on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone.name, zone.name) for zone in Zone.objects.order_by("name")]
        choose(self, "zone", [("", "No zone"), *zones])
        self._ask_about_closing()

    def _ask_about_closing(self) -> None:
        """What is under way to a place that closes is said first."""
        closes = self.is_bound and self.initial.get("is_open") and not self.data.get("is_open")
        if closes and (
            said := say_closing({(self.initial["country"], self.initial["state"]): self.initial["name"]})
        ):
            asked = forms.BooleanField(
                label=CLOSE_ANYWAY, help_text=" ".join(said), error_messages={"required": TICK_TO_CLOSE}
            )
            self.ask("closes", asked)

    @staticmethod
    def values_of(found: Destination) -> dict[str, Any]:
        names = ("country", "state", "name", "is_open", "taxes_shipping", "source", "checked_on")
        values = {name: getattr(found, name) for name in names}
        return values | {"zone": found.zone.name if found.zone else "", "tax_rate": found.tax_rate_ppm}

    def destination(self) -> DestinationValues:
        values = self.typed
        values["country"], values["state"] = values["country"].upper(), values["state"].upper()
        return DestinationValues(**values)


class MethodForm(EditForm):
    name = forms.CharField(max_length=80, label="Name", help_text="As customers see it.")
    description = forms.CharField(
        max_length=200,
        required=False,
        label="Description",
        help_text="One line under the name: two to five days, by day.",
    )
    internal_description = forms.CharField(
        max_length=200, required=False, label="For the team", help_text="Never shown to customers."
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=[
            (MethodKind.SHIP.value, "Ships to an address"),
            (MethodKind.PICKUP.value, "Picked up"),
            (MethodKind.STORAGE.value, "Goes to storage"),
        ],
    )
    handover = forms.ChoiceField(
        required=False, label="Handed over in", help_text="For pickup and storage: it is taxed there."
    )
    visibility = forms.ChoiceField(
        label="Offered to",
        choices=[(Visibility.ALL.value, "Everybody"), (Visibility.STAFF.value, "The team only")],
    )
    qualifies_for_free_shipping = forms.BooleanField(
        required=False, label="Free for groups with free shipping"
    )
    takes_po_boxes = forms.BooleanField(
        required=False,
        label="Delivers to PO boxes",
        help_text="Couriers don't, and the US post carries no wine. A private mailbox (PMB) is no PO box.",
    )
    takes_military = forms.BooleanField(
        required=False,
        label="Delivers to military addresses",
        help_text="APO, FPO and DPO, where their places are open too.",
    )
    takes_territories = forms.BooleanField(
        required=False,
        initial=True,
        label="Delivers to US territories",
        help_text="Puerto Rico, the US Virgin Islands, Guam and others, where they are open too.",
    )
    is_active = forms.BooleanField(required=False, initial=True, label="Offered at present")
    position = forms.IntegerField(
        min_value=0, max_value=999, initial=0, label="Position", help_text="Lower ones are listed first."
    )
    closed = forms.MultipleChoiceField(
        required=False,
        label="Doesn’t reach",
        help_text="Open places that this method leaves out all the same.",
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = {
            f"{place.country}-{place.state}": place for place in Destination.objects.order_by("name")
        }
        places = [(key, place.name) for key, place in self._places.items()]
        choose(self, "handover", [("", "Nowhere"), *places])
        reached = [(key, name) for key, name in places if self._places[key].is_open]
        if reached:
            choose(self, "closed", reached)
        else:
            del self.fields["closed"]
        if not places:
            words = "For pickup and storage. There is no place yet: open the winery's state first."
            self.fields["handover"].help_text = words

    @staticmethod
    def values_of(method: Method) -> dict[str, Any]:
        names = ("name", "description", "internal_description", "kind", "visibility", "position", "is_active")
        values = {name: getattr(method, name) for name in (*names, "qualifies_for_free_shipping", *TAKES)}
        place = method.handover
        closed = [f"{one.country}-{one.state}" for one in method.closed_destinations.all()]
        return values | {"handover": f"{place.country}-{place.state}" if place else "", "closed": closed}

    @property
    def shown(self) -> dict[str, Any] | None:
        """Of the places that it doesn't reach those that can be chosen here; others stay as they are."""
        shown = super().shown
        if shown is None or shown.get("closed") is UNSEEN:
            return shown
        listed = {key for key, place in self._places.items() if place.is_open}
        return shown | {"closed": frozenset(shown.get("closed") or ()) & listed}

    def method(self) -> MethodValues:
        values = dict(self.cleaned_data)
        values["kind"], values["visibility"] = MethodKind(values["kind"]), Visibility(values["visibility"])
        values["handover"] = self._places.get(values["handover"])
        values["closed"] = [self._places[key] for key in values.get("closed", ())]
        return MethodValues(**values)


class RateGrid:
    """The rates of a method as a table: zones down, steps of bottles across, as typed or as they are.

    It carries which zones its rows were and every price that it showed, so that rows and cells of others come and go.
    """

    def __init__(
        self, method: Method, zones: Sequence[Zone], rates: Iterable[Rate], post: QueryDict | None = None
    ) -> None:
        self.post = post
        self.faults: list[Fault] = []
        self._prices = {(rate.zone_id, rate.up_to_milli): rate.price_minor for rate in rates}
        self._known = {zone.pk: zone for zone in zones}
        cells = {f"{zone} {step}": price for (zone, step), price in self._prices.items()}
        self.carried = Carried(
            f"rates:{method.pk}", {"zones": [zone.pk for zone in zones], "prices": cells}, post
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
                f"{self._known[zone].name} up to {step / 1000:g} bottles: somebody else made it "
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
                    words = f"{zone.name} has a price in column {at + 1}, which doesn't say up to how many bottles."
                    self.faults.append(Fault(words, f"step-{at}"))
                elif price is not None and step is not None:
                    found.append(RateValues(zone, step, price))
        return found

    def _step_text(self, at: int) -> str:
        step = self._steps[at] if at < len(self._steps) else None
        return "" if step is None else f"{step // 1000}.{step % 1000:03}".rstrip("0").rstrip(".")

    def _cell(self, place: int, zone: Zone, at: int) -> tuple[str, str, str]:
        step = self._steps[at] if at < len(self._steps) else None
        minor = self._prices.get((zone.pk, step)) if step is not None else None
        text = "" if minor is None else str(Money(minor, current_winery().currency).decimal)
        name = f"price-{place}-{at}"
        return (
            name,
            self._typed(name, text),
            f"{zone.name}, up to {self._step_text(at) or 'the bottles of this column'}",
        )

    def _typed(self, name: str, otherwise: str) -> str:
        return self.post.get(name, "") if self.post is not None else otherwise

    def _read_step(self, at: int) -> int | None:
        text = self._typed(f"step-{at}", "").strip()
        if not text:
            return None
        try:
            step = _whole(text, 1000)
        except (ArithmeticError, ValueError):
            step = 0
        if not 0 < step <= 10_000_000:
            self.faults.append(
                Fault(f"“{text}” is not a number of bottles. Write it as 6 or 1.5.", f"step-{at}")
            )
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


# Tables in and out


def read_flag(text: str) -> bool:
    """Yes or no as people write it."""
    word = text.strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError(f"“{text}” is neither yes nor no.")


def _whole(text: str, parts: int) -> int:
    """A number in so many parts; ArithmeticError or ValueError for what is none or beyond all measure."""
    number = Decimal(text.strip()) * parts
    # Compared before it is a whole number: 1e999999 would be one of a million digits.
    if not abs(number) <= _BEYOND:
        raise ValueError(text)
    return int(number)


def read_percent(text: str) -> int:
    """``7.25`` or ``7.25%`` as millionths."""
    word = text.strip().removesuffix("%").strip().replace(",", ".")
    try:
        return _whole(word or "0", PPM)
    except (ArithmeticError, ValueError):
        raise CellError(f"“{text}” is not a percentage.") from None


def read_day(text: str) -> dt.date | None:
    """``2026-11-24``; empty is none."""
    try:
        return dt.date.fromisoformat(text.strip()[:10]) if text.strip() else None
    except ValueError:
        raise CellError(f"“{text}” is not a day; write 2026-11-24.") from None


def read_bottles(text: str) -> int:
    """Bottles of 750 ml as thousandths."""
    try:
        return _whole(text, 1000)
    except (ArithmeticError, ValueError):
        raise CellError(f"“{text}” is not a number of bottles. Write it as 6 or 1.5.") from None


def read_price(text: str) -> int:
    """An amount as minor units."""
    try:
        price = read_amount(text)
    except ValueError as problem:
        raise CellError(str(problem)) from None
    if price is None or price < 0:
        raise CellError(f"“{text}” is not a price. Write it as 18 or 18.50.")
    return price


DESTINATION_FIELDS = (
    Field("country", "Country", True, ("country code",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("name", "Name", True, ("state name", "destination")),
    Field("zone", "Zone", False, ("shipping zone",)),
    Field("is_open", "Open", False, ("can ship", "ships to", "allowed"), read_flag),
    Field(
        "tax_rate_ppm", "Sales tax %", False, ("tax", "tax rate", "sales tax", "sales tax rate"), read_percent
    ),
    Field("taxes_shipping", "Taxes shipping", False, ("shipping taxed", "tax shipping"), read_flag),
    Field("source", "Source", False, ()),
    Field("checked_on", "Checked on", False, ("checked", "date checked"), read_day),
)
RATE_FIELDS = (
    Field("method", "Method", True, ("delivery", "delivery method", "shipping method")),
    Field("zone", "Zone", True, ("shipping zone",)),
    Field("up_to_milli", "Up to bottles", True, ("bottles", "quantity", "up to"), read_bottles),
    Field("price_minor", "Price", True, ("rate", "amount", "cost"), read_price),
)


def destination_headers() -> list[str]:
    return [field.label for field in DESTINATION_FIELDS]


def destination_rows() -> Iterator[list[Cell]]:
    """Every destination, as the import reads it back."""
    for place in Destination.objects.select_related("zone").order_by("country", "state"):
        yield [
            place.country,
            place.state,
            place.name,
            place.zone.name if place.zone else "",
            place.is_open,
            Decimal(place.tax_rate_ppm) / PPM,
            place.taxes_shipping,
            place.source,
            place.checked_on,
        ]


def rate_headers() -> list[str]:
    return [field.label for field in RATE_FIELDS]


def rate_rows() -> Iterator[list[Cell]]:
    """Every rate, as the import reads it back."""
    currency = current_winery().currency
    rates = Rate.objects.select_related("method", "zone").order_by(
        "method__position", "method__name", "zone__name", "up_to_milli"
    )
    for rate in rates:
        yield [
            rate.method.name,
            rate.zone.name,
            Decimal(rate.up_to_milli) / 1000,
            Money(rate.price_minor, currency).decimal,
        ]


def rates_by_method(rows: Sequence[Mapping[str, Any]]) -> dict[Method, list[RateValues]]:
    """Imported rates sorted by method. Raises DomainError ``rates_invalid`` with ``fields`` of row positions."""
    methods = {method.name.casefold(): method for method in Method.objects.all()}
    zones = {zone.name.casefold(): zone for zone in Zone.objects.all()}
    found: dict[Method, list[RateValues]] = {}
    problems = {}
    for position, row in enumerate(rows):
        method, zone = methods.get(row["method"].casefold()), zones.get(row["zone"].casefold())
        if method is None or zone is None:
            missing = f"method {row['method']}" if method is None else f"zone {row['zone']}"
            problems[str(position)] = f"There is no {missing}."
        else:
            found.setdefault(method, []).append(RateValues(zone, row["up_to_milli"], row["price_minor"]))
    if problems:
        raise DomainError("rates_invalid", "Nothing was imported.", problems)
    return found


class TableForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="CSV or Excel, with the columns of the export.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt,.tsv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError("This file has more than 5 MB, far more than delivery needs.")
        return file
