"""Whether the winery may write about offers and news: agreed to and taken back, each with its moment and source.

Every mail of that kind carries an address at which its mailbox is left alone: sealed, for ever good, and silent about
whose it is. It is good for that mailbox and no other: once the customer has another, who reads the former one changes
nothing for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.sealing import Unreadable, seal_for_address, unseal_from_address
from tirage.customers.models import Customer
from tirage.customers.states import ConsentSource

_SALT = "tirage.customers.unsubscribe"
_OWN_WORD = frozenset({ConsentSource.LINK, ConsentSource.MAIL_PROGRAM, ConsentSource.NEWSLETTER})
_SAID = {
    ConsentSource.UNKNOWN: "",
    ConsentSource.ACCOUNT: "in the account",
    ConsentSource.STAFF: "to the team",
    ConsentSource.IMPORT: "in an imported list",
    ConsentSource.LINK: "by the link in a mail",
    ConsentSource.MAIL_PROGRAM: "by the mail program’s button",
    ConsentSource.SIGN_UP: "when signing up",
    ConsentSource.NEWSLETTER: "by the link in a newsletter",
}


def say_source(source: str) -> str:
    """``in the account``; empty when nobody knows where it was said."""
    return _SAID[ConsentSource(source)]


def source_of(actor: Actor) -> ConsentSource:
    """Where an actor says it who isn't at a mailed link."""
    if actor.is_customer:
        return ConsentSource.ACCOUNT
    return ConsentSource.STAFF if actor.is_staff else ConsentSource.UNKNOWN


def set_consent(customer: Customer, *, agrees: bool, source: ConsentSource, now: datetime) -> bool:
    """Writes the decision onto the object; False when it says what was known."""
    agreed, left = customer.marketing_consent_at is not None, customer.marketing_left_at is not None
    # Who never agreed has left nothing by a form without its tick, but by saying so themselves.
    if agrees == agreed and (agrees or left or source not in _OWN_WORD):
        return False
    customer.marketing_consent_at = now if agrees else None
    customer.marketing_left_at = None if agrees else now
    customer.marketing_source = source.value
    return True


def change_consent(
    *, customer: Customer, agrees: bool, source: ConsentSource, actor: Actor, now: datetime
) -> bool:
    """Notes that the customer agrees to mail about offers and news, or wants no more of it; False when that was known.

    Locks the customer. Records ``customer.consent_changed``; taken back, ``consent.taken_back`` is reacted to.
    """
    with transaction.atomic():
        locked = lock_row(Customer.objects.filter(pk=customer.pk))
        if locked is None or not set_consent(locked, agrees=agrees, source=source, now=now):
            return False
        locked.save(update_fields=["marketing_consent_at", "marketing_left_at", "marketing_source"])
        words = (
            "agreed to mail about offers and news" if agrees else "wants no more mail about offers and news"
        )
        if not actor.is_customer:
            words = f"noted that {locked.name} {words}"
        record_event(
            EventName.CUSTOMER_CONSENT_CHANGED,
            "customer",
            locked.pk,
            text=f"{words}, {say_source(source.value)}".rstrip(", "),
            data={"agrees": agrees, "source": source.value},
            customer_id=locked.pk,
            actor=actor,
            now=now,
        )
        if not agrees:
            react("consent.taken_back", customer_id=locked.pk)
    return True


@dataclass(frozen=True, slots=True)
class Unsubscriber:
    """Whose mailbox an address of ours was sent to; nobody's where it isn't on the list any more.

    ``may_return``: whether the mailbox is known to be the customer's; older addresses name the customer only, and
    what they take back they can't give.
    """

    customer: Customer | None
    may_return: bool = True


def unsubscribe_url(customer: Customer) -> str:
    """The full address at which the customer's mailbox is left alone; it never runs out."""
    token = seal_for_address(customer.email, _SALT)
    return settings.SITE_URL + reverse("storefront:unsubscribe", args=[token])


def find_unsubscriber(*, token: str) -> Unsubscriber | None:
    """Whose address of ours it is; None for anything else."""
    try:
        email = unseal_from_address(token, _SALT)
    except Unreadable:
        return _find_by_older(token)
    return Unsubscriber(Customer.objects.filter(email=email).first())


def _find_by_older(token: str) -> Unsubscriber | None:
    """Addresses of mails that were sent before they named their mailbox: signed, with a full stop."""
    try:
        reference = signing.Signer(salt=_SALT, sep=".").unsign(token)
    except signing.BadSignature:
        return None
    customer = Customer.objects.filter(reference=reference).first()
    return Unsubscriber(customer, may_return=False) if customer else None
