"""Wine en primeur goes from one customer to another: signed twice, approved, with what was paid for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as mailing

from tests.rooms.checkout.journey import customer_actor, hold
from tests.rooms.futures.campaign import CODE, buy, order_of, plan
from tests.rooms.futures.given import offer, paid, sign
from tests.rooms.futures.settled import arrive, ask
from tests.world import World
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.futures.holding import holding_of, holdings_of
from tirage.futures.models import Acceptance, Certificate, Lot, Transfer
from tirage.futures.transferring import (
    approve_transfer,
    expire_transfers,
    giveable,
    refuse_transfer,
    withdraw_transfer,
)
from tirage.inventory.models import Hold, Stock
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.orders.models import Order
from tirage.payments.models import Payment

pytestmark = pytest.mark.django_db(transaction=True)


def healthy() -> None:
    assert run_checks(read_clock()) == []


def test_wine_goes_over_with_what_was_paid_for_it(world: World) -> None:
    futures, order = paid(world)
    one = offer(futures, order)
    assert Order.objects.filter(release=futures.release).count() == 1
    one = sign(one, world.ana, world.now)
    assert one.state == "accepted" and (one.giver_signature, one.receiver_signature) == (
        "Ben Baker",
        world.ana.name,
    )
    done = approve_transfer(reference=one.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    made = done.made
    assert made is not None and made.customer == world.ana and made.state == "placed"
    assert (order.owed_minor, order.paid_minor, made.owed_minor, made.paid_minor) == (
        900_00,
        900_00,
        300_00,
        300_00,
    )
    assert done.amount_minor == 300_00
    assert [(held.lot, held.pieces) for one in holdings_of(world.ana) for held in one.held] == [
        (futures.lot, 3)
    ]
    assert [held.pieces for held in holding_of(order).held] == [9]  # type: ignore[union-attr]
    assert Lot.objects.get().committed == 12 == Stock.objects.get(sku=futures.sku).sold
    assert made.placed_at == order.placed_at and made.group == order.group
    assert Certificate.objects.filter(order=made).exists()
    assert Acceptance.objects.get(order=made).digest == Acceptance.objects.get(order=order).digest
    assert {payment.offline_kind for payment in made.payments.all()} == {"moved"}
    healthy()


def test_no_allowance_is_touched(world: World) -> None:
    futures, order = paid(world, 24)
    one = sign(offer(futures, order, 6), world.ana, world.now)
    approve_transfer(reference=one.reference, actor=world.staff, now=world.now)
    item = next(item for item in load_offer_page(world.ben, world.now).items if item.code == CODE)
    assert item.used == 24
    with pytest.raises(DomainError):
        hold(world.ben, {CODE: 1}, world.now)


def test_an_order_that_gave_all_away_is_over(world: World) -> None:
    futures, order = paid(world, 6)
    one = sign(offer(futures, order, 6), world.ana, world.now)
    approve_transfer(reference=one.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert (order.state, order.owed_minor, order.paid_minor) == ("cancelled", 0, 0)
    assert holdings_of(world.ben) == [] and len(holdings_of(world.ana)) == 1
    healthy()


def test_where_nobody_has_to_approve_the_second_signature_does_it(world: World) -> None:
    futures, order = paid(world)
    Winery.objects.update(transfers="free")
    forget_winery()
    one = sign(offer(futures, order), world.ana, world.now)
    assert one.state == "approved"
    healthy()


def test_only_what_is_paid_and_not_settled_is_given(world: World) -> None:
    futures, order = paid(world)
    Winery.objects.update(transfers="off")
    forget_winery()
    with pytest.raises(DomainError, match="can’t be given on here"):
        offer(futures, order)
    Winery.objects.update(transfers="approved")
    forget_winery()
    one = sign(offer(futures, order), world.ana, world.now)
    arrive(futures, 60)
    ask(futures, order)
    for act in (
        lambda: offer(futures, order),
        lambda: approve_transfer(reference=one.reference, actor=world.staff, now=world.now),
    ):
        with pytest.raises(Conflict, match="settlement"):
            act()
    assert giveable(holdings_of(world.ben)) == []
    assert Order.objects.filter(release=futures.release).count() == 1
    healthy()


def test_instalments_come_first(world: World) -> None:
    futures, _ = paid(world, 1)
    plan(futures)
    order = order_of(buy(futures, world.ben, 5))
    with pytest.raises(Conflict, match="instalments"):
        offer(futures, order)


def test_the_same_bottles_are_offered_once(world: World) -> None:
    futures, order = paid(world, 6)
    offer(futures, order, 4)
    with pytest.raises(DomainError, match="Between 1 and 2"):
        offer(futures, order, 3)
    offer(futures, order, 2, to="nobody.yet@example.com")
    with pytest.raises(DomainError, match="offered to somebody already"):
        offer(futures, order, 1)


@pytest.mark.parametrize("to", ["", "no address", "ben"])
def test_it_goes_to_an_address_of_another(world: World, to: str) -> None:
    futures, order = paid(world)
    with pytest.raises(DomainError) as refused:
        offer(futures, order, to=world.ben.email.upper() if to == "ben" else to or " ")
    assert "to_email" in refused.value.fields


def test_who_isn_t_a_customer_yet_accepts_as_one(world: World) -> None:
    futures, order = paid(world)
    one = offer(futures, order, to="New.Friend@example.com")
    assert not SentMail.objects.filter(kind="transfer_offered").exists()
    with pytest.raises(DomainError, match="Nobody has offered"):
        sign(one, world.ana, world.now)
    friend = Customer.objects.create(
        email=one.to_email, first_name="New", last_name="Friend", signed_up_at=world.now
    )
    assert sign(one, friend, world.now).receiver == friend


def test_it_ends_by_either_the_team_or_time(world: World) -> None:
    futures, order = paid(world)
    ben, ana = customer_actor(world.ben), customer_actor(world.ana)
    back, no, team, over = (offer(futures, order, 1) for _ in range(4))
    with pytest.raises(Conflict):
        refuse_transfer(reference=no.reference, reason="", actor=ben, now=world.now)
    with pytest.raises(DomainError):
        withdraw_transfer(reference=back.reference, actor=ana, now=world.now)
    withdraw_transfer(reference=back.reference, actor=ben, now=world.now)
    refuse_transfer(reference=no.reference, reason="", actor=ana, now=world.now)
    sign(team, world.ana, world.now)
    with pytest.raises(DomainError, match="Say why"):
        refuse_transfer(reference=team.reference, reason=" ", actor=world.staff, now=world.now)
    refuse_transfer(reference=team.reference, reason="Not now.", actor=world.staff, now=world.now)
    assert expire_transfers(now=world.now) == 0
    assert expire_transfers(now=world.now + timedelta(days=31)) == 1
    found = {one.pk: one.state for one in Transfer.objects.all()}
    assert [found[one.pk] for one in (back, no, team, over)] == ["withdrawn", "refused", "refused", "expired"]
    for one in (back, no, team, over):
        with pytest.raises(Conflict):
            sign(one, world.ana, world.now)
    assert SentMail.objects.filter(kind="transfer_told").count() == 5
    assert giveable(holdings_of(world.ben))[0][2] == 12


def test_a_gift_of_the_house_stays(world: World) -> None:
    futures, order = paid(world)
    Payment.objects.filter(order=order).update(gateway="offline", offline_kind="comp", note="A gift")
    one = sign(offer(futures, order), world.ana, world.now)
    before = list(Order.objects.values_list("reference", "owed_minor", "paid_minor"))
    with pytest.raises(Conflict, match="gift of the house"):
        approve_transfer(reference=one.reference, actor=world.staff, now=world.now)
    assert list(Order.objects.values_list("reference", "owed_minor", "paid_minor")) == before
    assert Transfer.objects.get().state == "accepted" and not Hold.objects.filter(holder=one.reference)
    healthy()


def test_both_read_what_is_offered_and_what_became_of_it(world: World) -> None:
    futures, order = paid(world)
    one = offer(futures, order)
    assert send_one(SentMail.objects.get(kind="transfer_offered").pk, world.now) is None
    (letter,) = [mail for mail in mailing.outbox if mail.to == [world.ana.email]]
    assert f"{world.ben.name} has wine for you" in letter.subject
    assert "3 × Cabernet Sauvignon 2025, 750 ml" in letter.body and "For your birthday." in letter.body
    sign(one, world.ana, world.now)
    approve_transfer(reference=one.reference, actor=world.staff, now=world.now)
    for mail in SentMail.objects.filter(kind="transfer_told"):
        assert send_one(mail.pk, world.now) is None
    told = [mail for mail in mailing.outbox if "What became of" in mail.subject]
    assert {mail.to[0] for mail in told} == {world.ana.email, world.ben.email}
    assert all("It is done" in str(mail.body) for mail in told)
