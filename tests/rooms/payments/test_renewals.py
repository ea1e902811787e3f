"""Authorisations are renewed before they lapse: the new one first, then the old is let go; a refusal is for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.rooms.payments.shipment import (
    held_at_the_bank,
    make_card,
    set_aside,
    set_more_aside,
    taken_at_the_bank,
)
from tests.world import OPENING_DAY, World
from tirage.cli.doctor import run_checks
from tirage.core import reactions
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.orders.operations import clear_attention
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment
from tirage.payments.operations import (
    capture_order,
    forget_let_go_cards,
    reconcile_payments,
    remove_card,
    renew_authorisations,
)
from tirage.payments.operations import capturing as capturing_operations
from tirage.payments.operations import charging as charging_operations
from tirage.payments.operations import renewing as renewing_operations
from tirage.payments.operations.forgetting import FORGET_AFTER
from tirage.payments.protocol import GatewayResult
from tirage.payments.queries import authorised_minor


class BankClock:
    """The test gateway's clock, which goes with the test's."""

    now: datetime = OPENING_DAY


@pytest.fixture(autouse=True)
def _bank_clock(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    BankClock.now = read_clock()
    monkeypatch.setattr(gateway_for("test"), "_clock", lambda: BankClock.now)


@pytest.fixture
def order(world_today: World) -> Order:
    """Ben's order, set aside just now."""
    return set_aside(world_today, world_today.ben, {"CAB23": 2}, world_today.now)


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was told to who listens to failed renewals."""
    told: list[dict[str, Any]] = []
    table = {**reactions._subscriptions(), "authorisation.failed": [lambda **facts: told.append(facts)]}
    monkeypatch.setattr(reactions, "_subscriptions", lambda: table)
    return told


def nearly_over(order: Order) -> datetime:
    """A moment in the last day of the order's first authorisation."""
    return nearly_over_of(first_of(order))


def nearly_over_of(payment: Payment) -> datetime:
    assert payment.expires_at is not None
    BankClock.now = payment.expires_at - timedelta(hours=20)
    return BankClock.now


def first_of(order: Order) -> Payment:
    return order.payments.filter(kind="authorise", parent=None).order_by("pk")[0]


def renewals(order: Order) -> list[Payment]:
    return list(order.payments.filter(kind="authorise", parent__isnull=False).order_by("pk"))


def test_an_authorisation_of_less_than_a_day_is_renewed_in_its_last_hour(order: Order) -> None:
    begun = first_of(order).settled_at
    assert begun is not None
    end = begun + timedelta(hours=12)
    Payment.objects.update(expires_at=end)
    assert renew_authorisations(now=end - timedelta(hours=2)) == 0
    assert renew_authorisations(now=end - timedelta(hours=1)) == 1


def test_nothing_is_renewed_before_its_last_day(order: Order) -> None:
    end = first_of(order).expires_at
    assert end is not None
    assert renew_authorisations(now=end - timedelta(hours=24, seconds=1)) == 0
    assert renew_authorisations(now=end - timedelta(hours=24)) == 1


def test_a_renewal_replaces_the_old_one(order: Order) -> None:
    now = nearly_over(order)
    assert renew_authorisations(now=now) == 1
    (renewal,) = renewals(order)
    old = first_of(order)
    assert (renewal.parent, renewal.state, renewal.amount_minor) == (old, "settled", order.owed_minor)
    assert old.released_at == now and renewal.released_at is None
    assert held_at_the_bank() == order.owed_minor == authorised_minor(order.pk, now)
    order.refresh_from_db()
    assert (order.state, order.paid_minor, order.attention) == ("placed", 0, "")
    assert renew_authorisations(now=now) == 0 and run_checks(now) == []
    names = set(Event.objects.filter(subject_kind="order").values_list("name", flat=True))
    assert {"authorisation.renewed", "authorisation.released"} <= names


def test_the_order_is_never_without_one_and_holds_two_only_in_between(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    real = capturing_operations.release_authorisation

    def watched(**facts: Any) -> bool:
        held.append(held_at_the_bank())
        return real(**facts)

    monkeypatch.setattr(renewing_operations, "release_authorisation", watched)
    renew_authorisations(now=nearly_over(order))
    assert held == [2 * order.owed_minor] and held_at_the_bank() == order.owed_minor


def test_less_is_set_aside_when_less_is_owed_and_never_more_than_before(order: Order) -> None:
    Order.objects.update(owed_minor=100_00)
    now = nearly_over(order)
    renew_authorisations(now=now)
    assert [one.amount_minor for one in renewals(order)] == [100_00] and held_at_the_bank() == 100_00
    Order.objects.update(owed_minor=900_00)
    later = nearly_over_of(renewals(order)[0])
    renew_authorisations(now=later)
    assert renewals(order)[-1].amount_minor == 100_00


def test_several_of_one_order_are_renewed_to_what_is_owed(order: Order, world_today: World) -> None:
    set_more_aside(world_today, order, 50_00, world_today.now)
    Order.objects.update(owed_minor=order.owed_minor + 30_00)
    now = nearly_over(order)
    assert renew_authorisations(now=now) == 2
    order.refresh_from_db()
    assert sum(one.amount_minor for one in renewals(order)) == order.owed_minor == held_at_the_bank()
    assert authorised_minor(order.pk, now) == order.owed_minor


def test_what_is_being_taken_covers_its_part_once(
    order: Order, world_today: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted as set aside and as under way it would leave the order short of as much."""
    set_more_aside(world_today, order, 50_00, world_today.now)
    Order.objects.update(owed_minor=order.owed_minor + 50_00)
    now = nearly_over(order)
    monkeypatch.setattr(capturing_operations, "_send_capture", lambda started: None)
    assert capture_order(order_reference=order.reference, actor=world_today.staff, now=now).is_open
    renew_authorisations(now=now)
    assert [(one.parent_id, one.amount_minor) for one in renewals(order)] == [
        (first_of(order).pk, order.owed_minor)
    ]
    assert authorised_minor(order.pk, now) == order.owed_minor + 50_00


def test_what_is_paid_already_is_let_go_instead(order: Order) -> None:
    Order.objects.update(paid_minor=order.owed_minor)
    assert renew_authorisations(now=nearly_over(order)) == 0
    assert renewals(order) == [] and held_at_the_bank() == 0


@pytest.mark.parametrize("state", ["shipped", "cancelled"])
def test_an_order_that_has_ended_is_left_alone(order: Order, world_today: World, state: str) -> None:
    Order.objects.update(state=state, shipped_at=world_today.now)
    assert renew_authorisations(now=nearly_over(order)) == 0 and renewals(order) == []


def test_what_is_captured_is_not_renewed(order: Order, world_today: World) -> None:
    capture_order(order_reference=order.reference, actor=world_today.staff, now=world_today.now)
    assert renew_authorisations(now=nearly_over(order)) == 0 and renewals(order) == []


def test_what_has_lapsed_is_set_aside_anew(order: Order) -> None:
    """No worker ran for a week."""
    end = first_of(order).expires_at
    assert end is not None
    now = end + timedelta(days=3)
    assert authorised_minor(order.pk, now) == 0
    assert renew_authorisations(now=now) == 1
    assert renewals(order)[0].state == "settled"


# Refusals


def test_a_declined_renewal_flags_the_order_tells_and_is_not_repeated(
    order: Order, failures: list[dict[str, Any]]
) -> None:
    make_card(Behaviour.CARD_DECLINED.value)
    now = nearly_over(order)
    assert renew_authorisations(now=now) == 1
    (renewal,) = renewals(order)
    order.refresh_from_db()
    assert renewal.state == "declined" and order.state == "placed"
    assert order.attention.startswith("What is set aside on the card until ")
    assert order.attention.endswith("could not be renewed: Your bank declined this card. Try another card.")
    assert failures == [{"order_id": order.pk, "payment_id": renewal.pk, "code": "card_declined", "now": now}]
    names = list(Event.objects.filter(subject_kind="order").values_list("name", flat=True))
    assert names.count("authorisation.failed") == names.count("order.flagged") == 1
    assert "payment.failed" not in names
    assert held_at_the_bank() == order.owed_minor, "the old one stays to its end"
    assert renew_authorisations(now=now + timedelta(hours=1)) == 0 and len(failures) == 1
    assert run_checks(now) == []


def test_what_could_not_be_renewed_is_let_go_once_something_else_is_set_aside(
    order: Order, world_today: World
) -> None:
    make_card(Behaviour.CARD_DECLINED.value)
    now = nearly_over(order)
    renew_authorisations(now=now)
    make_card(Behaviour.SUCCEEDS.value)
    half = set_more_aside(world_today, order, order.owed_minor // 2, now)
    renew_authorisations(now=now)
    assert first_of(order).released_at is None, "half isn't enough"
    set_more_aside(world_today, order, order.owed_minor - half.amount_minor, now)
    renew_authorisations(now=now)
    assert first_of(order).released_at is not None and held_at_the_bank() == order.owed_minor


def test_a_removed_card_can_not_be_renewed(
    order: Order, world_today: World, failures: list[dict[str, Any]]
) -> None:
    card = world_today.ben_card.reference
    ben = Customer.objects.get(pk=world_today.ben.pk)
    remove_card(customer=ben, card_reference=card, actor=world_today.staff, now=world_today.now)
    forget_let_go_cards(now=world_today.now + FORGET_AFTER)
    renew_authorisations(now=nearly_over(order))
    order.refresh_from_db()
    assert [one["code"] for one in failures] == ["refused"] and order.attention


def test_a_bank_that_wants_the_customer_is_a_failure_until_the_customer_says_yes(
    order: Order, failures: list[dict[str, Any]]
) -> None:
    make_card(Behaviour.AUTHENTICATES_ALWAYS.value)
    now = nearly_over(order)
    renew_authorisations(now=now)
    (renewal,) = renewals(order)
    order.refresh_from_db()
    assert renewal.state == "needs_customer" and order.attention
    assert [one["code"] for one in failures] == ["authentication_required"]
    answer_authentication(gateway_reference=renewal.gateway_reference, approve=True, now=now)
    reconcile_payments(now=now + timedelta(minutes=31))
    order.refresh_from_db()
    assert order.attention == "" and held_at_the_bank() == order.owed_minor
    assert first_of(order).released_at is not None and len(failures) == 1


def test_a_customer_who_never_answers_is_told_once(order: Order, failures: list[dict[str, Any]]) -> None:
    make_card(Behaviour.AUTHENTICATES_ALWAYS.value)
    now = nearly_over(order)
    renew_authorisations(now=now)
    for minutes in (31, 62, 93):
        reconcile_payments(now=now + timedelta(minutes=minutes))
        assert renew_authorisations(now=now + timedelta(minutes=minutes)) == 0
    assert [one.state for one in renewals(order)] == ["voided"] and len(failures) == 1


# Without an answer


def test_a_renewal_without_an_answer_is_found_and_the_old_one_let_go(order: Order) -> None:
    make_card(Behaviour.TIMES_OUT_CHARGED.value)
    now = nearly_over(order)
    renew_authorisations(now=now)
    assert renewals(order)[0].state == "unknown" and first_of(order).released_at is None
    assert renew_authorisations(now=now) == 0, "one at a time"
    reconcile_payments(now=now + timedelta(minutes=1))
    assert renewals(order)[0].state == "settled" and first_of(order).released_at is not None
    assert held_at_the_bank() == order.owed_minor and run_checks(now) == []


def test_a_renewal_that_never_arrived_is_tried_again(order: Order, failures: list[dict[str, Any]]) -> None:
    make_card(Behaviour.TIMES_OUT_LOST.value)
    now = nearly_over(order)
    renew_authorisations(now=now)
    reconcile_payments(now=now + timedelta(minutes=3))
    assert renewals(order)[0].state == "voided" and failures == []
    make_card(Behaviour.SUCCEEDS.value)
    assert renew_authorisations(now=now + timedelta(minutes=4)) == 1
    assert [one.state for one in renewals(order)] == ["voided", "settled"]


def test_an_order_that_is_captured_while_its_renewal_is_asked_for_keeps_nothing_set_aside(
    order: Order, world_today: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = charging_operations.send_charge
    now = nearly_over(order)

    def captured_meanwhile(started: Any, *, return_url: str) -> GatewayResult | None:
        capture_order(order_reference=order.reference, actor=world_today.staff, now=now)
        return real(started, return_url=return_url)

    monkeypatch.setattr(renewing_operations, "send_charge", captured_meanwhile)
    renew_authorisations(now=now)
    order.refresh_from_db()
    assert order.balance_minor == 0 and taken_at_the_bank() == order.owed_minor and held_at_the_bank() == 0


# People


def test_a_person_takes_the_flag_away(order: Order, world_today: World) -> None:
    make_card(Behaviour.CARD_DECLINED.value)
    now = nearly_over(order)
    renew_authorisations(now=now)
    facts: dict[str, Any] = {"order_reference": order.reference, "actor": system("Ingrid"), "now": now}
    assert clear_attention(**facts) is True and clear_attention(**facts) is False
    order.refresh_from_db()
    assert order.attention == ""
    attended = Event.objects.get(name="order.attended")
    assert attended.text.startswith("saw to it: What is set aside")
