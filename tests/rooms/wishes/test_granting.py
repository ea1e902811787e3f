"""Grant runs: shared out, changed by hand, begun; every grant a change of an order that is paid, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from tests.bank import charged_in_all
from tests.rooms.changes.journey import bought, card_that, customer_actor, pieces_on
from tests.rooms.wishes.granting import line_of, shared, sums, told, wished, worked
from tests.world import World, save_test_card
from tirage.changes.collecting import retry_collection
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import lapse_drafts
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.winery import forget_winery
from tirage.customers.models import Address
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Stock
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.values import NothingToSay
from tirage.orders.models import Order
from tirage.payments.models import Collection, PaymentMethod
from tirage.wishes.granting import (
    adjust_lines,
    again,
    continue_granting,
    grant_wish,
    look_after_granted_orders,
    share_wishes,
    start_granting,
    stop_granting,
    sweep_waiting_shares,
)
from tirage.wishes.granting.planning import choose_rule
from tirage.wishes.models import GrantRun, Wish
from tirage.wishes.operations import decline_wish, set_wish, withdraw_wish
from tirage.wishes.rules import Rule


@pytest.fixture
def wishes(world: World) -> dict[str, Wish]:
    """Ben has bought two Cabernets and wishes for three more; Ana has no order and wishes for two."""
    bought(world, world.ben, {"CAB23": 2})
    return {
        "ben": wished(world, world.ben, world.estate_offer, world.cabernet, 3),
        "ana": wished(
            world, world.ana, world.premier_offer, world.cabernet, 2, made_at=world.now + timedelta(minutes=1)
        ),
    }


def order_of(world: World, customer: Any) -> Order:
    return Order.objects.get(customer=customer, release=world.release)


def mails(kind: str) -> int:
    return SentMail.objects.filter(kind=kind).count()


def test_a_draft_shares_out_and_does_nothing(world: World, wishes: dict[str, Wish]) -> None:
    run = shared(world, {world.cabernet: 4})
    assert {line.customer.first_name: line.pieces for line in run.lines.all()} == {"Ben": 2, "Ana": 2}
    assert sums(world, world.cabernet) == {"sold": 2, "held": 0, "granted": 0, "granting": 0}
    assert run.state == "draft" and run.seed, (
        "a seed is drawn with the draft, before anybody knows what it gives"
    )


def test_a_grant_is_a_paid_change_of_the_order_with_one_mail(world: World, wishes: dict[str, Wish]) -> None:
    wished(world, world.ben, world.estate_offer, world.chardonnay, 1)
    before = charged_in_all()
    order = order_of(world, world.ben)
    run = worked(world, shared(world, {world.cabernet: 1, world.chardonnay: 1}))
    assert run.state == "finished"
    assert pieces_on(order) == {"CAB23": 3, "CHA24": 1}
    order.refresh_from_db()
    assert order.balance_minor == 0 and charged_in_all() == order.paid_minor > before
    assert order.changes.count() == 2 and order.changes.get(number=2).kind == "grant"
    assert (mails("wishes_granted"), mails("order_changed")) == (1, 0), "one mail for both wines"
    ben = Wish.objects.get(pk=wishes["ben"].pk)
    assert (ben.state, ben.granted, ben.granting, ben.order_id) == ("open", 1, 0, order.pk)
    assert ben.charged_at == world.now
    assert run_checks(world.now) == []


def test_a_charged_grant_asks_for_nothing_twice(world: World, wishes: dict[str, Wish]) -> None:
    """Each of its three transactions looks at what it decides on under its locks, and at nothing else again."""
    run = start_granting(
        run=shared(world, {world.cabernet: 1}, Rule.OLDEST), actor=world.staff, now=world.now
    )
    with CaptureQueriesContext(connection) as asked:
        continue_granting(run=run, limit=1, now=world.now)
    assert pieces_on(order_of(world, world.ben)) == {"CAB23": 3}
    control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    statements = [one["sql"] for one in asked.captured_queries if not one["sql"].startswith(control)]
    # Five ask what only some changes are: en primeur, twice; a settlement; a pickup that is sent; in compliance.
    assert len(statements) <= (92 if connection.vendor == "postgresql" else 93)
    offers = [one for one in statements if "FROM offers_offeritem" in one]
    assert len(offers) == 3, "once to prepare, once to confirm, once when the money is there"


def test_who_has_no_order_gets_one_by_the_groups_terms(world: World, wishes: dict[str, Wish]) -> None:
    before = charged_in_all()
    run = worked(world, shared(world, {world.cabernet: 4}))
    assert told(run) == {"Ben": ("granted", 2), "Ana": ("granted", 2)}
    order = order_of(world, world.ana)
    assert order.state == "placed" and pieces_on(order) == {"CAB23": 2}
    # Premier: 10 % off 240.00, free shipping; California's tax as a checkout reckons it.
    charges = dict(order.charges.values_list("kind", "amount_minor"))
    assert charges["discount"] == -24_00 and "shipping" not in charges and charges["tax"] > 0
    assert order.balance_minor == 0 and charged_in_all() - before > order.paid_minor
    assert mails("wishes_granted") == 2 and mails("order_receipt") == 1, "Ben's own receipt"
    assert Wish.objects.get(pk=wishes["ana"].pk).state == "granted"
    assert run_checks(world.now) == []


@pytest.mark.parametrize("name", ["suspended", "no card", "closed state", "no address"])
def test_who_can_not_be_granted_anything_is_left_out_with_the_reason(
    world: World, wishes: dict[str, Wish], name: str
) -> None:
    def spoil() -> str:
        match name:
            case "suspended":
                type(world.ana).objects.filter(pk=world.ana.pk).update(status="suspended")
                return "The account is suspended."
            case "no card":
                PaymentMethod.objects.filter(customer=world.ana).update(removed_at=world.now)
                return "No card is saved that still works."
            case "closed state":
                Address.objects.filter(pk=world.ana_home.pk).update(state="TX", city="Austin")
                return "No carrier takes wine to Austin, TX."
            case "no address":
                Address.objects.filter(customer=world.ana).update(removed_at=world.now)
        return "No address is saved."

    reason = spoil()
    run = shared(world, {world.cabernet: 5})
    assert (line_of(run, wishes["ana"]).left_out, line_of(run, wishes["ana"]).pieces) == (reason, 0)
    assert line_of(run, wishes["ben"]).pieces == 3, "what one can't have goes to the others"


def test_more_than_there_is_can_not_be_given(world: World, wishes: dict[str, Wish]) -> None:
    with pytest.raises(DomainError) as refused:
        shared(world, {world.magnum: 5}, reserve=2)
    assert refused.value.code == "not_enough" and "4 can be given" in refused.value.message
    with pytest.raises(DomainError, match="Nobody has an open wish"):
        shared(world, {world.magnum: 4})
    with pytest.raises(DomainError, match="Say of which wine"):
        shared(world, {world.magnum: 0})
    assert not GrantRun.objects.exists()


def test_a_draft_is_changed_by_hand_within_what_there_is(world: World, wishes: dict[str, Wish]) -> None:
    run = shared(world, {world.cabernet: 3})
    ben, ana = line_of(run, wishes["ben"]), line_of(run, wishes["ana"])
    assert adjust_lines(run=run, pieces={ben.pk: 1, ana.pk: 2}, now=world.now) == 2
    assert told(run) == {"Ben": ("waiting", 0), "Ana": ("waiting", 0)}
    for pieces, code in (({ana.pk: 3}, "pieces_invalid"), ({ben.pk: 2}, "not_enough")):
        with pytest.raises(DomainError) as refused:
            adjust_lines(run=run, pieces=pieces, now=world.now)
        assert refused.value.code == code
    assert [line_of(run, wishes[name]).pieces for name in ("ben", "ana")] == [1, 2]
    worked(world, run)
    assert told(run) == {"Ben": ("granted", 1), "Ana": ("granted", 2)}
    with pytest.raises(Conflict, match="has begun"):
        adjust_lines(run=run, pieces={ben.pk: 0}, now=world.now)


def test_a_declined_card_keeps_the_bottles_until_the_date_and_then_they_come_back(
    world: World, wishes: dict[str, Wish]
) -> None:
    PaymentMethod.objects.filter(customer=world.ben).update(is_default=False)
    card = card_that(world, Behaviour.INSUFFICIENT_FUNDS)
    PaymentMethod.objects.filter(pk=card.pk).update(is_default=True)
    order, before = order_of(world, world.ben), charged_in_all()
    run = worked(world, shared(world, {world.cabernet: 3}, Rule.OLDEST, kept_days=5))
    line = line_of(run, wishes["ben"])
    assert (line.outcome, line.given) == ("collecting", 3) and line.reason
    assert line.kept_until == world.now + timedelta(days=5)
    assert pieces_on(order) == {"CAB23": 2} and charged_in_all() == before
    assert Collection.objects.filter(order=order, state="open").count() == 1
    assert sums(world, world.cabernet) == {"sold": 2, "held": 3, "granted": 0, "granting": 3}
    for act in (withdraw, decline):
        with pytest.raises(Conflict, match="being granted"):
            act(world, wishes["ben"])
    later = world.now + timedelta(days=5, hours=2)
    lapse_drafts(now=later)
    line.refresh_from_db()
    assert (line.outcome, line.given) == ("returned", 0)
    assert sums(world, world.cabernet) == {"sold": 2, "held": 0, "granted": 0, "granting": 0}
    assert Wish.objects.get(pk=wishes["ben"].pk).state == "open"
    PaymentMethod.objects.filter(pk=card.pk).update(removed_at=later)
    run = again(run=run, actor=world.staff, now=later)
    while run.state == "running":
        run = continue_granting(run=run, limit=2, now=later)
    assert told(run)["Ben"] == ("granted", 3) and pieces_on(order) == {"CAB23": 5}
    with pytest.raises(DomainError, match="Nothing is left"):
        again(run=run, actor=world.staff, now=later)
    assert run_checks(later) == []


def withdraw(world: World, wish: Wish) -> None:
    withdraw_wish(customer=wish.customer, wish_reference=wish.reference, actor=world.staff, now=world.now)


def decline(world: World, wish: Wish) -> None:
    decline_wish(wish_reference=wish.reference, reason="", actor=world.staff, now=world.now)


def test_money_that_is_collected_later_grants_the_wish(world: World, wishes: dict[str, Wish]) -> None:
    PaymentMethod.objects.filter(customer=world.ben).update(is_default=False)
    card = card_that(world, Behaviour.INSUFFICIENT_FUNDS)
    PaymentMethod.objects.filter(pk=card.pk).update(is_default=True)
    run = worked(world, shared(world, {world.cabernet: 3}, Rule.OLDEST))
    later = world.now + timedelta(days=1)
    collection = Collection.objects.get(state="open")
    done = retry_collection(
        collection_reference=collection.reference,
        card_reference=world.ben_card.reference,
        actor=world.staff,
        now=later,
    )
    assert done.status == "paid" and told(run)["Ben"] == ("granted", 3)
    assert line_of(run, wishes["ben"]).reason == "", "what the first card said is over"
    assert mails("wishes_granted") == 1
    assert sums(world, world.cabernet) == {"sold": 5, "held": 0, "granted": 3, "granting": 0}
    assert run_checks(later) == []


def test_an_order_of_its_own_is_collected_and_let_go_after_the_date(
    world: World, wishes: dict[str, Wish]
) -> None:
    PaymentMethod.objects.filter(customer=world.ana).update(is_default=False)
    save_test_card(world.ana, world.now, behaviour=Behaviour.INSUFFICIENT_FUNDS, last4="0001")
    run = worked(world, shared(world, {world.cabernet: 5}))
    line, order = line_of(run, wishes["ana"]), order_of(world, world.ana)
    assert (line.outcome, line.given, line.order_id) == ("collecting", 2, order.pk)
    assert order.balance_minor == order.owed_minor > 0
    assert Collection.objects.filter(order=order, state="open").exists()
    look_after_granted_orders(now=world.now + timedelta(days=6))
    order.refresh_from_db()
    assert order.state == "placed", "kept until the date"
    later = world.now + timedelta(days=7, minutes=1)
    look_after_granted_orders(now=later)
    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.state, line.outcome, line.given) == ("cancelled", "returned", 0)
    assert sums(world, world.cabernet) == {"sold": 5, "held": 0, "granted": 3, "granting": 0}
    assert mails("order_cancelled") == 1 and run_checks(later) == []


def test_bottles_that_go_meanwhile_and_the_reserve_are_not_given(
    world: World, wishes: dict[str, Wish]
) -> None:
    run = shared(world, {world.cabernet: 5}, Rule.OLDEST, reserve=10)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=2 + 10 + 4)
    worked(world, run)
    assert told(run) == {"Ana": ("granted", 2), "Ben": ("granted", 2)} or told(run) == {
        "Ana": ("granted", 1),
        "Ben": ("granted", 3),
    }
    stock = world.stock(world.cabernet)
    assert stock.on_hand - stock.sold == 10
    short = next(line for line in run.lines.all() if line.given < line.pieces)
    assert "fewer were left" in short.reason


def test_nobody_known_to_be_too_young_is_granted_wine(world: World, wishes: dict[str, Wish]) -> None:
    run = shared(world, {world.cabernet: 5})
    young = world.now.date().replace(year=world.now.year - 20)
    type(world.ana).objects.update(birth_date=young)
    worked(world, run)
    assert {outcome for outcome, _ in told(run).values()} == {"refused"}
    assert sums(world, world.cabernet) == {"sold": 2, "held": 0, "granted": 0, "granting": 0}


def test_no_wine_is_granted_for_a_recipient_known_to_be_too_young(
    world: World, wishes: dict[str, Wish]
) -> None:
    run = shared(world, {world.cabernet: 5})
    young = world.now.date().replace(year=world.now.year - 20)
    Address.objects.update(birth_date=young)
    worked(world, run)
    assert {outcome for outcome, _ in told(run).values()} == {"refused"}
    assert all("recipient" in line.reason for line in run.lines.all())
    assert sums(world, world.cabernet) == {"sold": 2, "held": 0, "granted": 0, "granting": 0}


def test_a_wine_that_became_dearer_costs_what_it_did_when_it_was_wished_for(
    world: World, wishes: dict[str, Wish]
) -> None:
    Wish.objects.update(price_minor=120_00)
    type(world.cabernet).objects.filter(pk=world.magnum.pk).update(price_minor=500_00)
    wished(world, world.ben, world.estate_offer, world.magnum, 1, price_minor=260_00)
    worked(world, shared(world, {world.magnum: 1}))
    order = order_of(world, world.ben)
    off = order.charges.filter(kind="discount").values_list("amount_minor", flat=True)
    assert pieces_on(order)["CAB23-MAG"] == 1 and sum(off) == -240_00
    assert run_checks(world.now) == []


def test_a_stopped_run_goes_on_where_it_stopped(world: World, wishes: dict[str, Wish]) -> None:
    run = start_granting(run=shared(world, {world.cabernet: 5}), actor=world.staff, now=world.now)
    run = continue_granting(run=run, limit=1, now=world.now)
    run = stop_granting(run=run, now=world.now)
    granted = sums(world, world.cabernet)["granted"]
    assert run.state == "stopped" and 0 < granted < 5
    assert continue_granting(run=run, limit=9, now=world.now).state == "stopped"
    assert sums(world, world.cabernet)["granted"] == granted
    worked(world, run)
    assert sums(world, world.cabernet) == {"sold": 7, "held": 0, "granted": 5, "granting": 0}
    assert Event.objects.filter(name="granting.started").count() == 2


def test_a_wish_that_was_answered_meanwhile_is_left_with_the_reason(
    world: World, wishes: dict[str, Wish]
) -> None:
    run, other = shared(world, {world.cabernet: 5}), shared(world, {world.cabernet: 5})
    withdraw_wish(
        customer=world.ana, wish_reference=wishes["ana"].reference, actor=world.staff, now=world.now
    )
    worked(world, run)
    worked(world, other)
    assert line_of(run, wishes["ana"]).reason == "The customer withdrew the wish."
    assert line_of(other, wishes["ben"]).reason == "Another run grants this wish, or has granted it."
    assert sums(world, world.cabernet) == {"sold": 5, "held": 0, "granted": 3, "granting": 0}


@pytest.mark.parametrize(("keeps_rest", "state"), [(True, "open"), (False, "granted")])
def test_part_of_a_wish_is_granted_and_the_rest_stays_or_ends(
    world: World, wishes: dict[str, Wish], keeps_rest: bool, state: str
) -> None:
    line = grant_wish(wish=wishes["ben"], pieces=2, keeps_rest=keeps_rest, actor=world.staff, now=world.now)
    wish = Wish.objects.get(pk=wishes["ben"].pk)
    assert (line.outcome, wish.granted, wish.state) == ("granted", 2, state)
    if not keeps_rest:
        with pytest.raises(Conflict):
            grant_wish(wish=wish, pieces=1, actor=world.staff, now=world.now)
    else:
        grant_wish(wish=wish, pieces=1, actor=world.staff, now=world.now)
        wish.refresh_from_db()
        assert (wish.granted, wish.state) == (3, "granted")
    assert run_checks(world.now) == []


def test_a_change_that_the_bank_is_never_asked_for_is_gone_on_with(
    world: World, wishes: dict[str, Wish], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies between holding the bottles and asking the bank."""
    from tirage.wishes.granting import acting

    class Killed(BaseException):
        pass

    def die(*ignored: object) -> None:
        raise Killed

    run = start_granting(run=shared(world, {world.cabernet: 5}), actor=world.staff, now=world.now)
    with monkeypatch.context() as patched:
        patched.setattr(acting, "_ask_for_money", die)
        for _ in range(2):
            with pytest.raises(Killed):
                continue_granting(run=run, limit=1, now=world.now)
    assert {outcome for outcome, _ in told(run).values()} <= {"granting", "waiting"}
    while run.state == "running":
        run = continue_granting(run=run, limit=1, now=world.now)
    assert sums(world, world.cabernet) == {"sold": 7, "held": 0, "granted": 5, "granting": 0}
    assert ChangeDraft.objects.filter(state="open").count() == 0 and run_checks(world.now) == []


def test_the_team_has_a_mail_for_each_wish_where_the_winery_wants_it(
    world: World,
) -> None:
    def make(customer: Any, offer: Any) -> None:
        item = world.item(offer, world.cabernet)
        type(item).objects.filter(pk=item.pk).update(wish_maximum=6)
        set_wish(
            customer=customer,
            offer_item_id=item.pk,
            quantity=2,
            agreed=True,
            actor=customer_actor(customer),
            now=world.now,
        )

    make(world.ben, world.estate_offer)
    assert mails("wish_made") == 1 and mails("wish_asked") == 0, "off unless switched on"
    type(world.winery).objects.update(wish_mails=True)
    forget_winery()
    make(world.ana, world.premier_offer)
    mail = SentMail.objects.get(kind="wish_asked")
    assert (mail.to, mail.customer_id) == (world.winery.support_email, None)
    values = values_of(mail, world.winery)
    wish = Wish.objects.get(customer=world.ana)
    assert values["wish.customer"] == "Ana Alvarez"
    assert getattr(values["wish.link"], "href", "").endswith(f"/winery/wishes/{wish.reference}/")
    Wish.objects.update(state="withdrawn")
    with pytest.raises(NothingToSay):
        values_of(mail, world.winery)


def test_what_waits_for_a_worker_that_died_is_shared_out_by_another(
    world: World, wishes: dict[str, Wish]
) -> None:
    run = shared(world, {world.cabernet: 4}, Rule.OPTIMISER, at_once=500)
    assert run.state == "sharing" and not run.lines.exists()
    assert sweep_waiting_shares(now=world.now + timedelta(minutes=2)) == 0, "its job waits"
    DBTaskResult.objects.all().delete()
    assert sweep_waiting_shares(now=world.now) == 0
    assert sweep_waiting_shares(now=world.now + timedelta(minutes=2)) == 1
    late = GrantRun.objects.get(pk=run.pk)
    share_wishes(run=run, now=world.now)
    share_wishes(run=late, now=world.now)
    assert run.state == "draft" and run.lines.count() == 2, "two workers share out once"
    assert {line.pieces for line in run.lines.all()} == {2}


def test_another_rule_is_chosen_without_reckoning_anew(world: World, wishes: dict[str, Wish]) -> None:
    run = shared(world, {world.cabernet: 4})
    with pytest.raises(Conflict, match="being tried"):
        choose_rule(run=run, rule=Rule.OPTIMISER, now=world.now)
    share_wishes(run=run, now=world.now)
    with CaptureQueriesContext(connection) as asked:
        choose_rule(run=run, rule=Rule.OLDEST, now=world.now)
    assert len(asked) <= 6
    assert {line.customer.first_name: line.pieces for line in run.lines.all()} == {"Ben": 3, "Ana": 1}
    run = choose_rule(run=run, rule=Rule.OPTIMISER, now=world.now)
    assert {line.pieces for line in run.lines.all()} == {2}
