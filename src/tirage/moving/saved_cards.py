"""Saved cards by a processor's token map: what a row waits with, and how a card that came in goes out again."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.errors import Conflict
from tirage.core.locks import lock_row
from tirage.moving.models import BroughtThing
from tirage.moving.states import ThingState
from tirage.moving.things import Brought
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment, PaymentMethod


class CardWriter:
    """Implements ``things.Writer``; ``made_id`` is the card. ``data`` names it at the processor until it was asked."""

    def write(self, thing: BroughtThing, one: Brought, actor: Actor, now: datetime) -> None:
        """Only notes that it waits: another card takes the place of the one that came in before."""
        if thing.state == ThingState.IN:
            self.take_out(thing, actor, now)
        thing.made_id, thing.state, thing.data = None, ThingState.WAITING.value, one.data

    def take_out(self, thing: BroughtThing, actor: Actor, now: datetime) -> None:
        """The processor keeps it: it can be brought again. Raises Conflict ``card_used``."""
        card = lock_row(PaymentMethod.objects.filter(pk=thing.made_id or 0))
        if card is None:
            return
        if Payment.objects.filter(payment_method=card).exists():
            raise Conflict(
                "card_used", "This card has paid something here. Its customer, or you, can remove it."
            )
        token, gateway = card.token, card.gateway
        card.delete()
        gateway_for(gateway).let_go(token=token)
