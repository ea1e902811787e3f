"""Wine en primeur is given back: in full in the days to withdraw, by the terms that were agreed to after them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    Cancellation,
    cancel_order,
    cancel_own_order,
    confirm_draft,
    edit_draft,
    open_draft,
    quote_cancel,
)
from tirage.changes.operations.cancelling import cancel_unpaid_order
from tirage.changes.queries import find_draft, quote_draft
from tirage.changes.rules import ChangeQuote, line_key
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.offers.states import PlanKind
from tirage.orders.models import CancelReason, Order, OrderCharge

TERMS = {"withdrawal_days": 14, "cancel_fee_bp": 1250}


def sold(
    world: World, pieces: int = 12, kind: PlanKind = PlanKind.NOW, **terms: Any
) -> tuple[Futures, Order]:
    """Ben's order, placed by these terms; what the release says afterwards is something else."""
    futures = begin(world)
    deposit = {} if kind is not PlanKind.NOW else {"deposit_bp": 10_000}
    plan(futures, kind, **{**TERMS, **terms, **deposit})
    order = order_of(buy(futures, world.ben, pieces))
    plan(futures, kind, withdrawal_days=0, cancel_fee_bp=9_000, cancels_to_credit=True, **deposit)
    CancelReason.objects.get_or_create(name="Customer asked")
    Winery.objects.update(customers_cancel_orders=True, customers_change_orders=True)
    forget_winery()
    return futures, order


def later(world: World, days: int) -> datetime:
    return world.now + timedelta(days=days)


def leave(world: World, order: Order, now: datetime, to: RefundTo = RefundTo.ORIGINAL) -> Cancellation:
    quote = quote_cancel(order, now)
    return cancel_own_order(
        order_reference=order.reference,
        expected_number=quote.number,
        expected_minor=quote.to_give_back.minor,
        refund_to=to,
        actor=customer_actor(world.ben),
        now=now,
    )


def by_staff(world: World, order: Order, now: datetime, **how: Any) -> Cancellation:
    facts: dict[str, Any] = {"restock": True, "refund_to": RefundTo.ORIGINAL, "reason": "Customer asked"}
    return cancel_order(order_reference=order.reference, actor=world.staff, now=now, **{**facts, **how})


def less(world: World, futures: Futures, order: Order, left: int, now: datetime, actor: Actor) -> ChangeDraft:
    draft = open_draft(order_reference=order.reference, actor=actor, now=now)
    pieces = {line_key(futures.sku.pk, 100_00): left}
    return edit_draft(draft_reference=draft.reference, pieces=pieces, actor=actor, now=now)


def quoted(draft: ChangeDraft, now: datetime, actor: Actor) -> ChangeQuote:
    return quote_draft(find_draft(draft.reference, actor), now)


def confirmed(draft: ChangeDraft, now: datetime, actor: Actor, to: RefundTo = RefundTo.ORIGINAL) -> None:
    quote = quoted(draft, now, actor)
    confirm_draft(
        draft_reference=draft.reference,
        expected_difference_minor=quote.difference.minor,
        expected_settlement_minor=quote.settlement.minor,
        refund_to=to,
        actor=actor,
        now=now,
    )


def money(order: Order) -> tuple[int, int, int]:
    order.refresh_from_db()
    return order.owed_minor, order.paid_minor, order.later_minor


def test_the_terms_stand_on_the_order(world: World) -> None:
    _, order = sold(world)
    assert (order.cancel_fee_bp, order.cancels_to_credit) == (1250, False)
    assert order.withdraw_until is not None and isinstance(order.withdraw_until, date)


def test_within_the_days_all_goes_back_whatever_the_settings_say(world: World) -> None:
    _, order = sold(world)
    Winery.objects.update(customers_cancel_orders=False)
    forget_winery()
    assert quote_cancel(order, later(world, 13)).fee.minor == 0
    leave(world, order, later(world, 13))
    assert money(order) == (0, 0, 0) and run_checks(world.now) == []


def test_after_them_the_fee_is_kept_to_the_cent(world: World) -> None:
    _, order = sold(world, 7)
    quote = quote_cancel(order, later(world, 16))
    assert (quote.fee.minor, quote.to_give_back.minor) == (87_50, 612_50)
    done = leave(world, order, later(world, 16))
    assert [refund.amount_minor for refund in done.refunds] == [612_50]
    assert money(order) == (87_50, 87_50, 0) and order.balance_minor == 0
    charge = OrderCharge.objects.get(order=order, kind="cancelling")
    assert charge.amount_minor == 87_50 and run_checks(world.now) == []


def test_after_them_the_settings_count_again(world: World) -> None:
    _, order = sold(world)
    Winery.objects.update(customers_cancel_orders=False)
    forget_winery()
    with pytest.raises(DomainError) as refused:
        leave(world, order, later(world, 16))
    assert refused.value.code == "switched_off" and money(order) == (1200_00, 1200_00, 0)


def test_a_fee_is_never_more_than_was_paid(world: World) -> None:
    _, order = sold(world, 10, PlanKind.INSTALMENTS, deposit_bp=3000, cancel_fee_bp=5000)
    quote = quote_cancel(order, later(world, 16))
    assert (quote.fee.minor, quote.to_give_back.minor) == (300_00, 0)
    leave(world, order, later(world, 16))
    assert money(order) == (300_00, 300_00, 0) and run_checks(world.now) == []


def test_credit_only_means_credit_only(world: World) -> None:
    _, order = sold(world, cancels_to_credit=True)
    for act in (leave, by_staff):
        with pytest.raises(DomainError) as refused:
            act(world, order, later(world, 16))
        assert refused.value.code == "credit_only" and money(order) == (1200_00, 1200_00, 0)
    leave(world, order, later(world, 16), RefundTo.CREDIT)
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 1050_00
    assert money(order) == (150_00, 150_00, 0) and run_checks(world.now) == []


def test_the_team_charges_it_too_or_says_why_not(world: World) -> None:
    _, order = sold(world, cancels_to_credit=True)
    by_staff(world, order, later(world, 16), waive="Hail took half the vineyard")
    assert money(order) == (0, 0, 0)
    told = Event.objects.get(name="order.cancelled").text
    assert "without what its terms ask for (Hail took half the vineyard)" in told
    assert run_checks(world.now) == []


def test_bottles_that_are_taken_off_cost_their_part(world: World) -> None:
    futures, order = sold(world, 7)
    ben, now = customer_actor(world.ben), later(world, 16)
    draft = less(world, futures, order, 4, now, ben)
    quote = quoted(draft, now, ben)
    said = [(one.description, one.after.minor) for one in quote.charges]
    assert said == [("Cancellation fee, 12.5 % of $300.00", 37_50)]
    assert (quote.difference.minor, quote.to_give_back.minor) == (-262_50, 262_50)
    confirmed(draft, now, ben)
    assert money(order) == (437_50, 437_50, 0) and run_checks(now) == []
    # What is left costs its part as well, and what was kept before stays with us.
    assert quote_cancel(order, now).fee.minor == 37_50 + 50_00
    leave(world, order, now)
    assert money(order) == (87_50, 87_50, 0) and run_checks(now) == []


def test_in_the_days_bottles_are_taken_off_for_nothing(world: World) -> None:
    futures, order = sold(world, 7)
    ben, now = customer_actor(world.ben), later(world, 3)
    confirmed(less(world, futures, order, 4, now, ben), now, ben)
    assert money(order) == (400_00, 400_00, 0)


def test_what_isnt_due_yet_shrinks_by_what_the_bottles_leave(world: World) -> None:
    futures, order = sold(world, 12, PlanKind.INSTALMENTS, cancel_fee_bp=1000)
    ben, now = customer_actor(world.ben), later(world, 16)
    confirmed(less(world, futures, order, 6, now, ben), now, ben)
    assert money(order) == (660_00, 360_00, 300_00) and run_checks(now) == []


def test_the_team_may_let_the_fee_of_bottles_go_with_a_reason(world: World) -> None:
    futures, order = sold(world, 7, cancels_to_credit=True)
    now = later(world, 16)
    draft = less(world, futures, order, 4, now, world.staff)
    assert quoted(draft, now, world.staff).credit_only
    with pytest.raises(DomainError) as refused:
        confirmed(draft, now, world.staff)
    assert refused.value.code == "credit_only"
    edit_draft(draft_reference=draft.reference, waives_fee="Corked twice", actor=world.staff, now=now)
    confirmed(draft, now, world.staff)
    assert money(order) == (400_00, 400_00, 0) and run_checks(now) == []
    draft.refresh_from_db()
    assert draft.waives_fee == "Corked twice"


def test_what_the_program_takes_off_costs_nothing(world: World) -> None:
    _, order = sold(world, cancels_to_credit=True)
    now = later(world, 16)
    cancel_unpaid_order(order_reference=order.reference, reason="Hail", actor=world.staff, now=now)
    assert money(order) == (0, 0, 0) and run_checks(now) == []
