"""From a draft to a change: money first, then lines, bottles and words together, or nothing at all."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from tests.bank import charged_in_all
from tests.rooms.changes.journey import (
    bought,
    confirm,
    customer_actor,
    draft_of,
    held_for,
    key_of,
    pieces_on,
    quoted,
    snapshot,
)
from tests.rooms.changes.test_drafting import refusal
from tests.rooms.checkout.journey import hold as fill_cart
from tests.world import World, save_test_card
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    confirm_draft,
    drop_draft,
    edit_draft,
    finish_change_payment,
    give_up_change_payment,
    lapse_drafts,
    let_stray_authorisations_go,
    outcomes,
    pay_draft,
    retry_draft,
)
from tirage.changes.rules import OfflineMoney, StaffCharge
from tirage.changes.states import DraftState, RefundTo, SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind, system
from tirage.core.models import Event, Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold
from tirage.inventory.operations import count_stock, release_holds
from tirage.inventory.queries import stock_figures
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order, credit_order
from tirage.orders.rules import ShipTo
from tirage.payments.models import PayLink, Payment, PaymentMethod
from tirage.payments.operations import (
    give_credit,
    lock_payments_of,
    reconcile_payments,
    refund_payment,
    send_charge,
    send_refunds,
    settle_result,
    start_refunds,
)


def one_more(world: World, order: Order, actor: Actor | None = None) -> ChangeDraft:
    """Ben wants one Cabernet more: 129.60."""
    return draft_of(world, order, actor or customer_actor(world.ben), add={world.cabernet: 1})


def card_that(world: World, behaviour: Behaviour) -> PaymentMethod:
    return save_test_card(world.ben, world.now, behaviour=behaviour, last4="0001", is_default=False)


def state_of(draft: ChangeDraft) -> str:
    return ChangeDraft.objects.values_list("state", flat=True).get(pk=draft.pk)


def whole(order: Order) -> dict[str, Any]:
    """What a change that isn't made must leave as it was: everything but its own draft, holds and tries."""
    everything = snapshot(order)
    for name in ("payments", "drafts", "draft_lines", "stock", "holds"):
        everything.pop(name)
    return everything


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
    assert Event.objects.get(name="order.changed").text.endswith("$129.60 given back as store credit")
    assert Order.objects.get().balance_minor == 0 and run_checks(world.now) == []


def test_a_refund_that_the_bank_declines_leaves_the_balance_for_people(world: World) -> None:
    card = card_that(world, Behaviour.REFUND_DECLINED)
    order = bought(world, world.ben, {"CAB23": 2}, card_reference=card.reference)
    draft = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 1})
    assert confirm(world, draft, world.staff).status == "applied"
    order.refresh_from_db()
    assert order.balance_minor == -129_60 and charged_in_all() == 289_44 and run_checks(world.now) == []


def paid_by_hand(world: World, kind: str) -> Order:
    """Ben's third bottle, 129.60, came by other roads than his card."""
    order = bought(world, world.ben, {"CAB23": 2})
    offline = OfflineMoney(kind, "Number 7")
    confirm(
        world, one_more(world, order, world.staff), world.staff, settle_by=SettleBy.OFFLINE, offline=offline
    )
    return order


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


# The bank says no, later, or nothing


def test_a_declined_card_leaves_the_order_as_it_was_and_the_draft_waits(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft, before = one_more(world, order), whole(order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.INSUFFICIENT_FUNDS))
    assert done.status == "declined" and done.message
    assert whole(order) == before
    draft.refresh_from_db()
    assert (draft.state, draft.waiting_code) == ("waiting", "insufficient_funds") and draft.waiting_for
    assert held_for(draft, world.now) == 1 and draft.expires_at == world.now + timedelta(minutes=15)
    hold = Hold.objects.get(holder=draft.reference)
    assert hold.expires_at == draft.expires_at, "the bottles are held to their normal end again"
    assert run_checks(world.now) == []
    again = retry_draft(
        draft_reference=draft.reference, payment_method=world.ben_card, actor=ben, now=world.now
    )
    assert again.status == "applied" and charged_in_all() == 289_44 + 129_60
    assert run_checks(world.now) == []


def test_a_retry_takes_the_same_card_and_may_be_declined_again(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.CARD_DECLINED))
    again = retry_draft(draft_reference=draft.reference, actor=system("Retry plan"), now=world.now)
    assert again.status == "declined" and Payment.objects.filter(purpose=draft.reference).count() == 2
    assert state_of(draft) == "waiting" and run_checks(world.now) == []


def test_a_waiting_draft_is_let_go_or_changed(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.CARD_DECLINED))
    edit_draft(draft_reference=draft.reference, gift_note="Hello", actor=ben, now=world.now)
    draft.refresh_from_db()
    assert (draft.state, draft.waiting_for, draft.confirmed_minor) == ("open", "", None)
    assert (
        refusal(
            lambda: retry_draft(
                draft_reference=draft.reference, payment_method=world.ben_card, actor=ben, now=world.now
            )
        )
        == "not_waiting"
    )
    drop_draft(draft_reference=draft.reference, actor=ben, now=world.now)
    assert world.stock(world.cabernet).held == 0 and run_checks(world.now) == []


def test_a_bank_that_wants_the_customer_gets_them(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft, before = one_more(world, order), whole(order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    assert done.status == "needs_customer" and done.action_url
    draft.refresh_from_db()
    assert (draft.state, draft.waiting_code) == ("waiting", "needs_customer") and whole(order) == before
    assert held_for(draft, world.now + timedelta(minutes=34)) == 1, "the bottles outlast the bank's page"
    for act in (
        lambda: edit_draft(draft_reference=draft.reference, actor=ben, now=world.now),
        lambda: confirm(world, draft, ben),
        lambda: retry_draft(draft_reference=draft.reference, actor=ben, now=world.now),
    ):
        assert refusal(act) == "at_bank"
    asked = finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    assert (asked.status, asked.action_url) == ("needs_customer", done.action_url)
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    back = finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    assert back.status == "applied" and pieces_on(order) == {"CAB23": 3}
    assert run_checks(world.now) == []


def test_giving_the_bank_up_leaves_the_draft_for_another_card(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    gone = give_up_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    assert gone.status == "declined" and state_of(draft) == "waiting"
    assert (
        pay_draft(
            draft_reference=draft.reference, payment_method=world.ben_card, actor=ben, now=world.now
        ).status
        == "applied"
    )
    assert (
        refusal(
            lambda: finish_change_payment(
                payment_reference=done.payment_reference, actor=customer_actor(world.ana), now=world.now
            )
        )
        == "not_found"
    )
    assert run_checks(world.now) == []


def test_letting_go_of_a_draft_at_the_bank_gives_the_payment_up(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    drop_draft(draft_reference=draft.reference, actor=ben, now=world.now)
    assert Payment.objects.get(reference=done.payment_reference).state == "voided"
    assert state_of(draft) == "dropped" and run_checks(world.now) == []


@pytest.mark.parametrize(
    ("behaviour", "ends"), [(Behaviour.TIMES_OUT_CHARGED, "applied"), (Behaviour.TIMES_OUT_LOST, "waiting")]
)
def test_an_unknown_outcome_is_found_out_and_nothing_else_happens_meanwhile(
    world: World, behaviour: Behaviour, ends: str
) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft, before = one_more(world, order), whole(order)
    done = confirm(world, draft, ben, payment_method=card_that(world, behaviour))
    assert (done.status, state_of(draft)) == ("unknown", "paying") and whole(order) == before
    assert held_for(draft, world.now + timedelta(days=2)) == 1, "held while the bank is silent"
    _nothing_else_happens(world, order, draft)
    assert run_checks(world.now) == []
    later = world.now + timedelta(minutes=3)
    reconcile_payments(now=later)
    assert state_of(draft) == ends
    assert (
        charged_in_all()
        == Order.objects.get().paid_minor
        == (289_44 + 129_60 if ends == "applied" else 289_44)
    )
    if ends == "waiting":
        draft.refresh_from_db()
        assert Hold.objects.get(holder=draft.reference).expires_at == draft.expires_at >= later
    assert run_checks(later) == []


def _nothing_else_happens(world: World, order: Order, draft: ChangeDraft) -> None:
    """While a change is being paid, everything else that touches the order is refused in words."""
    other = Actor(ActorKind.STAFF, 99, "Ingrid")
    mine = draft_of(world, order, other, gift_note="Hello")
    paid = Payment.objects.filter(purpose="", kind="charge").get()
    act: dict[str, Any] = {"actor": world.staff, "now": world.now}
    acts = {
        "confirm": lambda: confirm(world, mine, other),
        "cancel": lambda: cancel_order(order_reference=order.reference, restock=True, reason="No", **act),
        "refund": lambda: refund_payment(
            payment_reference=paid.reference, amount_minor=1_00, reason="Late", **act
        ),
        "edit": lambda: edit_draft(
            draft_reference=draft.reference, actor=customer_actor(world.ben), now=world.now
        ),
        "drop": lambda: drop_draft(draft_reference=draft.reference, actor=world.staff, now=world.now),
    }
    before = snapshot(order)
    assert {name: refusal(one) for name, one in acts.items()} == dict.fromkeys(acts, "paying")
    assert snapshot(order) == before
    drop_draft(draft_reference=mine.reference, actor=other, now=world.now)


def test_a_draft_that_is_paying_does_not_lapse(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.TIMES_OUT_CHARGED))
    assert lapse_drafts(now=world.now + timedelta(days=2)) == 0 and state_of(draft) == "paying"


# Money that comes too late


def test_money_for_a_change_that_was_let_go_goes_back_by_itself(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    drop_draft(draft_reference=draft.reference, actor=ben, now=world.now)
    payment.refresh_from_db()
    assert payment.state == "settled" and state_of(draft) == "dropped"
    reconcile_payments(now=world.now + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.owed_minor == order.paid_minor == 289_44 == charged_in_all()
    assert Event.objects.get(name="change.not_applied").subject_id == order.pk
    assert run_checks(world.now) == []


def test_money_that_comes_after_the_order_changed_goes_back_at_once(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    confirm(world, draft_of(world, order, world.staff, gift_note="Hello"), world.staff)
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    back = finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    assert back.status == "declined" and "goes back" in back.message
    draft.refresh_from_db()
    assert (draft.state, draft.waiting_code) == ("waiting", "not_applied") and pieces_on(order) == {
        "CAB23": 2
    }
    order.refresh_from_db()
    assert order.balance_minor == 0 and charged_in_all() == 289_44 and run_checks(world.now) == []


def test_money_for_an_order_that_owed_something_goes_back_all_the_same(world: World) -> None:
    """What the order owed before it owes afterwards: a stray payment isn't taken for something else."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    confirm(world, draft_of(world, order, world.staff, gift_note="Hello"), world.staff)
    facts: dict[str, Any] = {"lowers_owed": False, "reason": "Charged back", "actor": world.staff}
    with transaction.atomic():
        charged_back = start_refunds(lock_payments_of(order.pk), 100_00, now=world.now, **facts)
    send_refunds(charged_back, world.staff, world.now)
    assert Order.objects.get().balance_minor == 100_00
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    order.refresh_from_db()
    assert (order.owed_minor, order.balance_minor) == (289_44, 100_00)
    assert charged_in_all() == 189_44 and run_checks(world.now) == []


def test_a_payment_given_up_unseen_that_arrives_after_another_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try stands still before the bank, is given up, the second pays; then the first arrives after all."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    paused: list[Any] = []

    def pause(started: Any, *, return_url: str) -> Any:
        paused.append(started)
        raise RuntimeError("stands still")

    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "send_charge", pause)
        with pytest.raises(RuntimeError):
            confirm(world, draft, ben)
    later = world.now + timedelta(minutes=3)
    reconcile_payments(now=later)
    assert state_of(draft) == "waiting"
    assert retry_draft(draft_reference=draft.reference, actor=ben, now=later).status == "applied"
    result = send_charge(paused[0], return_url="/orders/")
    settle_result(payment_id=paused[0].id, result=result, actor=system(), now=later)
    reconcile_payments(now=later + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == 289_44 + 129_60 == charged_in_all()
    assert run_checks(later) == []


def test_a_payment_given_up_unseen_that_arrives_before_another_leaves_that_to_pay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try was given up, the second is on its way: what comes late goes back, and the second still counts."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft, later = one_more(world, order), world.now + timedelta(minutes=3)
    paused: list[Any] = []

    def pause(started: Any, *, return_url: str) -> Any:
        paused.append(started)
        raise RuntimeError("stands still")

    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "send_charge", pause)
        with pytest.raises(RuntimeError):
            confirm(world, draft, ben)
        reconcile_payments(now=later)
        with pytest.raises(RuntimeError):
            retry_draft(draft_reference=draft.reference, actor=ben, now=later)
    for started in paused:
        assert state_of(draft) == "paying"
        result = send_charge(started, return_url="/orders/")
        settle_result(payment_id=started.id, result=result, actor=system(), now=later)
    assert state_of(draft) == "applied"
    reconcile_payments(now=later + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == 289_44 + 129_60 == charged_in_all()
    assert run_checks(later) == []


def test_bottles_that_are_being_paid_for_are_let_go_by_no_correction(world: World) -> None:
    """Two are on Ben's order, one is being paid for; Ana had one in her cart before."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    fill_cart(world.ana, {"CAB23": 1}, world.now)
    draft, carts = one_more(world, order), Hold.objects.filter(holder__startswith="CRT")
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.TIMES_OUT_CHARGED))
    facts: dict[str, Any] = {"sku_id": world.cabernet.pk, "actor": world.staff, "now": world.now}
    assert refusal(lambda: count_stock(counted=2, release_holds=True, **facts)) == "below_held"
    assert held_for(draft, world.now) == 1 == carts.count()
    count_stock(counted=3, release_holds=True, **facts)
    assert held_for(draft, world.now) == 1 and not carts.exists()
    assert stock_figures([world.cabernet.pk], world.now)[world.cabernet.pk].back_at is None
    assert run_checks(world.now) == []
    reconcile_payments(now=world.now + timedelta(minutes=1))
    assert state_of(draft) == "applied" and pieces_on(order) == {"CAB23": 3}


def test_bottles_that_vanished_while_paying_give_the_money_back(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.TIMES_OUT_CHARGED))
    release_holds(holder=draft.reference)
    count_stock(sku_id=world.cabernet.pk, counted=2, actor=world.staff, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=1))
    assert state_of(draft) == "waiting" and pieces_on(order) == {"CAB23": 2}
    reconcile_payments(now=world.now + timedelta(minutes=2))
    order.refresh_from_db()
    assert order.balance_minor == 0 and charged_in_all() == 289_44 and run_checks(world.now) == []


# By a link, offline, from store credit


def test_a_pay_link_keeps_the_bottles_until_it_ends(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = one_more(world, order, world.staff)
    done = confirm(world, draft, world.staff, settle_by=SettleBy.LINK, payment_method=None)
    link = PayLink.objects.get(reference=done.link_reference)
    until = world.now + timedelta(days=7)
    draft.refresh_from_db()
    assert done.status == "link" and (link.purpose, link.amount_minor) == (draft.reference, 129_60)
    assert draft.expires_at == link.expires_at == until and held_for(draft, until - timedelta(seconds=1)) == 1
    assert (draft.state, draft.waiting_code) == ("waiting", "pay_link") and run_checks(world.now) == []
    later = world.now + timedelta(days=6)
    paid = pay_draft(
        draft_reference=draft.reference,
        payment_method=world.ben_card,
        actor=customer_actor(world.ben),
        now=later,
    )
    assert paid.status == "applied" and pieces_on(order) == {"CAB23": 3}
    told = Event.objects.get(name="order.changed")
    assert (told.actor_label, told.text) == (
        "Olive Owens",
        "added 1 × Estate Cabernet Sauvignon 2023; $129.60 charged to Visa 4242",
    )
    assert run_checks(later) == []


def test_a_link_ends_with_its_draft(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    for end in (drop_draft, edit_draft):
        draft = one_more(world, order, world.staff)
        confirm(world, draft, world.staff, settle_by=SettleBy.LINK)
        end(draft_reference=draft.reference, actor=world.staff, now=world.now)
        assert not PayLink.objects.filter(purpose=draft.reference, used_at=None, revoked_at=None).exists()
    assert (
        refusal(
            lambda: pay_draft(
                draft_reference=draft.reference,
                payment_method=world.ben_card,
                actor=customer_actor(world.ben),
                now=world.now,
            )
        )
        == "not_waiting"
    )


def test_a_link_whose_order_changed_is_not_paid(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = one_more(world, order, world.staff)
    confirm(world, draft, world.staff, settle_by=SettleBy.LINK)
    ben = customer_actor(world.ben)
    confirm(world, draft_of(world, order, ben, gift_note="Hello"), ben)
    before = snapshot(order)
    assert (
        refusal(
            lambda: pay_draft(
                draft_reference=draft.reference, payment_method=world.ben_card, actor=ben, now=world.now
            )
        )
        == "order_moved_on"
    )
    assert snapshot(order) == before and charged_in_all() == 289_44


def test_money_that_came_otherwise_makes_the_change_at_once(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = one_more(world, order, world.staff)
    how: dict[str, Any] = {"settle_by": SettleBy.OFFLINE, "payment_method": None}
    assert refusal(lambda: confirm(world, draft, world.staff, **how)) == "offline_invalid"
    comp = OfflineMoney("comp")
    assert refusal(lambda: confirm(world, draft, world.staff, **how, offline=comp)) == "reason_missing"
    done = confirm(world, draft, world.staff, **how, offline=OfflineMoney("cheque", "No. 1207"))
    assert done.status == "applied" and Order.objects.get().balance_minor == 0
    assert Event.objects.get(name="order.changed").text.endswith("$129.60 paid by cheque")
    assert run_checks(world.now) == []


def test_store_credit_pays_for_all_or_nothing(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    before = snapshot(order)
    how: dict[str, Any] = {"settle_by": SettleBy.CREDIT, "payment_method": None}
    assert refusal(lambda: confirm(world, draft, ben, **how)) == "credit_too_low"
    assert snapshot(order) == before
    give_credit(
        customer=world.ben, amount=Money(150_00, "USD"), reason="Corked", actor=world.staff, now=world.now
    )
    assert confirm(world, draft, ben, **how).status == "applied"
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 20_40
    assert Event.objects.get(name="order.changed").text.endswith("$129.60 paid from store credit")
    assert run_checks(world.now) == []


# Set aside instead of taken


@pytest.fixture
def at_shipment(world: World) -> World:
    """A winery that takes money when it ships."""
    Winery.objects.update(charge_when="at_shipment")
    forget_winery()
    return world


def test_more_is_set_aside_and_less_gives_nothing_back(at_shipment: World) -> None:
    world = at_shipment
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    assert confirm(world, one_more(world, order), ben).status == "applied"
    payment = Payment.objects.exclude(purpose="").get()
    assert (payment.kind, payment.amount_minor, Order.objects.get().paid_minor) == ("authorise", 129_60, 0)
    assert Event.objects.get(name="order.changed").text.endswith("$129.60 set aside on Visa 4242")
    fewer = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    assert quoted(fewer, ben, world.now).settlement.minor == 0
    assert confirm(world, fewer, ben).status == "applied"
    assert not Payment.objects.filter(kind="refund").exists()
    again = draft_of(world, order, ben, add={world.cabernet: 1})
    assert quoted(again, ben, world.now).settlement.minor == 0, "it is set aside already"
    assert run_checks(world.now) == []


def test_what_was_set_aside_for_nothing_is_let_go(at_shipment: World) -> None:
    world = at_shipment
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    confirm(world, draft_of(world, order, world.staff, gift_note="Hello"), world.staff)
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    assert (
        finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now).status
        == "declined"
    )
    assert let_stray_authorisations_go(now=world.now) == 1 and let_stray_authorisations_go(now=world.now) == 0
    payment.refresh_from_db()
    assert payment.released_at and Order.objects.get().paid_minor == 0 and run_checks(world.now) == []


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
