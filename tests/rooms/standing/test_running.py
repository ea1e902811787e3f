"""A release's standing orders: told, changed, set aside before the rush, ordered, charged, collected."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy, checkout_arguments
from tests.rooms.delivery.limiting import limited
from tests.rooms.standing.standing import agreed, announced, offered, told, worked
from tests.world import World, acting, save_test_card
from tirage.checkout.models import Cart
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.customers.models import Address, Customer
from tirage.customers.operations import suspend_customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold, Stock
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.values import NothingToSay
from tirage.offers.models import Offer, OfferItem
from tirage.orders.models import Order
from tirage.payments.models import Collection, PaymentMethod
from tirage.payments.operations.balances import charge_balance
from tirage.standing.acting import work_next
from tirage.standing.agreeing import end, pause, resume
from tirage.standing.choosing import choose_pieces, skip_release, unskip_release
from tirage.standing.keeping import look_after_standing_orders
from tirage.standing.models import StandingLine, StandingOrder, StandingRun
from tirage.standing.planning import plan_line
from tirage.standing.running import plan_run, run_again, start_run, stop_run, watch_standing
from tirage.standing.states import Amount


def bottles(order: Order) -> dict[str, int]:
    return dict(order.lines.values_list("sku__code", "quantity"))


def mails(kind: str) -> list[SentMail]:
    return list(SentMail.objects.filter(kind=kind).order_by("pk"))


def line_of(customer: Customer) -> StandingLine:
    return StandingLine.objects.get(customer=customer)


def test_the_whole_journey_from_the_mail_to_the_receipt(world: World) -> None:
    offered(world)
    agreed(world, world.ana)
    assert watch_standing(now=world.now) == 2, "the run is made, and its plan queued"
    assert watch_standing(now=world.now) == 0
    run = announced(world)
    assert run.begins_at == world.now + timedelta(days=4, hours=-2)
    assert told(run) == {"Ana": ("waiting", 6 + 2 + 12 + 2)}
    [mail] = mails("standing_coming")
    said = values_of(mail, world.winery)
    assert "6 × Estate Cabernet" in str(said["standing.wines"]) and said["standing.card"] == "Visa 4242"
    assert Order.objects.count() == Hold.objects.count() == 0

    assert watch_standing(now=run.begins_at - timedelta(seconds=1)) == 0
    assert watch_standing(now=run.begins_at) == 1
    run.refresh_from_db()
    assert run.state == "running"
    assert work_next(run=run, limit=5, now=run.begins_at) == 1
    assert line_of(world.ana).outcome == "aside" and Order.objects.count() == 0
    while run.state == "running":
        work_next(run=run, limit=5, now=run.begins_at)
    order = Order.objects.get()
    assert bottles(order) == {"CAB23": 6, "CAB23-MAG": 2, "CHA24": 12, "SYR23-3": 2}
    assert (order.balance_minor, order.channel, order.address_id if hasattr(order, "address_id") else 0) == (
        0,
        "offer",
        0,
    )
    assert told(run) == {"Ana": ("ordered", 22)} and line_of(world.ana).order == order
    assert len(mails("order_receipt")) == 1 and mails("set_aside_ended") == []
    assert Hold.objects.count() == 0 and run_checks(run.begins_at) == []


def test_a_card_that_is_declined_is_collected_and_the_bottles_are_kept_until_a_date(world: World) -> None:
    offered(world, kept_days=3)
    save_test_card(world.ben, world.now, behaviour=Behaviour.CARD_DECLINED, last4="0001")
    agreed(world, world.ben)
    run = worked(world, announced(world))
    line, order = line_of(world.ben), Order.objects.get()
    until = run.begins_at + timedelta(days=3)
    assert (line.outcome, line.kept_until) == ("collecting", until)
    assert (order.state, order.balance_minor > 0) == ("placed", True)
    assert Collection.objects.get().order == order and mails("order_receipt") == []
    assert world.stock(world.cabernet).sold == 3

    look_after_standing_orders(now=until - timedelta(seconds=1))
    order.refresh_from_db()
    assert order.state == "placed"
    look_after_standing_orders(now=until)
    order.refresh_from_db()
    assert (order.state, line_of(world.ben).outcome) == ("cancelled", "returned")
    assert world.stock(world.cabernet).sold == 0 and run_checks(until) == []


def test_money_that_comes_later_makes_it_ordered(world: World) -> None:
    offered(world)
    save_test_card(world.ben, world.now, behaviour=Behaviour.CARD_DECLINED, last4="0001")
    agreed(world, world.ben)
    run = worked(world, announced(world))
    order = Order.objects.get()
    charge_balance(
        order_id=order.pk,
        card_reference=world.ben_card.reference,
        return_url="",
        actor=acting(world.ben),
        now=run.begins_at,
    )
    assert look_after_standing_orders(now=run.begins_at) == 1
    assert line_of(world.ben).outcome == "ordered" and len(mails("order_receipt")) == 1
    assert look_after_standing_orders(now=run.begins_at) == 0


@pytest.mark.parametrize(
    ("amount", "cap", "bottles_ordered"),
    [
        (Amount.FULL, None, {"CAB23": 3, "CAB23-MAG": 1, "CHA24": 6}),
        (Amount.USUAL, None, {"CAB23": 2}),
        (Amount.CAPPED, 5, {"CAB23": 3, "CAB23-MAG": 1, "CHA24": 1}),
    ],
)
def test_how_much_is_ordered(
    world: World, amount: Amount, cap: int | None, bottles_ordered: dict[str, int]
) -> None:
    offered(world)
    OfferItem.objects.filter(offer=world.estate_offer, sku=world.cabernet).update(default_quantity=2)
    agreed(world, world.ben, amount, cap)
    worked(world, announced(world))
    assert bottles(Order.objects.get()) == bottles_ordered


def test_never_more_than_the_mail_said_and_no_piece_at_a_higher_price(world: World) -> None:
    offered(world)
    agreed(world, world.ben)
    run = announced(world)
    cabernet = world.item(world.estate_offer, world.cabernet)
    OfferItem.objects.filter(pk=cabernet.pk).update(purchase_maximum=12, price_minor=150_00)
    OfferItem.objects.filter(offer=world.estate_offer, sku=world.magnum).update(price_minor=200_00)
    OfferItem.objects.filter(offer=world.estate_offer, sku=world.chardonnay).update(purchase_maximum=2)
    worked(world, run)
    found = Order.objects.get().lines.values_list("sku__code", "quantity", "unit_price_minor")
    assert sorted(found) == [("CAB23", 3, 120_00), ("CAB23-MAG", 1, 200_00), ("CHA24", 2, 65_00)]
    assert "6 of 10" in line_of(world.ben).reason or line_of(world.ben).outcome == "ordered"


def test_nobody_is_ordered_for_who_had_no_mail(world: World) -> None:
    offered(world)
    agreed(world, world.ana)
    run = announced(world)
    agreed(world, world.ben)
    worked(world, run)
    assert {name: outcome for name, (outcome, _) in told(run).items()} == {
        "Ana": "ordered",
        "Ben": "left_out",
    }
    assert line_of(world.ben).reason.startswith("They had no mail")


def test_who_is_left_out_and_why(world: World) -> None:
    offered(world)
    for customer in (world.ana, world.ben):
        agreed(world, customer)
    clara = save_test_card(world.clara, world.now)
    agreed(world, world.clara)
    suspend_customer(customer=world.ana, reason="A test", actor=world.staff, now=world.now)
    PaymentMethod.objects.filter(pk=world.ben_card.pk).update(exp_year=2020)
    run = announced(world)
    reasons = {line.customer.first_name: line.reason for line in run.lines.select_related("customer")}
    assert reasons == {
        "Ana": "The account is suspended.",
        "Ben": "No card is saved that still works.",
        "Clara": "No active offer of the release is for their group.",
    }
    [mail] = mails("standing_in_the_way")
    assert mail.customer_id == world.ben.pk and mails("standing_coming") == []
    assert values_of(mail, world.winery)["standing.problem"] == "Please save a card that works."
    assert plan_run(run=run, now=world.now) == 0, "nobody is told twice"
    PaymentMethod.objects.filter(pk=world.ben_card.pk).update(exp_year=2090)
    assert plan_run(run=run, now=world.now) == 1
    with pytest.raises(NothingToSay):
        values_of(mail, world.winery)
    assert mails("standing_coming")[0].customer_id == world.ben.pk and clara
    run = worked(world, run)
    assert {name: outcome for name, (outcome, _) in told(run).items()} == {
        "Ana": "left_out",
        "Ben": "ordered",
        "Clara": "left_out",
    }


def asks_of(world: World) -> str:
    """What Ben would be asked by mail."""
    line = line_of(world.ben)
    return plan_line(line, line.standing, world.now, by_stock=False).asks


def test_closed_places_minors_and_unmet_rules_are_left_out(world: World) -> None:
    offered(world)
    agreed(world, world.ben)
    run = announced(world)
    Offer.objects.filter(pk=world.estate_offer.pk).update(bottles_minimum=60)
    plan_run(run=run, now=world.now)
    assert line_of(world.ben).reason.startswith("The offer asks for more:")
    Offer.objects.filter(pk=world.estate_offer.pk).update(bottles_minimum=0)
    limit = limited(world.new_york, 2)
    plan_run(run=run, now=world.now)
    assert line_of(world.ben).reason == "New York takes at most 2 bottles for one person in a month."
    assert asks_of(world).endswith("in a month."), "no other address of his"
    parts = {"city": "Portland", "state": "OR", "postal_code": "97204"}
    Address.objects.create(customer=world.ben, recipient="Ben Baker", line1="1 Pine Street", **parts)
    assert asks_of(world).endswith(
        "in a month. It may go to Ben Baker, 1 Pine Street, Portland: choose that as its address."
    )
    limit.delete()
    type(world.ben_home).objects.filter(pk=world.ben_home.pk).update(state="UT", city="Provo")
    plan_run(run=run, now=world.now)
    assert line_of(world.ben).reason == "No carrier takes wine to Provo, UT."
    Customer.objects.filter(pk=world.ben.pk).update(birth_date=world.now.date() - timedelta(days=18 * 365))
    plan_run(run=run, now=world.now)
    assert "21 or older" in line_of(world.ben).reason
    run = worked(world, run)
    assert told(run) == {"Ben": ("left_out", 0)} and Order.objects.count() == 0


def test_changed_skipped_and_taken_back_for_one_release(world: World) -> None:
    offered(world)
    agreed(world, world.ben)
    run = announced(world)
    cabernet = world.item(world.estate_offer, world.cabernet)
    by: dict[str, Any] = {"customer": world.ben, "run_reference": run.reference, "actor": acting(world.ben)}
    with pytest.raises(DomainError) as beyond:
        choose_pieces(**by, quantities={cabernet.pk: 4}, now=world.now)
    assert beyond.value.fields == {f"item-{cabernet.pk}": f"{cabernet.sku.name}: at most 3."}
    assert skip_release(**by, now=world.now).outcome == "skipped"
    plan_run(run=run, now=world.now)
    assert told(run) == {"Ben": ("skipped", 10)}
    assert unskip_release(**by, now=world.now).outcome == "waiting"
    assert choose_pieces(**by, quantities={cabernet.pk: 0}, now=world.now).outcome == "skipped"
    assert choose_pieces(**by, quantities={cabernet.pk: 2}, now=world.now).outcome == "waiting"
    run = worked(world, run)
    assert bottles(Order.objects.get()) == {"CAB23": 2}
    for act in (skip_release, unskip_release):
        with pytest.raises(Conflict, match="ordered already") if act is skip_release else nullcontext():
            act(**by, now=run.begins_at)
    assert line_of(world.ben).outcome == "ordered"


def test_paused_and_ended_give_back_what_is_set_aside(world: World) -> None:
    offered(world)
    standing = agreed(world, world.ben)
    run = start_run(run=announced(world), actor=world.staff, now=world.now)
    work_next(run=run, limit=1, now=world.now)
    assert line_of(world.ben).outcome == "aside" and world.stock(world.cabernet).held == 3
    pause(customer=world.ben, actor=acting(world.ben), now=world.now)
    assert world.stock(world.cabernet).held == 0 and mails("set_aside_ended") == []
    assert line_of(world.ben).outcome == "waiting"
    work_next(run=run, limit=1, now=world.now)
    assert (line_of(world.ben).outcome, line_of(world.ben).reason) == (
        "left_out",
        "The standing order is paused.",
    )
    resume(customer=world.ben, actor=acting(world.ben), now=world.now)
    while run.state == "running":
        work_next(run=run, limit=5, now=world.now)
    run = run_again(run=run, actor=world.staff, now=world.now)
    work_next(run=run, limit=1, now=world.now)
    assert line_of(world.ben).outcome == "aside"
    end(customer=world.ben, reason="Moving", actor=acting(world.ben), now=world.now)
    standing.refresh_from_db()
    assert (standing.state, standing.reason, standing.ended_at) == ("ended", "Moving", world.now)
    while run.state == "running":
        work_next(run=run, limit=5, now=world.now)
    assert Order.objects.count() == 0 and Hold.objects.count() == 0 and run_checks(world.now) == []


def test_a_run_is_stopped_between_customers_and_goes_on(world: World) -> None:
    offered(world)
    for customer in (world.ana, world.ben):
        agreed(world, customer)
    run = start_run(run=announced(world), actor=world.staff, now=world.now)
    work_next(run=run, limit=1, now=world.now)
    run = stop_run(run=run, actor=world.staff, now=world.now)
    assert work_next(run=run, limit=5, now=world.now) >= 0 and Order.objects.count() == 0
    assert watch_standing(now=run.begins_at + timedelta(hours=1)) == 0, "what was stopped begins by no clock"
    run = worked(world, run, world.now)
    assert {outcome for outcome, _ in told(run).values()} == {"ordered"} and Order.objects.count() == 2
    with pytest.raises(DomainError, match="Nobody is left"):
        run_again(run=run, actor=world.staff, now=world.now)


def test_higher_groups_come_first_and_the_others_get_what_is_left(world: World) -> None:
    offered(world)
    agreed(world, world.ben)
    agreed(world, world.ana)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=8)
    worked(world, announced(world))
    assert bottles(Order.objects.get(customer=world.ana))["CAB23"] == 6
    assert bottles(Order.objects.get(customer=world.ben))["CAB23"] == 2
    assert line_of(world.ben).outcome == "ordered"


def test_what_was_bought_meanwhile_counts_against_the_allowance(world: World) -> None:
    """Staff begin the run late, when the offer is open and Ben has taken two bottles himself."""
    offered(world)
    agreed(world, world.ben)
    run = start_run(run=announced(world), actor=world.staff, now=world.now)
    opened = world.now + timedelta(days=4)
    work_next(run=run, limit=1, now=opened)
    assert world.stock(world.cabernet).held == 3
    buy(world, world.ben, {"CAB23": 2}, opened)
    while run.state == "running":
        work_next(run=run, limit=5, now=opened)
    order = Order.objects.get(standing_line__isnull=False)
    assert bottles(order) == {"CAB23": 1, "CAB23-MAG": 1, "CHA24": 6}
    assert Hold.objects.count() == 0 and run_checks(opened) == []


def test_customers_who_are_faster_than_the_run_order_it_once(world: World) -> None:
    offered(world)
    agreed(world, world.ben)
    run = start_run(run=announced(world), actor=world.staff, now=world.now)
    work_next(run=run, limit=1, now=world.now)
    cart = Cart.objects.get(standing_line__isnull=False)
    placed = place_order(**checkout_arguments(world, world.ben, world.now, set_aside=cart.reference))
    assert placed.status == "placed" and line_of(world.ben).outcome == "ordered"
    while run.state == "running":
        work_next(run=run, limit=5, now=world.now)
    assert Order.objects.count() == 1 and line_of(world.ben).order == Order.objects.get()


def test_an_opening_that_is_moved_moves_the_run(world: World) -> None:
    offered(world, lead_hours=12)
    agreed(world, world.ben)
    run = announced(world)
    opens_at = world.now + timedelta(days=2)
    Offer.objects.filter(pk=world.estate_offer.pk).update(opens_at=opens_at)
    watch_standing(now=world.now)
    run.refresh_from_db()
    assert run.begins_at == opens_at - timedelta(hours=12)


def test_far_releases_and_those_that_are_open_have_no_run(world: World) -> None:
    offered(world)
    agreed(world, world.ben)
    for moved in (timedelta(days=6), timedelta(hours=-1)):
        Offer.objects.filter(release=world.release).update(opens_at=world.now + moved)
        assert watch_standing(now=world.now) == 0
    assert StandingRun.objects.count() == 0 and StandingOrder.objects.count() == 1
