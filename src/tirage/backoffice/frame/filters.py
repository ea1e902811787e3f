"""What a list can be narrowed by, and the readable chips that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection
from django.db.models import CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.http import QueryDict

from tirage.core.bounds import FIRST_DAY, LAST_DAY
from tirage.core.money import Money, exponent, say_money
from tirage.core.winery import current_winery, start_of_day

T = TypeVar("T")

#: In whole units; nobody looks for more.
_MOST = 10**12

#: Query parameters that are not filters.
_OTHER = ("page", "sort", "export", "columns", "choice", "totals")


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in words, with the address of the list without it."""

    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where the choices of a filter come from: a queryset, its value and label columns, and its order.

    ``say`` turns a label that is a code into words. Choices that would read the same say their value, too.
    """

    rows: Callable[[], QuerySet[Any]]
    value: str = "reference"
    label: str | Combinable = "name"
    rank: str = ""
    say: Callable[[str], str] = str

    def as_rows(self, name: str) -> QuerySet[Any, Any]:
        rank = Cast(F(self.rank), IntegerField()) if self.rank else Value(0, IntegerField())
        rows: QuerySet[Any, Any] = (
            self.rows()
            .order_by()
            .annotate(
                choice_of=Value(name, CharField()),
                choice_value=Cast(F(self.value), CharField()),
                choice_label=Cast(F(self.label) if isinstance(self.label, str) else self.label, CharField()),
                choice_rank=rank,
            )
            .values_list("choice_of", "choice_value", "choice_label", "choice_rank")
        )
        return rows


def load_choices(sources: Mapping[str, Source]) -> dict[str, list[tuple[str, str]]]:
    """The choices of all ``sources`` in one query."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in sources}
    if not sources:
        return found
    first, *rest = [source.as_rows(name) for name, source in sources.items()]
    rows: Iterable[tuple[str, str, str, int]] = first.union(*rest, all=True) if rest else first
    for name, value, label, _ in sorted(rows, key=lambda row: (row[3], row[2].lower())):
        found[name].append((value, sources[name].say(label)))
    return {name: _told_apart(choices) for name, choices in found.items()}


def _told_apart(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    often = Counter(words for _, words in choices)
    return [(value, f"{words} ({value})" if often[words] > 1 else words) for value, words in choices]


class ListFilters(django_filters.FilterSet):
    """The base of every list's filters. ``sources`` names the filters whose choices are rows of a table."""

    sources: ClassVar[Mapping[str, Source]] = {}
    #: Set once it is known that much was found: then rows are walked in order and looked up one by one until a page
    #: is full, which beats collecting and sorting everything.
    broad = False

    def __init__(self, data: QueryDict, queryset: QuerySet[Any], *, with_choices: bool = True) -> None:
        super().__init__(data, queryset)
        if with_choices:
            for name, choices in load_choices(self.every_source()).items():
                self.filters[name].extra["choices"] = choices

    @classmethod
    def every_source(cls) -> dict[str, Source]:
        """Its own sources and those of the classes that it extends."""
        own = (vars(one).get("sources", {}) for one in reversed(cls.__mro__))
        return {name: source for sources in own for name, source in sources.items()}

    def within(
        self,
        rows: QuerySet[Any],
        field: str,
        keys: QuerySet[Any, Any],
        key: str = "pk",
        *,
        many: bool = False,
    ) -> QuerySet[Any]:
        """The rows whose ``field`` is among the ``key`` of ``keys``; ``many`` says that most are."""
        if self.broad or many:
            return rows.filter(Exists(keys.filter(**{key: OuterRef(field)})))
        return rows.filter(**{f"{field}__in": keys.values(key)})

    def remember(self, name: str, look: Callable[[], T]) -> T:
        """What ``look`` finds, looked for once for count and page together."""
        kept = self.__dict__.setdefault("_remembered", {})
        if name not in kept:
            kept[name] = look()
        found: T = kept[name]
        return found

    def walk(self) -> None:
        """From now on ``qs`` is for walking in order: see ``broad``."""
        self.broad = True
        self.__dict__.pop("_qs", None)

    def given(self) -> dict[str, Any]:
        """The filters that were filled in rightly, by name."""
        self.errors  # noqa: B018  # validates
        values: dict[str, Any] = self.form.cleaned_data
        return {name: value for name, value in values.items() if value not in (None, "", [], False)}

    def chips(self) -> list[Chip]:
        """One chip per filter in use."""
        return [
            Chip(self._say(name, value), without(self.data, name, "page", "choice"))
            for name, value in self.given().items()
        ]

    def _say(self, name: str, value: Any) -> str:
        filter_ = self.filters[name]
        label = str(filter_.label or name.replace("_", " ").capitalize())
        if value is True:
            return label
        if isinstance(filter_, MinorFilter):
            winery = current_winery()
            return f"{label} {say_money(Money(filter_.minor(value), winery.currency), winery.locale)}"
        if isinstance(filter_, django_filters.ChoiceFilter):
            labels = dict(filter_.extra["choices"])
            return f"{label}: {labels.get(value, value)}"
        if isinstance(value, date):
            return f"{label} {value:%b} {value.day}, {value.year}"
        return f"{label}: {value}"


class DayFilter(django_filters.DateFilter):
    """A day on the winery's clock as a bound of a moment: ``first`` from its start, ``last`` to its end."""

    def __init__(self, field_name: str, *, last: bool = False, label: str) -> None:
        super().__init__(
            field_name,
            lookup_expr="lt" if last else "gte",
            label=label,
            widget=forms.DateInput(attrs={"type": "date"}),
            validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        )
        self.last = last

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        if value is None:
            return qs
        return qs.filter(**{f"{self.field_name}__{self.lookup_expr}": self.moment(value)})

    def moment(self, day: date) -> datetime:
        """The bound; a last day ends where the next begins."""
        return start_of_day(day + timedelta(days=self.last))


class MinorFilter(django_filters.NumberFilter):
    """An amount typed in whole units, compared with a column of minor units."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, min_value=-_MOST, max_value=_MOST, **options)

    def filter(self, qs: QuerySet[Any], value: Decimal | None) -> QuerySet[Any]:
        return qs if value is None else super().filter(qs, self.minor(value))

    def minor(self, value: Decimal) -> int:
        return int(value.scaleb(exponent(current_winery().currency)))


class FlagFilter(django_filters.BooleanFilter):
    """A box to tick; unticked it filters nothing. Give it a ``method``."""

    def __init__(self, *, label: str, method: str) -> None:
        super().__init__(label=label, method=method, widget=forms.CheckboxInput)

    @property
    def field(self) -> forms.Field:
        if not hasattr(self, "_field"):
            self._field = forms.BooleanField(label=self.label, required=False)
        return self._field


def unindexed(field: str) -> F | Concat:
    """The text column ``field`` in words that no index has.

    SQLite without statistics takes any index that a condition names, however much it finds; this keeps it to a
    better way. PostgreSQL knows better by itself.
    """
    return (
        Concat(F(field), Value(""), output_field=CharField()) if connection.vendor == "sqlite" else F(field)
    )


def beginning(field: str, text: str) -> Q:
    """Rows whose ``field`` begins with ``text``, in words that each engine has an index for."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + chr(0x10FFFF)})
    return Q(**{f"{field}__startswith": text})


class ColumnFilter(django_filters.ChoiceFilter):
    """A choice of one column's value."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        found: QuerySet[Any]
        if not value or not self.parent.broad:
            found = super().filter(qs, value)
        else:
            name = f"{self.field_name}_as_text"
            found = qs.alias(**{name: unindexed(self.field_name)}).filter(**{name: value})
        return found


def choice_filter(label: str, field_name: str = "", **more: Any) -> django_filters.ChoiceFilter:
    """A choice whose empty line says that it filters nothing; choices come from ``choices`` or ``sources``."""
    more.setdefault("choices", ())
    kind = django_filters.ChoiceFilter if "method" in more else ColumnFilter
    return kind(label=label, field_name=field_name or None, empty_label="Any", **more)


def search_filter(label: str, method: str = "search") -> django_filters.CharFilter:
    """The search box of a list; what is longer than any name is no search, and SQLite can't look for it."""
    return django_filters.CharFilter(
        label=label,
        method=method,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


def without(data: QueryDict, *names: str) -> str:
    """The address of the same list without ``names``."""
    kept = data.copy()
    for name in (*names, "export"):
        kept.pop(name, None)
    return "?" + kept.urlencode()


def only_filters(data: QueryDict) -> str:
    """The filters alone, as a query string without ``?``."""
    kept = data.copy()
    for name in _OTHER:
        kept.pop(name, None)
    return kept.urlencode()
