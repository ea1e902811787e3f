"""Addresses that a former system didn't write to: their customers get no mail about offers and news here either."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.customers.models import Customer
from tirage.customers.states import ConsentSource
from tirage.moving.models import BroughtThing
from tirage.moving.states import ThingState
from tirage.moving.things import Brought

_FIELDS = ("marketing_consent_at", "marketing_left_at", "marketing_source")


class MuteWriter:
    """Implements ``things.Writer``; ``made_id`` is the customer. ``data``: left_at, and behind the colon what stood."""

    def write(self, thing: BroughtThing, one: Brought, actor: Actor, now: datetime) -> None:
        """Who said so earlier keeps the day; nobody is asked again."""
        customer = _locked(thing)
        before = thing.data.get(":before") or _standing(customer)
        left_at = datetime.fromisoformat(one.data["left_at"]) if one.data["left_at"] else now
        if customer.marketing_left_at is None or thing.data.get(":wrote"):
            customer.marketing_consent_at, customer.marketing_left_at = None, left_at
            customer.marketing_source = ConsentSource.IMPORT.value
            customer.save(update_fields=list(_FIELDS))
            _record(customer, "wants no more mail about offers and news", actor, now, agrees=False)
            react("consent.taken_back", customer_id=customer.pk)
        wrote = _standing(customer) if customer.marketing_left_at == left_at else None
        thing.made_id, thing.state = customer.pk, ThingState.IN.value
        thing.data = {**one.data, ":before": before, ":wrote": wrote}

    def take_out(self, thing: BroughtThing, actor: Actor, now: datetime) -> None:
        """What they have said themselves since then stands."""
        customer = _locked(thing)
        if not thing.data.get(":wrote") or _standing(customer) != thing.data[":wrote"]:
            return
        for name, text in zip(_FIELDS, thing.data[":before"], strict=True):
            is_moment = name.endswith("_at")
            setattr(customer, name, (datetime.fromisoformat(text) if text else None) if is_moment else text)
        customer.save(update_fields=list(_FIELDS))
        agrees = customer.marketing_consent_at is not None
        _record(customer, "stands again as before about mail", actor, now, agrees=agrees)


def _locked(thing: BroughtThing) -> Customer:
    return lock_row(Customer.objects.filter(pk=thing.customer_id)) or thing.customer


def _standing(customer: Customer) -> list[str]:
    moments = (customer.marketing_consent_at, customer.marketing_left_at)
    return [*(at.isoformat() if at else "" for at in moments), customer.marketing_source]


def _record(customer: Customer, words: str, actor: Actor, now: datetime, *, agrees: bool) -> None:
    record_event(
        EventName.CUSTOMER_CONSENT_CHANGED,
        "customer",
        customer.pk,
        text=f"noted that {customer.name} {words}, in an imported list",
        data={"agrees": agrees, "source": ConsentSource.IMPORT.value},
        customer_id=customer.pk,
        actor=actor,
        now=now,
    )
