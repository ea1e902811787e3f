"""Requests granted: bottles set aside for a customer, bought, let go, or free again when their time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.changes.journey import card_that
from tests.rooms.checkout.journey import checkout_arguments
from tests.rooms.wishes.granting import line_of, shared, sums, told, wished, worked
from tests.world import World, acting
from tirage.checkout.models import Cart
from tirage.checkout.operations import place_order, set_cart
from tirage.checkout.operations.setting_aside import (
    choose_set_aside,
    end_set_aside,
    let_set_aside_go,
    remind_of_set_aside,
)
from tirage.checkout.queries import load_offer_page, load_set_aside, quote_checkout
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.values import NothingToSay
from tirage.offers.models import Offer
from tirage.offers.rules import OfferStatus
from tirage.orders.models import Order
from tirage.wishes.granting import again, grant_wish, take_back
from tirage.wishes.models import Wish
from tirage.wishes.operations import decline_wish, withdraw_wish

REQUEST = {"kind": "request", "agreed_at": None}


@pytest.fixture
def wish(world: World) -> Wish:
    """Ben requests three Cabernets; the offer has closed since, and a run has set two of them aside."""
    made = wished(world, world.ben, world.estate_offer, world.cabernet, 3, price_minor=110_00, **REQUEST)
    Offer.objects.filter(release=world.release).update(closes_at=world.now - timedelta(minutes=1))
    worked(world, shared(world, {world.cabernet: 2}))
    made.refresh_from_db()
    return made


def cart_of(wish: Wish) -> Cart:
    return Cart.objects.get(grant_lines__wish=wish)


def buy(world: World, cart: Cart, now: Any = None, **changes: Any) -> Any:
    """Ben orders what is set aside, as its page shows it."""
    moment = now or world.now
    return place_order(**checkout_arguments(world, world.ben, moment, set_aside=cart.reference, **changes))


def mails(kind: str) -> list[SentMail]:
    return list(SentMail.objects.filter(kind=kind).order_by("pk"))


def test_a_granted_request_sets_bottles_aside_and_charges_nobody(world: World, wish: Wish) -> None:
    cart = cart_of(wish)
    assert sums(world, world.cabernet) == {"sold": 0, "held": 2, "granted": 0, "granting": 2}
    assert (wish.state, cart.kept_until) == ("open", world.now + timedelta(days=7))
    assert Order.objects.count() == 0
    page = load_set_aside(world.ben, cart.reference, world.now)
    assert page.status is OfferStatus.OPEN and page.offer and page.offer.closes_at == cart.kept_until
    [item] = page.items
    assert (item.cap, item.in_cart, item.free >= 2, item.price.minor) == (2, 2, True, 110_00)
    said = values_of(mails("set_aside")[0], world.winery)
    assert said["kept.bottles"] == "2 bottles" and "October 13" in str(said["kept.until"])
    assert run_checks(world.now) == []


def test_no_card_and_no_address_are_needed_to_be_offered_bottles(world: World) -> None:
    world.clara_home.delete()
    wish = wished(world, world.clara, world.estate_offer, world.cabernet, 1, **REQUEST)
    run = worked(world, shared(world, {world.cabernet: 1}))
    assert told(run) == {"Clara": ("offered", 1)} and line_of(run, wish).kept_until


def test_it_is_bought_after_the_offer_has_closed_for_everybody_else(world: World, wish: Wish) -> None:
    later = world.now + timedelta(days=6)
    with pytest.raises(DomainError, match="closed"):
        set_cart(customer=world.ben, quantities={wish.offer_item_id: 1}, actor=acting(world.ben), now=later)
    cart = cart_of(wish)
    assert buy(world, cart, later).status == "placed"
    order = Order.objects.get()
    assert (order.balance_minor, order.customer_id) == (0, world.ben.pk)
    wish.refresh_from_db()
    assert (wish.granted, wish.granting, wish.order_id, wish.charged_at) == (2, 0, order.pk, later)
    assert sums(world, world.cabernet) == {"sold": 2, "held": 0, "granted": 2, "granting": 0}
    assert told(wish.grant_lines.get().run) == {"Ben": ("granted", 2)}
    assert wish.state == "open", "the run keeps what is left open"
    assert [mails(kind) for kind in ("wishes_granted", "order_receipt")] == [[], mails("order_receipt")]
    assert len(mails("order_receipt")) == 1 and run_checks(later) == []


def test_pressing_twice_is_one_order(world: World, wish: Wish) -> None:
    cart = cart_of(wish)
    facts = checkout_arguments(world, world.ben, world.now, set_aside=cart.reference)
    first, second = place_order(**facts), place_order(**facts)
    assert first.order_reference == second.order_reference and Order.objects.count() == 1


def test_fewer_may_be_bought_and_the_rest_is_anybodys(world: World, wish: Wish) -> None:
    cart = cart_of(wish)
    with pytest.raises(DomainError, match="2 are set aside"):
        choose_set_aside(
            customer=world.ben,
            cart_reference=cart.reference,
            quantities={wish.offer_item_id: 3},
            now=world.now,
        )
    choose_set_aside(
        customer=world.ben, cart_reference=cart.reference, quantities={wish.offer_item_id: 1}, now=world.now
    )
    assert sums(world, world.cabernet)["held"] == 2, "as long as nothing is bought all of it stays"
    assert buy(world, cart).status == "placed"
    wish.refresh_from_db()
    assert (wish.state, wish.granted, wish.granting) == ("granted", 1, 0)
    assert sums(world, world.cabernet) == {"sold": 1, "held": 0, "granted": 1, "granting": 0}
    assert run_checks(world.now) == []


def test_a_declined_card_leaves_them_set_aside(world: World, wish: Wish) -> None:
    cart, card = cart_of(wish), card_that(world, Behaviour.CARD_DECLINED)
    assert buy(world, cart, card_reference=card.reference).status == "declined"
    cart.refresh_from_db()
    assert cart.expires_at == cart.kept_until and cart.pending_order_id is None
    assert sums(world, world.cabernet) == {"sold": 0, "held": 2, "granted": 0, "granting": 2}
    choose_set_aside(
        customer=world.ben, cart_reference=cart.reference, quantities={wish.offer_item_id: 1}, now=world.now
    )
    assert buy(world, cart, card_reference=card.reference).status == "declined"
    assert sums(world, world.cabernet)["held"] == 2, "also what wasn't chosen"
    choose_set_aside(
        customer=world.ben, cart_reference=cart.reference, quantities={wish.offer_item_id: 2}, now=world.now
    )
    assert buy(world, cart).status == "placed"
    assert sums(world, world.cabernet) == {"sold": 2, "held": 0, "granted": 2, "granting": 0}
    assert run_checks(world.now) == []


def test_it_ends_by_the_clock_and_the_bottles_come_back_to_the_run(world: World, wish: Wish) -> None:
    cart, end = cart_of(wish), world.now + timedelta(days=7)
    facts = checkout_arguments(world, world.ben, world.now, set_aside=cart.reference)
    assert load_set_aside(world.ben, cart.reference, end).status is OfferStatus.CLOSED
    with pytest.raises(DomainError, match="closed"):
        place_order(**{**facts, "now": end})
    assert end_set_aside(now=end - timedelta(seconds=1)) == 0
    assert (end_set_aside(now=end), end_set_aside(now=end)) == (1, 0)
    line = wish.grant_lines.get()
    assert (line.outcome, line.given, line.kept_until) == ("returned", 0, None)
    assert line.reason == "It wasn't bought while it was set aside."
    wish.refresh_from_db()
    assert (wish.state, wish.granting) == ("open", 0)
    assert sums(world, world.cabernet)["held"] == 0 and run_checks(end) == []
    said = values_of(mails("set_aside_ended")[0], world.winery)
    assert "time" in str(said["kept.why"]) and "2 ×" in str(said["kept.wines"])
    with pytest.raises(NothingToSay):
        values_of(mails("set_aside")[0], world.winery)
    run = again(run=line.run, actor=world.staff, now=end)
    run = worked(world, run, end)
    assert told(run) == {"Ben": ("offered", 2)} and cart_of(wish).kept_until == end + timedelta(days=7)


def test_customers_are_reminded_once_a_day_before(world: World, wish: Wish) -> None:
    at = world.now + timedelta(days=6)
    assert remind_of_set_aside(now=at - timedelta(seconds=1)) == 0
    assert (remind_of_set_aside(now=at), remind_of_set_aside(now=at)) == (1, 0)
    assert len(mails("set_aside_ending")) == 1
    assert values_of(mails("set_aside_ending")[0], world.winery)["kept.bottles"] == "2 bottles"


def test_nobody_is_reminded_of_what_was_bought(world: World, wish: Wish) -> None:
    buy(world, cart_of(wish))
    assert remind_of_set_aside(now=world.now + timedelta(days=6)) == 0


def test_who_lets_them_go_has_withdrawn_the_wish(world: World, wish: Wish) -> None:
    cart = cart_of(wish)
    facts: dict[str, Any] = {"customer": world.ben, "cart_reference": cart.reference, "now": world.now}
    let_set_aside_go(**facts, actor=acting(world.ben))
    with pytest.raises(DomainError, match="any more"):
        let_set_aside_go(**facts, actor=acting(world.ben))
    wish.refresh_from_db()
    assert (wish.state, wish.granting, wish.grant_lines.get().outcome) == ("withdrawn", 0, "returned")
    assert sums(world, world.cabernet)["held"] == 0 and mails("set_aside_ended") == []
    assert Event.objects.filter(name="wish.withdrawn", actor_label=world.ben.name).count() == 1
    assert run_checks(world.now) == []


def test_staff_may_take_them_back_before_they_are_bought(world: World, wish: Wish) -> None:
    with pytest.raises(Conflict, match="set aside"):
        decline_wish(wish_reference=wish.reference, reason="", actor=world.staff, now=world.now)
    with pytest.raises(Conflict, match="set aside"):
        withdraw_wish(
            customer=world.ben, wish_reference=wish.reference, actor=acting(world.ben), now=world.now
        )
    assert take_back(wish=wish, actor=world.staff, now=world.now) == 2
    wish.refresh_from_db()
    assert (wish.state, wish.granting) == ("open", 0)
    assert len(mails("set_aside_ended")) == 1
    with pytest.raises(Conflict, match="Nothing is set aside"):
        take_back(wish=wish, actor=world.staff, now=world.now)
    decline_wish(wish_reference=wish.reference, reason="None left.", actor=world.staff, now=world.now)
    assert run_checks(world.now) == []


def test_nothing_is_set_aside_beyond_the_reserve(world: World) -> None:
    wished(world, world.ben, world.estate_offer, world.cabernet, 3, **REQUEST)
    run = shared(world, {world.cabernet: 3}, reserve=90)
    stock = world.stock(world.cabernet)
    stock.movements.update(quantity=91)
    stock.on_hand = 91
    stock.save()
    assert told(worked(world, run)) == {"Ben": ("offered", 1)}
    assert world.stock(world.cabernet).held == 1


def test_one_request_is_granted_by_one_press(world: World) -> None:
    wish = wished(world, world.ben, world.estate_offer, world.cabernet, 3, **REQUEST)
    line = grant_wish(wish=wish, pieces=2, actor=world.staff, now=world.now)
    assert (line.outcome, line.given) == ("offered", 2) and line.kept_until
    wish.refresh_from_db()
    with pytest.raises(DomainError, match="between 1 and 1"):
        grant_wish(wish=wish, pieces=2, actor=world.staff, now=world.now)


def test_how_long_granted_bottles_wait_is_a_setting_unless_a_grant_says_otherwise(world: World) -> None:
    Winery.objects.update(set_aside_days=3)
    forget_winery()
    wish = wished(world, world.ben, world.estate_offer, world.cabernet, 3, **REQUEST)
    line = grant_wish(wish=wish, pieces=1, actor=world.staff, now=world.now)
    assert line.kept_until == world.now + timedelta(days=3)
    wish.refresh_from_db()
    line = grant_wish(wish=wish, pieces=1, kept_days=10, actor=world.staff, now=world.now)
    assert line.kept_until == world.now + timedelta(days=10)
    assert shared(world, {world.cabernet: 1}).kept_days == 3


def test_the_ordinary_cart_of_an_open_offer_is_another(world: World) -> None:
    """What is set aside neither shows in it nor lengthens its time, and is nobody else's to take."""
    wish = wished(world, world.ben, world.estate_offer, world.cabernet, 2, **REQUEST)
    worked(world, shared(world, {world.cabernet: 2}))
    item = wish.offer_item_id
    outcome = set_cart(customer=world.ben, quantities={item: 1}, actor=acting(world.ben), now=world.now)
    assert outcome.expires_at == world.now + timedelta(minutes=world.winery.cart_minutes)
    page = load_offer_page(world.ben, world.now)
    assert page.cart and [line.quantity for line in page.cart.lines] == [1]
    assert Cart.objects.filter(customer=world.ben).count() == 2
    assert quote_checkout(
        load_set_aside(world.ben, cart_of(wish).reference, world.now), country="US", state="NY"
    ).methods
    assert load_set_aside(world.ana, cart_of(wish).reference, world.now).offer is None, "nobody else's"
    assert buy(world, cart_of(wish)).status == "placed"
    page = load_offer_page(world.ben, world.now)
    assert page.cart and [line.quantity for line in page.cart.lines] == [1], "the other cart is as it was"
    assert run_checks(world.now) == []
