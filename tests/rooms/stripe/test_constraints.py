"""The walls around what we asked Stripe and heard from it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.integrations.stripe.models import StripeCall, StripeCard, StripeCustomer, StripeEvent


@pytest.fixture
def heard(world: World) -> World:
    """A customer with a card, a charge and an event."""
    customer = StripeCustomer.objects.create(
        customer_reference="CUS-1", is_live=False, stripe_id="cus_1", made_at=world.now
    )
    StripeCard.objects.create(
        token="pm_1",
        customer=customer,
        brand="Visa",
        last4="4242",
        exp_month=4,
        exp_year=2039,
        saved_at=world.now,
    )
    StripeCall.objects.create(
        idempotency_key="key-1", kind="charge", amount_minor=1, currency="USD", slug="slug", made_at=world.now
    )
    StripeEvent.objects.create(event_id="evt_1", kind="x", happened_at=world.now, heard_at=world.now)
    return world


def again(model: Any, **changes: object) -> None:
    write_again(model.objects.get(), **changes)


BREACHES: dict[str, Breach] = {
    "stripe_customer_once": lambda world: again(StripeCustomer, stripe_id="cus_2"),
    "stripe_customer_id_once": lambda world: again(StripeCustomer, customer_reference="CUS-2"),
    "stripe_card_token_once": lambda world: again(StripeCard),
    "stripe_card_month": lambda world: StripeCard.objects.update(exp_month=13),
    "stripe_call_key_once": lambda world: again(StripeCall, slug="another"),
    "stripe_call_slug_once": lambda world: again(StripeCall, idempotency_key="key-2"),
    "stripe_call_kind_is_legal": lambda world: StripeCall.objects.update(kind="barter"),
    "stripe_call_outcome_is_legal": lambda world: StripeCall.objects.update(outcome="hoped"),
    "stripe_call_amount_fits_its_kind": lambda world: StripeCall.objects.update(amount_minor=0),
    "stripe_event_once": lambda world: again(StripeEvent),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(heard: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](heard))
