"""Every part in all its states on one page, and both base layouts with words in them; development only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tirage.core.money import Money
from tirage.parts.charts import Bar, Part
from tirage.parts.curves import Spread
from tirage.parts.icons import ICONS

_NOW = datetime(2026, 11, 24, 17, 9, 28, tzinfo=UTC)
_ROOMS = {"storefront": "parts/dev/storefront.html", "backoffice": "parts/dev/backoffice.html"}


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name of the offer", help_text="Customers see it above the wines.")
    email = forms.EmailField(label="E-mail", required=False)
    bottles = forms.IntegerField(label="Bottles at most", min_value=0, help_text="Per customer.")
    opens = forms.DateTimeField(
        label="Opens", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), required=False
    )
    state = forms.ChoiceField(label="State", choices=[("CA", "California"), ("OR", "Oregon")])
    message = forms.CharField(label="Message", widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(
        label="Kind of wish",
        widget=forms.RadioSelect,
        choices=[
            ("promise", "Promise: granted bottles are charged"),
            ("request", "Request: a grant may be bought"),
        ],
    )
    active = forms.BooleanField(label="Active", required=False, help_text="Only active offers are shown.")


@require_safe
def show_parts(request: HttpRequest) -> HttpResponse:
    """All parts, one section each."""
    return render(request, "parts/dev/parts.html", _samples())


@require_safe
def show_room(request: HttpRequest, room: str) -> HttpResponse:
    """The base layout of one interface around a page like its real ones."""
    if room not in _ROOMS:
        raise Http404(f"There is no layout called {room}.")
    return render(request, _ROOMS[room], _samples())


def _samples() -> dict[str, Any]:
    wrong = SampleForm({"name": "", "email": "no address", "bottles": "-2", "state": "CA", "kind": "promise"})
    return {
        "now": _NOW,
        "soon": _NOW + timedelta(minutes=14, seconds=32),
        "urgent": _NOW + timedelta(seconds=94),
        "yesterday": _NOW - timedelta(hours=27),
        "price": Money(19_000, "USD"),
        "was": Money(21_500, "USD"),
        "total": Money(114_000, "USD"),
        "form": SampleForm(initial={"name": "Premier, Autumn 2026", "bottles": 6, "kind": "promise"}),
        "wrong_form": wrong,
        "icons": sorted(ICONS),
        "sample_messages": [
            Message(constants.SUCCESS, "Two bottles of Estate Cabernet Sauvignon 2023 are yours until 9:24.")
        ],
        "customer": {"name": "Ada Lindqvist"},
        "cart_bottles": 6,
        "wines": _wines(),
        "page": Paginator(range(312), 50).page(2),
        **_lists(),
        **_figures(),
    }


def _wines() -> list[dict[str, Any]]:
    return [
        {
            "name": "Estate Cabernet Sauvignon",
            "vintage": 2023,
            "place": "Spring Mountain District",
            "size": "750 ml",
            "note": "Black currant and cedar, picked over eleven nights; it asks for ten years.",
            "price": Money(19_000, "USD"),
            "limit": "of your 6",
            "max": 6,
            "value": 3,
            "key": "cabernet",
        },
        {
            "name": "Côte Ouest Chardonnay",
            "vintage": 2024,
            "place": "Sonoma Coast",
            "size": "750 ml",
            "note": "Salt, lemon peel, a cool morning.",
            "price": Money(7_800, "USD"),
            "limit": "of your 3",
            "max": 3,
            "value": 0,
            "key": "chardonnay",
        },
    ]


def _lists() -> dict[str, Any]:
    people = [
        ("Ada Lindqvist", "ada@example.com", "Premier", 14, 1_482_000, "live", "Bought 6 of 6"),
        ("Beatriz Ocampo", "b.ocampo@example.com", "Founders", 31, 4_126_050, "warning", "Card declined"),
        ("Charles Whitfield-Browne", "charles@example.org", "Friends", 2, 31_200, "hollow", "Not yet opened"),
    ]
    keys = ("name", "email", "group", "orders", "spend", "tone", "state")
    return {
        "people": [dict(zip(keys, person, strict=True)) for person in people],
        "crumbs": [("Customers", "#customers"), ("Premier", "#premier"), ("Ada Lindqvist", "")],
        "chips": [
            {"label": "Group is Premier", "remove_url": "?a"},
            {"label": "Spent more than $1,000 in 2026", "remove_url": "?b"},
            {"label": "State is California", "remove_url": "?c"},
        ],
        "tabs": [
            {"label": "Orders", "href": "#", "current": True, "count": 14},
            {"label": "Wishes", "href": "#", "count": 2},
            {"label": "Addresses", "href": "#"},
            {"label": "Activity", "href": "#"},
        ],
        "steps": [
            {"label": "Choose", "state": "done", "href": "#"},
            {"label": "Preview", "state": "current"},
            {"label": "Run", "state": "ahead"},
        ],
    }


def _figures() -> dict[str, Any]:
    by_hour = (212, 148, 96, 71, 58, 44, 39, 52, 61, 33, 20, 12)
    return {
        "bars": [
            Bar(f"{(at + 8) % 12 + 1} {'AM' if at < 3 else 'PM'}", value) for at, value in enumerate(by_hour)
        ],
        "no_bars": [],
        "spreads": [
            Spread(
                "Equal share", [(0, 0), (0.2, 0.1), (1, 1)], "Gini 0.10", "The half with fewest have 44%."
            ),
            Spread("Oldest first", [(0, 0), (0.6, 0), (1, 1)], "Gini 0.60", "They have nothing.", True),
        ],
        "trend": [4, 6, 5, 9, 12, 11, 16, 15, 21],
        "parts": [Part("sold", 1140, "sold"), Part("held", 96, "held"), Part("left", 564, "left")],
    }
