"""Settings: the reasons that staff choose from when they cancel an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.hands import UNSEEN, Overtaken
from tirage.orders.cancel_reasons import LONGEST, MOST, ReasonValues, save_cancel_reasons, uses_of_reasons
from tirage.orders.models import CancelReason
from tirage.parts.hands import SHOWN, Carried
from tirage.parts.rows import Rows
from tirage.staff.permissions import Permission, may, require, staff_actor, staff_required

_HOME = "backoffice:cancel_reasons"
_NEW_LINES = 2


class ReasonForm(forms.Form):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Write a reason, or remove it."},
    )


class BaseReasons(Rows[ReasonForm]):
    """One line a reason; ``uses`` of each stand beside it, ``shown`` is what a page showed of each, in its order."""

    uses: dict[int, int]
    shown: dict[int, str]

    @property
    def carried_field(self) -> SafeString:
        """The hidden field of what the page shows."""
        return _carried(self.shown).field

    def add_fields(self, form: ReasonForm, index: int | None) -> None:
        super().add_fields(form, index)
        which = str(form.initial.get("name") or f"new reason {(index or 0) - self.initial_form_count() + 1}")
        form.fields["name"].label = f"Reason: {which}"
        form.fields["ORDER"].label = f"Place of: {which}"
        form.fields["ORDER"].widget.attrs["min"] = 1
        form.fields["DELETE"].label = f"Remove: {which}"

    def used(self) -> list[tuple[ReasonForm, int]]:
        """Each line with how many cancelled orders have its reason."""
        return [(form, self.uses.get(form.initial.get("id", 0), 0)) for form in self.forms]

    def wanted(self) -> list[ReasonForm]:
        """The lines that are to stay, in their order; those without a place last."""
        kept = [
            form for form in self.forms if form not in self.deleted_forms and form.cleaned_data.get("name")
        ]
        return sorted(kept, key=lambda form: form.cleaned_data.get("ORDER") or MOST + 1)

    def overtaken(self, refused: Overtaken, known: Mapping[int, str]) -> None:
        """Says beside each line what somebody else made of it; from now on it is compared with what stands."""
        wanted, by_id = (
            dict(enumerate(self.wanted())),
            {form.cleaned_data.get("id"): form for form in self.forms},
        )
        touched = {
            form
            for form in self.forms
            if form.cleaned_data.get("name") != self.shown.get(form.cleaned_data.get("id") or 0)
        }
        for form in set(self.forms) - touched:
            self._show_standing(form, refused)
        for name, clash in refused.clashes.items():
            if name == "order":
                theirs = ", ".join(f"“{known[pk]}”" for pk in clash.theirs)
                self.non_form_errors().append(
                    f"Somebody else put the reasons into another order meanwhile: {theirs}. Saving again keeps yours."
                )
            elif name.startswith("remove-"):
                line = by_id[int(name.removeprefix("remove-"))]
                line.add_error(
                    "DELETE",
                    f"Somebody else renamed it to “{clash.theirs}” meanwhile. Save again to remove it.",
                )
            elif clash.theirs is None:
                wanted[int(name)].add_error(
                    "name", "Somebody else removed this reason meanwhile. Save again to add it anew."
                )
            else:
                wanted[int(name)].add_error(
                    "name",
                    f"Somebody else wrote “{clash.theirs}” meanwhile; it was “{clash.was}”. Saving again keeps yours.",
                )
        self.shown = dict(known)

    def _show_standing(self, form: ReasonForm, refused: Overtaken) -> None:
        name = refused.stands.get(str(form.cleaned_data.get("id")))
        if name is not None and isinstance(self.data, QueryDict):
            data = self.data.copy()
            data[form.add_prefix("name")] = name
            self.data = data
            for one in self.forms:
                one.data = data

    def blame(self, refused: DomainError) -> None:
        """Puts the words of a refusal beside the lines they are about, else on top."""
        by_id = {form.cleaned_data.get("id"): form for form in self.forms}
        wanted = self.wanted()
        if not refused.fields:
            self.non_form_errors().append(refused.message)
        for name, words in refused.fields.items():
            removed = name.startswith("remove-")
            number = int(name.removeprefix("remove-"))
            # Behind the lines that were sent come the reasons that they leave out.
            line = by_id.get(number) if removed else dict(enumerate(wanted)).get(number)
            if line:
                line.add_error("DELETE" if removed else "name", words)
            else:
                self.non_form_errors().append(words)


ReasonSet: Any = forms.formset_factory(
    ReasonForm,
    BaseReasons,
    extra=_NEW_LINES,
    can_order=True,
    can_delete=True,
    max_num=MOST,
    absolute_max=MOST + 20,
)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def cancel_reasons(request: HttpRequest) -> HttpResponseBase:
    """All reasons on one page: rename, order, add, remove what no order has."""
    known = list(CancelReason.objects.all())
    initial = [{"id": reason.pk, "name": reason.name} for reason in known]
    reasons = ReasonSet(request.POST or None, initial=initial, prefix="reason")
    counted = uses_of_reasons([reason.name for reason in known])
    names = {reason.pk: reason.name for reason in known}
    reasons.shown = _shown(names, request.POST)
    reasons.uses = {reason.pk: counted[reason.name] for reason in known}
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if reasons.is_valid() and _save(request, reasons, names):
            return redirect(_HOME)
    wrong = request.method == "POST"
    return render(
        request,
        "backoffice/settings/cancel_reasons.html",
        {
            "title": "Reasons to cancel",
            "tabs": settings_tabs(request, _HOME),
            "reasons": reasons,
            "faults_title": "Nothing was saved",
            "editable": may(request.user, Permission.EDIT_SETTINGS),
        },
        status=400 if wrong else 200,
    )


def _carried(names: Mapping[int, str], data: QueryDict | None = None) -> Carried:
    return Carried("cancel-reasons", {"reasons": [[pk, name] for pk, name in names.items()]}, data)


def _shown(names: Mapping[int, str], data: QueryDict) -> dict[int, str]:
    """Names by id as the page showed them; what can't be read counts as nothing that anybody saw."""
    rows = _carried(names, data).values["reasons"]
    return dict.fromkeys(names, "") if rows is UNSEEN else dict(rows)


def _save(request: HttpRequest, reasons: BaseReasons, names: Mapping[int, str]) -> bool:
    # After such a clash an id that was neither shown nor stands is one that somebody else removed: it is added anew.
    gone = SHOWN in request.POST
    values = [
        ReasonValues(
            None if gone and pk not in reasons.shown and pk not in names else pk, form.cleaned_data["name"]
        )
        for form in reasons.wanted()
        for pk in [form.cleaned_data["id"]]
    ]
    removed = [form.cleaned_data["id"] for form in reasons.deleted_forms if form.cleaned_data.get("id")]
    try:
        saved = save_cancel_reasons(
            reasons=values, removed=removed, shown=reasons.shown, actor=staff_actor(request), now=read_clock()
        )
    except Overtaken as refused:
        reasons.overtaken(refused, {int(pk): name for pk, name in refused.stands.items()})
        return False
    except DomainError as refused:
        reasons.blame(refused)
        return False
    messages.success(request, "You saved the reasons." if saved else "You changed nothing.")
    return True
