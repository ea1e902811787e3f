"""Cards that Stripe keeps for the customers of a former system: looked at, and from then on among ours."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tirage.integrations.stripe import books
from tirage.integrations.stripe.client import Refused, api, ask, is_live
from tirage.integrations.stripe.models import StripeCard, StripeCustomer
from tirage.integrations.stripe.people import find_customer
from tirage.integrations.stripe.reading import Unreadable, id_at, name_or_none
from tirage.payments.protocol import NO_FORMER_CARD, CardRefused, GatewayTimeout

_CUSTOMER = re.compile(r"cus_[A-Za-z0-9_]{1,50}")
_METHOD = re.compile(r"(?:pm|card|src)_[A-Za-z0-9_]{1,100}")


def take_over(customer_reference: str, former_customer: str, token: str, now: datetime) -> StripeCard:
    """The card with brand, last four and expiry as Stripe has them. One call, which only looks.

    Raises CardRefused, GatewayTimeout."""
    if not _CUSTOMER.fullmatch(former_customer) or not _METHOD.fullmatch(token):
        raise _refused("Stripe’s customers begin with cus_, its payment methods with pm_, card_ or src_.")
    try:
        found = ask(lambda: api().v1.payment_methods.retrieve(token))
        card = _kept(found, customer_reference, former_customer, now)
    except Refused as refused:
        if refused.code == "key":
            raise GatewayTimeout("Stripe refuses the shop's key") from refused
        raise _refused(NO_FORMER_CARD) from refused
    except Unreadable as unreadable:
        # The next time it would read the same: the others go on without it.
        raise _refused("Stripe’s answer about this card can’t be read.") from unreadable
    if card.removed_at:
        raise _refused("This card was removed here before.")
    return card


def _kept(found: Any, customer_reference: str, former_customer: str, now: datetime) -> StripeCard:
    if name_or_none(found, "type") != "card" or id_at(found, "customer") != former_customer:
        raise _refused(NO_FORMER_CARD)
    return books.write_card(found, _customer(customer_reference, former_customer, now).pk, now)


def _customer(customer_reference: str, former_customer: str, now: datetime) -> StripeCustomer:
    """The customer of a former system at Stripe, from now on one of ours; who has one already has both.

    Raises CardRefused where it is another of our customers."""
    own = find_customer(customer_reference)
    name = customer_reference if own is None else f"{customer_reference}/{former_customer}"[:60]
    row = StripeCustomer(customer_reference=name, is_live=is_live(), stripe_id=former_customer, made_at=now)
    StripeCustomer.objects.bulk_create([row], ignore_conflicts=True)
    found = StripeCustomer.objects.filter(stripe_id=former_customer, is_live=is_live()).first()
    if found is None or found.customer_reference.partition("/")[0] != customer_reference:
        raise _refused("Stripe keeps the cards of another customer of yours under this name.")
    return found


def _refused(words: str) -> CardRefused:
    return CardRefused("no_card", words)
