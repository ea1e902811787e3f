"""What no page of ours sends for a customer's change: others' cards and addresses, the team's choices, other sums."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought, pieces_on
from tests.web.storefront.orders.changing.changing import ask_for, press, state_of_draft, untouched
from tests.web.storefront.pages import form_of
from tests.world import World, build_world
from tirage.changes.models import ChangeDraft
from tirage.changes.rules import line_key
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.orders.queries import order_lines
from tirage.payments.models import Payment

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet."""
    return bought(shop, shop.ben, {"CAB23": 2})


def test_a_neighbours_card_pays_nothing(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    answer = press(ben, url, card=shop.ana_card.reference)
    assert answer.status_code == 422 and untouched(order, shop)
    assert Payment.objects.count() == 1 and state_of_draft() == "open"


@pytest.mark.parametrize(
    "sums",
    [
        {"expected_settlement": "0"},
        {"expected_settlement": "-12960"},
        {"expected_settlement": "1"},
        {"expected_difference": "0"},
        {"expected_settlement": "12960.0"},
        {"expected_settlement": "9" * 40},
        {"expected_settlement": "", "expected_difference": ""},
    ],
)
def test_another_sum_than_the_page_says_is_looked_at_again(
    shop: World, ben: Client, order: Order, sums: dict[str, str]
) -> None:
    url = ask_for(ben, order, cabernet="3")
    assert press(ben, url, **sums).status_code == 422
    assert untouched(order, shop) and Payment.objects.count() == 1


@pytest.mark.parametrize(
    "choices",
    [
        {"rates": "as_of_today"},
        {"override": "Because I say so", "override_reason": "Because I say so"},
        {"discount_much": "100", "discount_unit": "percent", "discount_reason": "A gift"},
        {"correction_amount": "100", "correction_kind": "shipping", "correction_reason": "A gift"},
        {"settle": "gift", "gift_reason": "A gift"},
        {"settle": "offline", "offline_kind": "cheque"},
    ],
)
def test_the_teams_choices_mean_nothing_here(
    shop: World, ben: Client, order: Order, choices: dict[str, str]
) -> None:
    url = ask_for(ben, order, cabernet="3")
    press(ben, url, **choices)
    draft = ChangeDraft.objects.get()
    assert (draft.rates, draft.override_reason, draft.charges.count()) == ("as_ordered", "", 0)
    order.refresh_from_db()
    paid = Payment.objects.get(purpose=draft.reference)
    assert paid.gateway == "test" and order.owed_minor == order.paid_minor > 289_44


@pytest.mark.parametrize("name", ["address", "method"])
def test_a_neighbours_address_and_a_way_for_the_team_only_are_not_there(
    shop: World, ben: Client, order: Order, name: str
) -> None:
    wanted = {"address": shop.ana_brooklyn.reference, "method": shop.van.reference}[name]
    url = ask_for(ben, order)
    answer = ben.post(url, {**form_of(ben.get(url), url), name: wanted, "act": "update"})
    assert answer.status_code == 422 and ChangeDraft.objects.get().delivery == {}


@pytest.mark.parametrize("price", ["1", "0"])
def test_a_price_of_ones_own_is_no_line(shop: World, ben: Client, order: Order, price: str) -> None:
    url = ask_for(ben, order)
    line = order_lines(order)[0]
    own = f"pieces-{line_key(line.sku_id, int(price))}"
    press(ben, url, **{own: "3"})
    assert pieces_on(order) == {"CAB23": 2} and untouched(order, shop)
    assert not ChangeDraft.objects.get().lines.exists()


@pytest.mark.parametrize("to", ["", "ana", "cash", "credit "])
def test_money_goes_back_nowhere_else(shop: World, ben: Client, order: Order, to: str) -> None:
    url = ask_for(ben, order, cabernet="1")
    press(ben, url, refund_to=to)
    refund = Payment.objects.get(kind="refund")
    assert refund.gateway == "test" and refund.payment_method_id == shop.ben_card.pk
    assert Customer.objects.get(pk=shop.ben.pk).credit_minor == 0
