"""A lot that brings less than was sold of it: who would lose what, the cut under way, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import MomentField, MoneyField, refusals_in, refusals_said
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.futures.forms import PercentField
from tirage.catalog.models import Sku
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.runs import stands_still
from tirage.futures.cutting.instead import substitutes
from tirage.futures.cutting.planning import (
    MOST_STEP,
    CutPlan,
    CutValues,
    call_cut_off,
    plan_cut,
    preview,
)
from tirage.futures.cutting.running import finish_cut, try_again
from tirage.futures.lots import MOST_PIECES
from tirage.futures.models import Cut, CutLine, Lot
from tirage.futures.states import CutOutcome, CutRule, CutState
from tirage.offers.models import OfferItem
from tirage.parts.hands import Carried
from tirage.staff.permissions import Permission, staff_actor, staff_required

STATES = {
    CutState.PLANNED: ("Planned", "waiting"),
    CutState.RUNNING: ("Under way", "waiting"),
    CutState.FINISHED: ("Finished", "good"),
    CutState.CALLED_OFF: ("Called off", "off"),
}
OUTCOMES = {
    CutOutcome.WAITING: ("Waits", "waiting"),
    CutOutcome.PROPOSED: ("Asked", "waiting"),
    CutOutcome.DONE: ("Cut and refunded", "good"),
    CutOutcome.SWAPPED: ("Took the other wine", "good"),
    CutOutcome.GONE: ("Had given it up", "off"),
    CutOutcome.REFUSED: ("Not cut", "bad"),
}
RULES = {
    CutRule.PROPORTIONAL: "In proportion: everybody loses the same part",
    CutRule.EQUAL: "Equal share: everybody keeps the same, as far as they bought that much",
    CutRule.BY_GROUP: "By group: the last groups lose first",
}
#: Orders that the preview shows, and lines on one page of a cut.
SHOWN, LINES = 200, 50
#: When a cut begins, unless somebody says otherwise.
USUAL = timedelta(hours=2)
_FIRST = Case(
    When(outcome=CutOutcome.REFUSED.value, then=Value(0)),
    When(outcome__in=[CutOutcome.WAITING.value, CutOutcome.PROPOSED.value], then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


class ChoiceForm(forms.Form):
    """How a cut is shared out; sent with the address, so that what it comes to can be looked at again."""

    pieces = forms.IntegerField(
        label="What the lot really brings",
        min_value=0,
        max_value=MOST_PIECES,
        help_text="Bottles, or packs, as they are sold: the count at bottling, or what you are sure of.",
    )
    rule = forms.ChoiceField(
        label="Who goes without",
        choices=[(rule.value, words) for rule, words in RULES.items()],
        widget=forms.RadioSelect,
        help_text="What can’t be divided stays with the older orders.",
    )
    step = forms.IntegerField(
        label="Keep whole cases of",
        min_value=1,
        max_value=MOST_STEP,
        help_text="1 cuts single bottles. Loose bottles beside whole cases go first.",
    )
    floor = PercentField(
        label="By group, each keeps at least, in percent",
        required=False,
        help_text="Of what the group bought. Empty: the first groups may keep all of it.",
    )

    def plan(self, lot: Lot) -> CutPlan:
        """What it comes to. Raises DomainError ``cut_invalid``."""
        return preview(lot, **self.choice())

    def choice(self) -> dict[str, Any]:
        typed = self.cleaned_data
        return {
            "rule": CutRule(typed["rule"]),
            "pieces": typed["pieces"],
            "step": typed["step"],
            "floor_bp": typed["floor"] or 0,
        }


class PlanForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=200,
        help_text="Customers read it in their mail and on their order, such as: Hail in June took a part of it.",
    )
    begins_at = MomentField(
        label="Begins",
        help_text="Until then it can be called off. What has been given back can’t be taken again.",
    )
    substitute = forms.ModelChoiceField(
        label="Another wine instead",
        queryset=Sku.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="None: the money goes back",
        help_text="It is held for each of them, as far as it goes; who doesn’t take it has the money back.",
    )
    substitute_price = MoneyField(
        label="Its price a piece",
        required=False,
        help_text="At most what they paid; the difference goes back.",
    )
    substitute_until = forms.DateField(
        label="To be taken until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, lot: Lot, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["substitute"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = substitutes(lot).order_by("name", "millilitres", "units")

    def instead(self) -> dict[str, Any]:
        """The other wine, as ``CutValues`` names it."""
        typed = self.cleaned_data
        return {
            "substitute": typed["substitute"],
            "substitute_minor": typed["substitute_price"],
            "substitute_until": typed["substitute_until"],
        }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.REFUND)
def new_cut(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Who would lose what of a lot, and planning it as it was seen."""
    lot = get_object_or_404(Lot.objects.select_related("sku"), reference=reference)
    now = read_clock()
    chosen = ChoiceForm(request.GET if "pieces" in request.GET else None, initial=_proposal(lot))
    found = _looked_at(chosen, lot) if chosen.is_bound else None
    initial = {"begins_at": _full_minutes(now + USUAL)}
    form = PlanForm(request.POST or None, initial=initial, lot=lot)
    if found is not None and form.is_valid():
        seen = Carried(lot.reference, {"losses": []}, request.POST).values["losses"]
        with refusals_in(form):
            cut = _planned(lot, chosen, form, seen if isinstance(seen, list) else [], request, now)
            return redirect("backoffice:cut", cut.reference)
    context = {
        "lot": lot,
        "crumbs": _crumbs(lot, "Cut"),
        "chosen": chosen,
        "found": found,
        "losses": found.losses[:SHOWN] if found else [],
        "form": form,
        "carried": Carried(lot.reference, {"losses": found.as_seen()}).field if found else "",
    }
    is_refused = bool(form.errors) or request.method == "POST" or (chosen.is_bound and found is None)
    return render(request, "backoffice/futures/new_cut.html", context, status=400 if is_refused else 200)


def _proposal(lot: Lot) -> dict[str, Any]:
    steps = OfferItem.objects.filter(sku=lot.sku_id).values_list("multiple", flat=True)
    pieces = min(lot.lowest, max(lot.committed - 1, 0))
    return {"pieces": pieces, "rule": CutRule.PROPORTIONAL.value, "step": max(steps, default=1)}


def _looked_at(chosen: ChoiceForm, lot: Lot) -> CutPlan | None:
    if chosen.is_valid():
        with refusals_in(chosen):
            return chosen.plan(lot)
    return None


def _full_minutes(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _planned(
    lot: Lot, chosen: ChoiceForm, form: PlanForm, seen: list[Any], request: HttpRequest, now: datetime
) -> Cut:
    typed = form.cleaned_data
    values = CutValues(
        reason=typed["reason"], begins_at=typed["begins_at"], **form.instead(), **chosen.choice()
    )
    return plan_cut(lot=lot, values=values, seen=seen, actor=staff_actor(request), now=now)


@require_safe
@staff_required(Permission.SEE_ORDERS)
def cut_page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A cut: planned, under way, or what came of it."""
    cut = _found(reference)
    lines = cut.lines.select_related("order__customer").annotate(place=_FIRST)
    page = Paginator(lines.order_by("place", "pk"), LINES).get_page(request.GET.get("page"))
    counts = _counts(cut)
    words, tone = STATES[CutState(cut.state)]
    context = {
        "cut": cut,
        "lot": cut.lot,
        "crumbs": _crumbs(cut.lot, cut.reference),
        "state_words": words,
        "state_tone": tone,
        "rule_words": RULES[CutRule(cut.rule)],
        "page": page,
        "rows": [(line, *OUTCOMES[CutOutcome(line.outcome)]) for line in page],
        "counts": [(OUTCOMES[outcome][0], count) for outcome, count in counts.items()],
        "refused": counts.get(CutOutcome.REFUSED, 0),
        "bar": _bar(cut, counts),
        "late": cut.changed_at is not None and stands_still(cut.changed_at, read_clock()),
        "still_short": max(cut.lot.committed - cut.pieces, 0) if cut.state == CutState.FINISHED else 0,
    }
    return render(request, "backoffice/futures/cut.html", context)


def _counts(cut: Cut) -> dict[CutOutcome, int]:
    rows = CutLine.objects.filter(cut=cut).values_list("outcome").annotate(count=Count("pk"))
    found = dict(rows)
    return {outcome: found[outcome.value] for outcome in OUTCOMES if outcome.value in found}


def _bar(cut: Cut, counts: dict[CutOutcome, int]) -> dict[str, Any] | None:
    """What ``parts/progress.html`` takes; None once the worker has nothing to do."""
    waiting, total = counts.get(CutOutcome.WAITING, 0), sum(counts.values())
    if cut.state != CutState.RUNNING or not waiting:
        return None
    done = total - waiting
    return {
        "name": "cut",
        "label": "Taking off and refunding" if done else "Waiting for its turn",
        "value": done or None,
        "max": total,
        "words": f"{done:,} of {total:,}",
        "url": reverse("backoffice:cut_progress", args=[cut.reference]),
    }


@require_safe
@staff_required(Permission.SEE_ORDERS)
def cut_progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once nothing is under way any more."""
    cut = _found(reference)
    return bar_or_page(request, _bar(cut, _counts(cut)), _url(cut))


@require_POST
@staff_required(Permission.REFUND)
def call_off(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Takes a planned cut back."""
    cut = _found(reference)
    with refusals_said(request):
        call_cut_off(cut=cut, actor=staff_actor(request), now=read_clock())
    return redirect(_url(cut))


@require_POST
@staff_required(Permission.REFUND)
def cut_again(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Tries the orders again that something stood against."""
    cut = _found(reference)
    with refusals_said(request):
        try_again(cut=cut, now=read_clock())
    return redirect(_url(cut))


@require_POST
@staff_required(Permission.REFUND)
def end_cut(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Ends a cut although some orders weren't cut: they keep what they have."""
    cut = _found(reference)
    with refusals_said(request):
        if not finish_cut(cut=cut, actor=staff_actor(request), now=read_clock()):
            raise DomainError("cut_open", "Some orders still wait for their turn or their answer.")
    return redirect(_url(cut))


def cuts_of(lot: Lot) -> Sequence[tuple[Cut, str]]:
    """The cuts of a lot, the newest first, with their states in words."""
    return [(cut, STATES[CutState(cut.state)][0]) for cut in lot.cuts.order_by("-pk")]


def _found(reference: str) -> Cut:
    return get_object_or_404(Cut.objects.select_related("lot__sku", "substitute"), reference=reference)


def _url(cut: Cut) -> str:
    return reverse("backoffice:cut", args=[cut.reference])


def _crumbs(lot: Lot, last: str) -> list[tuple[str, str]]:
    return [
        ("Cellar", reverse("backoffice:cellar")),
        ("Lots", reverse("backoffice:lots")),
        (lot.name, reverse("backoffice:lot", args=[lot.reference])),
        (last, ""),
    ]
