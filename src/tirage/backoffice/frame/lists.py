"""One machinery for every list page: filters, count, order, pages, columns, choosing rows and export.

A list is described once (``RowList``); ``list_page`` answers with the page, the export or nothing but rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar, Generic, TypeVar

from django.contrib import messages
from django.db import models
from django.db.models import BigIntegerField, F, Max, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import OrderBy
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render

from tirage.backoffice.frame.choosing import NOTHING, Choice, kept_choice, sent_choice
from tirage.backoffice.frame.filters import Chip, ListFilters, only_filters, without
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.winery import local_time
from tirage.parts.exporting import table_response
from tirage.staff.permissions import Permission, may, require, staff_actor, staff_member
from tirage.tables.writing import Cell

M = TypeVar("M", bound=models.Model)

#: Asks an export for all columns, shown or not.
ALL_COLUMNS = "all"
PAGE_ROWS = 50
EXPORT_CHUNK = 1_000
#: From here on a page is found by walking the order's index instead of sorting what was found.
#: Then, too, what the list adds up is asked for when the page stands.
BROAD_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Column(Generic[M]):
    """One column. ``show`` gives the cell (text, or safe HTML from ``cells``), ``value`` what an export gets.

    ``sort`` is a full order with its tie-breaker, such as ``("-made_at", "-id")``, in the direction that the first
    click gives; ``kind`` is text, number, main (what the row is called) or aside (its figure on a telephone).
    """

    key: str
    label: str
    show: Callable[[M], Any]
    value: Callable[[M], Cell] | None = None
    sort: tuple[str, ...] = ()
    kind: str = "text"
    shown: bool = True
    #: Says its label before the value on a telephone, where there is no head.
    labelled: bool = False
    #: Left out on a telephone, where a row has two lines.
    wide: bool = False
    #: Only whoever has this permission sees the column; files never have it.
    only: Permission | None = None
    #: What the column is called in a file, where imports know it by another name than the page shows.
    in_files: str = ""

    @property
    def css(self) -> str:
        kind = {"number": "number", "main": "cell-main", "aside": "number cell-aside"}.get(self.kind, "")
        return f"{kind} cell-wide".strip() if self.wide else kind


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over everything found; ``say`` has its words (``$1,240.00 paid``).

    ``expression`` gives the aggregate of the rows found; what adds up rows of another table is a subquery (``below``).
    """

    key: str
    expression: Callable[[QuerySet[Any]], Any]
    say: Callable[[int], str]


def below(rows: QuerySet[Any], field: str, found: QuerySet[Any], expression: Any) -> Max:
    """The sum of ``expression`` over the ``rows`` whose ``field`` is among ``found``, as an aggregate of these.

    It names no row of the statement around it, so both engines work it out once.
    """
    mine = rows.filter(**{f"{field}__in": found.order_by().values("pk")}).order_by()
    summed = mine.values(together=Value(1)).annotate(sum=Sum(expression)).values("sum")
    return Max(Subquery(summed, output_field=BigIntegerField()))


class RowList(Generic[M]):
    """Describes a list; make one subclass per list and one instance of it."""

    name: ClassVar[str]
    noun_one: ClassVar[str]
    noun_many: ClassVar[str]
    filters: ClassVar[type[ListFilters]]
    default_sort: ClassVar[str]
    columns: tuple[Column[M], ...]
    #: What a chosen row is named by in forms.
    row_key: ClassVar[str] = "reference"
    #: A template with the buttons of the bar for chosen rows, and the permission to see it.
    actions: ClassVar[str] = ""
    actions_permission: ClassVar[Permission] = Permission.EDIT_SETTINGS
    #: Columns that may be empty; they sort last in both directions.
    nullable: ClassVar[frozenset[str]] = frozenset()
    template: ClassVar[str] = "backoffice/frame/list.html"
    #: What the list adds up beside its count.
    totals: ClassVar[tuple[Total, ...]] = ()

    def rows(self) -> QuerySet[M]:
        """Every row of the list, nothing joined: what is counted, filtered and ordered."""
        raise NotImplementedError

    def load(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The same rows with what the cells need (``select_related``)."""
        return rows

    def decorate(self, rows: Sequence[M]) -> None:
        """Sets attributes that need one more query for all of ``rows``."""

    def about(self, page: ListPage[M]) -> Any:
        """What stands between the filters and the rows, for a template of the list's own (``about``)."""
        return None

    def key_of(self, row: M) -> str:
        return str(getattr(row, self.row_key))

    def column(self, key: str) -> Column[M] | None:
        return next((column for column in self.columns if column.key == key), None)


@dataclass(frozen=True, slots=True)
class Head:
    """A shown column with its sorting link; ``sorted`` is ascending, descending or empty."""

    column: Column[Any]
    sort_url: str
    sorted: str


@dataclass(frozen=True, slots=True)
class ShownCell:
    html: Any
    css: str
    label: str
    is_main: bool


@dataclass(frozen=True, slots=True)
class ShownRow:
    key: str
    name: str
    cells: list[ShownCell]
    chosen: bool = False


@dataclass
class ListPage(Generic[M]):
    """A list as one request asked for it. Reads nothing until asked; ``count`` is exact."""

    definition: RowList[M]
    data: QueryDict
    shown_keys: Sequence[str] = ()
    choice: Choice = NOTHING
    #: Keys of columns that are not for this person, or not for a file.
    hidden: frozenset[str] = frozenset()
    filters: ListFilters = field(init=False)
    number: int = 1

    def __post_init__(self) -> None:
        self.filters = self.definition.filters(self.data, self.definition.rows())
        self._count: int | None = None
        asked = self.data.get("page", "1")
        self.number = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1

    # What was found

    @property
    def found(self) -> QuerySet[M]:
        """Every row that the filters leave, unordered."""
        rows: QuerySet[M] = self.filters.qs
        return rows

    @property
    def count(self) -> int:
        if self._count is None:
            self._count = self.found.order_by().count()
        return self._count

    @property
    def noun(self) -> str:
        """What was found, in the number that goes with its count."""
        return self.definition.noun_one if self.count == 1 else self.definition.noun_many

    @property
    def adds_up(self) -> bool:
        """Whether the totals come with the page. Of very many rows they take longer, and are asked for afterwards."""
        return self.count <= BROAD_ROWS or bool(self.data.get("totals"))

    @cached_property
    def totals(self) -> list[str]:
        """The list's sums over all that was found in words, those that come to anything: one statement."""
        asked = self.definition.totals
        if not asked or not self.count:
            return []
        found = self.found.order_by()
        sums = found.aggregate(**{f"sum_{one.key}": one.expression(found) for one in asked})
        return [one.say(int(sums[f"sum_{one.key}"])) for one in asked if sums[f"sum_{one.key}"]]

    @property
    def totals_url(self) -> str:
        return _with(self.data, totals="1")

    @cached_property
    def chosen_count(self) -> int:
        """How many of what was found are chosen: the file's rows, and what the bar says."""
        if not self.choice:
            return 0
        return self.choice.among(self.found, self.definition.row_key).order_by().count()

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_ROWS))

    def rows(self) -> list[M]:
        """The rows of this page. The keys are found first, from the nearer end, so that far pages stay quick."""
        self.number = min(self.number, self.pages)
        start = (self.number - 1) * PAGE_ROWS
        stop = min(start + PAGE_ROWS, self.count)
        if start >= stop:
            return []
        order = self.order()
        if self.count > BROAD_ROWS:
            self.filters.walk()
        if start > self.count // 2:
            keys = self.found.order_by(*_reversed(order))[self.count - stop : self.count - start]
        else:
            keys = self.found.order_by(*order)[start:stop]
        page = self.definition.rows().filter(pk__in=keys.values("pk")).order_by(*order)
        rows = list(self.definition.load(page))
        self.definition.decorate(rows)
        return rows

    def every_row(self) -> Iterator[M]:
        """All chosen rows, or all found where none was chosen, in order, loaded in chunks; memory stays flat."""
        found = self.choice.among(self.found, self.definition.row_key) if self.choice else self.found
        rows = self.definition.load(found.order_by(*self.order())).iterator(chunk_size=EXPORT_CHUNK)
        while chunk := list(islice(rows, EXPORT_CHUNK)):
            self.definition.decorate(chunk)
            yield from chunk

    # Order

    @property
    def sort(self) -> str:
        asked = self.data.get("sort", "")
        column = self.definition.column(asked.removeprefix("-"))
        return asked if column and column.sort else self.definition.default_sort

    def order(self) -> list[OrderBy]:
        column = self.definition.column(self.sort.removeprefix("-"))
        if column is None:
            raise LookupError(f"{self.definition.name} has no column {self.sort}")
        order = [_ordering(name, self.definition.nullable) for name in column.sort]
        wanted_down = self.sort.startswith("-")
        return (
            order
            if wanted_down == column.sort[0].startswith("-")
            else _flipped(column.sort, self.definition.nullable)
        )

    def _sort_url(self, column: Column[M]) -> str:
        if not column.sort:
            return ""
        first = f"-{column.key}" if column.sort[0].startswith("-") else column.key
        other = first.removeprefix("-") if first.startswith("-") else f"-{first}"
        data = self.data.copy()
        data["sort"] = other if self.sort == first else first
        return without(data, "page")

    def _sorted(self, column: Column[M]) -> str:
        if self.sort.removeprefix("-") != column.key:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"

    # What is shown

    @property
    def shown(self) -> list[Column[M]]:
        """The chosen columns; what a row is called always shows."""
        chosen = set(self.shown_keys) & {column.key for column in self._columns}
        if not chosen:
            return [column for column in self._columns if column.shown]
        return [column for column in self._columns if column.key in chosen or column.kind == "main"]

    @property
    def _columns(self) -> list[Column[M]]:
        return [column for column in self.definition.columns if column.key not in self.hidden]

    def heads(self) -> list[Head]:
        return [Head(column, self._sort_url(column), self._sorted(column)) for column in self.shown]

    def choices(self) -> list[tuple[Column[M], bool]]:
        """Every column and whether it shows, for the chooser."""
        shown = {column.key for column in self.shown}
        return [(column, column.key in shown) for column in self._columns]

    def shown_rows(self) -> list[ShownRow]:
        return [self._shown_row(row) for row in self.rows()]

    def _shown_row(self, row: M) -> ShownRow:
        cells = [
            ShownCell(c.show(row), c.css, c.label if c.labelled else "", c.kind == "main") for c in self.shown
        ]
        key = self.definition.key_of(row)
        return ShownRow(key, str(row), cells, bool(self.choice) and self.choice.has(key))

    @property
    def chips(self) -> list[Chip]:
        return self.filters.chips()

    @property
    def query(self) -> str:
        """The filters as a query string, for forms that act on everything found."""
        return only_filters(self.data)

    @property
    def clear_url(self) -> str:
        data = QueryDict(mutable=True)
        if "sort" in self.data:
            data["sort"] = self.sort
        return "?" + data.urlencode()

    def page_url(self, number: int) -> str:
        data = self.data.copy()
        data["page"] = str(number)
        data.pop("export", None)
        return "?" + data.urlencode()

    @property
    def previous_url(self) -> str:
        return self.page_url(self.number - 1) if self.number > 1 else ""

    @property
    def next_url(self) -> str:
        return self.page_url(self.number + 1) if self.number < self.pages else ""

    @property
    def exports(self) -> list[tuple[str, str]]:
        """Words and address of each file that the list can be kept as."""
        return [
            ("As CSV", _with(self.data, export="csv")),
            ("As Excel (XLSX)", _with(self.data, export="xlsx")),
            ("As CSV, with every column", _with(self.data, export="csv", columns=ALL_COLUMNS)),
            ("As Excel, with every column", _with(self.data, export="xlsx", columns=ALL_COLUMNS)),
        ]

    @property
    def here(self) -> str:
        """This page of the list as a query string, without what is chosen."""
        return without(self.data, "choice").removeprefix("?")

    @property
    def first_shown(self) -> int:
        return (self.number - 1) * PAGE_ROWS + 1

    @property
    def last_shown(self) -> int:
        return min(self.number * PAGE_ROWS, self.count)


def list_page(request: HttpRequest, definition: RowList[M], **context: Any) -> HttpResponseBase:
    """The answer to a GET of a list: the page, or with ``?export=csv`` or ``xlsx`` the file of all that was found.

    The file has the columns that show, or with ``columns=all`` all there are; and the chosen rows where ``choice``
    names some.
    """
    page = ListPage(definition, request.GET, chosen_columns(request, definition))
    own = [(column.key, column.only) for column in definition.columns if column.only]
    page.hidden = frozenset(key for key, only in own if not may(request.user, only))
    word = request.GET.get("choice", "")
    page.choice = kept_choice(request, definition.name, word, page.query)
    if word and not page.choice:
        return _choice_forgotten(request)
    if request.GET.get("export") in {"csv", "xlsx"}:
        page.hidden = frozenset(key for key, _ in own)
        if request.GET.get("columns") == ALL_COLUMNS:
            page.shown_keys = [column.key for column in definition.columns]
        return export_response(request, page, request.GET["export"])
    if request.GET.get("totals") and request.headers.get("HX-Request"):
        return render(request, "backoffice/frame/list_totals.html", {"list": page})
    rows = page.shown_rows()
    acts = bool(definition.actions) and may(request.user, definition.actions_permission)
    choosable = acts or may(request.user, Permission.EXPORT)
    chosen = ChosenElsewhere.of(page, rows) if choosable else None
    return render(
        request,
        definition.template,
        {
            "list": page,
            "rows": rows,
            "definition": definition,
            "acts": acts,
            "choosable": choosable,
            "chosen": chosen,
            "about": definition.about(page),
            **context,
        },
    )


@dataclass(frozen=True, slots=True)
class ChosenElsewhere:
    """What the bar has to know of a choice beyond the rows that show."""

    count: int
    #: Named rows on other pages: chosen, or left out where everything else is chosen.
    elsewhere: int

    @classmethod
    def of(cls, page: ListPage[Any], rows: Sequence[ShownRow]) -> ChosenElsewhere:
        count = page.chosen_count
        named = page.count - count if page.choice.every else count
        here = sum(row.chosen is not page.choice.every for row in rows)
        return cls(count, max(named - here, 0))


def _choice_forgotten(request: HttpRequest) -> HttpResponseBase:
    """What was chosen is no longer kept: the list without it, never a file of more than was meant."""
    messages.warning(request, "This page no longer knows what you chose. Choose again.")
    return redirect(f"{request.path}{without(request.GET, 'choice', 'columns')}")


def chosen_columns(request: HttpRequest, definition: RowList[Any]) -> list[str]:
    """The columns that this browser asked for."""
    return [key for key in request.COOKIES.get(columns_cookie(definition.name), "").split(".") if key]


def columns_cookie(name: str) -> str:
    return f"tirage_columns_{name}"


def chosen_rows(request: HttpRequest, definition: RowList[M]) -> QuerySet[M]:
    """The rows that a form of the list chose: rows by name, or everything its filters find but what was left out."""
    choice = sent_choice(request, definition.name)
    found: QuerySet[M] = definition.rows()
    if choice.every:
        found = definition.filters(QueryDict(choice.query), found).qs
    return choice.among(found, definition.row_key)


def export_response(request: HttpRequest, page: ListPage[M], kind: str) -> HttpResponseBase:
    """The list as filtered and ordered, with the columns that show, as a file; recorded."""
    require(request, Permission.EXPORT)
    now = read_clock()
    _record_export(request, page, kind, now)
    headers = [column.in_files or str(column.label) for column in page.shown]
    name, sheet = f"{page.definition.name}-{local_time(now):%Y-%m-%d}", page.definition.noun_many.capitalize()
    if page.choice:
        name, sheet = f"{name}-{page.chosen_count}-chosen", f"{sheet}, {page.chosen_count} chosen"
    return table_response(name, headers, _cells(page), kind, sheet=sheet)


def _record_export(request: HttpRequest, page: ListPage[Any], kind: str, now: datetime) -> None:
    record_event(
        EventName.EXPORT_MADE,
        "staff",
        staff_member(request).pk,
        text=f"exported {_how_many(page)} as {kind.upper()}",
        data={
            "list": page.definition.name,
            "query": page.query,
            "format": kind,
            "count": page.chosen_count if page.choice else page.count,
        },
        actor=staff_actor(request),
        now=now,
    )


def _how_many(page: ListPage[Any]) -> str:
    """``105 orders``, or ``104 chosen of 105 orders``."""
    found = f"{page.count:,} {page.noun}"
    return f"{page.chosen_count:,} chosen of {found}" if page.choice else found


def _cells(page: ListPage[M]) -> Iterable[list[Cell]]:
    columns = page.shown
    for row in page.every_row():
        yield [column.value(row) if column.value else str(column.show(row) or "") for column in columns]


def _ordering(name: str, nullable: frozenset[str], *, flip: bool = False) -> OrderBy:
    down = name.startswith("-") != flip
    column = F(name.removeprefix("-"))
    empty_last = True if name.removeprefix("-") in nullable else None
    return column.desc(nulls_last=empty_last) if down else column.asc(nulls_last=empty_last)


def _flipped(names: Sequence[str], nullable: frozenset[str]) -> list[OrderBy]:
    return [_ordering(name, nullable, flip=True) for name in names]


def _reversed(order: Sequence[OrderBy]) -> list[OrderBy]:
    """The exact opposite, empty values included."""
    opposite = [expression.copy() for expression in order]
    for expression in opposite:
        expression.reverse_ordering()
    return opposite


def _with(data: QueryDict, **values: str) -> str:
    kept = data.copy()
    kept.pop("page", None)
    for name, value in values.items():
        kept[name] = value
    return "?" + kept.urlencode()
