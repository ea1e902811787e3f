"""Joining fees: paid before somebody is a member, once, on the ledger like all money, and given back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.clubs.test_clubs import club, groups, joined
from tests.rooms.payments.owing import card_that
from tests.world import World, acting
from tirage.cli.doctor import run_checks
from tirage.clubs import fees
from tirage.clubs.fees import fee_left_minor, finish_joining, give_fee_back, look_again
from tirage.clubs.joining import Joins, join_club, words_of
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.plans import save_club, values_of
from tirage.clubs.states import FeeWay, MemberState
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import reconcile_payments, send_charge

FEE = 50_00


def costly(world: World, **changes: Any) -> Club:
    return club(world, **{"fee_minor": FEE, "fee_includes_tax": True, **changes})


def entered(world: World, of: Club, way: FeeWay, note: str = "") -> ClubMember:
    joins = Joins(of.version, 1, said="On the telephone", fee_way=way, fee_note=note)
    return join_club(club=of, customer=world.ana, joins=joins, actor=world.staff, now=world.now)


def test_the_fee_is_charged_before_anybody_is_a_member(world: World) -> None:
    of = costly(world)
    member = joined(world, of, world.ana, card_reference=world.ana_card.reference)
    fee = member.fee
    assert fee is not None and member.state == MemberState.ACTIVE and "Employees" in groups(world.ana)
    assert (fee.state, fee.owed_minor, fee.paid_minor, charged_in_all()) == ("booked", FEE, FEE, FEE)
    assert "Joining costs $50.00, once, tax included." in member.words
    assert joined(world, of, world.ana) == member and charged_in_all() == FEE
    assert run_checks(world.now) == []


def test_a_fee_is_in_no_figure_of_wine(world: World) -> None:
    before = Customer.objects.values("orders_count", "lifetime_minor", "last_order_at").get(pk=world.ana.pk)
    joined(world, costly(world), world.ana)
    assert (
        Customer.objects.values("orders_count", "lifetime_minor", "last_order_at").get(pk=world.ana.pk)
        == before
    )


def test_a_declined_card_joins_nobody_and_another_may_be_tried(world: World) -> None:
    of = costly(world)
    bad = card_that(world, world.ana, Behaviour.CARD_DECLINED)
    with pytest.raises(DomainError) as refused:
        joined(world, of, world.ana, card_reference=bad.reference)
    assert refused.value.code == "fee_declined" and "Nothing was charged" in refused.value.message
    assert not ClubMember.objects.exists() and groups(world.ana) == {"Premier"}
    assert Order.objects.get().state == "abandoned"
    member = joined(world, of, world.ana, card_reference=world.ana_card.reference)
    assert member.state == MemberState.ACTIVE and charged_in_all() == FEE and run_checks(world.now) == []


def test_a_bank_that_is_silent_is_asked_again_and_nobody_pays_twice(world: World) -> None:
    of = costly(world)
    silent = card_that(world, world.ana, Behaviour.TIMES_OUT_CHARGED)
    member = joined(world, of, world.ana, card_reference=silent.reference)
    assert member.state == MemberState.PAYING and groups(world.ana) == {"Premier"}
    assert joined(world, of, world.ana, card_reference=world.ana_card.reference) == member
    reconcile_payments(now=world.now + timedelta(minutes=1))
    finish_joining(member_id=member.pk, now=world.now)
    finish_joining(member_id=member.pk, now=world.now)
    member.refresh_from_db()
    assert member.state == MemberState.ACTIVE and charged_in_all() == FEE
    assert Event.objects.filter(name="club.joined").count() == 1


def test_what_never_reached_the_bank_ends_and_is_told(world: World) -> None:
    of = costly(world)
    lost = card_that(world, world.ana, Behaviour.TIMES_OUT_LOST)
    member = joined(world, of, world.ana, card_reference=lost.reference)
    later = world.now + timedelta(minutes=10)
    reconcile_payments(now=later)
    assert finish_joining(member_id=member.pk, now=later) is None
    assert not ClubMember.objects.exists() and Order.objects.get().state == "abandoned"
    assert charged_in_all() == 0 and run_checks(later) == []


def test_a_bank_that_wants_the_customer_may_be_given_up(world: World) -> None:
    asks = card_that(world, world.ana, Behaviour.AUTHENTICATES_ALWAYS)
    member = joined(world, costly(world), world.ana, card_reference=asks.reference)
    by: dict[str, Any] = {"member": member, "actor": acting(world.ana), "now": world.now}
    assert member.state == MemberState.PAYING
    waits = look_again(**by)
    assert waits is not None and waits.state == MemberState.PAYING
    assert look_again(**by, give_up=True) is None and not ClubMember.objects.exists()
    assert charged_in_all() == 0


def test_money_for_a_membership_that_cannot_be_made_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = costly(world)

    def suspended_meanwhile(*asked: Any, **more: Any) -> Any:
        Customer.objects.filter(pk=world.ana.pk).update(status="suspended")
        return send_charge(*asked, **more)

    monkeypatch.setattr(fees, "send_charge", suspended_meanwhile)
    with pytest.raises(Conflict, match="goes back by itself"):
        joined(world, of, world.ana)
    assert not ClubMember.objects.exists() and charged_in_all() == FEE
    reconcile_payments(now=world.now)
    assert charged_in_all() == 0 and run_checks(world.now) == []


def test_staff_have_it_paid_otherwise_or_waive_it_with_a_reason(world: World) -> None:
    of = costly(world)
    with pytest.raises(DomainError) as refused:
        entered(world, of, FeeWay.WAIVED)
    assert refused.value.code == "waiver_missing" and not ClubMember.objects.exists()
    member = entered(world, of, FeeWay.WAIVED, "A founder’s family")
    assert (member.fee, member.fee_waived) == (None, "A founder’s family")
    other = costly(world, name="Oak club", group=world.estate.reference)
    by_cheque = entered(world, other, FeeWay.CHEQUE, "No. 12")
    payment = Payment.objects.get()
    assert by_cheque.fee == payment.order and (payment.offline_kind, payment.note) == ("cheque", "No. 12")
    assert payment.order.balance_minor == 0 and charged_in_all() == 0 and run_checks(world.now) == []


def test_staff_have_the_first_card_charged(world: World) -> None:
    member = entered(world, costly(world), FeeWay.CARD)
    assert member.state == MemberState.ACTIVE and charged_in_all() == FEE


def test_the_fee_goes_back_once(world: World) -> None:
    member = joined(world, costly(world), world.ana)
    back: dict[str, Any] = {"member": member, "reason": "They moved", "actor": world.staff, "now": world.now}
    with pytest.raises(Conflict):
        give_fee_back(**back, seen_minor=FEE - 1)
    give_fee_back(**back, seen_minor=FEE)
    member.refresh_from_db()
    assert charged_in_all() == 0 and fee_left_minor(member) == 0 and member.state == MemberState.ACTIVE
    with pytest.raises(Conflict):
        give_fee_back(**back, seen_minor=FEE)
    fee = Order.objects.get()
    assert (fee.owed_minor, fee.paid_minor, charged_in_all()) == (0, 0, 0) and run_checks(world.now) == []


def test_another_fee_is_another_version(world: World) -> None:
    of = costly(world)
    saved = save_club(club=of, values={**values_of(of), "fee_minor": 60_00}, actor=world.staff, now=world.now)
    assert saved.version == 2 and "$60.00" in words_of(saved)
    with pytest.raises(Conflict, match="words have changed"):
        joined(world, of, world.ana)
    assert charged_in_all() == 0
    with pytest.raises(DomainError) as refused:
        club(world, name="Penny club", fee_minor=10)
    assert "fee_minor" in refused.value.fields


def test_the_gateway_is_asked_with_the_fees_own_key(world: World) -> None:
    """Killed after the bank was asked, it is found by its key; a second joining begins no second charge."""
    joined(world, costly(world), world.ana)
    payment = Payment.objects.get()
    found = TestGateway().find(idempotency_key=payment.idempotency_key)
    assert found is not None and found.gateway_reference == payment.gateway_reference
