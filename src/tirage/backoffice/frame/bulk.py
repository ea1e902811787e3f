"""Pages of an act on many rows: chosen on a list, previewed, run by the worker with progress, told of at the end.

A place declares its own (``class Declining(BulkPages)``) and takes its addresses over into its ``urls.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.choosing import back_to_choice, say_if_list_changed, sent_choice
from tirage.backoffice.frame.links import own_path
from tirage.backoffice.frame.lists import RowList, chosen_rows
from tirage.backoffice.frame.runs import bar_or_page, say_run
from tirage.core.bulk import BulkFigures, bulk_figures, draft_run, start_run, stop_run
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun
from tirage.core.runs import stands_still
from tirage.core.states import BulkOutcome, BulkState
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: Rows that the preview shows, and refused ones that the result tells of.
MOST_SHOWN, MOST_TOLD = 100, 200


class BulkPages:
    """The class that a place declares. ``name`` is that of the run's page, and begins the names of its parts."""

    #: A key of the table of acts (``config/bulk.py``).
    kind: ClassVar[str]
    name: ClassVar[str]
    #: Path and name of what takes the choice from the list, and the path below which runs lie.
    choose_at: ClassVar[tuple[str, str]]
    runs_at: ClassVar[str]
    permission: ClassVar[Permission]
    rows: ClassVar[RowList[Any]]
    #: Name of the list's address.
    back: ClassVar[str]
    title: ClassVar[str]
    #: Said by the bar while it goes on.
    label: ClassVar[str]
    #: Above the rows that were left, with their reasons.
    left_title: ClassVar[str] = "Left as they were"
    #: Extends ``backoffice/frame/bulk.html`` by its preview.
    template: ClassVar[str]
    #: What is typed once for all rows; its fields are the act's ``values``.
    form: ClassVar[type[forms.Form]] = forms.Form

    def preview(self, run: BulkRun) -> Mapping[str, Any]:
        """What the preview says of the rows as they are now."""
        raise NotImplementedError

    def preview_with(self, run: BulkRun, form: forms.Form) -> Mapping[str, Any]:
        """The same, for acts whose preview depends on what was typed."""
        return self.preview(run)

    def say(self, figures: BulkFigures) -> str:
        """What the run did, said after who did it: ``declined 38 wishes.``"""
        raise NotImplementedError

    def told(self, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Words for these rows, and where they lead."""
        raise NotImplementedError

    def crumbs(self) -> list[tuple[str, str]]:
        return [(self.rows.noun_many.capitalize(), reverse(self.back)), (self.title, "")]

    def urls(self) -> list[URLPattern]:
        """Its five addresses."""
        run = f"{self.runs_at}/<slug:reference>/"
        return [
            path(self.choose_at[0], self._view(require_POST, self.choose), name=self.choose_at[1]),
            path(run, self._view(require_safe, self.page), name=self.name),
            path(f"{run}run", self._view(require_POST, self.run), name=f"{self.name}_run"),
            path(f"{run}stop", self._view(require_POST, self.stop), name=f"{self.name}_stop"),
            path(f"{run}progress", self._view(require_safe, self.progress), name=f"{self.name}_progress"),
        ]

    def _view(self, method: Callable[[Any], Any], answer: Callable[..., HttpResponseBase]) -> Any:
        guarded = method(staff_required(self.permission)(answer))
        # It belongs to the place that declares it.
        guarded.__module__ = type(self).__module__
        return guarded

    def choose(self, request: HttpRequest) -> HttpResponseBase:
        """Keeps the chosen rows as a draft and leads to its preview."""
        chosen = chosen_rows(request, self.rows).order_by("pk")
        keys = list(chosen.values_list(self.rows.row_key, flat=True))
        back = back_to_choice(request, self.rows.name, self.back)
        with refusals_said(request):
            run = draft_run(kind=self.kind, keys=keys, actor=staff_actor(request), now=read_clock())
            say_if_list_changed(request, sent_choice(request, self.rows.name), len(keys))
            return redirect(f"{self._url(run)}?{urlencode({'back': back})}")
        return redirect(back)

    def page(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """The preview of a draft, the progress of a run, the result of one that is over."""
        return self._page(request, self._found(reference), self.form())

    def run(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Lets the worker begin, or go on."""
        run, form = self._found(reference), self.form(request.POST)
        if not form.is_valid():
            return self._page(request, run, form, status=400)
        start_run(run=run, values=form.cleaned_data, actor=staff_actor(request), now=read_clock())
        return redirect(self._url(run))

    def stop(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Ends a run between two rows."""
        run = stop_run(run=self._found(reference), now=read_clock())
        return redirect(self._url(run))

    def progress(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """The bar alone; the whole page once nothing is under way any more."""
        run = self._found(reference)
        bar = self._bar(run) if run.state == BulkState.RUNNING else None
        return bar_or_page(request, bar, self._url(run))

    def _page(
        self, request: HttpRequest, run: BulkRun, form: forms.Form, status: int = 200
    ) -> HttpResponseBase:
        context: dict[str, Any] = {
            "run": run,
            "title": self.title,
            "crumbs": self.crumbs(),
            "form": form,
            "back_url": own_path(request, request.GET.get("back", "")) or reverse(self.back),
            "run_url": reverse(f"backoffice:{self.name}_run", args=[run.reference]),
            "stop_url": reverse(f"backoffice:{self.name}_stop", args=[run.reference]),
            "page_url": self._url(run),
        }
        if run.state == BulkState.DRAFT:
            context |= self.preview_with(run, form)
        elif run.state == BulkState.RUNNING:
            context |= {"bar": self._bar(run), "late": stands_still(run.changed_at, read_clock())}
        else:
            context |= self._result(request, run)
        return render(request, self.template, context, status=status)

    def _result(self, request: HttpRequest, run: BulkRun) -> dict[str, Any]:
        figures = bulk_figures(run)
        words = self.say(figures)
        if figures.waiting:
            words += f" {figures.waiting:,} {'was' if figures.waiting == 1 else 'were'} not reached."
        refused = list(run.rows.filter(outcome=BulkOutcome.REFUSED.value).order_by("id")[:MOST_TOLD])
        told = self.told([row.key for row in refused])
        left = [(*told.get(row.key, (row.key, "")), row.reason) for row in refused]
        return {"result": say_run(request, run, words), "left": left, "left_title": self.left_title}

    def _bar(self, run: BulkRun) -> dict[str, Any]:
        """What ``parts/progress.html`` takes."""
        figures = bulk_figures(run)
        done = figures.done + figures.refused
        return {
            "name": "bulk",
            "label": self.label if done else "Waiting for its turn",
            "value": done or None,
            "max": figures.total,
            "words": f"{done:,} of {figures.total:,}",
            "url": reverse(f"backoffice:{self.name}_progress", args=[run.reference]),
        }

    def _found(self, reference: str) -> BulkRun:
        return get_object_or_404(BulkRun, kind=self.kind, reference=reference)

    def _url(self, run: BulkRun) -> str:
        return reverse(f"backoffice:{self.name}", args=[run.reference])
