"""Customers put a change of their order together: what they choose, what they see, and what stands against it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.rooms.changes.journey import bought, confirm, draft_of, key_of
from tests.rooms.checkout.journey import hold
from tests.web.storefront.orders.changing.changing import (
    LIVE,
    ask_for,
    begin,
    filled,
    live,
    press,
    state_of_draft,
    untouched,
    update,
)
from tests.web.storefront.pages import Page, counted, form_of, words_of
from tests.world import World, build_world
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import drop_draft
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.delivery.models import Destination, Zone
from tirage.fulfilment.operations import ship_order
from tirage.inventory.models import Hold, Stock
from tirage.offers.models import Offer, OfferItem
from tirage.orders.models import Order
from tirage.orders.queries import order_lines
from tirage.parts.seen_as import COOKIE, SeenAs, start_seeing
from tirage.payments.models import Payment

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)

OFFICE = {
    "address": "new",
    "to-recipient": "Ben’s office",
    "to-line1": "350 Fifth Avenue",
    "to-city": "New York",
    "to-state": "NY",
    "to-postal_code": "10118",
    "to-country": "US",
    "to-phone": "212 555 0100",
}


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet, by ground to New York."""
    return bought(shop, shop.ben, {"CAB23": 2})


def pieces(order: Order) -> dict[str, int]:
    return {line.code: line.quantity for line in order_lines(order)}


# What is chosen and seen


def test_the_orders_page_leads_to_it(shop: World, ben: Client, order: Order) -> None:
    page = words_of(ben.get(f"/orders/{order.reference}/"))
    assert "Change this order" in page and "You have begun" not in page
    url = begin(ben, order)
    words = words_of(ben.get(url))
    assert "Nothing yet. What you choose shows here, with its price." in words
    assert "2 ordered" in words and "2 of up to 3" in words and "and change it" not in words
    assert "Change this order" in words_of(ben.get(f"/orders/{order.reference}/")), "nothing is in it yet"
    assert begin(ben, order) == url, "going on, not a second one"


def test_more_bottles_are_held_and_the_sum_is_shown_before_it_counts(
    shop: World, ben: Client, order: Order
) -> None:
    url = begin(ben, order)
    answer = update(ben, url, cabernet="3")
    words = words_of(answer)
    assert answer.status_code == 200 and "1 more bottle is kept for you for" in words
    # 120 of wine, and 8.875 % of tax on it in New York; shipping stays.
    for said in ("before: 2 → now: 3", "+$120.00", "1 more", "To pay now", "and change it"):
        assert said in words, said
    assert shop.stock(shop.cabernet).held == 1 and untouched(order, shop)
    begun = words_of(ben.get(f"/orders/{order.reference}/"))
    assert "You have begun to change this order." in begun and "Change this order" not in begun


def test_the_sum_follows_the_form_in_parts(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    part = live(ben, url, cabernet="3").content.decode()
    assert "<html" not in part and 'id="change-sum"' in part and "$120.00" in part
    for name in ("change-bar", "change-news", "change-ways", "note-pieces-"):
        assert f'id="{name}' in part
    assert 'name="card_number"' not in part and 'name="to-line1"' not in part, "what is typed stays as it is"


def test_wines_stay_in_their_order(shop: World, ana: Client) -> None:
    order = bought(shop, shop.ana, {"CAB23": 2, "CHA24": 3})
    url = begin(ana, order)
    first = [name for name in form_of(ana.get(url), url) if name.startswith("pieces-")]
    page = update(ana, url, **{first[1]: "6"})
    assert [name for name in form_of(page, url) if name.startswith("pieces-")] == first


def test_an_emptied_stepper_is_none_of_the_wine(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, **{f"add-{shop.chardonnay.pk}": "1"})
    words = words_of(update(ben, url, cabernet=""))
    assert "before: 2 → now: 0" in words and "2 fewer" in words


def test_none_of_the_wines_is_a_matter_for_the_team(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    words = words_of(update(ben, url, cabernet="0"))
    assert "No wine would be left on the order. Write to us and we cancel the order for you." in words
    assert "and change it" not in words and "Change my order" not in words
    answer = press(ben, url)
    assert answer.status_code == 422 and untouched(order, shop)


def test_another_wine_of_the_offer(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, **{f"add-{shop.chardonnay.pk}": "3"})
    words = words_of(ben.get(url))
    assert "before: 0 → now: 3" in words and "Added" in words
    press(ben, url)
    assert pieces(order) == {"CAB23": 2, "CHA24": 3} and run_checks(read_clock()) == []


def test_what_was_added_can_go_again_when_the_offer_has_closed(
    shop: World, ben: Client, order: Order
) -> None:
    url = ask_for(ben, order, **{f"add-{shop.chardonnay.pk}": "3"})
    Offer.objects.update(closes_at=read_clock() - timedelta(minutes=1))
    words = words_of(ben.get(url))
    assert "Your offer isn’t open, so bottles can only be taken off." in words
    assert "Bottles can be added while the offer is open, and it isn't." in words
    words = words_of(update(ben, url, **{f"add-{shop.chardonnay.pk}": "0"}))
    assert "Nothing yet." in words and not Hold.objects.filter(quantity__gt=0, holder=url[-13:-1]).exists()


@pytest.mark.parametrize("how", [update, live])
def test_beyond_the_allowance_is_said_beside_the_wine(
    shop: World, ben: Client, order: Order, how: Callable[..., Page]
) -> None:
    answer = how(ben, begin(ben, order), cabernet="9")
    html = answer.content.decode()
    assert answer.status_code == (422 if how is update else 200)
    assert "your allocation is 3 in all, so 1 more can be added" in words_of(answer)
    assert 'class="change-note change-wrong"' in html
    assert not ChangeDraft.objects.get().lines.exists() and untouched(order, shop)
    if how is update:
        assert 'value="9"' in html, "what was typed stays"


def test_bottles_that_others_have(shop: World, ben: Client, order: Order) -> None:
    Stock.objects.filter(sku=shop.cabernet).update(on_hand=3)
    url = begin(ben, order)
    assert "2 of up to 3" in words_of(ben.get(url))
    answer = update(ben, url, cabernet="4")
    assert answer.status_code == 422 and "only 1 more is to be had" in words_of(answer)
    assert shop.stock(shop.cabernet).held == 0


def test_a_wine_in_threes(shop: World, ben: Client, order: Order) -> None:
    OfferItem.objects.filter(sku=shop.cabernet).update(multiple=2)
    words = words_of(update(ben, begin(ben, order), cabernet="3"))
    assert "comes in 2s" in words and "and change it" not in words


@pytest.mark.parametrize("number", ["-1", "two", "1.5", "99999"])
def test_what_is_no_number_is_refused(shop: World, ben: Client, order: Order, number: str) -> None:
    answer = update(ben, begin(ben, order), cabernet=number)
    assert answer.status_code == 422 and "whole numbers of bottles" in words_of(answer)


# Where, how, when, with which words


def test_another_address_day_and_note(shop: World, ben: Client, order: Order) -> None:
    day = (read_clock() + timedelta(days=30)).date()
    url = begin(ben, order)
    page = update(ben, url, **OFFICE, ship_on=day.isoformat(), gift_note="Happy\r\nbirthday")
    words = words_of(page)
    assert "350 Fifth Avenue" in words and "now: Happy birthday" in words and "Nothing" in words
    assert form_of(page, url)["address"] == "typed"
    press(ben, url)
    order.refresh_from_db()
    assert (order.line1, order.gift_note) == ("350 Fifth Avenue", "Happy\nbirthday")
    assert order.requested_ship_on == day and run_checks(read_clock()) == []
    page_words = words_of(ben.get(f"/orders/{order.reference}/"))
    assert f"It leaves our cellar on {day:%A, %B} {day.day}, {day.year}, as you asked." in page_words
    assert "You changed the gift note; it goes to Ben’s office, 350 Fifth Avenue" in page_words


def test_a_wrong_address_is_said_beside_its_field_and_kept(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    answer = update(ben, url, **{**OFFICE, "to-postal_code": "94110"})
    assert answer.status_code == 422 and 'value="350 Fifth Avenue"' in answer.content.decode()
    assert "Correct the ZIP or the state" in words_of(answer) and ChangeDraft.objects.get().delivery == {}


def test_a_slip_in_another_address_is_asked_about(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    slip = {**OFFICE, "to-city": "Nwe York"}
    answer = update(ben, url, **slip)
    assert answer.status_code == 422 and 'value="city=New+York&amp;state=NY"' in answer.content.decode()
    assert ChangeDraft.objects.get().delivery == {}
    update(ben, url, **slip, **{"to-meant": "city=New+York&state=NY"})
    assert ChangeDraft.objects.get().delivery["ship_to"]["city"] == "New York"


def test_the_fields_of_another_address_follow_its_country(shop: World, ben: Client, order: Order) -> None:
    Destination.objects.create(country="JP", state="", name="Japan", zone=Zone.objects.first(), is_open=True)
    url = begin(ben, order)
    typed = filled(ben, url, **{**OFFICE, "to-country": "JP"}, cabernet="3", gift_note="For Ken")
    answer = ben.post(url, typed | {"act": "country"})
    page = answer.content.decode()
    assert answer.status_code == 200 and "Prefecture" in page and ">Tokyo</option>" in page
    assert 'value="350 Fifth Avenue"' in page and "For Ken" in page
    assert '<option value="JP" selected>' in page
    assert next(said for name, said in form_of(answer, url).items() if name.startswith("pieces-")) == "3"
    assert ChangeDraft.objects.get().delivery == {}


def test_an_address_that_is_being_typed_is_left_alone(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    answer = live(ben, url, cabernet="3", **{"address": "new", "to-line1": "350 Fi"})
    assert "1 more" in words_of(answer) and "change-wrong" not in answer.content.decode()
    assert 'id="change-places"' not in answer.content.decode()
    taken = ben.post(url, {**filled(ben, url, **OFFICE), "act": "address"}, headers=LIVE)
    part = taken.content.decode()
    assert 'id="change-places"' in part and "350 Fifth Avenue" in part and "autofocus" in part


def test_a_saved_address_in_another_state_and_back(shop: World, ana: Client) -> None:
    order = bought(shop, shop.ana, {"CAB23": 2})
    url = ask_for(ana, order, address=shop.ana_brooklyn.reference)
    page = ana.get(url)
    assert form_of(page, url)["address"] == shop.ana_brooklyn.reference
    assert "2 Court Street" in words_of(page) and "Sales tax" in words_of(page)
    assert "Nothing yet." in words_of(update(ana, url, address=""))


def test_faster_shipping(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, method=shop.overnight.reference)
    words = words_of(ben.get(url))
    assert "now: Overnight" in words and "and change it" in words
    press(ben, url)
    order.refresh_from_db()
    assert order.method == shop.overnight and order.balance_minor == 0 and run_checks(read_clock()) == []


def test_picked_up_instead_and_sent_after_all(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, method=shop.pickup.reference)
    assert "To have it sent, choose an address" in words_of(ben.get(url))
    press(ben, url)
    order.refresh_from_db()
    assert (order.method, order.line1) == (shop.pickup, "")
    again = begin(ben, order)
    page = ben.get(again)
    assert "As it is Pick up at the winery" in words_of(page) and form_of(page, again)["address"] == ""
    update(ben, again, address=shop.ben_home.reference)
    update(ben, again, method=shop.ground.reference)
    press(ben, again)
    order.refresh_from_db()
    assert (order.method, order.line1) == (shop.ground, "3 Prince Street")
    assert run_checks(read_clock()) == []


def test_a_day_that_is_none(shop: World, ben: Client, order: Order) -> None:
    answer = update(ben, begin(ben, order), ship_on="2026-02-30")
    assert answer.status_code == 422 and "Write day, month and year" in words_of(answer)
    yesterday = (read_clock() - timedelta(days=2)).date().isoformat()
    past = update(ben, begin(ben, order), ship_on=yesterday)
    assert past.status_code == 422 and 'id="ship_on_problem"' in past.content.decode()


# Time, tabs, others


def test_time_runs_out_and_the_bottles_are_kept_again(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    past = read_clock() - timedelta(minutes=1)
    Hold.objects.update(expires_at=past)
    ChangeDraft.objects.update(expires_at=past)
    words = words_of(ben.get(url))
    assert "Your time for 1 more bottle ran out." in words and "1 more, 1 not kept for you now" in words
    assert words_of(ben.post(url, {"act": "go_on"}, follow=True)).count("1 more bottle is kept for you") == 1


def test_time_ran_out_and_others_took_them(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    past = read_clock() - timedelta(minutes=1)
    Hold.objects.update(expires_at=past)
    ChangeDraft.objects.update(expires_at=past)
    Stock.objects.filter(sku=shop.cabernet).update(on_hand=3)
    hold(shop.ana, {"CAB23": 1}, read_clock())
    again = ben.post(url, {"act": "go_on"})
    assert again.status_code == 422 and "no more are to be had right now" in words_of(again)
    pressed = press(ben, url)
    assert pressed.status_code == 422 and "are gone" in words_of(pressed) and order.changes.count() == 1


def test_a_change_that_lapsed_says_so(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    ChangeDraft.objects.update(state="lapsed", closed_at=read_clock())
    answer = ben.get(url, follow=True)
    assert "The time for this change was over" in words_of(answer)
    assert live_target(ben, url, order) == f"/orders/{order.reference}/"


def live_target(client: Client, url: str, order: Order) -> str:
    """Where the sum's own request leads when the page has nothing to follow any more."""
    answer = client.post(url, {"act": "update"}, headers=LIVE)
    assert answer.status_code == 204
    return str(answer.headers["HX-Redirect"])


def test_two_tabs_pay_what_each_shows(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    old = filled(ben, url)
    update(ben, url, cabernet="4")
    answer = ben.post(url, {**old, "act": "confirm"}, follow=True)
    assert "Your order is changed" in words_of(answer) and pieces(order) == {"CAB23": 3}
    late = ben.post(url, {**old, "act": "confirm"}, follow=True)
    assert "This change has been made." in words_of(late) and Payment.objects.filter(order=order).count() == 2


def test_what_was_chosen_since_is_shown_before_it_counts(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    answer = ben.post(url, {**filled(ben, url, cabernet="3"), "act": "confirm"})
    assert answer.status_code == 422 and "The sum is another now" in words_of(answer)
    assert untouched(order, shop) and Payment.objects.filter(order=order).count() == 1
    assert press(ben, url).status_code == 302 and pieces(order) == {"CAB23": 3}


def test_what_others_did_meanwhile_is_shown_first(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, gift_note="For you")
    now = read_clock()
    other = draft_of(
        shop, order, shop.staff, gift_note="From the team", override_reason="An old friend", now=now
    )
    confirm(shop, other, shop.staff, now=now)
    words = words_of(ben.get(url))
    assert "Your order has changed since you began. We changed the gift note." in words
    assert "An old friend" not in words, "the team's reasons are the team's"
    assert press(ben, url).status_code == 200 and update(ben, url, cabernet="3").status_code == 200
    order.refresh_from_db()
    assert order.gift_note == "From the team" and not ChangeDraft.objects.get(maker="customer").lines.exists()
    refreshed = live(ben, url, cabernet="3")
    assert (refreshed.status_code, refreshed.headers["HX-Refresh"]) == (204, "true")
    ben.post(url, {"act": "go_on"})
    press(ben, url)
    order.refresh_from_db()
    assert order.gift_note == "For you"


def test_the_order_left_meanwhile(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    form = filled(ben, url)
    ship_order(order_reference=order.reference, actor=shop.staff, now=read_clock())
    answer = ben.post(url, {**form, "act": "confirm"}, follow=True)
    assert "This order has left us, so it can’t be changed any more." in words_of(answer)
    assert "Change this order" not in words_of(answer) and shop.stock(shop.cabernet).held == 0
    assert Order.objects.get().changes.count() == 1 and run_checks(read_clock()) == []
    again = ben.post(f"/orders/{order.reference}/change/", follow=True)
    assert "has left us" in words_of(again)


def test_letting_go_keeps_the_order(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    answer = ben.post(url, {"act": "let_go"}, follow=True)
    assert "Your order stays as it is" in words_of(answer) and untouched(order, shop)
    assert (state_of_draft(), shop.stock(shop.cabernet).held) == ("dropped", 0)
    assert ben.get(url).headers["location"] == f"/orders/{order.reference}/"
    assert ben.post(url, {"act": "let_go"}).headers["location"] == f"/orders/{order.reference}/"


def test_the_team_let_it_go(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    drop_draft(draft_reference=url.split("/")[-2], actor=shop.staff, now=read_clock())
    answer = ben.post(url, {"act": "update"}, follow=True)
    assert "This change was let go; your order is as it was." in words_of(answer)


# Who may


def test_the_neighbours_order_draft_and_payment_are_not_there(
    shop: World, ben: Client, ana: Client, order: Order
) -> None:
    url = ask_for(ben, order, cabernet="3")
    press(ben, url)
    payment = Payment.objects.exclude(purpose="").get()
    assert ana.post(f"/orders/{order.reference}/change/").status_code == 404
    assert ana.get(url).status_code == ana.post(url, {"act": "let_go"}).status_code == 404
    assert ana.get(f"/orders/change/return/{payment.reference}/").status_code == 404
    assert ana.post(f"/orders/change/return/{payment.reference}/give-up/").status_code == 404
    own = ben.get(f"/orders/change/return/{payment.reference}/")
    assert own.headers["location"] == f"/orders/{order.reference}/"
    first = Payment.objects.get(order=order, purpose="")
    assert ben.get(f"/orders/change/return/{first.reference}/").status_code == 404, "that paid for no change"


def test_a_change_of_the_team_is_the_teams(shop: World, ben: Client, order: Order) -> None:
    draft = draft_of(shop, order, shop.staff, gift_note="From the team", now=read_clock())
    assert ben.get(f"/orders/change/{draft.reference}/").status_code == 404
    page = words_of(ben.get(f"/orders/{order.reference}/"))
    assert "We have prepared" not in page and "Change this order" in page


def test_the_winery_may_switch_it_off(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    Winery.objects.update(customers_change_orders=False)
    forget_winery()
    page = words_of(ben.get(f"/orders/{order.reference}/"))
    assert "Change this order" not in page and "You have begun" not in page
    assert "Something to change? Write to cellar@halcyon.example" in page
    begun = ben.post(f"/orders/{order.reference}/change/", follow=True)
    assert "Write to us and we change the order for you." in words_of(begun)
    pressed = ben.post(url, {"act": "confirm"}, follow=True)
    assert "Write to us and we change the order for you." in words_of(pressed) and untouched(order, shop)


def test_the_suspended_are_at_the_door(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    Customer.objects.filter(pk=shop.ben.pk).update(status="suspended", status_reason="A pause")
    assert ben.get(url).headers["location"].startswith("/sign-in/")
    assert ben.post(url, {"act": "confirm"}).headers["location"].startswith("/sign-in/")
    live_answer = ben.post(url, {"act": "update"}, headers=LIVE)
    assert live_answer.headers["HX-Redirect"].startswith("/sign-in/") and untouched(order, shop)


def test_staff_who_look_change_nothing(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    looking, response = Client(), HttpResponse()
    looking.force_login(shop.owner)
    start_seeing(response, SeenAs(shop.ben.pk, shop.owner.pk, "/winery/"))
    looking.cookies[COOKIE] = response.cookies[COOKIE].value
    page = looking.get(url)
    assert page.status_code == 200 and '<fieldset class="only-looking" disabled>' in page.content.decode()
    for act in ("update", "confirm", "let_go", "go_on"):
        assert looking.post(url, {"act": act}).status_code == 403
    assert looking.post(f"/orders/{order.reference}/change/").status_code == 403
    assert state_of_draft() == "open" and untouched(order, shop)


def test_few_queries(shop: World, ben: Client, order: Order) -> None:
    empty = begin(ben, order)
    with counted() as statements:
        assert ben.get(empty).status_code == 200
    assert len(statements) <= 15, "\n".join(statements)
    update(ben, empty, cabernet="3", **OFFICE)
    with counted() as statements:
        assert ben.get(empty).status_code == 200
    assert len(statements) <= 15, "\n".join(statements)
    with counted() as statements:
        assert ben.get(f"/orders/{order.reference}/").status_code == 200
    assert len(statements) <= 14, "\n".join(statements)


def test_the_key_of_a_line_is_the_forms_field(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    assert f"pieces-{key_of(order, shop.cabernet)}" in form_of(ben.get(url), url)


def test_a_gift_note_that_is_too_long_is_kept_and_said(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    long = "For Anna, with love. " * 20
    words = update(ben, url, gift_note=long).content.decode()
    assert "This has 419 characters; 400 are possible" in words and long.strip() in words
