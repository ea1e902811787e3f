"""Who was in which group from when to when in a former system: what a release offered is counted by it, and take rates.

A stay that goes on is the membership itself, with the day of there; one that is over is kept beside it.
"""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.locks import lock_row
from tirage.customers.models import MOST_WORDS, Customer, Group, Membership, PastMembership
from tirage.customers.operations import add_to_group, remove_from_group
from tirage.moving.models import BroughtThing
from tirage.moving.states import ThingState
from tirage.moving.things import Brought

SAID = "Moved in from the former system"
_CHANGED = "This customer left the group, or came into it, here since. Nothing of it was changed."


class StayWriter:
    """Implements ``things.Writer``; ``made_id`` is the membership, or the past one. ``data``: group (its reference),
    since, until; behind the colon since when the membership was before, empty where the file made it."""

    def write(self, thing: BroughtThing, one: Brought, actor: Actor, now: datetime) -> None:
        """Raises DomainError ``group_gone``, ``second_allocation_group``, Conflict ``changed_since``."""
        group = Group.objects.filter(reference=one.data["group"]).first()
        if group is None:
            raise DomainError("group_gone", "This group no longer exists.")
        if thing.state:
            self.take_out(thing, actor, now)
        since = datetime.fromisoformat(one.data["since"])
        was = ""
        if one.data["until"]:
            thing.made_id = _past(thing.customer, group, since, one.data["until"], actor).pk
        else:
            here = Membership.objects.filter(customer=thing.customer_id, group=group).first()
            was = here.since.isoformat() if here else ""
            present = here or add_to_group(
                customer=thing.customer, group=group, why=SAID, actor=actor, now=now
            )
            Membership.objects.filter(pk=present.pk).update(since=since)
            thing.made_id = present.pk
        thing.state, thing.data = ThingState.IN.value, {**one.data, ":was": was}

    def take_out(self, thing: BroughtThing, actor: Actor, now: datetime) -> None:
        """Raises Conflict ``changed_since``."""
        if thing.data["until"]:
            PastMembership.objects.filter(pk=thing.made_id or 0).delete()
            return
        since = datetime.fromisoformat(thing.data["since"])
        present = lock_row(Membership.objects.filter(pk=thing.made_id or 0, since=since))
        if present is None:
            raise Conflict("changed_since", _CHANGED)
        if was := thing.data[":was"]:
            Membership.objects.filter(pk=present.pk).update(since=datetime.fromisoformat(was))
            return
        remove_from_group(customer=thing.customer, group=present.group, why=SAID, actor=actor, now=now)
        # It was never in it here: nothing of the stay is kept.
        PastMembership.objects.filter(customer=thing.customer_id, group=present.group, since=since).delete()


def _past(customer: Customer, group: Group, since: datetime, until: str, actor: Actor) -> PastMembership:
    by = {"joined_by": actor.label, "joined_why": SAID, "left_by": actor.label, "left_why": SAID}
    return PastMembership.objects.create(
        customer=customer,
        group=group,
        since=since,
        until=datetime.fromisoformat(until),
        **{name: text[:MOST_WORDS] for name, text in by.items()},
    )
