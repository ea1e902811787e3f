"""The next release rehearsed, and what it would be with less for the last group and a shorter cart."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.offers.models import Offer, Release
from tirage.planning.models import Rehearsal
from tirage.planning.rehearsing import rehearse, start_rehearsal, start_what_if
from tirage.planning.simulation.plan import DAY, MINUTE, Changes, Plan

#: Enough to be looked at; more would make the demo slow to load.
DAYS = 100


def rehearse_next(now: datetime, by: Actor) -> None:
    """Of the draft that is made last; nothing where there is none."""
    drafts = Offer.objects.filter(is_active=False, activated_at__isnull=True, opens_at__gt=now)
    release = Release.objects.filter(offers__in=drafts).order_by("-made_at", "-pk").first()
    if release is None:
        return
    first = start_rehearsal(release=release, days=DAYS, actor=by, now=now, queue=False)
    first = rehearse(rehearsal=first, clock=lambda: now)
    changes = _changes(first)
    second = start_what_if(beside=first, changes=changes, days=DAYS, actor=by, now=now, queue=False)
    rehearse(rehearsal=second, clock=lambda: now)


def _changes(first: Rehearsal) -> Changes:
    """The last group opens a day later, with half of the wine that sells out most surely; carts hold 10 minutes."""
    plan, figures = Plan.from_json(first.plan), first.figures or {}
    chances = {wine["sku"]: wine["sells_out"] for wine in figures["wines"]}
    last = plan.groups[-1]
    theirs = {
        plan.wines[item.wine].sku: item.limits.maximum for item in last.items if item.limits.maximum > 1
    }
    maximums = {}
    if theirs:
        scarcest = max(theirs, key=lambda sku: (chances[sku], -sku))
        maximums = {(last.group, scarcest): theirs[scarcest] // 2}
    opens = {last.group: last.opens + DAY} if last.opens + DAY < last.closes else {}
    return Changes(stock={}, maximums=maximums, opens=opens, cart=10 * MINUTE)
