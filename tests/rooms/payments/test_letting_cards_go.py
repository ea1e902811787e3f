"""A removal that is undone, and a card that is typed for one order only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy, customer_actor
from tests.rooms.payments.shipment import set_aside
from tests.world import World, build_world, save_test_card
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.fulfilment.operations import ship_order
from tirage.integrations.test_gateway.models import TestCard
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import (
    forget_let_go_cards,
    make_default_card,
    remove_card,
    restore_card,
    save_card,
)
from tirage.payments.operations.forgetting import FORGET_AFTER, UNDO
from tirage.payments.queries import cards_to_choose, saved_cards

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


def is_at_the_gateway(card: PaymentMethod) -> bool:
    return TestCard.objects.filter(token=card.token, removed_at=None).exists()


def default_of(shop: World) -> str:
    return PaymentMethod.objects.get(customer=shop.ben, is_default=True).last4


def test_a_removal_is_undone_with_all_it_did(shop: World) -> None:
    """The default comes back too; what was chosen meanwhile stays chosen."""
    other = save_test_card(shop.ben, shop.now, last4="0001", is_default=False)
    facts: dict[str, Any] = {
        "customer": shop.ben,
        "card_reference": shop.ben_card.reference,
        "actor": customer_actor(shop.ben),
    }
    remove_card(**facts, now=shop.now)
    assert default_of(shop) == "0001" and [card.last4 for card in saved_cards(shop.ben.pk, shop.now)] == [
        "0001"
    ]
    restore_card(**facts, now=shop.now + UNDO / 2)
    assert default_of(shop) == "4242" and is_at_the_gateway(shop.ben_card)
    remove_card(**facts, now=shop.now)
    third = save_test_card(shop.ben, shop.now, last4="0003", is_default=False)
    make_default_card(
        customer=shop.ben, card_reference=third.reference, actor=customer_actor(shop.ben), now=shop.now
    )
    for _twice in range(2):
        restore_card(**facts, now=shop.now)
    assert default_of(shop) == "0003" and saved_cards(shop.ben.pk, shop.now).count() == 3
    assert Event.objects.filter(name="card.restored").count() == 2 and other.pk


def test_what_the_gateway_has_forgotten_is_not_had_back(shop: World) -> None:
    facts: dict[str, Any] = {
        "customer": shop.ben,
        "card_reference": shop.ben_card.reference,
        "actor": customer_actor(shop.ben),
    }
    remove_card(**facts, now=shop.now)
    for at in (shop.now + UNDO, shop.now):
        with pytest.raises(DomainError) as refused:
            restore_card(**facts, now=at)
        assert refused.value.code == "forgotten"
        forget_let_go_cards(now=shop.now + FORGET_AFTER)
    assert not is_at_the_gateway(shop.ben_card)
    with pytest.raises(DomainError):
        restore_card(
            customer=shop.ana,
            card_reference=shop.ben_card.reference,
            actor=customer_actor(shop.ana),
            now=shop.now,
        )


def typed(shop: World, *, keep: bool, key: str = "form") -> PaymentMethod:
    details = {"card_number": "4242424242424242", "card_expiry": "12 / 39", "card_cvc": "123"}
    actor = customer_actor(shop.ben)
    return save_card(
        customer=shop.ben,
        details=details,
        make_default=False,
        keep=keep,
        attempt_key=key,
        actor=actor,
        now=shop.now,
    )


@pytest.mark.parametrize("keep", [True, False])
def test_a_typed_card_is_kept_only_if_it_is_said(shop: World, keep: bool) -> None:
    PaymentMethod.objects.filter(customer=shop.ben).delete()
    card = typed(shop, keep=keep)
    assert card.is_default is keep
    assert buy(shop, shop.ben, {"CAB23": 2}, shop.now, card_reference=card.reference).status == "placed"
    assert saved_cards(shop.ben.pk, shop.now).exists() is keep
    assert bool(cards_to_choose(shop.ben.pk, shop.now)) is keep
    assert [one.pk for one in cards_to_choose(shop.ben.pk, shop.now, besides=card.reference)] == [card.pk]
    assert forget_let_go_cards(now=shop.now + UNDO) == 0
    assert forget_let_go_cards(now=shop.now + FORGET_AFTER) == (0 if keep else 1)
    assert is_at_the_gateway(card) is keep
    with pytest.raises(DomainError, match="no such card"):
        restore_card(
            customer=shop.ben, card_reference="CRD-NONE", actor=customer_actor(shop.ben), now=shop.now
        )


def test_a_card_that_still_has_something_to_pay_is_not_forgotten(shop: World) -> None:
    """Neither while its bank hasn't answered, nor while what is set aside on it is to be taken."""
    order = set_aside(shop, shop.ben, {"CAB23": 2}, shop.now)
    PaymentMethod.objects.filter(customer=shop.ben).update(kept=False, is_default=False)
    later = shop.now + timedelta(days=1)
    assert forget_let_go_cards(now=later) == 0
    Payment.objects.update(state="unknown")
    assert forget_let_go_cards(now=later) == 0
    Payment.objects.update(state="settled")
    ship_order(order_reference=order.reference, actor=shop.staff, now=later)
    assert forget_let_go_cards(now=later) == 1 and not is_at_the_gateway(shop.ben_card)


def test_a_card_that_is_kept_later_joins_the_list(shop: World) -> None:
    first, again = typed(shop, keep=False), typed(shop, keep=True)
    assert first.pk == again.pk and again.kept
    assert typed(shop, keep=False).kept
