"""From a draft to a change: money first, then lines, bottles and words together, or nothing at all."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import (
    bought,
    card_that,
    confirm,
    customer_actor,
    draft_of,
    key_of,
    one_more,
    paid_by_hand,
    pieces_on,
    quoted,
    snapshot,
    state_of,
)
from tests.rooms.changes.test_drafting import refusal
from tests.world import World
from tirage.changes.operations import (
    confirm_draft,
    confirm_prepared,
    edit_draft,
)
from tirage.changes.rules import StaffCharge
from tirage.changes.states import DraftState, RefundTo, SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.errors import NotAllowed
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold
from tirage.inventory.operations import count_stock
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order, credit_order
from tirage.orders.rules import ShipTo
from tirage.payments.models import Payment

# Paid at once


def test_the_activity_tells_all_that_a_change_did(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    place = ShipTo(
        "Ben Baker", line1="350 Fifth Avenue", city="New York", state="NY", postal_code="10118", country="US"
    )
    draft = draft_of(
        world,
        order,
        world.staff,
        pieces={key_of(order, world.cabernet): 3},
        ship_to=place,
        requested_ship_on=date(2026, 12, 7),
        gift_note="To Ann",
        add_charges=[
            StaffCharge("discount", "A scratched label", amount_minor=-54_00),
            StaffCharge("shipping", "We were late", amount_minor=-8_00),
            StaffCharge("insurance", "A long way", amount_minor=5_00),
        ],
        override_reason="A friend of the house",
    )
    confirm(world, draft, world.staff)
    assert Event.objects.get(name="order.changed").text == (
        "added 1 × Estate Cabernet Sauvignon 2023; "
        "changed the address to Ben Baker, 350 Fifth Avenue, New York, NY 10118; "
        "asked to ship on December 7, 2026; changed the gift note; "
        "gave $54.00 off (A scratched label); charged $8.00 less for shipping (We were late); "
        "charged $5.00 more for insurance (A long way); "
        "set aside what stood against it (A friend of the house); $67.64 charged to Visa 4242"
    )


def test_what_the_money_did_is_told_however_much_was_changed(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = draft_of(
        world,
        order,
        world.staff,
        pieces={key_of(order, world.cabernet): 3},
        add_charges=[
            StaffCharge("insurance", f"{'So many words ' * 11}{n}", amount_minor=100) for n in range(4)
        ],
    )
    confirm(world, draft, world.staff)
    told = Event.objects.get(name="order.changed").text
    assert len(told) <= 500 and " …; $133.60 charged to Visa 4242" in told


def test_two_bottles_more_are_charged_and_sold(world: World) -> None:
    """Ben has two Cabernets for 240.00, 28.00 delivery and 8 % New York tax on both; three still go for 28.00."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    quote = quoted(draft, ben, world.now)
    assert quote.difference.minor == 120_00 + 9_60 == quote.settlement.minor
    done = confirm(world, draft, ben)
    assert (done.status, done.order_reference, done.draft_reference) == (
        "applied",
        order.reference,
        draft.reference,
    )
    order.refresh_from_db()
    assert order.owed_minor == order.paid_minor == 289_44 + 129_60 == charged_in_all()
    assert pieces_on(order) == {"CAB23": 3} and world.stock(world.cabernet).sold == 3
    told = Event.objects.get(name="order.changed")
    assert (told.actor_label, told.text) == (
        "Ben Baker",
        "added 1 × Estate Cabernet Sauvignon 2023; $129.60 charged to Visa 4242",
    )
    draft.refresh_from_db()
    payment = Payment.objects.get(purpose=draft.reference)
    assert draft.change == order.changes.get(number=2) and payment.state == "settled"
    assert Customer.objects.get(pk=world.ben.pk).lifetime_minor == 360_00
    assert not Hold.objects.filter(holder=draft.reference).exists() and run_checks(world.now) == []


def test_less_goes_back_newest_payment_first_over_several(world: World) -> None:
    """Two payments, 289.44 and 129.60; two bottles off give 259.20 back: all of the newer and part of the older."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    confirm(world, one_more(world, order), ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    assert world.stock(world.cabernet).sold == 3
    assert confirm(world, draft, ben).status == "applied"
    older, newer, *refunds = list(Payment.objects.order_by("id"))
    assert [(refund.amount_minor, refund.state) for refund in refunds] == [
        (129_60, "settled"),
        (129_60, "settled"),
    ]
    assert [refund.parent_id for refund in refunds] == [newer.pk, older.pk]
    order.refresh_from_db()
    assert order.owed_minor == order.paid_minor == 159_84 == charged_in_all()
    assert world.stock(world.cabernet).sold == 1 and run_checks(world.now) == []


def test_less_may_become_store_credit(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    confirm(world, draft, ben, refund_to=RefundTo.CREDIT)
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 129_60 and charged_in_all() == 289_44
    assert Event.objects.get(name="order.changed").text.endswith("$129.60 refunded as store credit")
    assert Order.objects.get().balance_minor == 0 and run_checks(world.now) == []


def test_a_refund_that_the_bank_declines_leaves_the_balance_for_people(world: World) -> None:
    card = card_that(world, Behaviour.REFUND_DECLINED)
    order = bought(world, world.ben, {"CAB23": 2}, card_reference=card.reference)
    draft = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 1})
    assert confirm(world, draft, world.staff).status == "applied"
    order.refresh_from_db()
    assert order.balance_minor == -129_60 and charged_in_all() == 289_44 and run_checks(world.now) == []


@pytest.mark.parametrize(
    ("kind", "refund_to", "code"),
    [
        ("cheque", RefundTo.ORIGINAL, "by_hand"),
        ("comp", RefundTo.ORIGINAL, "was_gift"),
        ("comp", RefundTo.CREDIT, "was_gift"),
    ],
)
def test_customers_take_back_nothing_that_a_person_must_hand_over_or_nobody_paid(
    world: World, kind: str, refund_to: RefundTo, code: str
) -> None:
    order, ben = paid_by_hand(world, kind), customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 2})
    before = snapshot(order)
    assert refusal(lambda: confirm(world, draft, ben, refund_to=refund_to)) == code
    assert snapshot(order) == before and Customer.objects.get(pk=world.ben.pk).credit_minor == 0


def test_what_came_by_cheque_becomes_store_credit_at_the_customers_wish(world: World) -> None:
    order, ben = paid_by_hand(world, "cheque"), customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 2})
    assert confirm(world, draft, ben, refund_to=RefundTo.CREDIT).status == "applied"
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 129_60 and run_checks(world.now) == []


def test_the_team_takes_a_gift_back_and_turns_it_into_no_credit(world: World) -> None:
    order = paid_by_hand(world, "comp")
    draft = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 2})
    assert refusal(lambda: confirm(world, draft, world.staff, refund_to=RefundTo.CREDIT)) == "was_gift"
    assert confirm(world, draft, world.staff).status == "applied"
    refund = Payment.objects.get(kind="refund")
    assert (refund.offline_kind, refund.amount_minor, refund.state) == ("comp", 129_60, "settled")
    said = Event.objects.get(name="payment.settled", text__contains="gift of the house (The")
    assert said.text == "took back $129.60 of a gift of the house (The order was changed)"
    assert Order.objects.get().balance_minor == 0 and run_checks(world.now) == []


def test_nothing_to_pay_is_made_at_once(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = draft_of(world, order, world.staff, gift_note="For Clara", reason="She rang")
    assert confirm(world, draft, world.staff, payment_method=None).status == "applied"
    change = order.changes.get(number=2)
    assert (change.difference_minor, change.reason) == (0, "She rang")
    assert change.details == {"gift_note": ["none", "For Clara"]} and order.payments.count() == 1
    assert run_checks(world.now) == []


def test_what_was_overpaid_before_pays_first(world: World) -> None:
    """Ben paid 289.44; the order owes 89.44 less by now, and nothing has gone back yet."""
    order = bought(world, world.ben, {"CAB23": 2})
    credit_order(order=order, amount_minor=89_44, reason="Late", actor=world.staff, now=world.now)
    draft = one_more(world, order)
    quote = quoted(draft, customer_actor(world.ben), world.now)
    assert (quote.balance.minor, quote.difference.minor, quote.settlement.minor) == (-89_44, 129_60, 40_16)
    assert confirm(world, draft, customer_actor(world.ben)).status == "applied"
    order.refresh_from_db()
    assert order.balance_minor == 0 and run_checks(world.now) == []


# Refused


def test_the_second_sees_what_the_first_did_and_decides_again(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    mine = one_more(world, order)
    confirm(world, draft_of(world, order, world.staff, gift_note="From us"), world.staff)
    before = snapshot(order)
    with pytest.raises(Exception, match="Olive Owens changed the gift note") as refused:
        confirm(world, mine, ben)
    assert getattr(refused.value, "code", "") == "order_moved_on" and snapshot(order) == before
    edit_draft(draft_reference=mine.reference, actor=ben, now=world.now)
    assert confirm(world, mine, ben).status == "applied"


@pytest.mark.parametrize("seen", ["expected_difference_minor", "expected_settlement_minor"])
def test_what_was_seen_is_what_is_paid(world: World, seen: str) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    before = snapshot(order)
    wrong: dict[str, Any] = {seen: 129_59}
    assert refusal(lambda: confirm(world, draft, ben, **wrong)) == "price_changed"
    assert snapshot(order) == before


def test_a_change_of_nothing_and_a_missing_card_are_refused(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    assert refusal(lambda: confirm(world, draft_of(world, order, ben), ben)) == "nothing_to_change"
    draft = one_more(world, order)
    before = snapshot(order)
    for card in (None, world.ana_card):
        assert refusal(partial(confirm, world, draft, ben, payment_method=card)) == "card_missing"
    for way in (SettleBy.LINK, SettleBy.OFFLINE):
        assert refusal(partial(confirm, world, draft, ben, settle_by=way)) == "not_allowed"
    assert snapshot(order) == before


@pytest.mark.parametrize("state", ["shipped", "cancelled"])
def test_an_order_that_left_meanwhile_is_not_changed(world: World, state: str) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    Order.objects.update(state=state, shipped_at=world.now)
    before = snapshot(order)
    facts: dict[str, Any] = {"expected_difference_minor": 129_60, "expected_settlement_minor": 129_60}
    act: dict[str, Any] = {
        "draft_reference": draft.reference,
        "payment_method": world.ben_card,
        "actor": ben,
        "now": world.now,
    }
    assert refusal(lambda: confirm_draft(**facts, **act)) == "not_changeable"
    assert snapshot(order) == before and charged_in_all() == 289_44


def test_bottles_that_are_gone_are_not_charged(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    count_stock(sku_id=world.cabernet.pk, counted=2, release_holds=True, actor=world.staff, now=world.now)
    before = snapshot(order)
    assert refusal(lambda: confirm(world, draft, ben)) == "hold_lost" and snapshot(order) == before


def test_lapsed_bottles_that_are_still_there_are_taken_again(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    assert confirm(world, draft, ben, world.now + timedelta(minutes=20)).status == "applied"


def test_confirming_twice_is_once(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    facts: dict[str, Any] = {"expected_difference_minor": 129_60, "expected_settlement_minor": 129_60}
    confirm(world, draft, ben)
    assert refusal(lambda: confirm(world, draft, ben, **facts)) == "closed"
    assert pieces_on(order) == {"CAB23": 3} and charged_in_all() == 289_44 + 129_60


def test_money_on_its_way_in_is_waited_for(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    Payment.objects.update(state="pending")
    before = snapshot(order)
    assert refusal(lambda: confirm(world, draft, ben, expected_settlement_minor=-129_60)) == "money_moving"
    assert snapshot(order) == before


def test_a_draft_goes_with_the_order_it_was_for(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    mine, teams = one_more(world, order), draft_of(world, order, world.staff, add={world.magnum: 1})
    cancel_order(
        order_reference=order.reference, restock=True, reason="Moved", actor=world.staff, now=world.now
    )
    assert {state_of(mine), state_of(teams)} == {DraftState.DROPPED}
    assert world.stock(world.cabernet).held == world.stock(world.magnum).held == 0
    assert run_checks(world.now) == []


@pytest.mark.parametrize("maker", ["customer", "staff"])
def test_what_a_person_prepares_is_never_confirmed_unseen(world: World, maker: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    actor = customer_actor(world.ben) if maker == "customer" else world.staff
    draft = draft_of(world, order, actor, gift_note="With love")
    with pytest.raises(NotAllowed):
        confirm_prepared(
            draft_reference=draft.reference, payment_method=world.ben_card, actor=system(), now=world.now
        )
    assert state_of(draft) == "open"
