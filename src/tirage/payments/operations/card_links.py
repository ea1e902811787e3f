"""Links by which a customer replaces a card signed out: signed, of a few days, ended with all permissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.tries import count_one_try
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.customers.permissions import find_permitted
from tirage.payments.operations.links import TRIES

_SALT = "tirage.payments.card_link"


@dataclass(frozen=True, slots=True)
class CardLink:
    """Whose card an address of ours replaces; ``is_live`` is false once its days are over."""

    customer: Customer
    is_live: bool


def card_link_url(customer: Customer, now: datetime) -> str:
    """The full address of the page where ``customer`` replaces a card, good for as many days as a pay link."""
    until = int((now + timedelta(days=current_winery().pay_link_days)).timestamp())
    token = _signer().sign_object([customer.pk, customer.session_epoch, until])
    return settings.SITE_URL + reverse("storefront:card_link", args=[token])


def find_card_link(*, token: str, now: datetime) -> CardLink | None:
    """Whose link it is; None for one that isn't ours, was ended, or whose customer is suspended."""
    try:
        customer_id, epoch, until = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    customer = find_permitted(customer_id, epoch)
    if customer is None:
        return None
    return CardLink(customer, now < datetime.fromtimestamp(until, UTC))


def _signer() -> signing.Signer:
    # A full stop instead of the colon: mail programs and telephones keep it inside the address.
    return signing.Signer(salt=_SALT, sep=".")


@transaction.atomic
def mail_card_link(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """Asks the customer by mail for another card. Records ``card_link.made``; reacts with it, which mails.

    Raises DomainError ``suspended``.
    """
    if not customer.is_active:
        raise DomainError("suspended", "This customer is suspended and gets no mail.")
    record_event(
        EventName.CARD_LINK_MADE,
        "customer",
        customer.pk,
        text="asked for another card by mail",
        customer_id=customer.pk,
        actor=actor,
        now=now,
    )
    react("card_link.made", customer_id=customer.pk, now=now)


def count_card_try(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """Notes that a card is tried by a card link. Locks the customer, so that tries are counted one by one.

    Raises Conflict ``too_many_tries`` with nothing noted.
    """
    with transaction.atomic():
        lock_row(Customer.objects.filter(pk=customer.pk))
        count_one_try(
            EventName.CARD_LINK_TRIED,
            "card_link",
            customer.pk,
            most=TRIES,
            text="tried a card",
            actor=actor,
            now=now,
        )
