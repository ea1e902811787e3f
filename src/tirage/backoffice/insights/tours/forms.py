"""What is asked of a tour."""

from __future__ import annotations

from typing import Any

from django import forms

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.frame.who import Who
from tirage.backoffice.insights.whom import EVERYBODY, WEIGHTS
from tirage.core.bounds import FIRST_DAY, LAST_DAY
from tirage.insights.plan_models import Tour
from tirage.insights.rules.reach import LEAST_MILES
from tirage.insights.states import Weight
from tirage.insights.tours import MOST_STOPS
from tirage.parts.hands import EditForm

COLUMNS = (
    "name",
    "definition",
    "weight",
    "count",
    "miles",
    "rate",
    "is_virtual",
    "start",
    "begins_on",
    "days_apart",
)
#: Beyond it a stop is no place any more.
MOST_MILES = 100


class TourForm(EditForm):
    name = forms.CharField(label="Name", max_length=80, required=False)
    definition = forms.ChoiceField(label="Whom it is for", required=False)
    weight = forms.ChoiceField(label="What counts", choices=list(WEIGHTS), initial=Weight.VALUE.value)
    count = forms.IntegerField(
        label="Stops",
        min_value=1,
        max_value=MOST_STOPS,
        initial=4,
        help_text="Up to four are the best there are for certain; of more it says how near to the best they are.",
    )
    miles = forms.IntegerField(
        label="People come from within miles", min_value=LEAST_MILES, max_value=MOST_MILES, initial=20
    )
    rate = forms.IntegerField(label="Guests expected, of 100 people", min_value=0, max_value=100, initial=15)
    is_virtual = forms.BooleanField(
        label="On screens",
        required=False,
        help_text="No way lies between the stops: the one that holds the most comes first.",
    )
    start = forms.CharField(
        label="The way begins at",
        max_length=160,
        required=False,
        help_text="A ZIP, a city such as “Napa, CA”, or two coordinates. Empty: wherever the way is shortest.",
    )
    begins_on = forms.DateField(
        label="Day of the first stop", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    days_apart = forms.IntegerField(label="Days from stop to stop", min_value=1, max_value=60, initial=1)

    def __init__(self, who: Who, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self, "definition", [("", EVERYBODY), *who.choices])

    def clean_begins_on(self) -> Any:
        day = self.cleaned_data["begins_on"]
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError(f"Choose a year from {FIRST_DAY.year} to {LAST_DAY.year}.")
        return day

    @staticmethod
    def values_of(tour: Tour) -> dict[str, Any]:
        return {name: getattr(tour, name) for name in COLUMNS}
