"""From the arrival of a lot to wine that may leave: asked, reckoned, agreed to, paid, or kept in the cellar."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import confirm, draft_of
from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.rooms.futures.settled import OLDEST, agreed, arrive, ask, due, home, shown
from tests.rooms.taxes.dutiable import duty
from tests.rooms.taxes.tables import rate
from tests.world import World, save_test_card
from tirage.catalog.models import Vintage
from tirage.changes.operations import cancel_order, drop_draft
from tirage.changes.operations.confirming import confirm_prepared
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.customers.models import Address
from tirage.delivery.models import Destination, Method, Rate, RateTable, Zone
from tirage.fulfilment.operations import ship_order
from tirage.futures.models import Instalment
from tirage.futures.settlement_models import Settlement
from tirage.futures.settling.agreeing import ask_stale_again
from tirage.futures.settling.arrivals import take_arrival_back
from tirage.futures.settling.asking import HAND, call_off, keep_in_cellar, look_after_settlements, preview
from tirage.futures.settling.reckoning import Choice, look_at
from tirage.futures.states import Precedence
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.offers.states import PlanKind
from tirage.orders.models import CancelReason, Order
from tirage.orders.queries import order_charges


@pytest.fixture
def futures(world: World) -> Futures:
    return begin(world)


@pytest.fixture
def order(futures: Futures) -> Order:
    """Ben's twelve, paid in bond."""
    return order_of(buy(futures, futures.world.ben, 12))


def counted(futures: Futures) -> tuple[int, int, int, int]:
    futures.lot.refresh_from_db()
    stock = futures.world.stock(futures.sku)
    return stock.expected, stock.on_hand, stock.sold, futures.lot.arrived


# Arrivals


def test_what_was_expected_is_on_hand_and_nothing_else_moves(futures: Futures, order: Order) -> None:
    arrive(futures, 20, cost_minor=400_00, note="First truck")
    assert counted(futures) == (40, 20, 12, 20) and futures.lot.stage == "bottled"
    arrive(futures, 40)
    assert counted(futures) == (0, 60, 12, 60) and futures.lot.stage == "arrived"
    assert Event.objects.filter(name="arrival.recorded").count() == 2 and run_checks(futures.world.now) == []


def test_no_more_arrives_than_is_expected_and_not_tomorrow(futures: Futures) -> None:
    tomorrow = local_time(futures.world.now).date() + timedelta(days=1)
    for pieces, changes, field in (
        (61, {}, "pieces"),
        (0, {}, "pieces"),
        (1, {"arrived_on": tomorrow}, "arrived_on"),
        (1, {"cost_minor": -1}, "cost"),
    ):
        with pytest.raises(DomainError) as refused:
            arrive(futures, pieces, **changes)
        assert refused.value.fields.keys() == {field}
    assert counted(futures) == (60, 0, 0, 0)


def test_an_arrival_that_was_wrong_is_taken_back_once(futures: Futures, order: Order) -> None:
    made, world = arrive(futures, 20), futures.world
    take_arrival_back(arrival=made, actor=world.staff, now=world.now)
    assert counted(futures) == (60, 0, 12, 0) and run_checks(world.now) == []
    with pytest.raises(Conflict, match="already"):
        take_arrival_back(arrival=made, actor=world.staff, now=world.now)
    again = arrive(futures, 20)
    ask(futures)
    with pytest.raises(Conflict, match="Call those settlements off"):
        take_arrival_back(arrival=again, actor=world.staff, now=world.now)


# Whose orders


def test_whole_orders_in_their_turn_and_the_next_where_one_is_too_large(futures: Futures) -> None:
    world = futures.world
    first, second = order_of(buy(futures, world.ben, 12)), order_of(buy(futures, world.ben, 5))
    arrive(futures, 10)
    found = preview(futures.release, OLDEST)
    assert [one.order for one in found.covered] == [second] and [one.order for one in found.waiting] == [
        first
    ]
    assert found.left == {futures.lot.pk: 5}
    arrive(futures, 7)
    assert [one.order for one in preview(futures.release, Precedence.GROUP).covered] == [first, second]


def test_what_one_settlement_has_the_next_doesnt(futures: Futures, order: Order) -> None:
    other = order_of(buy(futures, futures.world.ben, 6))
    arrive(futures, 12)
    ask(futures, order)
    assert preview(futures.release, OLDEST).covered == ()
    with pytest.raises(Conflict, match="Something has changed"):
        ask(futures, other)
    assert Settlement.objects.count() == 1


def test_nobody_is_asked_for_tomorrow(futures: Futures, order: Order) -> None:
    arrive(futures, 12)
    with pytest.raises(DomainError) as refused:
        ask(futures, due_on=local_time(futures.world.now).date())
    assert refused.value.fields.keys() == {"due_on"} and not Settlement.objects.exists()


# What it costs


def test_delivery_and_tax_by_todays_tables_each_line_explained(futures: Futures, order: Order) -> None:
    """New York taxes wine and delivery at 8 %: 12 bottles of $100 and $52 of ground."""
    arrive(futures, 60)
    (settlement,) = ask(futures)
    costs = shown(settlement, home(futures.world), futures.world.now)
    assert [(line.name.split(" (")[0], line.minor) for line in costs.lines] == [
        ("Ground", 52_00),
        ("Sales tax", 100_16),
    ]
    assert costs.difference.minor == costs.to_pay.minor == 152_16
    assert costs.lines[1].how.startswith("8 % of $1,252.00")
    assert order_charges(order) == [] and not order.drafts.exists(), "nothing is kept by looking"


def british(world: World) -> Choice:
    """Ben has a house in Bath; £15 to anywhere in the United Kingdom, duty, and VAT of a fifth on all of it."""
    zone = Zone.objects.create(name="Britain")
    Destination.objects.create(country="GB", name="United Kingdom", zone=zone, is_open=True)
    parcel = Method.objects.create(name="Parcel", position=9)
    table = RateTable.objects.create(method=parcel)
    Rate.objects.create(table=table, zone=zone, up_to_milli=12_000, price_minor=15_00)
    rate(world, "", "VAT", 20, country="GB", kind="vat", on_shipping=True, on_duty=True)
    duty()
    bath = Address.objects.create(
        customer=world.ben,
        recipient="Ben Baker",
        line1="1 Milsom Street",
        city="Bath",
        postal_code="BA1 1DA",
        country="GB",
        birth_date=world.ben.birth_date,
    )
    return Choice(parcel.reference, bath.reference)


def test_a_case_for_six_hundred_comes_to_what_the_trade_reckons(world: World) -> None:
    """£600 in bond, 13.5 %, £15 delivery: duty £37.20, VAT £130.44, £782.64 in all."""
    futures = begin(world)
    futures.sku.price_minor = 50_00
    futures.sku.save()
    Vintage.objects.filter(skus=futures.sku).update(alcohol_percent=Decimal("13.5"))
    made = order_of(buy(futures, world.ben, 12))
    arrive(futures, 60)
    (settlement,) = ask(futures)
    choice = british(world)
    costs = shown(settlement, choice, world.now)
    assert {line.name.split(",")[0].split(" (")[0]: line.minor for line in costs.lines} == {
        "Parcel": 15_00,
        "Alcohol duty": 37_20,
        "VAT 20 %": 130_44,
    }
    assert made.owed_minor + costs.difference.minor == 782_64
    assert "12 bottles of 750 ml at 13.5 % are 1.215 l of pure alcohol, at 30.62 GBP per l." in [
        one.how for one in costs.lines
    ]
    agreed(world, settlement, choice)
    made.refresh_from_db()
    assert made.owed_minor == made.paid_minor == 782_64 and run_checks(world.now) == []


def test_a_strength_that_nobody_wrote_down_is_no_duty_of_nothing(world: World) -> None:
    futures = begin(world)
    buy(futures, world.ben, 12)
    Vintage.objects.filter(skus=futures.sku).update(alcohol_percent=None)
    arrive(futures, 60)
    (settlement,) = ask(futures)
    choice = british(world)
    assert "isn’t written down" in look_at(settlement, choice, world.now).problem
    with pytest.raises(DomainError, match="isn’t written down"):
        agreed(world, settlement, choice)
    assert Settlement.objects.get().state == "asked"


def test_a_closed_state_is_refused_with_what_to_do(futures: Futures, order: Order) -> None:
    arrive(futures, 60)
    (settlement,) = ask(futures)
    Address.objects.filter(pk=futures.world.ben_home.pk).update(state="UT", postal_code="84101")
    assert "Utah" in look_at(settlement, home(futures.world), futures.world.now).problem


# Agreed to


def test_agreed_and_paid_it_may_leave_and_not_before(futures: Futures, order: Order) -> None:
    world, before = futures.world, charged_in_all()
    arrive(futures, 60)
    (settlement,) = ask(futures)
    with pytest.raises(Conflict, match="once it is released and settled"):
        ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    done = agreed(world, settlement, home(world))
    assert done is not None and done.status == "applied" and charged_in_all() - before == 152_16
    settlement.refresh_from_db()
    order.refresh_from_db()
    assert settlement.state == "settled" and settlement.costs[0]["minor"] == 52_00
    assert (order.city, order.method_id, order.balance_minor) == ("New York", world.ground.pk, 0)
    assert order.changes.latest("pk").kind == "change"
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    assert counted(futures) == (0, 48, 0, 60) and run_checks(world.now) == []


def test_what_is_added_after_it_was_settled_waits_until_it_has_come(futures: Futures, order: Order) -> None:
    world = futures.world
    arrive(futures, 12)
    (settlement,) = ask(futures)
    agreed(world, settlement, home(world))
    draft = draft_of(world, order, world.staff, add={futures.sku: 6})
    assert confirm(world, draft, world.staff).status == "applied"
    with pytest.raises(Conflict, match="hasn’t come yet"):
        ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    arrive(futures, 6)
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    assert run_checks(world.now) == []


def test_another_price_than_was_shown_is_refused_and_asks_as_before(futures: Futures, order: Order) -> None:
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    with pytest.raises(Conflict, match="another than you saw"):
        agreed(world, settlement, home(world), expected_minor=1)
    settlement.refresh_from_db()
    assert (settlement.state, settlement.draft) == ("asked", "") and not order.drafts.exists()


def test_a_card_that_is_declined_makes_it_money_to_collect_and_settles_once_paid(
    futures: Futures, order: Order
) -> None:
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    card = save_test_card(world.ben, world.now, behaviour=Behaviour.CARD_DECLINED, last4="0002")
    done = agreed(world, settlement, home(world), payment_method=card)
    assert done is not None and done.status == "declined"
    settlement.refresh_from_db()
    assert settlement.state == "agreed" and order.collections.filter(state="open").count() == 1
    with pytest.raises(Conflict):
        ship_order(order_reference=order.reference, actor=world.staff, now=world.now)


def test_a_change_that_came_to_nothing_asks_again_and_says_why(futures: Futures, order: Order) -> None:
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    card = save_test_card(world.ben, world.now, behaviour=Behaviour.CARD_DECLINED, last4="0002")
    agreed(world, settlement, home(world), payment_method=card)
    draft = order.drafts.get()
    drop_draft(draft_reference=draft.reference, actor=HAND, now=world.now)
    settlement.refresh_from_db()
    assert (settlement.state, settlement.draft) == ("asked", "") and "not paid in time" in settlement.note
    assert agreed(world, settlement, home(world)) is not None


def test_an_agreement_whose_worker_died_asks_again(
    futures: Futures, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)

    def die(**_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("tirage.futures.settling.agreeing.confirm_draft", die)
        with pytest.raises(SystemExit):
            agreed(world, settlement, home(world))
    assert Settlement.objects.get().state == "agreed"
    assert ask_stale_again(now=world.now + timedelta(minutes=10)) == 0
    assert ask_stale_again(now=world.now + timedelta(minutes=31)) == 1
    assert Settlement.objects.get().state == "asked" and charged_in_all() == 1200_00
    late = order.drafts.get()
    assert late.state == "dropped", "a worker that was only slow charges nobody"
    with pytest.raises(DomainError):
        confirm_prepared(
            draft_reference=late.reference, payment_method=world.ben_card, actor=HAND, now=world.now
        )


# Not chosen


def test_reminded_twice_then_kept_in_the_cellar_and_settled_any_day(futures: Futures, order: Order) -> None:
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    for days, reminded in ((10, 0), (17, 1), (18, 1), (28, 2), (29, 2)):
        look_after_settlements(now=world.now + timedelta(days=days))
        settlement.refresh_from_db()
        assert (settlement.reminded, settlement.state) == (reminded, "asked"), days
    look_after_settlements(now=world.now + timedelta(days=32))
    settlement.refresh_from_db()
    assert settlement.state == "kept"
    later = world.now + timedelta(days=200)
    assert agreed(world, settlement, home(world), later) is not None
    settlement.refresh_from_db()
    assert settlement.state == "settled" and run_checks(later) == []


def test_kept_by_choice_once(futures: Futures, order: Order) -> None:
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    assert keep_in_cellar(settlement=settlement, actor=world.staff, now=world.now)
    assert not keep_in_cellar(settlement=settlement, actor=world.staff, now=world.now)


def test_a_question_is_called_off_and_asked_anew(futures: Futures, order: Order) -> None:
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    call_off(settlement=settlement, actor=world.staff, now=world.now)
    with pytest.raises(Conflict):
        call_off(settlement=settlement, actor=world.staff, now=world.now)
    (again,) = ask(futures)
    agreed(world, again, home(world))
    with pytest.raises(Conflict, match="agreed to meanwhile"):
        call_off(settlement=again, actor=world.staff, now=world.now)


def test_an_order_that_is_canceled_is_asked_nothing(futures: Futures, order: Order) -> None:
    world = futures.world
    arrive(futures, 60)
    ask(futures)
    reason = CancelReason.objects.first()
    cancel_order(
        order_reference=order.reference,
        reason=reason.name if reason else "x",
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        actor=world.staff,
        now=world.now,
    )
    assert Settlement.objects.get().state == "called_off" and run_checks(world.now) == []


def test_what_is_due_at_release_is_due_on_the_last_day(world: World) -> None:
    futures = begin(world)
    plan(futures, PlanKind.AT_RELEASE)
    made = order_of(buy(futures, world.ben, 12))
    arrive(futures, 60)
    (settlement,) = ask(futures)
    assert [one.due_on for one in Instalment.objects.filter(order=made)] == [due(futures)]
    costs = shown(settlement, home(world), world.now)
    assert (costs.to_pay.minor, costs.later.minor) == (152_16, 840_00)
