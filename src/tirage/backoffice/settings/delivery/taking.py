"""Rows of a file, or of what comes with the program, beside what stands: ticked, and taken over as they were seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from tirage.backoffice.frame.small_tables import SmallTable, read_small_table
from tirage.backoffice.settings.delivery.forms import TableForm
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.hands import UNSEEN
from tirage.core.texts import say_count
from tirage.parts.hands import Carried
from tirage.staff.permissions import staff_actor
from tirage.tables.matching import Field


@dataclass(frozen=True, slots=True)
class Taking:
    """What is taken over: its list (``name`` as crumbs call it), how a row is read and compared, and the act on many.

    ``home`` and ``take`` are names of addresses; values that ``unnamed`` names are in no file and stay as they are.
    """

    name: str
    one: str
    many: str
    home: str
    take: str
    fields: Sequence[Field]
    read: Callable[[Mapping[str, Any]], Any]
    differences: Callable[[Sequence[Any]], Sequence[Any]]
    take_over: Callable[..., int]
    unnamed: tuple[str, ...] = ()
    #: Heading and words over rows that can't be taken over.
    elsewhere: tuple[str, str] = (
        "Not under Delivery yet",
        "Once you send wine to such a place, what is known of it can be taken over here.",
    )

    def crumbs(self, title: str) -> list[tuple[str, str]]:
        return [("Delivery", reverse("backoffice:delivery")), (self.name, reverse(self.home)), (title, "")]

    def plain(self, values: Any) -> dict[str, Any]:
        """A row as a page carries it."""
        return {name: value for name, value in asdict(values).items() if name not in self.unnamed}


def show_differences(
    request: HttpRequest, of: Taking, title: str, rows: Sequence[Any], lead: str
) -> HttpResponseBase:
    """The rows beside what stands, to be ticked; nothing is written by looking."""
    found = of.differences(rows)
    carried = [[of.plain(one.values), of.plain(one.stands) if one.stands else None] for one in found]
    context = {
        "title": title,
        "crumbs": of.crumbs(title),
        "lead": lead,
        # What would change comes first; each keeps its number in what is carried.
        "rows": sorted(
            ((number, one) for number, one in enumerate(found) if one.has_place),
            key=lambda row: row[1].is_same,
        ),
        "elsewhere": [one for one in found if not one.has_place],
        "elsewhere_title": of.elsewhere[0],
        "elsewhere_words": of.elsewhere[1],
        "many": of.many,
        "open": sum(one.has_place and not one.is_same for one in found),
        "take_url": reverse(of.take),
        "back_url": reverse(of.home),
        "carried_field": Carried(of.many, {"rows": carried}).field,
    }
    return render(request, "backoffice/settings/delivery/take_limits.html", context)


def read_file(request: HttpRequest, of: Taking) -> HttpResponseBase:
    """Reads a file and shows what it would change."""
    title = f"Import {of.name.lower()}"
    form = TableForm(request.POST or None, request.FILES or None)
    read: SmallTable | None = None
    if form.is_valid():
        file = form.cleaned_data["file"]
        read = read_small_table(file, file.name, of.fields)
        if not read.problem and not read.bad:
            lead = (
                f"What the file would change. {of.many.capitalize()} that it doesn’t name stay as they are."
            )
            return show_differences(request, of, title, [of.read(row) for row in read.rows], lead)
    context = {
        "title": title,
        "crumbs": of.crumbs(title),
        "form": form,
        "submit": "Show what it changes",
        "cancel_url": reverse(of.home),
        "upload": True,
        "lead": f"Columns: {', '.join(field.label for field in of.fields)}.",
        "faults": read.faults() if read else [],
        "faults_title": "The file can’t be read as it is" if read else "",
    }
    status = 400 if form.errors or read else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)


def take_ticked(request: HttpRequest, of: Taking) -> HttpResponseBase:
    """Takes over the rows that were ticked, of those that a page showed."""
    carried = Carried(of.many, {"rows": UNSEEN}, request.POST).values
    if carried["rows"] is UNSEEN:
        messages.error(request, "This page is too old. Open it again, then choose.")
        return redirect(of.home)
    chosen = {int(number) for number in request.POST.getlist("take") if number.isascii() and number.isdigit()}
    if "all" in request.POST:
        chosen = _open(of, carried["rows"])
    pairs = [pair for number, pair in enumerate(carried["rows"]) if number in chosen]
    if not pairs:
        messages.error(request, f"Tick the {of.many} that you take over.")
        return redirect(of.home)
    try:
        count = of.take_over(
            rows=[of.read(row) for row, _ in pairs],
            stood=[of.read(stood) if stood else None for _, stood in pairs],
            actor=staff_actor(request),
            now=read_clock(),
        )
    except DomainError as refused:
        words = " ".join(dict.fromkeys(refused.fields.values()))
        messages.error(request, f"{refused.message} {words}")
        return redirect(of.home)
    messages.success(request, f"You took {say_count(count, of.one, of.many)} over.")
    return redirect(of.home)


def _open(of: Taking, rows: Sequence[Any]) -> set[int]:
    """The numbers of all rows that would change something, of places that are under Delivery."""
    found = of.differences([of.read(row) for row, _ in rows])
    return {
        number for number, one in enumerate(found) if one.has_place and rows[number][0] != rows[number][1]
    }
