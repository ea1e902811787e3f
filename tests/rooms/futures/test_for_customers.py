"""Wine en primeur for a customer on the line, and for a granted wish: theirs once they have agreed to its terms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import CODE, Futures, begin, lot_values, order_of, plan
from tests.world import World
from tirage.changes.operations import edit_draft, open_new_order
from tirage.changes.queries import quote_draft
from tirage.changes.rules import AddWine
from tirage.checkout.models import Cart
from tirage.checkout.operations import Placing, place_order
from tirage.checkout.operations.setting_aside import end_set_aside, let_set_aside_go
from tirage.checkout.queries import load_set_aside, quote_checkout
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.futures.for_customers import set_aside_for, take_aside_back, waiting_for_word
from tirage.futures.models import Acceptance, Instalment
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.states import PlanKind, WishKind
from tirage.orders.models import Order
from tirage.wishes.granting import grant_wish
from tirage.wishes.models import Wish


@pytest.fixture
def futures(world: World) -> Futures:
    made = begin(world)
    plan(made)
    return made


def asked(futures: Futures, pieces: int = 6, **changes: Any) -> Cart:
    """Ben is on the line."""
    world = futures.world
    item = OfferItem.objects.get(offer=futures.offer)
    facts: dict[str, Any] = {
        "customer": world.ben,
        "offer": futures.offer,
        "pieces": {item.pk: pieces},
        "kept_until": world.now + timedelta(days=14),
    }
    return set_aside_for(**facts | changes, actor=world.staff, now=world.now)


def agree(futures: Futures, cart: Cart, **changes: Any) -> Placing:
    """Ben follows the link, reads the terms and presses the button."""
    world = futures.world
    quote = quote_checkout(load_set_aside(world.ben, cart.reference, world.now), country="", state="")
    cart.refresh_from_db()
    form: dict[str, Any] = {
        "customer": world.ben,
        "attempt": cart.attempt,
        "address_reference": "",
        "method_reference": "",
        "card_reference": world.ben_card.reference,
        "expected_total_minor": quote.due_now.minor,
        "adult_confirmed": True,
        "terms_digest": futures.campaign.terms_digest,
        "set_aside": cart.reference,
        "actor": customer_actor(world.ben),
        "now": world.now,
    }
    return place_order(**form | changes)


def test_it_waits_until_its_customer_agrees(futures: Futures) -> None:
    world, cart = futures.world, asked(futures)
    assert not Order.objects.exists() and world.stock(futures.sku).held == 6
    assert [(one.pieces, one.cart) for one in waiting_for_word(world.now)] == [(6, cart)]
    assert run_checks(world.now) == []
    assert SentMail.objects.filter(kind="early_aside", customer=world.ben).count() == 1
    with pytest.raises(DomainError) as unread:
        agree(futures, cart, terms_digest="")
    assert unread.value.code == "terms_missing" and not Order.objects.exists()
    order = order_of(agree(futures, cart))
    assert (order.owed_minor, order.paid_minor, order.later_minor) == (600_00, 180_00, 420_00)
    assert Acceptance.objects.get(order=order).terms == futures.campaign.terms
    assert Instalment.objects.filter(order=order).count() == 2
    assert waiting_for_word(world.now) == [] and run_checks(world.now) == []


def test_who_lets_it_go_or_lets_the_time_pass_is_charged_nothing(futures: Futures) -> None:
    world, cart = futures.world, asked(futures)
    let_set_aside_go(
        customer=world.ben, cart_reference=cart.reference, actor=customer_actor(world.ben), now=world.now
    )
    assert world.stock(futures.sku).held == 0
    asked(futures)
    assert end_set_aside(now=world.now + timedelta(days=15)) == 1
    assert not Order.objects.exists() and run_checks(world.now) == []
    assert not SentMail.objects.filter(kind="set_aside_ended").exists()


def test_it_is_taken_back_once(futures: Futures) -> None:
    world, cart = futures.world, asked(futures)
    for _ in range(2):
        take_aside_back(cart=cart, actor=world.staff, now=world.now)
    assert waiting_for_word(world.now, world.ben) == [] and world.stock(futures.sku).held == 0


def test_nobody_has_more_by_asking_twice(futures: Futures) -> None:
    world = futures.world
    asked(futures, 18)
    with pytest.raises(DomainError, match="they may have 6 more"):
        asked(futures, 12)
    asked(futures, 6)
    with pytest.raises(DomainError, match="at least one"):
        asked(futures, 0)
    with pytest.raises(DomainError, match="60 days"):
        asked(futures, 1, kept_until=world.now + timedelta(days=61))
    with pytest.raises(DomainError, match="isn’t open to the customer"):
        asked(futures, 1, customer=world.ana)


def test_no_more_is_set_aside_than_will_be_bottled(world: World) -> None:
    futures = begin(world, expected=5)
    with pytest.raises(DomainError, match="5 are free"):
        asked(futures, 6)
    assert not Cart.objects.filter(kept_until__isnull=False).exists() and lot_values()


def test_the_team_orders_no_wine_en_primeur_in_somebodys_name(futures: Futures) -> None:
    world = futures.world
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    assert draft.order.release is None or draft.order.release_id != futures.release.pk
    draft = edit_draft(
        draft_reference=draft.reference, add=[AddWine(futures.sku.pk, 3)], actor=world.staff, now=world.now
    )
    codes = {one.code for one in quote_draft(draft, world.now).blocking}
    assert "not_bottled" in codes


def test_a_granted_wish_waits_for_its_word_too(futures: Futures) -> None:
    world = futures.world
    Release.objects.filter(pk=futures.release.pk).update(wish_kind=WishKind.PROMISE.value)
    item = OfferItem.objects.get(offer=futures.offer)
    wish = Wish.objects.create(
        customer=world.ben,
        offer_item=item,
        asked=6,
        kind=WishKind.PROMISE.value,
        price_minor=100_00,
        agreed_at=world.now,
        made_at=world.now,
        changed_at=world.now,
    )
    line = grant_wish(wish=wish, pieces=6, actor=world.staff, now=world.now)
    assert (line.outcome, line.given) == ("offered", 6) and not Order.objects.exists()
    (waits,) = waiting_for_word(world.now)
    order = order_of(agree(futures, waits.cart))
    wish.refresh_from_db()
    assert (wish.state, wish.granted, order.paid_minor) == ("granted", 6, 180_00)
    assert Acceptance.objects.filter(order=order).exists() and run_checks(world.now) == []


def test_an_offer_that_has_closed_sets_nothing_aside(futures: Futures) -> None:
    world = futures.world
    Offer.objects.filter(pk=futures.offer.pk).update(closes_at=world.now)
    with pytest.raises(DomainError, match="isn’t open"):
        asked(futures)
    assert PlanKind.NOW and CODE
