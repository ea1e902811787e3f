"""A split: what may go to a place now is ordered, the rest is kept for its customer until it may; nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import bought
from tests.rooms.checkout.journey import buy, checkout_arguments, customer_actor, hold
from tests.rooms.delivery.limiting import law, limited
from tests.world import World
from tirage.checkout.models import Cart
from tirage.checkout.operations import place_order, set_cart
from tirage.checkout.operations.setting_aside import end_set_aside, remind_of_set_aside
from tirage.checkout.operations.splitting import split_cart
from tirage.checkout.queries import load_offer_page, load_set_aside, quote_checkout
from tirage.checkout.splitting import Split
from tirage.checkout.volumes import Parcel, parts_of
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.winery import local_time, start_of_day
from tirage.inventory.models import Hold
from tirage.notifications.models import SentMail
from tirage.orders.models import OrderLine


def shown(world: World) -> Split | None:
    """The split that the checkout shows for what is in Ben's cart."""
    page = load_offer_page(world.ben, world.now)
    assert page.cart
    parcel = Parcel(
        world.ben.pk, page.cart.millilitres, parts_of(world.ben_home), world.now, skus=page.cart.skus
    )
    quote = quote_checkout(page, country="US", state="NY", proposes=True, parcel=parcel)
    return quote.split


def split(world: World, expected: str | None = None) -> Split:
    found = shown(world)
    return split_cart(
        customer=world.ben,
        address_reference=world.ben_home.reference,
        expected=expected or (found.key if found else ""),
        actor=customer_actor(world.ben),
        now=world.now,
    )


def held(world: World) -> int:
    return sum(Hold.objects.filter(expires_at__gt=world.now).values_list("quantity", flat=True))


def kept(world: World) -> dict[str, int]:
    carts = Cart.objects.filter(is_split=True, kept_until__gt=world.now)
    return {
        line.offer_item.sku.code: line.kept
        for cart in carts
        for line in cart.lines.select_related("offer_item__sku")
    }


def test_what_fits_stays_in_the_cart_and_the_rest_is_kept_until_it_may_go(world: World) -> None:
    limited(world.new_york, 4)
    bought(world, world.ben, {"CAB23": 1})
    hold(world.ben, {"CAB23": 2, "CHA24": 2}, world.now)
    told = shown(world)
    assert told and (told.first, told.rest) == (3, 1)
    assert told.on == local_time(world.now).date().replace(day=1) + timedelta(days=31), "November 1"
    before = held(world)
    split(world)
    assert held(world) == before and kept(world) == {"CHA24": 1}, "no bottle was free in between"
    assert shown(world) is None
    assert buy(world, world.ben, {"CAB23": 2, "CHA24": 1}, world.now).status == "placed"
    assert kept(world) == {"CHA24": 1} and run_checks(world.now) == []
    said = Event.objects.get(name="cart.split")
    assert said.text == "kept 1 bottle until November 8, 2026 that may not go before November 1, 2026"
    assert said.customer_id == world.ben.pk


def test_the_rest_is_refused_before_its_day_and_ordered_on_it(world: World) -> None:
    limited(world.new_york, 2)
    hold(world.ben, {"CAB23": 2, "CHA24": 1}, world.now)
    split(world)
    assert buy(world, world.ben, {"CAB23": 2}, world.now).status == "placed"
    cart = Cart.objects.get(is_split=True)

    def order_rest(now: object) -> str:
        page = load_set_aside(world.ben, cart.reference, now)  # type: ignore[arg-type]
        total = quote_checkout(page, country="US", state="NY", method_reference=world.ground.reference).total
        form = checkout_arguments(
            world, world.ben, world.now, expected_total_minor=total.minor, set_aside=cart.reference
        )
        return place_order(**form | {"now": now, "attempt": page.cart.attempt if page.cart else 1}).status

    charged = charged_in_all()
    with pytest.raises(DomainError, match="New York takes at most 2 bottles"):
        order_rest(world.now)
    assert charged_in_all() == charged and kept(world) == {"CHA24": 1}
    on = start_of_day(local_time(world.now).date().replace(day=1) + timedelta(days=31))
    assert order_rest(on + timedelta(hours=9)) == "placed"
    assert sum(OrderLine.objects.values_list("quantity", flat=True)) == 3


def test_what_is_kept_counts_against_the_allowance(world: World) -> None:
    item = world.item(world.estate_offer, world.cabernet)
    most = next(one for one in load_offer_page(world.ben, world.now).items if one.code == "CAB23").cap
    limited(world.new_york, most - 1)
    hold(world.ben, {"CAB23": most}, world.now)
    split(world)
    assert kept(world) == {"CAB23": 1}
    with pytest.raises(DomainError) as beyond:
        set_cart(
            customer=world.ben, quantities={item.pk: most}, actor=customer_actor(world.ben), now=world.now
        )
    assert beyond.value.code == "beyond_allowance"
    (cabernet,) = [one for one in load_offer_page(world.ben, world.now).items if one.code == "CAB23"]
    assert (cabernet.cap, cabernet.in_cart) == (most - 1, most - 1)


def test_each_order_of_a_limit_for_one_order_may_be_made_today(world: World) -> None:
    limited(world.new_york, 2, period="order")
    hold(world.ben, {"CAB23": 3}, world.now)
    told = shown(world)
    assert told and told.on == local_time(world.now).date()


@pytest.mark.parametrize("against", ["law", "nothing fits", "a year away", "rules"])
def test_no_split_is_shown_that_doesnt_help(world: World, against: str) -> None:
    if against == "law":
        law(world.new_york)
    elif against == "nothing fits":
        limited(world.new_york, 1)
        bought(world, world.ben, {"CHA24": 1})
    elif against == "a year away":
        limited(world.new_york, 1, period="fiscal_year")
    else:
        limited(world.new_york, 1)
        type(world.estate_offer).objects.filter(pk=world.estate_offer.pk).update(bottles_minimum=2)
    hold(world.ben, {"CAB23": 2}, world.now)
    assert shown(world) is None


def test_a_split_that_isnt_the_one_that_was_seen_changes_nothing(world: World) -> None:
    limited(world.new_york, 2)
    hold(world.ben, {"CAB23": 3}, world.now)
    seen = shown(world)
    assert seen
    bought(world, world.ana, {"CAB23": 1})
    limited(world.new_york, 1, "household")
    with pytest.raises(Conflict, match="Nothing was split"):
        split(world, seen.key)
    assert kept(world) == {} and not Event.objects.filter(name="cart.split").exists()


def test_its_customer_is_reminded_on_the_day_and_once_more_and_then_it_is_anybodys(world: World) -> None:
    limited(world.new_york, 1)
    hold(world.ben, {"CAB23": 2}, world.now)
    found = split(world)
    morning = start_of_day(found.on) + timedelta(hours=9)
    assert remind_of_set_aside(now=world.now) == 0 and remind_of_set_aside(now=morning) == 1
    assert (
        remind_of_set_aside(now=morning) == 0
        and remind_of_set_aside(now=found.until - timedelta(hours=20)) == 1
    )
    assert SentMail.objects.filter(kind="set_aside_ending").count() == 2
    assert end_set_aside(now=found.until) == 1
    assert not SentMail.objects.filter(kind="set_aside_ended").exists(), "there is no wish that stays open"
    assert kept(world) == {} and run_checks(found.until) == []
