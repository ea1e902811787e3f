"""The pages of Insights, side by side."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from tirage.staff.ways import may_open

#: Each page's name and address, in the order in which they stand; those that somebody may not open aren't shown.
_PAGES = (
    ("Map", "backoffice:insights"),
    ("Where to go", "backoffice:insight_quadrant"),
    ("Notes", "backoffice:insight_notes"),
    ("Clusters", "backoffice:clusters"),
    ("Events", "backoffice:event_plans"),
    ("On the road", "backoffice:tours"),
    ("Empty quarters", "backoffice:empty_quarters"),
    ("Places", "backoffice:saved_places"),
)


def insight_tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """For ``parts/tabs.html``; ``current`` is the address's name, such as ``backoffice:clusters``."""
    return [
        {"label": label, "href": reverse(name), "current": name == current}
        for label, name in _PAGES
        if may_open(request.user, name)
    ]
