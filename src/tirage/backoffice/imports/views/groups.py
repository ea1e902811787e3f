"""Groups that a file names and that aren't here yet: made together, before its rows are checked again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.backoffice.imports.views.runs import find_run, import_crumbs, import_frame, work_on
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.operations import save_group
from tirage.customers.states import GroupKind
from tirage.imports.groups import MOST_GROUPS, MissingGroup, may_lack_groups, missing_groups
from tirage.staff.permissions import Permission, staff_actor, staff_required

KINDS = (
    (GroupKind.ALLOCATION.value, "Allocation: gets offers; a customer is in one only"),
    (GroupKind.STANDARD.value, "Standard: discount and shipping; any number of them"),
)


class MissingGroupsForm(forms.Form):
    """For each name whether to make it, and as which kind; ``chosen`` is what came of it."""

    def __init__(self, *args: object, missing: list[MissingGroup], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they are
        self._missing = missing
        for place, one in enumerate(missing):
            self.fields[f"make_{place}"] = forms.BooleanField(required=False, label=one.name, initial=True)
            self.fields[f"kind_{place}"] = forms.ChoiceField(
                choices=KINDS, label=f"Kind of {one.name}", initial=GroupKind.ALLOCATION.value
            )

    def rows(self) -> list[tuple[MissingGroup, forms.BoundField, forms.BoundField]]:
        return [
            (one, self[f"make_{place}"], self[f"kind_{place}"]) for place, one in enumerate(self._missing)
        ]

    def chosen(self) -> list[tuple[str, str]]:
        """Name and kind of each group to be made."""
        values = self.cleaned_data
        return [
            (one.name, values[f"kind_{place}"])
            for place, one in enumerate(self._missing)
            if values[f"make_{place}"]
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.IMPORT, Permission.EDIT_GROUPS)
def make_groups(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Makes the groups that are ticked and checks the file again."""
    run = find_run(request, reference)
    if not may_lack_groups(run) or run.is_busy or run.queued_at:
        return redirect("backoffice:import_run", reference)
    try:
        missing = missing_groups(run)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("backoffice:import_run", reference)
    form = MissingGroupsForm(
        request.POST if request.method == "POST" else None, missing=missing[:MOST_GROUPS]
    )
    if form.is_bound and form.is_valid():
        try:
            _make(form.chosen(), request)
        except DomainError as refusal:
            form.add_error(None, " ".join([refusal.message, *refusal.fields.values()]))
        else:
            return work_on(request, run, to_write=False)
    context = {
        "run": run,
        "form": form,
        "column": run.mapping["group"],
        "count": len(missing),
        "too_many": len(missing) > MOST_GROUPS,
        "crumbs": [
            *import_crumbs(),
            (run.file_name, reverse("backoffice:import_run", args=[reference])),
            ("Groups", ""),
        ],
        **import_frame(request, 2),
    }
    return render(request, "backoffice/imports/groups.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _make(chosen: list[tuple[str, str]], request: HttpRequest) -> None:
    actor, now = staff_actor(request), read_clock()
    for name, kind in chosen:
        save_group(group=None, name=name, kind=kind, actor=actor, now=now)
