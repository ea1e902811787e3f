"""The tax of a checkout by a service: what the page showed is what is charged, and no failure loses an order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.compliance.avalara import AvalaraThere
from tests.compliance.avalara import connected as avalara_connected
from tests.compliance.serving import ServiceThere, Trouble
from tests.compliance.sovos import ShipCompliantThere
from tests.rooms.changes.journey import confirm, customer_actor, draft_of, key_of
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.rooms.compliance.journey import ask, latest
from tests.world import World
from tirage.checkout import taxing as asking_tax
from tirage.checkout.operations import place_order
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.compliance import taxing
from tirage.compliance.deciding import let_ship
from tirage.compliance.models import ComplianceSetup, TaxAnswer
from tirage.compliance.taxing import KEPT, ask_at_once, prune_tax_answers
from tirage.core.errors import Conflict, DomainError
from tirage.customers.models import Customer
from tirage.delivery.rules import Terms
from tirage.orders.models import Order, OrderCharge
from tirage.storefront.checkout.till import Choice, Till, open_till

FROM = {"line1": "9 Ridge Road", "city": "Healdsburg", "state": "CA", "postal_code": "95448"}
WINES = {"CAB23": 2}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test waits for long, or goes on sulking about another's service."""
    monkeypatch.setattr(taxing, "PATIENCE", 1.0)
    ask_at_once()
    yield
    ask_at_once()


@pytest.fixture
def taxed(world: World, there: ShipCompliantThere) -> ComplianceSetup:
    return ComplianceSetup.objects.create(pk=1, checks_orders=False, asks_tax=True, **FROM)


def till(customer: Customer, world: World, at: Any = None) -> Till:
    now = at or world.now
    page = load_offer_page(customer, now)
    return open_till(customer, page, Choice(method=world.ground.reference), now)


def place(world: World, customer: Customer, shown: Till, **changes: Any) -> Order:
    """The button of a page that showed a till."""
    facts: dict[str, Any] = {"expected_total_minor": shown.to_pay.minor, "shown": shown.shown()} | changes
    placed = place_order(**checkout_arguments(world, customer, facts.pop("now", world.now), **facts))
    assert placed.status == "placed", placed
    return Order.objects.get(reference=placed.order_reference)


def buy(world: World, customer: Customer, wanted: dict[str, int] = WINES) -> Order:
    hold(customer, wanted, world.now)
    return place(world, customer, till(customer, world))


def taxes_of(order: Order) -> dict[tuple[str, int], tuple[int, int]]:
    """Base and amount by jurisdiction and rate, as they stand on the ledger."""
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for one in OrderCharge.objects.filter(order=order, kind="tax"):
        key = one.jurisdiction, one.rate_ppm
        base, amount = sums.get(key, (0, 0))
        sums[key] = base + one.base_minor, amount + one.amount_minor
    return {key: found for key, found in sums.items() if found != (0, 0)}


def test_the_page_and_the_order_have_the_services_tax(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup
) -> None:
    hold(world.ben, WINES, world.now)
    shown = till(world.ben, world)
    assert shown.quote is not None and shown.quote.chosen is not None
    whole = shown.quote.wine.minor + shown.quote.discount.minor + shown.quote.shipping.minor
    assert abs(shown.quote.tax.minor - whole * 775 / 10_000) <= 1
    assert [(one.jurisdiction, one.source) for one in shown.quote.taxes] == [("NY", "Sovos ShipCompliant")]
    assert shown.quote.total.minor == whole + shown.quote.tax.minor
    order = place(world, world.ben, shown)
    assert there.count("POST", "quote") == 1, "the button knows what the page asked"
    assert taxes_of(order) == {("NY", 77_500): (whole, shown.quote.tax.minor)}
    assert set(OrderCharge.objects.filter(order=order, kind="tax").values_list("tax_source", flat=True)) == {
        "Sovos ShipCompliant"
    }
    assert not order.awaits_compliance and not order.compliance_checks.exists()
    assert order.balance_minor == 0 and there.orders == {} and run_checks(world.now) == []


def test_avalaras_jurisdictions_are_each_their_own(world: World, settings: Any) -> None:
    with avalara_connected(AvalaraThere(), settings):
        ComplianceSetup.objects.create(pk=1, asks_tax=True, **FROM)
        order = buy(world, world.ana, {"CAB23": 3})
    found = taxes_of(order)
    assert set(found) == {("CALIFORNIA", 60_000), ("NAPA", 17_500)}
    assert run_checks(world.now) == []


def test_a_change_is_taxed_by_the_services_rates_and_back_again(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup
) -> None:
    order = buy(world, world.ben)
    before, ben = taxes_of(order), customer_actor(world.ben)
    asked = len(there.calls)
    confirm(world, draft_of(world, order, ben, add={world.cabernet: 1}), ben)
    more = taxes_of(order)
    ((base, amount),) = more.values()
    assert (
        set(more) == set(before)
        and abs(amount - base * 775 / 10_000) <= 1
        and base > sum(one[0] for one in before.values())
    )
    order.refresh_from_db()
    confirm(world, draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 2}), ben)
    assert taxes_of(order) == before and len(there.calls) == asked and run_checks(world.now) == []


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.HALF, Trouble.DRIP, Trouble.EMPTY, 500, 429, 400])
def test_what_fails_loses_no_order(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup, trouble: Any
) -> None:
    hold(world.ben, WINES, world.now)
    there.troubles = [trouble] * 3
    shown = till(world.ben, world)
    order = place(world, world.ben, shown)
    assert order.awaits_compliance and order.balance_minor == 0
    assert Terms.from_json(order.terms or {}).tax.answer is None
    assert TaxAnswer.objects.count() == 0


def test_a_service_that_failed_is_left_alone_for_a_moment(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup
) -> None:
    hold(world.ben, WINES, world.now)
    there.troubles = [500]
    assert till(world.ben, world).quote and len(there.calls) == 1
    till(world.ben, world)
    assert len(there.calls) == 1, "nobody waits for it twice"
    ask_at_once()
    assert TaxAnswer.objects.count() == 0 and till(world.ben, world).quote and len(there.calls) == 2


def waiting(world: World, there: ShipCompliantThere) -> Order:
    """An order by the tables, whose service failed."""
    hold(world.ben, WINES, world.now)
    there.troubles = [500]
    order = place(world, world.ben, till(world.ben, world))
    ask_at_once()
    assert order.awaits_compliance
    return order


def test_what_waited_and_differs_waits_for_a_person(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup
) -> None:
    order = waiting(world, there)
    assert ask(order, world.now) and order.awaits_compliance
    check = latest(order)
    assert (
        check.state == "refused" and "asks for" in check.reasons[0] and "your own tables" in check.reasons[0]
    )
    assert there.orders == {}, "nothing is kept there of what is only taxed"
    let_ship(
        order_reference=order.reference,
        seen=check.number,
        words="We pay the rest ourselves.",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    assert not order.awaits_compliance


def test_what_waited_and_agrees_goes_on_by_itself(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = waiting(world, there)
    charged = sum(OrderCharge.objects.filter(order=order, kind="tax").values_list("amount_minor", flat=True))
    rate = charged / (order.owed_minor - charged) * 100
    monkeypatch.setattr("tests.compliance.sovos.RATE", rate)
    assert ask(order, world.now) and not order.awaits_compliance and latest(order).state == "passed"


def test_what_waits_is_asked_again_while_there_is_no_answer(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup
) -> None:
    order = waiting(world, there)
    there.troubles = [503]
    assert ask(order, world.now) and order.awaits_compliance and latest(order).state == "unanswered"


def test_another_tax_than_was_shown_is_said_before_the_money(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(world.ben, WINES, world.now)
    shown = till(world.ben, world)
    later = world.now + timedelta(minutes=16)
    hold(world.ben, WINES, later)
    monkeypatch.setattr("tests.compliance.sovos.RATE", 8.25)
    with pytest.raises(Conflict) as refused:
        place(world, world.ben, shown, now=later)
    assert refused.value.code == "price_changed" and "8.25 % instead of 7.75 %" in refused.value.message
    assert not Order.objects.filter(customer=world.ben, state="placed", made_at__gte=world.now).exists()
    place(world, world.ben, till(world.ben, world, later), now=later)


def test_the_answer_of_the_page_holds_when_the_service_fails_at_the_button(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup
) -> None:
    hold(world.ben, WINES, world.now)
    shown = till(world.ben, world)
    later = world.now + timedelta(minutes=16)
    hold(world.ben, WINES, later)
    there.troubles = [500]
    order = place(world, world.ben, shown, now=later)
    assert not order.awaits_compliance and Terms.from_json(order.terms or {}).tax.answer is not None


def test_who_saw_the_tables_tax_is_told_when_the_service_is_back(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup
) -> None:
    hold(world.ben, WINES, world.now)
    there.troubles = [500]
    shown = till(world.ben, world)
    ask_at_once()
    with pytest.raises(Conflict, match="instead of"):
        place(world, world.ben, shown)


def test_what_is_ordered_is_what_was_asked_about(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another device changes the cart while the service answers: it is asked about what is ordered, or nothing is."""
    hold(world.ben, WINES, world.now)
    shown, real = till(world.ben, world), taxing.due_of
    moved: list[int] = []

    def answering(*arguments: Any) -> Any:
        found = real(*arguments)
        if not moved:
            moved.append(1)
            hold(world.ben, {"CAB23": 3}, world.now)
        return found

    monkeypatch.setattr(asking_tax, "due_of", answering)
    with pytest.raises(Conflict) as refused:
        place(world, world.ben, shown)
    assert "3 instead of 2" in refused.value.message
    monkeypatch.setattr(asking_tax, "due_of", real)
    order = place(world, world.ben, till(world.ben, world))
    answer = Terms.from_json(order.terms or {}).tax.answer
    assert answer is not None and answer.wine_minor == order.wine_minor


def test_a_pickup_and_who_has_no_service_ask_nobody(world: World, there: ShipCompliantThere) -> None:
    ComplianceSetup.objects.create(pk=1, asks_tax=True, **FROM)
    hold(world.ben, WINES, world.now)
    page = load_offer_page(world.ben, world.now)
    open_till(world.ben, page, Choice(method=world.pickup.reference), world.now)
    assert there.calls == []


def test_without_a_service_nothing_is_asked_of_the_database(world: World) -> None:
    hold(world.ben, WINES, world.now)
    shown = till(world.ben, world)
    assert shown.quote is not None
    with CaptureQueriesContext(connection) as sent:
        assert asking_tax.ask_tax(shown.page, shown.quote, world.ben, vars(world.ben_home), world.now) is None
    assert len(sent) == 0


def test_deposits_and_fees_that_it_does_not_tell_are_the_tables(world: World, settings: Any) -> None:
    from tests.rooms.taxes.tables import deposits, fee

    deposits(world)
    fee(world, "CA", "Delivery fee", 28)
    with avalara_connected(AvalaraThere(), settings):
        ComplianceSetup.objects.create(pk=1, asks_tax=True, **FROM)
        order = buy(world, world.ana)
    kinds = OrderCharge.objects.filter(order=order, kind="tax").values_list("tax_kind", "amount_minor")
    assert ("deposit", 20) in kinds and ("fee", 28) in kinds


def test_answers_are_forgotten(world: World, there: ServiceThere, taxed: ComplianceSetup) -> None:
    hold(world.ben, WINES, world.now)
    till(world.ben, world)
    assert prune_tax_answers(now=world.now + KEPT - timedelta(seconds=1)) == 0
    assert prune_tax_answers(now=world.now + KEPT) == 1


def test_a_wrong_cart_is_refused_as_without_a_service(
    world: World, there: ShipCompliantThere, taxed: ComplianceSetup
) -> None:
    with pytest.raises(DomainError, match="nothing in your cart"):
        place_order(
            customer=world.ben,
            attempt=1,
            address_reference=world.ben_home.reference,
            method_reference=world.ground.reference,
            card_reference=world.ben_card.reference,
            expected_total_minor=1,
            adult_confirmed=True,
            actor=customer_actor(world.ben),
            now=world.now,
        )
