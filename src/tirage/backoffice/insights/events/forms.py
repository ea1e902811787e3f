"""What is asked of an event, of a venue, and of a list of guests."""

from __future__ import annotations

from typing import Any

from django import forms

from tirage.backoffice.frame.acting import MomentField, choose
from tirage.backoffice.frame.who import Who
from tirage.backoffice.insights.whom import EVERYBODY, WEIGHTS
from tirage.insights.plan_models import EventPlan
from tirage.insights.rules.reach import DETOUR, LEAST_MILES, LEAST_MINUTES, MOST_MILES, MOST_MINUTES
from tirage.insights.states import ReachKind, Weight
from tirage.parts.hands import EditForm

COLUMNS = (
    "name",
    "definition",
    "weight",
    "around",
    "radius",
    "reach_kind",
    "reach",
    "speed",
    "rate",
    "begins_at",
)


class PlanForm(EditForm):
    name = forms.CharField(label="Name", max_length=80, required=False)
    definition = forms.ChoiceField(label="Whom it is for", required=False)
    weight = forms.ChoiceField(label="What counts", choices=list(WEIGHTS), initial=Weight.VALUE.value)
    around = forms.CharField(
        label="Around",
        max_length=160,
        required=False,
        help_text="A ZIP, a city such as “Seattle, WA”, or two coordinates. Empty: where the most value is.",
    )
    radius = forms.IntegerField(
        label="Look within miles",
        min_value=LEAST_MILES,
        max_value=MOST_MILES,
        initial=60,
        help_text="Who lives farther away isn’t asked about.",
    )
    reach = forms.IntegerField(
        label="People come from within", min_value=1, max_value=MOST_MINUTES, initial=20
    )
    reach_kind = forms.ChoiceField(
        label="Of",
        choices=[(ReachKind.MILES.value, "miles"), (ReachKind.MINUTES.value, "minutes by car")],
        initial=ReachKind.MILES.value,
        help_text=f"{LEAST_MILES} to {MOST_MILES} miles in a straight line, {LEAST_MINUTES} to {MOST_MINUTES} minutes.",
    )
    speed = forms.IntegerField(
        label="Miles an hour, for minutes",
        min_value=5,
        max_value=80,
        initial=30,
        help_text=f"An assumption, as is that roads are {DETOUR} times as long as the crow flies.",
    )
    rate = forms.IntegerField(label="Guests expected, of 100 invited", min_value=0, max_value=100, initial=15)
    begins_at = MomentField(
        label="Begins", required=False, help_text="For the calendar; it lasts two hours there."
    )

    def __init__(self, who: Who, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self, "definition", [("", EVERYBODY), *who.choices])

    @staticmethod
    def values_of(plan: EventPlan) -> dict[str, Any]:
        return {name: getattr(plan, name) for name in COLUMNS}


class VenueForm(forms.Form):
    venue = forms.CharField(label="Venue", max_length=80, required=False)
    place = forms.CharField(
        label="Where",
        max_length=160,
        required=False,
        help_text="An address with its ZIP, a city with its state, or two coordinates. A street is as near as its ZIP.",
    )


class GuestsForm(forms.Form):
    name = forms.CharField(label="Name of the list", max_length=80, required=False)
