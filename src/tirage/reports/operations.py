"""Setting goals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_rows
from tirage.offers.models import Release
from tirage.reports.models import Goal

#: What a goal is called in a form: what it counts, and the sku's id; 0 for the release as a whole.
BOTTLES, MONEY = "bottles", "money"


def goals_of(release: Release) -> dict[str, int | None]:
    """The goals that stand, by name: ``bottles-0``, ``money-17``; money in minor units."""
    found: dict[str, int | None] = {}
    for goal in Goal.objects.filter(release=release):
        found[f"{BOTTLES}-{goal.sku_id or 0}"] = goal.bottles
        found[f"{MONEY}-{goal.sku_id or 0}"] = goal.wine_minor
    return found


def save_goals(
    *,
    release: Release,
    goals: Mapping[str, int | None],
    shown: Mapping[str, int | None] | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Sets goals by name (see ``goals_of``); None takes one away, and what isn't named stays. How many wines changed.

    Of what was ``shown`` only what differs from it is changed. Locks the release. Records ``goals.saved`` when anything
    changed. Raises Overtaken.
    """
    with transaction.atomic():
        lock_rows(Release.objects.filter(pk=release.pk))
        stands = dict.fromkeys(goals) | goals_of(release)
        settled = settle(goals, shown=shown, stands=stands)
        wines = {int(name.partition("-")[2]) for name, value in settled.items() if value != stands.get(name)}
        for sku_id in wines:
            bottles, money = (settled.get(f"{what}-{sku_id}") for what in (BOTTLES, MONEY))
            named = Goal.objects.filter(release=release)
            of_wine = named.filter(sku=sku_id) if sku_id else named.filter(sku__isnull=True)
            if bottles is None and money is None:
                of_wine.delete()
            elif not of_wine.update(bottles=bottles, wine_minor=money):
                Goal.objects.create(release=release, sku_id=sku_id or None, bottles=bottles, wine_minor=money)
        if wines:
            record_event(
                EventName.GOALS_SAVED,
                "release",
                release.pk,
                text=f"set the goals of {release.name}",
                data={"wines": len(wines)},
                actor=actor,
                now=now,
            )
    return len(wines)
