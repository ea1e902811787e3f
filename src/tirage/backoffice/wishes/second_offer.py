"""A second offer from what the first left: looked at with its numbers, then made as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import MomentField, choose, refusals_in
from tirage.backoffice.wishes.unused import found_release, unused_crumbs
from tirage.catalog.models import Sku
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.texts import say_count
from tirage.customers.models import Group
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.wishes.reallocation.second_offer import (
    SecondOffer,
    make_second_offer,
    members_of,
    offerable_groups,
    propose_second_offer,
    with_maximums,
)
from tirage.wishes.reallocation.unused import Unused, unused_of

#: More for one customer is a slip of the finger.
MOST = 9_999


class GroupsForm(forms.Form):
    """To which groups; chosen anew, the maximums are shared out anew."""

    group = forms.MultipleChoiceField(
        label="To which groups", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, groups: Sequence[Group], chosen: Sequence[Group]) -> None:
        super().__init__(initial={"group": [group.reference for group in chosen]})
        members = members_of(groups)
        choose(
            self,
            "group",
            [
                (group.reference, f"{group.name}, {say_count(members.get(group.pk, 0), 'member', 'members')}")
                for group in groups
            ],
        )


class SecondOfferForm(forms.Form):
    """``max-<group id>-<sku id>`` is what each member of a group may take of a wine."""

    name = forms.CharField(
        label="Name of the release that follows",
        max_length=120,
        required=False,
        help_text="For groups that were offered these wines before. Groups without an offer join the first release.",
    )
    opens_at = MomentField(label="Opens")
    closes_at = MomentField(label="Closes")

    def __init__(self, plan: SecondOffer, skus: Sequence[Sku], data: Any = None) -> None:
        super().__init__(
            data,
            initial={"name": plan.name, "opens_at": plan.opens_at, "closes_at": plan.closes_at},
        )
        self.plan, self.skus = plan, skus
        for one in plan.groups:
            for sku in skus:
                self.fields[f"max-{one.group.pk}-{sku.pk}"] = forms.IntegerField(
                    label=f"{sku}: for each member of {one.group.name}",
                    required=False,
                    min_value=0,
                    max_value=MOST,
                    initial=one.maximums.get(sku.pk, 0),
                )

    @property
    def rows(self) -> list[tuple[Sku, int, list[forms.BoundField], int]]:
        """Each wine with what there is of it, a field for each group, and what the proposal promises."""
        return [
            (
                sku,
                self.plan.pool[sku.pk],
                [self[f"max-{one.group.pk}-{sku.pk}"] for one in self.plan.groups],
                self.plan.promised(sku.pk),
            )
            for sku in self.skus
        ]

    def planned(self) -> SecondOffer:
        """The plan as it was typed. Raises DomainError ``maximums_invalid``."""
        values = self.cleaned_data
        maximums = {
            (one.group.pk, sku.pk): values.get(f"max-{one.group.pk}-{sku.pk}") or 0
            for one in self.plan.groups
            for sku in self.skus
        }
        plan = replace(
            self.plan,
            name=values["name"] or self.plan.name,
            opens_at=values["opens_at"],
            closes_at=values["closes_at"],
        )
        return with_maximums(plan, maximums)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def second_offer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The proposal for the chosen groups; sending it makes the drafts and leads to *Check and open*."""
    release, now = found_release(reference), read_clock()
    found = unused_of(release, now)
    groups = offerable_groups()
    asked = request.POST if request.method == "POST" else request.GET
    chosen = [group for group in groups if group.reference in asked.getlist("group")]
    chosen = chosen or _left_over_in(found, groups)
    context: dict[str, Any] = {
        "crumbs": unused_crumbs(release, "Second offer"),
        "release": release,
        "groups_form": GroupsForm(groups, chosen) if found.to_give else None,
    }
    try:
        plan = propose_second_offer(release, chosen, found.to_give, now)
    except DomainError as refused:
        return render(request, "backoffice/wishes/second_offer.html", context | {"refused": refused.message})
    skus = [wine.sku for wine in found.wines if wine.sku.pk in plan.pool]
    form = SecondOfferForm(plan, skus, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            made = make_second_offer(plan=form.planned(), actor=staff_actor(request), now=now)
            offers = list(made.offers.select_related("release", "group"))
            messages.success(request, "You made the second offer. It is a draft: check it, then open it.")
            if len(offers) == 1:
                return redirect("backoffice:check_offer", offers[0].reference)
            return redirect("backoffice:release", offers[0].release.reference)
    context |= {"form": form, "plan": plan}
    return render(request, "backoffice/wishes/second_offer.html", context, status=400 if form.errors else 200)


def _left_over_in(found: Unused, groups: Sequence[Group]) -> list[Group]:
    """The groups whose own offers are over and left something; else the highest."""
    over = {row.offer.group_id for row in found.rows if row.counted.certain and not row.is_second}
    return [group for group in groups if group.pk in over] or list(groups[:1])
