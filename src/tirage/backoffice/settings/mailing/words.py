"""How lists, who is on them and runs are said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count

from tirage.clubs.models import Club
from tirage.customers.models import Group, Tag
from tirage.marketing.models import MailingList, Subscriber
from tirage.marketing.rules import nested_names
from tirage.marketing.states import Done, Every, Standing, SyncState
from tirage.segments.models import Segment

EVERY = {
    Every.HAND: "By hand",
    Every.HOUR: "Every hour",
    Every.DAY: "Every day",
    Every.WEEK: "Every week",
}
RUN_STATES: dict[SyncState, tuple[str, str]] = {
    SyncState.RUNNING: ("Under way", "hollow"),
    SyncState.FINISHED: ("Finished", "good"),
    SyncState.STOPPED: ("Stopped", "quiet"),
    SyncState.FAILED: ("Failed", "problem"),
}
STANDINGS: dict[Standing, tuple[str, str]] = {
    Standing.SUBSCRIBED: ("On the list", "good"),
    Standing.LEFT_OUT: ("Left out", "quiet"),
    Standing.REMOVED: ("Taken off", "quiet"),
    Standing.REFUSED: ("Refused", "problem"),
    Standing.UNSUBSCRIBED: ("Unsubscribed", "quiet"),
    Standing.BOUNCED: ("Bounced", "problem"),
}
DONE: dict[Done, tuple[str, str]] = {
    Done.SENT: ("Sent", "good"),
    Done.REMOVED: ("Taken off", "quiet"),
    Done.UNSUBSCRIBED: ("Unsubscribed", "quiet"),
    Done.REFUSED: ("Refused", "problem"),
    Done.HEARD: ("Left there", "quiet"),
}


def narrowing(
    name: str, wanted: str, words: Mapping[Any, str], counted: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Tabs that show some of a table: all of it, then each kind that there is; none where there is nothing."""
    tabs = [
        {
            "label": said,
            "href": f"?{name}={one.value}",
            "current": one.value == wanted,
            "count": counted[one.value],
        }
        for one, said in words.items()
        if counted.get(one.value)
    ]
    is_all = not any(tab["current"] for tab in tabs)
    return (
        [{"label": "All", "href": "?", "current": is_all, "count": sum(counted.values())}, *tabs]
        if tabs
        else []
    )


def count_standings(lists: list[MailingList]) -> dict[int, dict[str, int]]:
    """How many stand how on each of these lists; one statement."""
    counted: dict[int, dict[str, int]] = {one.pk: {} for one in lists}
    rows = Subscriber.objects.filter(list__in=lists, customer__isnull=False).order_by()
    for pk, state, count in rows.values_list("list", "state").annotate(count=Count("pk")):
        counted[pk][state] = count
    return counted


def mixed_names() -> list[tuple[str, list[tuple[str, str]]]]:
    """Of groups, clubs, tags and segments the names that stand inside others; four statements."""
    found = [
        ("Groups", nested_names(Group.objects.filter(is_test=False).values_list("name", flat=True))),
        ("Clubs", nested_names(Club.objects.values_list("name", flat=True))),
        ("Tags", nested_names(Tag.objects.values_list("name", flat=True))),
        ("Segments", nested_names(Segment.objects.values_list("name", flat=True))),
    ]
    return [(title, pairs) for title, pairs in found if pairs]
