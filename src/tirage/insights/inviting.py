"""Whom to invite to an event: everybody within reach who may be written to, one of each household."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import Conflict
from tirage.insights.events import reach_of
from tirage.insights.gathering import counted, readable
from tirage.insights.plan_models import EventPlan
from tirage.insights.rules.discs import RIM_MILES
from tirage.insights.rules.reach import LEAST_MILES, expected_guests
from tirage.insights.rules.typed import nearest_zip
from tirage.places import miles_between
from tirage.segments.models import CustomerList
from tirage.segments.operations import freeze_list
from tirage.segments.queries import find_ids
from tirage.segments.rules import Bracket, Condition, Junction, Node, serialise


@dataclass(frozen=True, slots=True)
class Guests:
    """Customers within reach, and of those who may be invited; each other one is left out for the first reason."""

    within: frozenset[int]
    invited: tuple[int, ...]
    no_consent: int
    suspended: int
    bounced: int
    #: Another account of the household is invited.
    household: int
    expected: int

    @property
    def left_out(self) -> int:
        return self.no_consent + self.suspended + self.bounced + self.household


def guests_at(plan: EventPlan, latitude: float, longitude: float, now: datetime) -> Guests:
    """Whom to invite if the event is held there; five or six statements. Raises DomainError ``filter``."""
    node, problem = readable(plan.definition)
    if problem:
        return Guests(frozenset(), (), 0, 0, 0, 0, 0)
    near = _near(node, latitude, longitude, reach_of(plan), now)
    left = {one: home for one, (home, _) in near.items()}
    lost = []
    for word, stays in (("suspended", False), ("opted_in", True), ("bounced", False)):
        fits = set(find_ids(Condition(word), now))
        gone = [one for one in left if (one in fits) is not stays]
        lost.append(len(gone))
        for one in gone:
            del left[one]
    invited = _one_of_each(left, {one: spent for one, (_, spent) in near.items()})
    return Guests(
        within=frozenset(near),
        invited=invited,
        suspended=lost[0],
        no_consent=lost[1],
        bounced=lost[2],
        household=len(left) - len(invited),
        expected=expected_guests(len(invited), plan.rate),
    )


def _near(
    node: Node | None, latitude: float, longitude: float, miles: float, now: datetime
) -> dict[int, tuple[str, int]]:
    """Household and what was spent of everybody within reach, by customer."""
    tall = (miles + RIM_MILES) / 69.0 * 1.01
    rows = counted(node, now).filter(latitude__gte=latitude - tall, latitude__lte=latitude + tall)
    columns = ("customer_id", "latitude", "longitude", "household", "customer__lifetime_minor")
    return {
        one: (home, spent)
        for one, north, east, home, spent in rows.values_list(*columns).order_by("customer_id")
        if north is not None
        and east is not None
        and miles_between(latitude, longitude, north, east) <= miles + RIM_MILES
    }


def _one_of_each(homes: dict[int, str], spent: dict[int, int]) -> tuple[int, ...]:
    """Of each household the account that spent the most."""
    chosen: dict[str, int] = {}
    for one, home in homes.items():
        kept = chosen.get(home or f"#{one}")
        if kept is None or (spent[one], -one) > (spent[kept], -kept):
            chosen[home or f"#{one}"] = one
    return tuple(sorted(chosen.values()))


def nearest_filter(plan: EventPlan, latitude: float, longitude: float) -> str:
    """Who may be invited as the filter language can say it: by the ZIP nearest to the place, and by consent."""
    node, _ = readable(plan.definition)
    near = nearest_zip(latitude, longitude)
    parts: list[Node] = [node] if node is not None else []
    if near is not None:
        parts.append(
            Condition("near", (("zip", near.zip), ("miles", max(round(reach_of(plan)), LEAST_MILES))))
        )
    parts += [
        Condition("opted_in"),
        *(Bracket(Junction.NONE, (Condition(word),)) for word in ("suspended", "bounced")),
    ]
    return serialise(Bracket(Junction.ALL, tuple(parts)))


def keep_guests(*, plan: EventPlan, name: str, actor: Actor, now: datetime) -> CustomerList:
    """Keeps whom to invite as a list that stands still; the plan remembers it. Records ``list.frozen``.

    Raises Conflict ``no_place``, ``nobody``, DomainError ``name_missing``, ``name_taken``.
    """
    latitude, longitude = plan.site_latitude, plan.site_longitude
    if latitude is None or longitude is None:
        raise Conflict("no_place", "Decide first where the event is held.")
    guests = guests_at(plan, latitude, longitude, now)
    if not guests.invited:
        raise Conflict("nobody", "Nobody within reach can be invited.")
    with transaction.atomic():
        kept = freeze_list(
            name=name,
            definition=nearest_filter(plan, latitude, longitude),
            people=guests.invited,
            said=f"lives within {reach_of(plan):.0f} miles of {plan.site} and may be invited to {plan.name}",
            actor=actor,
            now=now,
        )
        EventPlan.objects.filter(pk=plan.pk).update(guests=kept, changed_at=now)
    return kept
