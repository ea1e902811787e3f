"""Joining fees page by page: what the customer reads, what each role may do with the money, and the fee's order."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.bank import charged_in_all
from tests.rooms.clubs.test_clubs import club
from tests.rooms.payments.owing import card_that
from tests.web.conftest import client_of
from tests.world import World
from tirage.clubs.models import Club, ClubMember
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.staff.states import Role

PAGE = "/account/clubs/"


@pytest.fixture
def of(shop: World) -> Club:
    return club(shop, fee_minor=50_00)


def join(client: Client, world: World, of: Club, card: PaymentMethod) -> object:
    typed = {
        "address": world.ana_home.reference,
        "card": card.reference,
        "version": "1",
        "standing_version": "1",
    }
    return client.post(f"{PAGE}{of.reference}/", typed)


def text(client: Client, path: str) -> str:
    return client.get(path, follow=True).content.decode()


def test_the_fee_is_on_the_button_and_a_declined_card_is_said_plainly(
    shop: World, ana: Client, of: Club
) -> None:
    assert "I agree, pay $50.00 and join" in text(ana, f"{PAGE}{of.reference}/")
    bad = card_that(shop, shop.ana, Behaviour.CARD_DECLINED)
    refused = ana.post(
        f"{PAGE}{of.reference}/",
        {"address": shop.ana_home.reference, "card": bad.reference, "version": "1", "standing_version": "1"},
    )
    assert refused.status_code == 422 and "Nothing was charged" in refused.content.decode()
    assert (
        ana.post(
            f"{PAGE}{of.reference}/",
            {
                "address": shop.ana_home.reference,
                "card": shop.ana_card.reference,
                "version": "1",
                "standing_version": "1",
            },
        ).headers["Location"]
        == PAGE
    )
    assert "$50.00, paid on" in text(ana, PAGE) and charged_in_all() == 50_00
    fee = ClubMember.objects.get().fee
    assert fee is not None and fee.reference not in text(ana, "/orders/")
    assert ana.get(f"/orders/{fee.reference}/").status_code == 404, "a fee stands with its club"


def test_a_bank_that_wants_the_customer_is_answered_and_then_they_are_in(
    shop: World, ana: Client, of: Club
) -> None:
    card = card_that(shop, shop.ana, Behaviour.AUTHENTICATES_ALWAYS)
    join(ana, shop, of, card)
    waiting = f"{PAGE}{of.reference}/fee"
    assert "Your bank needs to confirm it’s you" in text(ana, waiting)
    assert "Your joining fee is being paid" in text(ana, PAGE)
    assert ana.get(f"{PAGE}{of.reference}/").headers["Location"] == waiting, "no second attempt beside it"
    reference = Payment.objects.get().gateway_reference
    assert answer_authentication(gateway_reference=reference, approve=True, now=read_clock())
    assert "Welcome to Cellar club" in text(ana, waiting)
    assert ClubMember.objects.get().state == "active"


def test_another_card_may_be_taken_instead_of_the_banks_question(shop: World, ana: Client, of: Club) -> None:
    join(ana, shop, of, card_that(shop, shop.ana, Behaviour.AUTHENTICATES_ALWAYS))
    left = ana.post(f"{PAGE}{of.reference}/fee", {"act": "give_up"}, follow=True).content.decode()
    assert "You haven’t joined Cellar club" in left and not ClubMember.objects.exists()


def test_who_may_move_no_money_enters_nobody_into_a_club_with_a_fee(shop: World, of: Club) -> None:
    here = f"/winery/customers/clubs/{of.reference}/"
    typed = {
        "email": shop.ben.email,
        "said": "By letter",
        "version": "1",
        "standing_version": "1",
        "fee_way": "waived",
        "fee_note": "",
    }
    owner = client_of(Role.OWNER)
    assert owner.post(f"{here}join", typed).status_code == 400, "a waiver has its reason"
    assert owner.post(f"{here}join", typed | {"fee_way": "odd"}).status_code == 400
    assert owner.post(f"{here}join", typed | {"fee_note": "Founder"}).status_code == 302
    member = ClubMember.objects.get()
    assert "Not charged: Founder" in text(owner, f"/winery/customers/clubs/members/{member.reference}/")


def test_a_fees_order_opens_and_is_nothing_to_ship_change_or_cancel(
    shop: World, ana: Client, of: Club
) -> None:
    join(ana, shop, of, shop.ana_card)
    order, owner = Order.objects.get(), client_of(Role.OWNER)
    page = f"/winery/orders/{order.reference}/"
    shown = text(owner, page)
    assert "A fee, without bottles: nothing is left to do." in shown and "Mark as shipped" not in shown
    assert order.reference in text(owner, "/winery/orders/")
    for act in ("ship", "cancel", "change", "receipt", "payment", "give-back"):
        answer = owner.post(f"{page}{act}", {"reason": "No"})
        assert answer.status_code in (200, 302, 400, 409), act
    order.refresh_from_db()
    assert (order.state, order.balance_minor) == ("booked", 0)
