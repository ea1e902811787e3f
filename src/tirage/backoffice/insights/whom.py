"""For whom a plan is, as its form asks for it and its page says it."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest

from tirage.backoffice.frame.who import Who, read_who
from tirage.insights.states import Weight

WEIGHTS = ((Weight.VALUE.value, "What they ever spent"), (Weight.PEOPLE.value, "People, each the same"))
EVERYBODY = "Everybody who is on the map"


def who_of(text: str, request: HttpRequest) -> Who:
    """What a plan's filter means; the builder leads back to this page."""
    return read_who(text, request.path)


def definition_field(who: Who) -> forms.ChoiceField:
    """Segments, lists, and what is meant now."""
    choices = [("", EVERYBODY), *who.choices]
    return forms.ChoiceField(label="Whom it is for", required=False, choices=choices)


def weight_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="What counts", choices=list(WEIGHTS), initial=Weight.VALUE.value)
