"""Store credit of a former system: given once, and by the difference where a corrected file says another balance."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.moving.models import BroughtThing
from tirage.moving.states import ThingState
from tirage.moving.things import Brought
from tirage.payments.models import CreditEntry
from tirage.payments.operations import give_credit

BROUGHT = "Store credit of the former system"
TAKEN_BACK = "Store credit of the former system, taken back"


class CreditWriter:
    """Implements ``things.Writer``; ``made_id`` is the last entry."""

    def write(self, thing: BroughtThing, one: Brought, actor: Actor, now: datetime) -> None:
        """Raises DomainError ``credit_too_low`` where less is left than is to be taken again."""
        # The customer of the row is who it was given to, whatever became of the address since.
        if one.amount != thing.amount_minor:
            _give(thing, one.amount - thing.amount_minor, BROUGHT, actor, now)
        thing.state, thing.data = ThingState.IN.value, one.data

    def take_out(self, thing: BroughtThing, actor: Actor, now: datetime) -> None:
        """Raises DomainError ``credit_too_low`` where some of it was spent or taken since."""
        _give(thing, -thing.amount_minor, TAKEN_BACK, actor, now)


def _give(thing: BroughtThing, minor: int, reason: str, actor: Actor, now: datetime) -> None:
    give_credit(
        customer=thing.customer,
        amount=Money(minor, current_winery().currency),
        reason=reason,
        actor=actor,
        now=now,
    )
    entries = CreditEntry.objects.filter(customer=thing.customer_id).order_by("-pk")
    thing.made_id = entries.values_list("pk", flat=True).first()
