"""The walls of what is sold before it is in bottle."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.rooms.futures.campaign import begin, buy, order_of, plan
from tests.world import World
from tirage.futures.models import (
    Acceptance,
    Arrears,
    Arrival,
    CardNotice,
    Commitment,
    CostEstimate,
    Cut,
    CutLine,
    FormatChange,
    Instalment,
    Lot,
    Mandate,
    Portfolio,
    PortfolioPart,
    Settlement,
    StorageMonth,
    StorageTerm,
    Transfer,
)
from tirage.offers.models import Campaign
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod


def cut(**changes: object) -> Cut:
    lot = Lot.objects.get()
    facts = {"rule": "equal", "pieces": 6, "reason": "Hail", "begins_at": lot.made_at, "made_at": lot.made_at}
    return Cut.objects.create(lot=lot, actor_kind="staff", **facts | changes)


def cut_line(**changes: object) -> CutLine:
    facts = {"cut": cut(), "order": Order.objects.get(), "had": 12, "loses": 6}
    return CutLine.objects.create(**facts | changes)


def given(**changes: object) -> Transfer:
    lot, order = Lot.objects.get(), Order.objects.get()
    facts = {
        "lot": lot,
        "order": order,
        "pieces": 1,
        "to_email": "ana@example.com",
        "proposed_at": lot.made_at,
        "giver_signature": "Ben Baker",
        "expires_at": lot.made_at,
    }
    return Transfer.objects.create(**facts | changes)


def portfolio(**changes: object) -> Portfolio:
    order = Order.objects.get()
    return Portfolio.objects.create(
        **{"customer": order.customer, "name": "For Ida", "made_at": order.made_at} | changes
    )


def part(pieces: int = 1) -> PortfolioPart:
    return PortfolioPart.objects.create(
        portfolio=portfolio(), order=Order.objects.get(), lot=Lot.objects.get(), pieces=pieces
    )


def magnums(world: World) -> Lot:
    """The lot in another format, of which nothing is drawn yet."""
    lot = Lot.objects.get()
    facts = {"name": lot.name, "window_from": lot.window_from, "window_until": lot.window_until}
    counts = {"lowest": 0, "expected": 0, "highest": 0}
    return Lot.objects.create(of=lot, sku=world.magnum, made_at=lot.made_at, **facts, **counts)


def format_change(**changes: object) -> FormatChange:
    order, lot = Order.objects.get(), Lot.objects.get()
    facts = {"order": order, "source": lot, "pieces_off": 2, "pieces_on": 1, "made_at": lot.made_at}
    if "target" not in changes:
        changes["target"] = cut_target(lot)
    return FormatChange.objects.create(**facts | changes)


def cut_target(lot: Lot) -> Lot:
    facts = {"name": "Others", "window_from": lot.window_from, "window_until": lot.window_until}
    counts = {"lowest": 0, "expected": 0, "highest": 0}
    return Lot.objects.create(sku=lot.sku, made_at=lot.made_at, **facts, **counts)


def instead(world: World, minor: int) -> dict[str, object]:
    return {
        "substitute": world.cabernet,
        "substitute_minor": minor,
        "substitute_until": date(2027, 9, 1),
    }


def estimate(**changes: object) -> CostEstimate:
    facts = {
        "country": "GB",
        "first_day": date(2026, 2, 1),
        "delivery_low_minor": 1_00,
        "delivery_high_minor": 2_00,
        "source": "HMRC",
    }
    return CostEstimate.objects.create(**facts | changes)


def arrival(**changes: object) -> Arrival:
    lot = Lot.objects.get()
    facts = {
        "lot": lot,
        "pieces": 6,
        "arrived_on": date(2026, 9, 1),
        "made_at": lot.made_at,
        "actor_label": "Olive",
    }
    return Arrival.objects.create(**facts | changes)


def settlement(**changes: object) -> Settlement:
    facts = {"order": Order.objects.get(), "asked_at": Lot.objects.get().made_at, "due_on": date(2028, 9, 1)}
    return Settlement.objects.create(**facts | changes)


def term(**changes: object) -> StorageTerm:
    return StorageTerm.objects.create(**{"first_day": date(2026, 1, 1), "day_micros": 50_000} | changes)


def stored(**changes: object) -> StorageMonth:
    lot = Lot.objects.get()
    facts = {
        "order": Order.objects.get(),
        "lot": lot,
        "month": date(2028, 10, 1),
        "first": 1,
        "last": 31,
        "amount_minor": 1_55,
        "how": "12 bottles",
        "made_at": lot.made_at,
    }
    return StorageMonth.objects.create(**facts | changes)


def notice(**changes: object) -> CardNotice:
    facts = {
        "card": PaymentMethod.objects.earliest("pk"),
        "due_on": date(2027, 3, 1),
        "days": 30,
        "at": Lot.objects.get().made_at,
    }
    return CardNotice.objects.create(**facts | changes)


def arrears(**changes: object) -> Arrears:
    facts = {
        "order": Order.objects.get(),
        "cause": "instalment",
        "amount_minor": 360_00,
        "since": Lot.objects.get().made_at,
        "until": date(2027, 4, 1),
    }
    return Arrears.objects.create(**facts | changes)


BREACHES: dict[str, Breach] = {
    "mandate_has_its_words": lambda world: Mandate.objects.create(
        order=Order.objects.get(), card=PaymentMethod.objects.earliest("pk"), words="", at=world.now
    ),
    "card_told_once_of_a_day": lambda world: [notice(), notice()],
    "card_told_by_plan": lambda world: notice(days=8),
    "arrears_cause_is_legal": lambda world: arrears(cause="envy"),
    "arrears_state_is_legal": lambda world: arrears(state="forgiven"),
    "arrears_one_open_an_order": lambda world: [arrears(), arrears(state="waiting")],
    "arrears_of_something": lambda world: arrears(amount_minor=0),
    "arrears_amount_in_bounds": lambda world: arrears(amount_minor=10**17),
    "arrears_ended_has_its_time": lambda world: arrears(state="paid"),
    "lot_arrived_was_expected": lambda world: Lot.objects.update(arrived=61),
    "lot_cost_not_negative": lambda world: Lot.objects.update(cost_minor=-1),
    "lot_cost_in_bounds": lambda world: Lot.objects.update(cost_minor=10**17),
    "arrival_of_something": lambda world: arrival(pieces=0),
    "arrival_cost_not_negative": lambda world: arrival(cost_minor=-1),
    "arrival_cost_in_bounds": lambda world: arrival(cost_minor=10**17),
    "settlement_state_is_legal": lambda world: settlement(state="forgotten"),
    "settlement_one_an_order": lambda world: [settlement(), settlement(state="kept")],
    "settlement_agreed_has_its_change": lambda world: settlement(state="agreed", agreed_at=world.now),
    "settlement_settled_has_its_time": lambda world: settlement(
        state="settled", agreed_at=world.now, draft="CHG-1"
    ),
    "settlement_under_bond_names_the_account": lambda world: settlement(warehouse="Octavian"),
    "storage_per_is_legal": lambda world: term(per="barrel"),
    "storage_charged_is_legal": lambda world: term(charged="never"),
    "storage_undecided_is_legal": lambda world: term(undecided="sell"),
    "storage_costs_not_negative": lambda world: term(day_micros=-1),
    "storage_day_in_bounds": lambda world: term(day_micros=10**17),
    "storage_transfer_in_bounds": lambda world: term(transfer_minor=10**17),
    "storage_transfer_most_in_bounds": lambda world: term(transfer_most_minor=10**17),
    "storage_once_a_lot_and_month": lambda world: (stored(), stored(first=5, last=9)),
    "storage_days_within_a_month": lambda world: stored(first=20, last=19),
    "storage_month_not_negative": lambda world: stored(amount_minor=-1),
    "storage_month_in_bounds": lambda world: stored(amount_minor=10**17),
    "lot_stage_is_legal": lambda world: Lot.objects.update(stage="drunk"),
    "lot_named_once_a_sku": lambda world: write_again(Lot.objects.get()),
    "lot_never_sold_beyond_expected": lambda world: Lot.objects.update(committed=61),
    "lot_expected_within_its_range": lambda world: Lot.objects.update(lowest=61),
    "lot_window_in_order": lambda world: Lot.objects.update(window_until=date(2028, 1, 1)),
    "commitment_once_a_line_and_lot": lambda world: write_again(Commitment.objects.get()),
    "commitment_is_of_something": lambda world: Commitment.objects.update(pieces=0),
    "acceptance_is_of_words": lambda world: Acceptance.objects.update(terms=""),
    "acceptance_of_a_card_has_its_mandate": lambda world: Acceptance.objects.update(mandate=""),
    "instalment_numbered_once": lambda world: Instalment.objects.update(number=1),
    "instalment_not_negative": lambda world: Instalment.objects.update(amount_minor=-1),
    "instalment_amount_in_bounds": lambda world: Instalment.objects.update(amount_minor=10**17),
    "instalment_called_was_announced": lambda world: Instalment.objects.update(called_at=world.now),
    "instalment_announced_has_its_day": lambda world: Instalment.objects.update(
        announced_at=world.now, due_on=None
    ),
    "cost_estimate_once_a_day": lambda world: (estimate(), estimate()),
    "cost_estimate_from_little_to_much": lambda world: estimate(delivery_low_minor=3_00),
    "cost_estimate_tax_to_whole": lambda world: estimate(tax_bp=10_001),
    "cost_estimate_has_its_source": lambda world: estimate(source=""),
    "cut_rule_is_legal": lambda world: cut(rule="by_lot"),
    "cut_state_is_legal": lambda world: cut(state="half"),
    "cut_has_its_reason": lambda world: cut(reason=""),
    "cut_one_at_a_time": lambda world: (cut(), cut(begins_at=world.now + timedelta(days=1))),
    "cut_line_outcome_is_legal": lambda world: cut_line(outcome="lost"),
    "cut_line_once_an_order": lambda world: write_again(cut_line()),
    "cut_line_takes_what_is_there": lambda world: cut_line(loses=13),
    "cut_in_whole_cases": lambda world: cut(step=0),
    "cut_floor_to_whole": lambda world: cut(floor_bp=10_001),
    "cut_substitute_is_whole": lambda world: cut(substitute=world.cabernet),
    "cut_substitute_price_not_negative": lambda world: cut(**instead(world, -1)),
    "cut_substitute_price_in_bounds": lambda world: cut(**instead(world, 10**17)),
    "cut_line_done_has_its_change": lambda world: cut_line(outcome="done"),
    "cut_line_proposes_something": lambda world: cut_line(outcome="proposed"),
    "transfer_state_is_legal": lambda world: given(state="lost", ended_at=world.now),
    "transfer_of_something": lambda world: given(pieces=0),
    "transfer_signed_and_addressed": lambda world: given(giver_signature=""),
    "transfer_accepted_is_signed_twice": lambda world: given(state="accepted"),
    "transfer_done_has_its_order": lambda world: given(made=Order.objects.get()),
    "transfer_ended_has_its_time": lambda world: given(state="expired"),
    "transfer_amount_in_bounds": lambda world: given(
        state="approved",
        amount_minor=10**17,
        made=Order.objects.get(),
        receiver=world.ana,
        receiver_signature="Ana",
        accepted_at=world.now,
        ended_at=world.now,
    ),
    "portfolio_has_its_name": lambda world: portfolio(name=""),
    "portfolio_part_once": lambda world: write_again(part()),
    "portfolio_part_of_something": lambda world: part(pieces=0),
    "format_change_of_something": lambda world: format_change(pieces_on=0),
    "format_change_to_another": lambda world: format_change(target=Lot.objects.get()),
    "lot_supplement_is_of_a_format": lambda world: Lot.objects.update(supplement_minor=1),
    "lot_supplement_in_bounds": lambda world: Lot.objects.filter(pk=magnums(world).pk).update(
        supplement_minor=10**17
    ),
    "lot_one_of_a_format": lambda world: write_again(magnums(world), reference="LOT-NOBODY22", name="Others"),
    "campaign_plan_is_legal": lambda world: Campaign.objects.update(plan="someday"),
    "campaign_deposit_fits_the_plan": lambda world: Campaign.objects.update(deposit_bp=10_000),
    "campaign_has_its_terms": lambda world: Campaign.objects.update(terms=""),
    "campaign_fee_within_price": lambda world: Campaign.objects.update(cancel_fee_bp=10_001),
    "order_later_not_negative": lambda world: Order.objects.update(later_minor=-1),
    "order_cancel_fee_within_price": lambda world: Order.objects.update(cancel_fee_bp=10_001),
}


@pytest.fixture
def sold(world: World) -> World:
    """Ben has twelve bottles of a lot, with two instalments to come."""
    futures = begin(world)
    plan(futures)
    order_of(buy(futures, world.ben, 12))
    return world


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(sold: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](sold))
