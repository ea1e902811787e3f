"""The page of a pay link, signed out: what it shows and hides, and every way that paying can end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, pieces_on
from tests.rooms.payments.owing import OWED, card_that, owe_more, owing_order
from tests.rooms.payments.shipment import set_aside
from tests.web.storefront.conftest import SignedIn
from tests.web.storefront.pages import Page, counted, form_of, words_of
from tests.world import World, build_world, save_test_card
from tirage.changes.operations import drop_draft
from tirage.changes.states import SettleBy
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard, TestCharge
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo
from tirage.payments.models import Collection, PayLink, Payment, PaymentMethod
from tirage.payments.operations import (
    card_link_url,
    card_links,
    charge_balance,
    make_pay_link,
    pay_link_url,
    revoke_pay_links,
)
from tirage.payments.operations import links as link_operations

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)

GOOD, DECLINED, ASKS, SLOW, LOST = (
    "4242 4242 4242 4242",
    "4000 0000 0000 0341",
    "4000 0027 6000 3184",
    "4000 0011 0000 1007",
    "4000 0011 0000 2005",
)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's, with something left to pay."""
    return owing_order(shop, shop.ben, read_clock())


def asked(shop: World, order: Order, minor: int = OWED, **changes: Any) -> PayLink:
    facts: dict[str, Any] = {"purpose": "", "actor": shop.staff, "now": read_clock()}
    return make_pay_link(order_id=order.pk, amount=Money(minor, "USD"), **(facts | changes))


def path_of(link: PayLink) -> str:
    return "/pay/" + pay_link_url(link).partition("/pay/")[2]


def pay(link: PayLink, **fields: str) -> Page:
    """Presses the button of the page as it stands, with some fields filled in otherwise."""
    client = Client()
    return client.post(
        path_of(link), {**form_of(client.get(path_of(link)), path_of(link)), "expected": str(OWED), **fields}
    )


def new_card(number: str) -> dict[str, str]:
    return {"card": "new", "card_number": number, "card_expiry": "12 / 39", "card_cvc": "123"}


def left(order: Order) -> int:
    order.refresh_from_db()
    return order.balance_minor


def test_a_card_that_is_gone_has_no_other_in_its_place(shop: World, order: Order) -> None:
    link = asked(shop, order)
    other = save_test_card(shop.ben, read_clock(), last4="1881", is_default=False)
    PaymentMethod.objects.filter(pk=other.pk).update(removed_at=read_clock())
    answer = pay(link, card=other.reference)
    assert answer.status_code == 422 and "This card is no longer saved. Choose another." in words_of(answer)
    assert "card" not in form_of(answer, path_of(link)) and left(order) == OWED


def test_a_stranger_with_the_link_sees_what_it_asks_for_and_no_more(shop: World, order: Order) -> None:
    page = Client().get(path_of(asked(shop, order)))
    words = words_of(page)
    assert "$50.00 to pay" in words and order.reference in words
    assert "Estate Cabernet Sauvignon 2023" in words and "Duty $50.00" in words
    assert "Visa ending in 4242" in words
    for secret in (
        "Prince Street",
        "10012",
        "ben@example.com",
        "415 555 0100",
        "Baker",
        "12 / 29",
        "Sign out",
    ):
        assert secret not in page.content.decode(), secret


def test_what_is_set_aside_is_not_asked_for_again(shop: World) -> None:
    order = set_aside(shop, shop.ben, {"CAB23": 2}, read_clock())
    owe_more(order, OWED, read_clock())
    words = words_of(Client().get(path_of(asked(shop, order))))
    assert "$50.00 to pay" in words and "Set aside, taken when it ships −$" in words


def test_nobody_keeps_or_tells_the_address(shop: World, order: Order) -> None:
    for answer in (Client().get(path_of(asked(shop, order))), Client().get("/pay/LNK-X.y/")):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_the_saved_card_is_one_button(shop: World, order: Order) -> None:
    link = asked(shop, order)
    answer = pay(link)
    assert answer.status_code == 302 and answer.headers["location"] == path_of(link)
    thanks = words_of(Client().get(path_of(link)))
    assert "Thank you" in thanks and "$50.00 by Visa ending in 4242 have reached us" in thanks
    assert "Your order is changed" not in thanks
    assert left(order) == 0


def test_what_is_only_set_aside_says_so(shop: World, order: Order) -> None:
    Winery.objects.update(charge_when="at_shipment")
    forget_winery()
    link = asked(shop, order)
    pay(link)
    thanks = words_of(Client().get(path_of(link)))
    assert "$50.00 are set aside on Visa ending in 4242 and taken when your wine ships." in thanks


def test_a_new_card_is_saved_and_charged(shop: World, order: Order) -> None:
    link = asked(shop, order)
    words = words_of(Client().get(path_of(link)))
    assert "Keep this card for next time It is kept with the account" in words
    assert pay(link, **new_card("5555 5555 5555 4444")).status_code == 302
    assert left(order) == 0
    card = shop.ben.payment_methods.get(brand="Mastercard")
    assert (card.is_default, card.kept) == (False, False)
    owe_more(order, OWED, read_clock())
    again = pay(asked(shop, order), **new_card("5555 5555 5555 4444"), keep_card="1")
    assert again.status_code == 302 and shop.ben.payment_methods.filter(kept=True).count() == 2


def test_a_browser_without_any_cookie_may_send_the_form(shop: World, order: Order) -> None:
    """A page that hides its address sends its forms without an origin; the address alone is the permission."""
    strict = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    link = asked(shop, order)
    assert (
        strict.post(path_of(link), {"card": shop.ben_card.reference, "expected": str(OWED)}).status_code
        == 302
    )
    assert left(order) == 0


@pytest.mark.parametrize("token", ["LNK-23456789.forged", "LNK-23456789", "x"])
def test_an_address_that_isnt_ours_shows_and_pays_nothing(shop: World, order: Order, token: str) -> None:
    asked(shop, order)
    for answer in (Client().get(f"/pay/{token}/"), Client().post(f"/pay/{token}/", {"card": "new"})):
        assert answer.status_code == 404 and "We don’t know this link" in words_of(answer)
    assert left(order) == OWED


def test_one_order_s_address_doesnt_open_another_s(shop: World, order: Order) -> None:
    other = owing_order(shop, shop.ana, read_clock())
    mine, hers = asked(shop, order), asked(shop, other)
    swapped = path_of(mine).replace(mine.reference, hers.reference)
    assert Client().get(swapped).status_code == 404


def test_an_expired_or_revoked_link_says_so_and_pays_nothing(shop: World, order: Order) -> None:
    link = asked(shop, order, expires_at=read_clock() - timedelta(seconds=1))
    assert "has expired" in words_of(Client().get(path_of(link)))
    assert Client().get(path_of(link)).status_code == 410
    assert (
        Client().post(path_of(link), {"card": shop.ben_card.reference, "expected": str(OWED)}).status_code
        == 410
    )
    revoke_pay_links(order_id=order.pk, purpose="", now=read_clock())
    assert "This link has ended" in words_of(Client().get(path_of(link)))
    assert left(order) == OWED and Payment.objects.filter(amount_minor=OWED).count() == 0


def says_nothing(shop: World, order: Order, page: Page) -> bool:
    """No name, no amount, no order, no card."""
    said = page.content.decode()
    facts = (shop.ben.first_name, shop.ben.last_name, shop.ben.email, order.reference, "4242", "$")
    return not [fact for fact in facts if fact in said]


def test_a_lapsed_or_revoked_link_says_nothing_of_its_owner(shop: World, order: Order) -> None:
    late = asked(shop, order, expires_at=read_clock() - timedelta(seconds=1))
    form = {"card": shop.ben_card.reference, "expected": str(OWED)}
    for answer in (Client().get(path_of(late)), Client().post(path_of(late), form)):
        assert answer.status_code == 410 and says_nothing(shop, order, answer)
    fresh = asked(shop, order)
    assert not says_nothing(shop, order, Client().get(path_of(fresh)))
    revoke_pay_links(order_id=order.pk, purpose="", now=read_clock())
    for act in ("", "give_up"):
        answer = Client().post(path_of(fresh), form | {"act": act})
        assert answer.status_code == 410 and says_nothing(shop, order, answer)


def test_a_paid_link_thanks_with_the_amount_until_its_time_is_over(shop: World, order: Order) -> None:
    link = asked(shop, order)
    pay(link)
    assert "$50.00 by Visa ending in 4242" in words_of(Client().get(path_of(link)))
    PayLink.objects.update(expires_at=read_clock())
    page = Client().get(path_of(link))
    assert page.status_code == 200 and "This is paid" in words_of(page) and says_nothing(shop, order, page)


def test_a_link_that_lapses_while_the_bank_decides_says_that_alone(shop: World, order: Order) -> None:
    link = asked(shop, order)
    pay(link, **new_card(ASKS))
    PayLink.objects.update(expires_at=read_clock())
    page = Client().get(path_of(link))
    assert "Waiting for your bank" in words_of(page) and says_nothing(shop, order, page)
    PayLink.objects.update(revoked_at=read_clock())
    page = Client().get(path_of(link))
    assert page.status_code == 410 and says_nothing(shop, order, page)


def test_what_isnt_owed_any_more_needs_nothing(shop: World, order: Order) -> None:
    link = asked(shop, order)
    Order.objects.filter(pk=order.pk).update(state="cancelled")
    page = Client().get(path_of(link))
    assert page.status_code == 200 and "Nothing to pay" in words_of(page)


def test_an_amount_that_changed_is_looked_at_again(shop: World, order: Order) -> None:
    link = asked(shop, order, OWED + 20_00)
    owe_more(order, 20_00, read_clock())
    Order.objects.filter(pk=order.pk).update(owed_minor=order.owed_minor)
    answer = pay(link, expected=str(OWED + 20_00))
    assert answer.status_code == 422 and "The amount has changed" in words_of(answer)
    assert "$50.00 to pay" in words_of(answer) and left(order) == OWED


def test_a_declined_card_says_so_and_another_pays(shop: World, order: Order) -> None:
    link = asked(shop, order)
    answer = pay(link, **new_card(DECLINED))
    assert answer.status_code == 402 and "Nothing was charged" in words_of(answer)
    assert form_of(answer, path_of(link))["card"] == "new"
    assert "This card isn't kept" in words_of(answer) and "ending in 0341" not in words_of(answer)
    assert Collection.objects.get().state == "open"
    assert pay(link, **new_card(GOOD)).status_code == 302
    assert left(order) == 0 and Collection.objects.get().state == "collected"


def test_a_card_that_cant_be_saved_is_said_beside_its_fields(shop: World, order: Order) -> None:
    answer = pay(asked(shop, order), **new_card("4242 4242 4242 4241"))
    assert answer.status_code == 422 and "card number isn't right" in words_of(answer)
    assert not Payment.objects.filter(amount_minor=OWED).exists()


def test_the_bank_asks_approves_and_sends_back_here(shop: World, order: Order) -> None:
    link = asked(shop, order)
    answer = pay(link, **new_card(ASKS))
    assert "/test-gateway/authenticate/" in answer.headers["location"]
    waiting = Client().get(path_of(link))
    assert "Your bank needs to confirm it’s you" in words_of(waiting) and "Continue to your bank" in words_of(
        waiting
    )
    payment = Payment.objects.get(amount_minor=OWED)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=read_clock())
    assert "Thank you" in words_of(Client().get(path_of(link))) and left(order) == 0


def test_who_was_refused_at_the_bank_reads_so_when_back(shop: World, order: Order) -> None:
    link = asked(shop, order)
    assert "Nothing was charged" not in words_of(Client().get(path_of(link)))
    pay(link, **new_card(ASKS))
    payment = Payment.objects.get(amount_minor=OWED)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=False, now=read_clock())
    said = words_of(Client().get(path_of(link)))
    assert "Your bank could not confirm that it was you." in said and "Nothing was charged." in said
    assert "$50.00 to pay" in said and left(order) == OWED


def test_another_card_instead_of_the_banks_question(shop: World, order: Order) -> None:
    link = asked(shop, order)
    pay(link, **new_card(ASKS))
    assert Client().post(path_of(link), {"act": "give_up"}).headers["location"] == path_of(link)
    assert "$50.00 to pay" in words_of(Client().get(path_of(link)))
    assert pay(link, card=shop.ben_card.reference).status_code == 302 and left(order) == 0


def test_no_answer_waits_and_is_never_paid_twice(shop: World, order: Order) -> None:
    link = asked(shop, order)
    assert pay(link, **new_card(LOST)).headers["location"] == path_of(link)
    page = Client().get(path_of(link))
    assert "Waiting for your bank" in words_of(page) and b'http-equiv="refresh"' in page.content
    again = Client().post(path_of(link), {"card": shop.ben_card.reference, "expected": str(OWED)})
    assert again.status_code == 302 and Payment.objects.filter(amount_minor=OWED).count() == 1


def test_an_answer_that_was_lost_is_found_by_looking_again(shop: World, order: Order) -> None:
    link = asked(shop, order)
    pay(link, **new_card(SLOW))
    assert "Thank you" in words_of(Client().get(path_of(link))) and left(order) == 0


def test_who_is_signed_in_pays_from_the_order_too(shop: World, order: Order, signed_in: SignedIn) -> None:
    ben = signed_in(shop.ben)
    assert "$50.00 of this order is not paid yet. Pay it now" in words_of(
        ben.get(f"/orders/{order.reference}/")
    )
    answer = ben.post(f"/orders/{order.reference}/pay/")
    link = PayLink.objects.get()
    assert answer.headers["location"] == path_of(link) and Collection.objects.get().attempts == 0
    assert not SentMail.objects.filter(kind="pay_link_balance").exists()
    assert pay(link).status_code == 302 and left(order) == 0
    again = ben.post(f"/orders/{order.reference}/pay/", follow=True)
    assert "nothing to pay" in words_of(again) and PayLink.objects.count() == 1


def test_a_neighbours_order_isnt_asked_for(shop: World, order: Order, signed_in: SignedIn) -> None:
    assert signed_in(shop.ana).post(f"/orders/{order.reference}/pay/").status_code == 404
    assert not PayLink.objects.exists()


def test_an_expired_card_cant_be_chosen(shop: World, order: Order) -> None:
    shop.ben.payment_methods.update(exp_year=2020)
    link = asked(shop, order)
    page = Client().get(path_of(link))
    assert "Expired" in words_of(page) and b"disabled" in page.content
    assert form_of(page, path_of(link))["card"] == "new"


def test_cards_can_be_tried_a_few_times(shop: World, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_operations, "TRIES", 2)
    link = asked(shop, order)
    answers = [pay(link, **new_card(DECLINED)).status_code for _ in range(3)]
    assert answers == [402, 402, 429]
    assert TestCard.objects.filter(customer_reference=shop.ben.reference).count() == 3
    assert pay(link).status_code == 429 and left(order) == OWED


def test_who_is_signed_in_makes_no_difference(shop: World, order: Order, signed_in: SignedIn) -> None:
    link = asked(shop, order)
    page = signed_in(shop.ana).get(path_of(link))
    assert "$50.00 to pay" in words_of(page) and "Alvarez" not in words_of(page)
    assert form_of(page, path_of(link))["card"] == shop.ben_card.reference


def test_the_page_takes_few_statements(shop: World, order: Order) -> None:
    link = asked(shop, order)
    Client().get(path_of(link))
    with counted() as statements:
        Client().get(path_of(link))
    assert len(statements) <= 11, "\n".join(statements)


# Another card


@pytest.fixture
def owed(shop: World, order: Order) -> Collection:
    """What a stolen card was declined for."""
    card = card_that(shop, shop.ben, Behaviour.STOLEN_CARD, "9979")
    charge_balance(
        order_id=order.pk, card_reference=card.reference, return_url="", actor=shop.staff, now=read_clock()
    )
    return Collection.objects.get()


def card_path(shop: World) -> str:
    return "/card/" + card_link_url(shop.ben, read_clock()).partition("/card/")[2]


def test_the_card_page_shows_card_and_what_waits_and_no_more(shop: World, owed: Collection) -> None:
    page = Client().get(card_path(shop))
    words = words_of(page)
    assert "your Visa ending in 9979" in words and "$50.00" in words and owed.order.reference in words
    for secret in ("Prince Street", "ben@example.com", "Baker", "Sign out"):
        assert secret not in page.content.decode(), secret
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_new_card_is_the_first_from_now_on_and_pays_at_a_press(shop: World, owed: Collection) -> None:
    path = card_path(shop)
    answer = Client().post(path, {"key": "k1", **new_card(GOOD)})
    assert answer.headers["location"] == f"{path}?saved=1"
    assert shop.ben.payment_methods.get(is_default=True).last4 == "4242"
    owed.refresh_from_db()
    assert owed.next_at is not None and owed.state == "open"
    saved = words_of(Client().get(f"{path}?saved=1"))
    assert "Your card is saved" in saved and "Pay now with Visa ending in 4242" in saved
    paid = Client().post(path, {"act": "pay"})
    assert paid.headers["location"] == f"{path}?paid=1"
    owed.refresh_from_db()
    assert owed.state == "collected" and "Thank you" in words_of(Client().get(f"{path}?paid=1"))


def test_a_card_typed_for_one_link_is_tried_for_nothing_else(shop: World, owed: Collection) -> None:
    """Mails get forwarded: whoever pays this for Ben has not seen what else he owes."""
    other = owe_more(bought(shop, shop.ben, {"CHA24": 1}), OWED, read_clock())
    planned = Collection.objects.values_list("next_at", "payment_method").get(pk=owed.pk)
    assert pay(asked(shop, other), **new_card("5555 5555 5555 4444")).status_code == 302
    assert left(other) == 0 and shop.ben.payment_methods.filter(last4="4444").exists()
    assert Collection.objects.values_list("next_at", "payment_method").get(pk=owed.pk) == planned


def test_a_card_that_was_refused_for_good_isnt_offered_again(shop: World, owed: Collection) -> None:
    path = card_path(shop)
    assert "Pay now" not in words_of(Client().get(path))
    Client().post(path, {"act": "pay"})
    assert Payment.objects.filter(order=owed.order, state="declined").count() == 1


def test_paying_with_a_card_that_may_work_tells_when_it_doesnt(shop: World, owed: Collection) -> None:
    Collection.objects.update(decline_code="insufficient_funds")
    path = card_path(shop)
    assert "Pay now with Visa ending in 9979" in words_of(Client().get(path))
    answer = Client().post(path, {"act": "pay"})
    assert answer.status_code == 402 and "Nothing was charged" in words_of(answer)


def test_a_card_that_is_refused_changes_nothing(shop: World, owed: Collection) -> None:
    answer = Client().post(card_path(shop), {"key": "k1", **new_card("4242 4242 4242 4241")})
    assert answer.status_code == 422 and "card number isn't right" in words_of(answer)
    assert shop.ben.payment_methods.get(is_default=True).last4 == "9979"


def test_nothing_waits_is_fine_too(shop: World) -> None:
    page = words_of(Client().get(card_path(shop)))
    assert "Another card" in page and "What waits" not in page and "Pay now" not in page


def charged_cards(order: Order) -> list[str]:
    """The last digits of the cards that were charged for what the order owed, the newest first."""
    charges = Payment.objects.filter(order=order, kind="charge").order_by("-id")
    return list(charges.values_list("payment_method__last4", flat=True))


def test_the_card_that_is_named_is_the_one_that_is_charged(shop: World, order: Order) -> None:
    """Each debt has a card of its own, and the first of the customer's cards is a third one."""
    other = owe_more(bought(shop, shop.ben, {"CAB23": 1}), OWED, read_clock())
    for owing, last4 in ((order, "1111"), (other, "2222")):
        card = card_that(shop, shop.ben, Behaviour.INSUFFICIENT_FUNDS, last4)
        charge_balance(
            order_id=owing.pk,
            card_reference=card.reference,
            return_url="",
            actor=shop.staff,
            now=read_clock(),
        )
    card_that(shop, shop.ben, Behaviour.SUCCEEDS, "3333")
    TestCard.objects.update(behaviour=Behaviour.SUCCEEDS.value)
    path = card_path(shop)
    page = Client().get(path)
    words = words_of(page)
    assert "We have your Visa ending in 1111" in words and "Pay now with Visa ending in 1111" in words
    pressed = {name: value for name, value in form_of(page, path).items() if not name.startswith("card_")}
    assert Client().post(path, {**pressed, "act": "pay"}).status_code == 302
    assert (left(order), left(other)) == (0, 0)
    assert charged_cards(order)[0] == "1111" and charged_cards(other)[0] == "1111"


def test_a_card_refused_for_good_is_not_named_when_the_debts_own_is_gone(shop: World, order: Order) -> None:
    stolen = card_that(shop, shop.ben, Behaviour.STOLEN_CARD, "9979")
    own = card_that(shop, shop.ben, Behaviour.INSUFFICIENT_FUNDS, "1111")
    for card in (stolen, own):
        charge_balance(
            order_id=order.pk,
            card_reference=card.reference,
            return_url="",
            actor=shop.staff,
            now=read_clock(),
        )
    type(own).objects.filter(pk=own.pk).update(removed_at=read_clock())
    type(own).objects.filter(customer=shop.ben, last4="4242").update(removed_at=read_clock())
    words = words_of(Client().get(card_path(shop)))
    assert "We have your Visa ending in 9979" in words and "Pay now" not in words


@pytest.mark.parametrize("token", ["abc", "abc.def", "LNK-23456789.abc"])
def test_a_card_address_that_isnt_ours_is_unknown(shop: World, token: str) -> None:
    for answer in (Client().get(f"/card/{token}/"), Client().post(f"/card/{token}/", new_card(GOOD))):
        assert answer.status_code == 404
    assert shop.ben.payment_methods.count() == 1


def test_a_card_address_past_its_days_says_so(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/card/" + card_link_url(shop.ben, read_clock() - timedelta(days=8)).partition("/card/")[2]
    for answer in (Client().get(path), Client().post(path, new_card(GOOD))):
        assert answer.status_code == 410 and "has expired" in words_of(answer)
        assert "4242" not in answer.content.decode() and shop.ben.first_name not in answer.content.decode()
    assert shop.ben.payment_methods.count() == 1


def test_cards_are_tried_a_few_times_by_a_card_address(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_links, "TRIES", 1)
    path = card_path(shop)
    assert Client().post(path, {"key": "k1", **new_card(GOOD)}).status_code == 302
    assert Client().post(path, {"key": "k2", **new_card(GOOD)}).status_code == 429


# A change's link


@pytest.fixture
def changed(shop: World) -> PayLink:
    """Two bottles more for Ben, to another address, which staff have prepared."""
    order = bought(shop, shop.ben, {"CAB23": 1})
    draft = draft_of(
        shop,
        order,
        shop.staff,
        pieces={key_of(order, shop.cabernet): 3},
        ship_to=ShipTo("Ben Baker", line1="9 Secret Lane", city="New York", state="NY", postal_code="10013"),
        gift_note="For Mia",
    )
    confirm(shop, draft, shop.staff, settle_by=SettleBy.LINK, payment_method=None)
    return PayLink.objects.select_related("order").get()


def test_a_changes_link_shows_before_and_after_and_no_address(shop: World, changed: PayLink) -> None:
    page = Client().get(path_of(changed))
    words = words_of(page)
    assert "For the change of your order" in words
    assert "Estate Cabernet Sauvignon 2023 1 → 3 $240.00" in words
    assert "Your order before" in words and "To pay now" in words
    for secret in ("Secret Lane", "Prince Street", "10013", "Mia", "ben@example.com"):
        assert secret not in page.content.decode(), secret


def test_paying_a_changes_link_makes_the_change(shop: World, changed: PayLink) -> None:
    amount = str(changed.amount_minor)
    assert pay(changed, expected=amount).status_code == 302
    assert pieces_on(changed.order) == {"CAB23": 3}
    thanks = words_of(Client().get(path_of(changed)))
    assert "Thank you" in thanks and "Your order is changed; a mail with all of it is on its way." in thanks


def test_a_declined_change_leaves_the_order_and_another_card_makes_it(shop: World, changed: PayLink) -> None:
    amount = str(changed.amount_minor)
    answer = pay(changed, expected=amount, **new_card(DECLINED))
    assert answer.status_code == 402 and pieces_on(changed.order) == {"CAB23": 1}
    assert pay(changed, expected=amount, **new_card(GOOD)).status_code == 302
    assert pieces_on(changed.order) == {"CAB23": 3}


def test_the_bank_asks_about_a_change_and_sends_back_to_the_link(shop: World, changed: PayLink) -> None:
    answer = pay(changed, expected=str(changed.amount_minor), **new_card(ASKS))
    assert "/test-gateway/authenticate/" in answer.headers["location"]
    assert "Your bank needs to confirm it’s you" in words_of(Client().get(path_of(changed)))
    payment = Payment.objects.get(purpose=changed.purpose)
    charge = TestCharge.objects.get(gateway_reference=payment.gateway_reference)
    assert charge.return_url == pay_link_url(changed)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=read_clock())
    assert "Thank you" in words_of(Client().get(path_of(changed)))
    assert pieces_on(changed.order) == {"CAB23": 3}


def test_another_card_instead_of_the_banks_question_about_a_change(shop: World, changed: PayLink) -> None:
    pay(changed, expected=str(changed.amount_minor), **new_card(ASKS))
    Client().post(path_of(changed), {"act": "give_up"})
    assert "to pay" in words_of(Client().get(path_of(changed)))
    assert pay(changed, expected=str(changed.amount_minor)).status_code == 302
    assert pieces_on(changed.order) == {"CAB23": 3}


def test_an_order_that_moved_on_says_that_a_new_link_comes(shop: World, changed: PayLink) -> None:
    owe_more(changed.order, 10_00, read_clock())
    for answer in (
        Client().get(path_of(changed)),
        Client().post(
            path_of(changed), {"card": shop.ben_card.reference, "expected": str(changed.amount_minor)}
        ),
    ):
        assert answer.status_code == 410 and "This has changed since" in words_of(answer)
        assert "we send you a new link" in words_of(answer)
    assert (
        pieces_on(changed.order) == {"CAB23": 1}
        and not Payment.objects.filter(purpose=changed.purpose).exists()
    )


def test_a_change_that_was_let_go_ends_its_link(shop: World, changed: PayLink) -> None:
    drop_draft(draft_reference=changed.purpose, actor=shop.staff, now=read_clock())
    assert "This link has ended" in words_of(Client().get(path_of(changed)))


def test_a_changes_page_takes_few_statements(shop: World, changed: PayLink) -> None:
    Client().get(path_of(changed))
    with counted() as statements:
        Client().get(path_of(changed))
    assert len(statements) <= 18, "\n".join(statements)


def test_nothing_more_is_taken_from_somebody_known_to_be_too_young(shop: World, order: Order) -> None:
    """A balance and a change alike; once the date is corrected the same link works, and what has left is still owed."""
    change = draft_of(
        shop, order, shop.staff, read_clock(), add={shop.cabernet: 1}, override_reason="A regular"
    )
    confirm(shop, change, shop.staff, read_clock(), settle_by=SettleBy.LINK)
    links = [PayLink.objects.get(purpose=change.reference), asked(shop, order)]
    born = shop.ben.birth_date
    Customer.objects.filter(pk=shop.ben.pk).update(birth_date=f"{read_clock().year - 20}-01-01")
    paid_before = Payment.objects.count()
    for link in links:
        page = Client().get(path_of(link))
        assert page.status_code == 410 and "We can’t sell this wine yet" in words_of(page)
        sent = {"card": shop.ben_card.reference, "expected": str(link.amount_minor)}
        assert "We can’t sell this wine yet" in words_of(Client().post(path_of(link), sent))
    assert Payment.objects.count() == paid_before
    Order.objects.filter(pk=order.pk).update(state="shipped", shipped_at=read_clock())
    assert Client().get(path_of(links[1])).status_code == 200
    Order.objects.filter(pk=order.pk).update(state="placed", shipped_at=None)
    Customer.objects.filter(pk=shop.ben.pk).update(birth_date=born)
    assert pay(links[1]).status_code == 302 and left(order) == 0
