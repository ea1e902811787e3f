"""No bottle is kept beyond the close of its offer, whoever keeps it and why."""

from __future__ import annotations

from datetime import timedelta

from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, quoted
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.rooms.checkout.test_placing import with_card
from tests.world import World, acting
from tirage.changes.states import SettleBy
from tirage.checkout.operations import place_order
from tirage.checkout.queries import load_offer_page
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold
from tirage.offers.models import Offer
from tirage.payments.models import PayLink


def close_in(world: World, minutes: int) -> None:
    Offer.objects.update(closes_at=world.now + timedelta(minutes=minutes))


def held_until() -> set[object]:
    return set(Hold.objects.values_list("expires_at", flat=True))


def test_a_cart_ends_with_the_offer(world: World) -> None:
    close_in(world, 4)
    outcome = hold(world.ana, {"CAB23": 1}, world.now)
    assert outcome.expires_at == world.now + timedelta(minutes=4)
    assert held_until() == {world.now + timedelta(minutes=4)}


def test_a_cart_ends_with_a_close_that_was_brought_forward(world: World) -> None:
    hold(world.ana, {"CAB23": 1}, world.now)
    close_in(world, 6)
    page = load_offer_page(world.ana, world.now)
    assert page.cart is not None and page.cart.expires_at == world.now + timedelta(minutes=6)
    hold(world.ana, {"CAB23": 2}, world.now)
    assert held_until() == {world.now + timedelta(minutes=6)}


def test_time_for_another_card_ends_with_the_offer(world: World) -> None:
    close_in(world, 3)
    hold(world.ben, {"CAB23": 2}, world.now)
    late = world.now + timedelta(minutes=2)
    place_order(**checkout_arguments(world, world.ben, late, **with_card(world, Behaviour.CARD_DECLINED)))
    assert held_until() == {world.now + timedelta(minutes=3)}


def test_bottles_that_a_change_adds_end_with_the_offer(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    close_in(world, 4)
    draft = draft_of(world, order, acting(world.ana), pieces={key_of(order, world.cabernet): 3})
    quote = quoted(draft, acting(world.ana), world.now)
    assert quote.ends_with_offer and quote.expires_at == world.now + timedelta(minutes=4)
    close_in(world, 2)
    assert quoted(draft, acting(world.ana), world.now).expires_at == world.now + timedelta(minutes=2)


def test_a_pay_link_for_more_bottles_ends_with_the_offer_unless_staff_set_it_aside(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    close_in(world, 60)
    draft = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 3})
    confirm(world, draft, world.staff, settle_by=SettleBy.LINK)
    assert PayLink.objects.get().expires_at == world.now + timedelta(minutes=60)
    other = bought(world, world.ben, {"CAB23": 2})
    draft = draft_of(
        world, other, world.staff, pieces={key_of(other, world.cabernet): 3}, override_reason="A friend"
    )
    confirm(world, draft, world.staff, settle_by=SettleBy.LINK)
    assert PayLink.objects.latest("id").expires_at > world.now + timedelta(days=1)
