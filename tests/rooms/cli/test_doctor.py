"""The doctor finds every broken promise: each is broken once, on purpose, behind the operations' back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import F

from tests.rooms.checkout.journey import buy, hold
from tests.rooms.delivery.limiting import limited
from tests.rooms.futures import campaign as early
from tests.rooms.futures.cut import carry_out, planned
from tests.rooms.futures.formats import choose, magnums
from tests.rooms.futures.given import offer, paid, sign
from tests.rooms.wishes.granting import shared, wished
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import open_new_order
from tirage.checkout.models import Cart
from tirage.checkout.operations.setting_aside import SetAside, set_bottles_aside
from tirage.cli.doctor import CHECKS, run_checks, run_doctor
from tirage.cli.worker import keep_once
from tirage.compliance.models import ComplianceCheck
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.customers.models import Customer, Membership
from tirage.fulfilment.operations import ship_order
from tirage.futures.models import (
    Commitment,
    CutLine,
    FormatChange,
    Lot,
    Portfolio,
    PortfolioPart,
    Settlement,
    Transfer,
)
from tirage.futures.transferring import approve_transfer
from tirage.insights.models import DailySales, Placement
from tirage.insights.rebuilding import begin_rebuild, rebuild
from tirage.inventory.models import Hold, Stock
from tirage.notifications.models import SentMail
from tirage.notifications.reminder_models import Reminder, ReminderPlan
from tirage.notifications.reminding import send_due_reminders
from tirage.offers.models import Offer
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
from tirage.orders.operations import start_order
from tirage.orders.rules import ShipTo
from tirage.orders.statements import NewCharge
from tirage.orders.states import Channel, ChargeKind, OrderState
from tirage.payments.models import Collection, CreditEntry, PayLink, Payment
from tirage.payments.operations import give_credit
from tirage.wishes.models import Wish

Corruption = Callable[[World], object]


def _without_checks(table: str, constraint: str) -> None:
    """Takes the database's own wall away for the rest of the test."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")


def _oversell(world: World) -> None:
    _without_checks("inventory_stock", "stock_never_promised_twice")
    Stock.objects.filter(sku=world.cabernet).update(held=101)


def _two_allocation_groups(world: World) -> None:
    Membership.objects.create(customer=world.ana, group=world.estate, kind="standard", since=world.now)


def _two_limits_on_a_day(world: World) -> None:
    limited(world.oregon, 6, last_day=date(2030, 12, 31))
    limited(world.oregon, 12, first_day=date(2030, 12, 31))


def _pending_without_payment(world: World) -> None:
    Order.objects.update(state="pending", placed_at=None)


def _forgotten_payment(world: World) -> None:
    _copy_payment(state="unknown", made_at=world.now - timedelta(hours=9), settled_at=None)


def _copy_payment(**changes: object) -> None:
    payment = Payment.objects.filter(kind="charge").earliest("pk")
    name = f"PAY-COPY{Payment.objects.count():04}"
    payment.pk, payment.reference, payment.idempotency_key = None, name, name
    for name, value in changes.items():
        setattr(payment, name, value)
    payment.save(force_insert=True)


def _too_much_refunded(world: World) -> None:
    parent = Payment.objects.get(kind="charge")
    _copy_payment(
        kind="refund", parent=parent, amount_minor=parent.amount_minor + 1, state="pending", settled_at=None
    )


def _set_aside(**changes: object) -> Payment:
    """Ana's payment once more, as an authorisation."""
    facts = {"kind": "authorise", "amount_minor": 1_00, "expires_at": None, "released_at": None, **changes}
    _copy_payment(**facts)
    return Payment.objects.get(kind="authorise")


def _capture_beyond(world: World) -> None:
    held = _set_aside(released_at=world.now)
    Payment.objects.filter(kind="charge").update(kind="capture", parent=held)


def _kept_aside(world: World) -> None:
    _set_aside(expires_at=world.now + timedelta(days=2))
    Order.objects.update(state="shipped", shipped_at=world.now)
    Event.objects.update(at=world.now - timedelta(hours=9))


def _lapsed_unnoticed(world: World) -> None:
    _set_aside(expires_at=world.now - timedelta(hours=9))
    Order.objects.update(paid_minor=0)


def _negative_line(world: World) -> None:
    line = OrderLine.objects.first()
    assert line is not None
    OrderLine.objects.filter(pk=line.pk).update(quantity=-line.quantity)


def _set_aside_for_nobody(world: World) -> None:
    set_bottles_aside(
        customer=world.ben,
        offer=world.estate_offer,
        wines=[SetAside(world.item(world.estate_offer, world.cabernet), 1, 120_00)],
        kept_until=world.now + timedelta(days=7),
        remind_at=None,
        now=world.now,
    )


def _wish_granted_by_nobody(world: World) -> None:
    """Bottles of a wish are said to be under way, and no run has them."""
    wished(world, world.ben, world.estate_offer, world.cabernet, 3, granting=2)


def _run_granted_more_than_the_wish_has(world: World) -> None:
    """A run says that it granted two, and the wish has none."""
    wish = wished(world, world.ben, world.estate_offer, world.cabernet, 3)
    run = shared(world, {world.cabernet: 2})
    run.lines.filter(wish=wish).update(outcome="granted", given=2)


def _fee_of_nobody(world: World) -> None:
    start_order(
        customer_id=world.ana.pk,
        release_id=None,
        offer_id=None,
        group_id=None,
        channel=Channel.OFFER,
        currency="USD",
        method_id=None,
        ship_to=ShipTo("Ana Alvarez"),
        gift_note="",
        lines=[],
        charges=[NewCharge(ChargeKind.FEE.value, 50_00, "Cellar club, joining")],
        state=OrderState.BOOKED,
        actor=world.staff,
        now=world.now,
    )


def _put_together_by_nobody(world: World) -> None:
    draft = open_new_order(customer=world.ana, actor=world.staff, now=world.now)
    ChangeDraft.objects.filter(pk=draft.pk).update(state="dropped")


def _wish_without_order(world: World) -> None:
    item = world.item(world.premier_offer, world.cabernet)
    Wish.objects.create(
        customer=world.ana,
        offer_item=item,
        kind="promise",
        agreed_at=world.now,
        state="granted",
        asked=2,
        granted=1,
        made_at=world.now,
        changed_at=world.now,
    )


def _waiting_cart(world: World) -> None:
    Cart.objects.filter(customer=world.ben).update(pending_order=Order.objects.get())


def _drop_event(world: World) -> None:
    Event.objects.filter(name="order.placed").delete()


def _credit_of_another(world: World) -> None:
    payment = Payment.objects.get(kind="charge")
    Payment.objects.filter(pk=payment.pk).update(gateway="credit")
    CreditEntry.objects.create(
        customer=world.ana,
        payment=payment,
        amount_minor=5_00,
        balance_minor=5_00,
        currency="USD",
        reason="The wrong way",
        actor_label="Olive",
        at=world.now,
    )


def _draft(world: World, state: str, **columns: object) -> ChangeDraft:
    """A change of Ana's order, written past the operations."""
    _without_checks("changes_changedraft", "change_draft_applied_has_its_change")
    return ChangeDraft.objects.create(
        order=Order.objects.get(),
        state=state,
        maker="staff",
        actor_id=1,
        actor_label="Olive Owens",
        base_number=1,
        made_at=world.now,
        expires_at=world.now + timedelta(hours=24),
        **columns,
    )


def _closed_change_holds(world: World) -> None:
    Hold.objects.update(holder=_draft(world, "dropped").reference)


def _paying_change_lost_its_bottles(world: World) -> None:
    draft = _draft(world, "paying")
    draft.lines.create(sku=world.cabernet, quantity=2, unit_price_minor=120_00)
    _copy_payment(state="pending", purpose=draft.reference, settled_at=None)


def _change_made_of_nothing(world: World) -> None:
    _draft(world, "applied")


def _money_of_a_change_not_made(world: World) -> None:
    draft = _draft(world, "dropped")
    _copy_payment(purpose=draft.reference)


def _change_nobody_tells_of(world: World) -> None:
    Order.objects.get().changes.create(
        number=2, kind="change", at=world.now, actor_label="Olive Owens", difference_minor=0
    )


def _paid_by_nothing(world: World) -> None:
    PayLink.objects.create(
        order=Order.objects.get(),
        amount_minor=1_00,
        currency="USD",
        made_at=world.now + timedelta(hours=1),
        expires_at=world.now + timedelta(days=7),
        used_at=world.now + timedelta(hours=2),
    )


def _collects_what_is_paid(world: World) -> None:
    Collection.objects.create(
        order=Order.objects.get(), amount_minor=1_00, currency="USD", opened_at=world.now - timedelta(days=2)
    )


def _given_back_twice(world: World) -> None:
    """For two bottles of 120.00 that cost 216.00 with the group's discount, 218.00 went back."""
    order = Order.objects.get()
    for minor in (120_00, 98_00):
        OrderCharge.objects.create(
            order=order,
            change=order.changes.get(),
            kind="discount",
            amount_minor=-minor,
            description="Corked",
            sku=world.cabernet,
            unit_price_minor=120_00,
            pieces=1,
        )


def _reminded_after_buying(world: World) -> None:
    """Ana's order stood for an hour when her reminder went out."""
    Order.objects.update(placed_at=world.now - timedelta(hours=1))
    Customer.objects.filter(pk=world.ana.pk).update(
        first_order_at=world.now - timedelta(hours=1), last_order_at=world.now - timedelta(hours=1)
    )
    mail = SentMail.objects.create(
        customer=world.ana, kind="reminder_not_yet", due_at=world.now, sent_at=world.now, to=world.ana.email
    )
    Reminder.objects.create(
        release=world.release, customer=world.ana, kind="not_yet", at=world.now, mail=mail
    )


def _reminds_nobody(world: World) -> None:
    """The last day has begun hours ago for Clara, who came to Estate long before, and nobody queued hers."""
    Membership.objects.create(
        customer=world.clara, group=world.estate, kind="allocation", since=world.now - timedelta(days=9)
    )
    Customer.objects.filter(pk=world.clara.pk).update(marketing_consent_at=world.now - timedelta(days=9))
    opened = world.now - timedelta(days=3)
    Offer.objects.update(opens_at=opened, activated_at=opened, closes_at=world.now + timedelta(hours=5))
    ReminderPlan.objects.create(release=world.release, kind="last_day", is_on=True, hours=24)


def _added_up(world: World) -> None:
    rebuild(run=begin_rebuild(now=world.now, queue=False), clock=lambda: world.now)


def _sold_a_cent_more(world: World) -> None:
    _added_up(world)
    assert run_checks(world.now) == []
    DailySales.objects.update(net_minor=F("net_minor") + 1)


def _forgotten_on_the_map(world: World) -> None:
    _added_up(world)
    Placement.objects.filter(customer=world.clara).delete()


def _given(world: World) -> bool:
    futures, order = paid(world)
    one = sign(offer(futures, order), world.ana, world.now)
    return bool(approve_transfer(reference=one.reference, actor=world.staff, now=world.now))


def _sold_early(world: World) -> bool:
    """Ben has bought six bottles of a lot."""
    return early.buy(early.begin(world), world.ben, 6).status == "placed"


def _in_magnums(world: World) -> bool:
    """Ben's six bottles became three magnums."""
    futures = early.begin(world)
    order = early.order_of(early.buy(futures, world.ben, 6))
    return choose(futures, order, futures.lot, magnums(futures), 6, 30_00).status == "applied"


def _in_portfolio(world: World) -> bool:
    """Ben keeps the six bottles that he bought under a name."""
    order = early.order_of(early.buy(early.begin(world), world.ben, 6))
    kept = Portfolio.objects.create(customer=world.ben, name="For Ida", made_at=world.now)
    PortfolioPart.objects.create(portfolio=kept, order=order, lot=Lot.objects.get(), pieces=6)
    return True


def _cut(world: World) -> bool:
    """Of Ben's twelve bottles six went."""
    futures = early.begin(world)
    early.buy(futures, world.ben, 12)
    return bool(carry_out(planned(futures, 6), world.now))


def _forgets_that_it_waits(world: World) -> None:
    order = Order.objects.filter(state="placed").first()
    assert order is not None
    ComplianceCheck.objects.create(order=order, number=1, fingerprint="a", made_at=world.now)


def _shipped_for_other_money(world: World) -> None:
    ship_order(order_reference=Order.objects.get().reference, actor=world.staff, now=world.now)
    OrderCharge.objects.filter(kind="tax").update(amount_minor=F("amount_minor") + 1)


CORRUPTIONS: dict[str, Corruption] = {
    "batches_hold_their_orders": lambda world: Order.objects.filter(state="placed").update(
        packed_in="BAT-7K2M9QXA"
    ),
    "months_add_up_to_the_ledger": _shipped_for_other_money,
    "taxes_are_those_of_their_base": lambda world: OrderCharge.objects.filter(kind="tax").update(
        base_minor=F("base_minor") + 100_00
    ),
    "unjudged_orders_wait": _forgets_that_it_waits,
    "test_orders_move_nothing": lambda world: Payment.objects.filter(offline_kind="").update(gateway="trial"),
    "reminders_stop_on_purchase": _reminded_after_buying,
    "reminders_go_out": _reminds_nobody,
    "lines_give_back_once": _given_back_twice,
    "used_pay_links_were_paid": _paid_by_nothing,
    "money_to_collect_is_owed": _collects_what_is_paid,
    "stock_on_hand": lambda world: Stock.objects.filter(sku=world.cabernet).update(on_hand=99),
    "stock_sold": lambda world: Stock.objects.filter(sku=world.cabernet).update(sold=1),
    "stock_held": lambda world: Stock.objects.filter(sku=world.cabernet).update(held=2),
    "stock_never_oversold": _oversell,
    "stock_expected": lambda world: Stock.objects.filter(sku=world.cabernet).update(expected=1),
    "lots_committed": lambda world: _sold_early(world) and Lot.objects.update(committed=7),
    "futures_have_their_lots": lambda world: _sold_early(world) and Commitment.objects.all().delete(),
    "transfers_moved_what_they_said": lambda world: _given(world) and Transfer.objects.update(amount_minor=1),
    "formats_changed_what_they_said": lambda world: (
        _in_magnums(world) and FormatChange.objects.update(pieces_on=7)
    ),
    "portfolios_have_their_pieces": lambda world: (
        _in_portfolio(world) and PortfolioPart.objects.update(pieces=7)
    ),
    "cuts_took_what_they_said": lambda world: _cut(world) and CutLine.objects.update(loses=1),
    "finished_cuts_have_nothing_open": lambda world: (
        _cut(world) and CutLine.objects.update(outcome="waiting", change=None)
    ),
    "proposals_hold_their_bottles": lambda world: (
        _cut(world) and CutLine.objects.update(outcome="proposed", change=None, offered=3)
    ),
    "plans_agree_with_the_ledger": lambda world: Order.objects.update(later_minor=1),
    "storage_is_on_its_order": lambda world: OrderCharge.objects.exclude(kind="tax").update(kind="storage"),
    "settlements_have_their_change": lambda world: Settlement.objects.create(
        order=Order.objects.earliest("pk"),
        state="settled",
        asked_at=world.now,
        due_on=world.now.date(),
        agreed_at=world.now,
        settled_at=world.now,
        draft="CHG-NOBODY22",
    ),
    "holds_have_carts": lambda world: Hold.objects.create(
        stock=world.stock(world.magnum), holder="CRT-NOBODY22", quantity=1, expires_at=world.now
    ),
    "closed_changes_hold_nothing": _closed_change_holds,
    "paying_changes_hold_what_they_add": _paying_change_lost_its_bottles,
    "paying_changes_have_their_payment": lambda world: _draft(world, "paying"),
    "made_changes_are_on_their_order": _change_made_of_nothing,
    "money_for_changes_is_used_or_back": _money_of_a_change_not_made,
    "changes_are_recorded": _change_nobody_tells_of,
    "order_owed": lambda world: Order.objects.update(owed_minor=1),
    "order_paid": lambda world: Order.objects.update(paid_minor=1),
    "payments_by_day": lambda world: Payment.objects.filter(kind="charge").update(kind="authorise"),
    "order_changes": lambda world: OrderChange.objects.update(number=2),
    "change_differences": lambda world: OrderChange.objects.update(difference_minor=1),
    "order_lines_not_negative": _negative_line,
    "cancelled_orders_owe_nothing": lambda world: Order.objects.update(state="cancelled"),
    "abandoned_orders_keep_no_money": lambda world: Order.objects.update(
        state="abandoned", made_at=world.now - timedelta(hours=9)
    ),
    "pending_orders_are_being_paid": _pending_without_payment,
    "carts_wait_for_pending_orders_only": _waiting_cart,
    "payments_are_not_forgotten": _forgotten_payment,
    "refunds_within_payments": _too_much_refunded,
    "captures_within_authorisations": _capture_beyond,
    "authorisations_are_let_go": _kept_aside,
    "authorisations_are_renewed": _lapsed_unnoticed,
    "credit_balances": lambda world: Customer.objects.filter(pk=world.ben.pk).update(credit_minor=29_00),
    "credit_entries_run_on": lambda world: CreditEntry.objects.filter(amount_minor=-20_00).update(
        balance_minor=31_00
    ),
    "credit_payments_have_their_entry": _credit_of_another,
    "payments_in_the_orders_currency": lambda world: Payment.objects.update(currency="EUR"),
    "customer_figures": lambda world: Customer.objects.filter(pk=world.ana.pk).update(lifetime_minor=1),
    "order_figures": lambda world: Order.objects.update(bottle_count=99),
    "one_allocation_group": _two_allocation_groups,
    "limits_never_overlap": _two_limits_on_a_day,
    "placed_orders_are_recorded": _drop_event,
    "shipped_orders_are_recorded": lambda world: Order.objects.update(state="shipped", shipped_at=world.now),
    "fees_belong_to_memberships": _fee_of_nobody,
    "orders_put_together_are_drafts": _put_together_by_nobody,
    "wishes_within_their_grants": _wish_without_order,
    "wishes_under_way_are_in_runs": _wish_granted_by_nobody,
    "what_is_set_aside_is_in_runs": _set_aside_for_nobody,
    "granted_wishes_are_in_runs": _run_granted_more_than_the_wish_has,
    "daily_sales_add_up": _sold_a_cent_more,
    "everybody_is_placed": _forgotten_on_the_map,
}


@pytest.fixture(autouse=True)
def _walls_again(db: None) -> Iterator[None]:
    """What SQLite was told to overlook, it would overlook for every test after this."""
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.fixture
def traded(world: World) -> World:
    """Ana has bought, Ben is holding and has store credit."""
    buy(world, world.ana, {"CAB23": 2, "CHA24": 3}, world.now)
    hold(world.ben, {"CAB23": 1}, world.now)
    for minor in (50_00, -20_00):
        give_credit(
            customer=world.ben,
            amount=Money(minor, "USD"),
            reason="A test",
            actor=world.staff,
            now=world.now,
        )
    return world


def test_a_healthy_house_has_no_findings(traded: World) -> None:
    assert run_checks(traded.now) == []


def test_reminders_that_are_queued_or_just_switched_on_are_fine(traded: World) -> None:
    _reminds_nobody(traded)
    overdue = "reminders_go_out"
    assert overdue in {finding.check.name for finding in run_checks(traded.now)}
    Membership.objects.filter(customer=traded.clara).update(since=traded.now)
    assert overdue not in {finding.check.name for finding in run_checks(traded.now)}, "it came a moment ago"
    Membership.objects.filter(customer=traded.clara).update(since=traded.now - timedelta(days=9))
    assert send_due_reminders(now=traded.now) == 1
    assert run_checks(traded.now) == []


def test_every_check_has_its_corruption() -> None:
    assert set(CORRUPTIONS) == {check.name for check in CHECKS}


@pytest.mark.parametrize("name", sorted(CORRUPTIONS))
def test_the_broken_promise_is_found(traded: World, name: str) -> None:
    CORRUPTIONS[name](traded)
    found = {finding.check.name: finding.rows for finding in run_checks(traded.now)}
    assert found.get(name), f"{name} was not found; found {sorted(found)}"


def test_a_change_that_gave_money_back_keeps_none_that_came_too_late_for_it(traded: World) -> None:
    """A try to pay for it was given up and came in all the same: it went back whole, and nothing is wrong."""
    draft = _draft(traded, "applied", confirmed_minor=-70_20, change=Order.objects.get().changes.get())
    _copy_payment(purpose=draft.reference, amount_minor=12_00)
    late = Payment.objects.get(purpose=draft.reference)
    money = "money_for_changes_is_used_or_back"
    assert money in {finding.check.name for finding in run_checks(traded.now)}, "it hasn't gone back yet"
    _copy_payment(kind="refund", parent=late, amount_minor=12_00, purpose="")
    assert money not in {finding.check.name for finding in run_checks(traded.now)}


def test_the_command_exits_with_the_rows(traded: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_doctor(argparse.Namespace(quiet=True)) == 0
    Order.objects.update(owed_minor=1)
    assert run_doctor(argparse.Namespace(quiet=True)) == 1
    printed = capsys.readouterr().out
    assert "BROKEN  What an order owes is the sum of its lines and charges." in printed
    assert "owed_minor 1" in printed


def test_what_is_late_is_shown_and_breaks_no_promise(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_doctor(argparse.Namespace(quiet=True)) == 0
    assert "look    Worker: never heard of. Start tirage worker" in capsys.readouterr().out
    keep_once()
    assert run_doctor(argparse.Namespace(quiet=True)) == 0
    assert "Worker" not in capsys.readouterr().out
