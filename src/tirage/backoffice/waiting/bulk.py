"""Acts on many places in line, by the worker: inviting, declining (``frame/bulk.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.frame.bulk import MOST_SHOWN, BulkPages
from tirage.backoffice.waiting.list import PLACES, WAITING, place_url
from tirage.core.bulk import BulkFigures
from tirage.core.models import BulkRun
from tirage.core.texts import say_count
from tirage.customers.models import Group
from tirage.customers.states import GroupKind
from tirage.joining.models import WaitingPlace
from tirage.joining.states import LIVE
from tirage.joining.waiting import LEAST_DAYS, MOST_DAYS
from tirage.staff.permissions import Permission


class PlaceActs(BulkPages):
    """What the acts on places in line have in common."""

    permission = Permission.EDIT_GROUPS
    rows = PLACES
    back = "backoffice:waiting_list"

    def concerned(self) -> Q:
        """Those among the chosen that the act would change now."""
        return WAITING

    def preview(self, run: BulkRun) -> Mapping[str, Any]:
        found = WaitingPlace.objects.filter(self.concerned(), reference__in=run.rows.values("key"))
        count = found.count()
        shown = PLACES.load(found.order_by("since", "id"))[:MOST_SHOWN]
        return {"count": count, "places": shown, "left": run.total - count}

    def told(self, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        found = PLACES.load(WaitingPlace.objects.filter(reference__in=keys))
        return {one.reference: (one.customer.name, place_url(one)) for one in found}


class InviteForm(forms.Form):
    group = forms.ChoiceField(
        label="Into", help_text="Once they say yes they are in it, and see its offer if one is open."
    )
    days = forms.IntegerField(
        label="Days that the place is kept",
        min_value=LEAST_DAYS,
        max_value=MOST_DAYS,
        initial=14,
        help_text="Who hasn't answered by then is out of the line; you can put them back where they stood.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = Group.objects.filter(kind=GroupKind.ALLOCATION.value).order_by("rank", "name")
        choose(self, "group", [(group.reference, group.name) for group in groups])


class Inviting(PlaceActs):
    """Offers each a place in a group; they are mailed and say yes themselves."""

    kind = "invite_from_line"
    name = "inviting_line"
    choose_at = ("customers/waiting/invite", "waiting_invite")
    runs_at = "customers/waiting/inviting"
    title = "Invite from the line"
    label = "Inviting"
    template = "backoffice/waiting/invite.html"
    form = InviteForm
    left_title = "Not invited"

    def say(self, figures: BulkFigures) -> str:
        if not figures.done:
            return "invited nobody."
        return f"invited {say_count(figures.done, 'person', 'people')}; each gets a mail."


class DeclinePlaceForm(forms.Form):
    mail = forms.BooleanField(required=False, label="Write to them")
    reason = forms.CharField(
        max_length=300, required=False, label="Reason", help_text="The mail says it; it may stay empty."
    )


class DecliningPlaces(PlaceActs):
    """Takes people off the line; with or without a mail."""

    kind = "decline_places"
    name = "declining_places"
    choose_at = ("customers/waiting/decline", "waiting_decline")
    runs_at = "customers/waiting/declining"
    title = "Take people off the line"
    label = "Taking people off the line"
    template = "backoffice/waiting/decline.html"
    form = DeclinePlaceForm

    def concerned(self) -> Q:
        return Q(state__in=[state.value for state in LIVE])

    def say(self, figures: BulkFigures) -> str:
        if not figures.done:
            return "took nobody off the line."
        return f"took {say_count(figures.done, 'person', 'people')} off the line."


BULK: tuple[PlaceActs, ...] = (Inviting(), DecliningPlaces())
