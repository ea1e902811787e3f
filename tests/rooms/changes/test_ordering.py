"""An order that staff put together for a customer: any wine, held, settled every way, placed once or let go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.rooms.changes.journey import card_that, confirm, held_for, quoted
from tests.rooms.checkout.journey import checkout_arguments, customer_actor, hold
from tests.world import World
from tirage.catalog.models import Sku
from tirage.changes.collecting import pay_by_link
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    drop_draft,
    edit_draft,
    finish_change_payment,
    lapse_drafts,
    live_new_order,
    open_draft,
    open_new_order,
)
from tirage.changes.rules import AddWine, OfflineMoney
from tirage.changes.states import DraftState, SettleBy
from tirage.checkout.operations import place_order
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.delivery.models import Method
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Stock
from tirage.inventory.operations import sweep_lapsed_holds
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.orders.models import IS_ORDER, Order
from tirage.payments.models import PayLink, Payment
from tirage.payments.operations import give_credit

COLLEAGUE = Actor(ActorKind.STAFF, 99, "Ingrid")


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    assert refused.value.message
    return refused.value.code


def put_together(
    world: World, customer: Customer, wines: dict[Sku, int], offer: Offer | None = None, **edits: Any
) -> ChangeDraft:
    draft = open_new_order(customer=customer, offer=offer, actor=world.staff, now=world.now)
    add = [AddWine(sku.pk, pieces) for sku, pieces in wines.items()]
    return edit_draft(draft_reference=draft.reference, add=add, actor=world.staff, now=world.now, **edits)


def codes(draft: ChangeDraft, world: World) -> list[str]:
    return [problem.code for problem in quoted(draft, world.staff, world.now).problems]


def sold(world: World, sku: Sku) -> tuple[int, int]:
    stock = world.stock(sku)
    return stock.sold, stock.held


def test_bens_own_offer_is_sold_by_telephone_as_in_the_shop(world: World) -> None:
    before = sold(world, world.cabernet)
    draft = put_together(world, world.ben, {world.cabernet: 2})
    quote = quoted(draft, world.staff, world.now)
    # The shop asks 289.44 of Ben for the same two bottles: tests/concurrency/test_change_kills.py.
    assert (quote.problems, quote.to_pay.minor, quote.notes) == ((), 289_44, ())
    assert sold(world, world.cabernet) == (before[0], before[1] + 2) and held_for(draft, world.now) == 2
    assert not Order.objects.filter(IS_ORDER).exists() and run_checks(world.now) == []
    assert confirm(world, draft, world.staff).status == "applied"
    order = Order.objects.get()
    assert (order.state, order.channel, order.owed_minor, order.balance_minor) == (
        "placed",
        "telephone",
        289_44,
        0,
    )
    assert (order.offer, order.release, order.group) == (world.estate_offer, world.release, world.estate)
    assert (order.made_at, order.placed_at) == (world.now, world.now)
    assert sold(world, world.cabernet) == (before[0] + 2, before[1])
    change = order.changes.get()
    assert (change.number, change.kind, change.actor_label) == (1, "placing", world.owner.name)
    world.ben.refresh_from_db()
    assert (world.ben.orders_count, world.ben.lifetime_minor) == (1, order.wine_minor)
    told = Event.objects.get(name="order.placed")
    assert (told.actor_label, told.customer_id) == (world.owner.name, world.ben.pk)
    assert told.text == (
        "placed the order for the customer: 2 × Estate Cabernet Sauvignon 2023; $289.44 charged to Visa 4242"
    )
    assert list(SentMail.objects.values_list("kind", flat=True)) == ["order_receipt"]
    assert load_offer_page(world.ben, world.now).items[0].bought == 2
    assert run_checks(world.now) == []


def test_one_draft_a_customer_whoever_begins_it(world: World) -> None:
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    assert open_new_order(customer=world.ben, actor=COLLEAGUE, now=world.now) == draft
    assert live_new_order(world.ben.pk) == draft and live_new_order(world.ana.pk) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.create(customer=world.ben, state="draft", currency="USD", made_at=world.now)
    assert (
        refusal(lambda: open_new_order(customer=world.dora, actor=world.staff, now=world.now)) == "suspended"
    )
    assert draft.order.method == world.ground and draft.order.line1 == world.ben_home.line1


def test_what_a_colleague_did_meanwhile_is_not_overwritten(world: World) -> None:
    draft = put_together(world, world.ben, {world.cabernet: 2})
    facts: dict[str, Any] = {"draft_reference": draft.reference, "now": world.now}
    edit_draft(gift_note="From Ingrid", actor=COLLEAGUE, **facts)
    seen: dict[str, Any] = {"seen": draft.version, "actor": world.staff, **facts}
    assert refusal(lambda: edit_draft(gift_note="Mine", **seen)) == "edited_meanwhile"
    assert refusal(lambda: confirm(world, draft, world.staff, seen=draft.version)) == "edited_meanwhile"
    draft.refresh_from_db()
    assert draft.delivery == {"gift_note": "From Ingrid"} and draft.state == DraftState.OPEN
    # Whoever edited last isn't in their own way, and who has looked goes on.
    edit_draft(gift_note="Mine after all", seen=0, actor=COLLEAGUE, **facts)
    draft.refresh_from_db()
    edit_draft(gift_note="Mine", **(seen | {"seen": draft.version}))
    draft.refresh_from_db()
    assert confirm(world, draft, world.staff, seen=draft.version).status == "applied"


def test_allowance_rules_and_other_wines_ask_for_a_reason_that_is_kept(world: World) -> None:
    item = world.item(world.estate_offer, world.cabernet)
    draft = put_together(world, world.ben, {world.cabernet: item.purchase_maximum + item.multiple})
    assert "beyond_allowance" in codes(draft, world)
    assert refusal(lambda: confirm(world, draft, world.staff)) == "not_confirmable"
    edit_draft(draft_reference=draft.reference, override_reason="A wedding", actor=world.staff, now=world.now)
    assert confirm(world, draft, world.staff).status == "applied"
    change = Order.objects.get().changes.get()
    assert change.details == {"override": ["", "A wedding"]}
    assert "set aside what stood against it (A wedding)" in Event.objects.get(name="order.placed").text


def test_the_rules_of_the_offer_hold_for_the_whole_order(world: World) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(bottles_minimum=3)
    draft = put_together(world, world.ben, {world.cabernet: 1})
    assert codes(draft, world) == ["rules_not_met"]
    put_together(world, world.ben, {world.chardonnay: 2})
    assert codes(draft, world) == []


def test_a_cart_of_the_customer_counts_against_the_allowance(world: World) -> None:
    item = world.item(world.estate_offer, world.cabernet)
    hold(world.ben, {"CAB23": item.purchase_maximum}, world.now)
    draft = put_together(world, world.ben, {world.cabernet: item.multiple})
    assert codes(draft, world) == ["beyond_allowance"]


def test_wines_that_nobody_is_offered_are_anybodys_and_allocated_ones_are_not(world: World) -> None:
    """Clara is in no group: she has no offer."""
    allocated = put_together(world, world.clara, {world.cabernet: 1})
    assert codes(allocated, world) == ["not_offered"]
    drop_draft(draft_reference=allocated.reference, actor=world.staff, now=world.now)
    Offer.objects.update(is_active=False)
    draft = put_together(world, world.clara, {world.cabernet: 1})
    assert codes(draft, world) == []
    offline = OfflineMoney("cash", "In the shop")
    assert confirm(world, draft, world.staff, settle_by=SettleBy.OFFLINE, offline=offline).status == "applied"
    order = Order.objects.get(state="placed")
    assert (order.release, order.offer, order.group, order.balance_minor) == (None, None, None, 0)
    assert order.lines.get().unit_price_minor == world.cabernet.price_minor
    assert run_checks(world.now) == []


def test_a_wine_besides_the_offer_is_of_no_release_by_itself(world: World) -> None:
    """Ben calls about his offer, and takes only what isn't in any."""
    other = Sku.objects.create(
        vintage=world.cabernet.vintage,
        code="OLD1",
        name="Library Cabernet",
        price_minor=90_00,
        millilitres=750,
        units=1,
    )
    Stock.objects.filter(sku=other).delete()
    Stock.objects.create(sku=other, on_hand=0)
    Stock.objects.filter(sku=other).update(on_hand=6)
    draft = put_together(world, world.ben, {other: 2})
    assert codes(draft, world) == []
    confirm(world, draft, world.staff)
    order = Order.objects.get()
    assert (order.release, order.offer) == (None, None) and order.group == world.estate


def test_from_somebody_elses_offer_its_wines_and_prices_with_a_reason(world: World) -> None:
    world.item(world.premier_offer, world.cabernet)
    draft = put_together(world, world.ben, {world.cabernet: 1}, offer=world.premier_offer)
    assert draft.order.offer == world.premier_offer and codes(draft, world) == ["offer_closed"]
    assert {one.sku_id for one in quoted(draft, world.staff, world.now).addable} >= {world.cabernet.pk}


def test_another_address_and_another_way(world: World) -> None:
    draft = put_together(
        world, world.ana, {world.cabernet: 1}, address_reference=world.ana_brooklyn.reference
    )
    confirm(world, draft, world.staff)
    order = Order.objects.get(customer=world.ana)
    assert (order.ship_state, order.method) == ("NY", world.ground)
    picked = put_together(world, world.ben, {world.cabernet: 1}, method_reference=world.pickup.reference)
    confirm(world, picked, world.staff)
    order = Order.objects.get(customer=world.ben)
    assert (order.method, order.line1, order.recipient) == (world.pickup, "", world.ben.name)


def test_without_an_address_the_way_is_chosen_first(world: World) -> None:
    world.ben.addresses.all().delete()
    draft = put_together(world, world.ben, {world.cabernet: 1})
    assert "method_missing" in codes(draft, world)
    edit_draft(
        draft_reference=draft.reference,
        method_reference=Method.objects.get(kind="pickup").reference,
        actor=world.staff,
        now=world.now,
    )
    assert confirm(world, draft, world.staff).status == "applied"


def test_a_declined_card_leaves_it_as_it_was_and_another_way_places_it(world: World) -> None:
    draft = put_together(world, world.ben, {world.cabernet: 2})
    declined = confirm(world, draft, world.staff, payment_method=card_that(world, Behaviour.CARD_DECLINED))
    assert declined.status == "declined" and held_for(draft, world.now) == 2
    order = Order.objects.get()
    assert (order.state, order.owed_minor, order.paid_minor) == ("draft", 0, 0)
    assert run_checks(world.now) == []
    give_credit(
        customer=world.ben, amount=Money(400_00, "USD"), reason="Sorry", actor=world.staff, now=world.now
    )
    assert confirm(world, draft, world.staff, settle_by=SettleBy.CREDIT).status == "applied"
    order.refresh_from_db()
    world.ben.refresh_from_db()
    assert (order.state, order.balance_minor, world.ben.credit_minor) == ("placed", 0, 400_00 - 289_44)
    assert run_checks(world.now) == []


def test_a_pay_link_holds_the_bottles_and_places_the_order_when_it_is_paid(world: World) -> None:
    draft = put_together(world, world.ben, {world.cabernet: 2})
    assert confirm(world, draft, world.staff, settle_by=SettleBy.LINK).status == "link"
    link, later = PayLink.objects.get(), world.now + timedelta(hours=30)
    assert held_for(draft, later) == 2 and Order.objects.get().state == "draft"
    attempt = pay_by_link(
        link=link,
        card_reference=world.ben_card.reference,
        expected_minor=289_44,
        actor=customer_actor(world.ben),
        now=later,
    )
    assert attempt.status == "paid"
    order = Order.objects.get()
    assert (order.state, order.placed_at, order.balance_minor) == ("placed", later, 0)
    kinds = list(SentMail.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["pay_link_order", "order_receipt"]
    assert order.changes.get().actor_label == world.owner.name
    assert run_checks(later) == []


def test_a_bank_that_wants_the_customer(world: World) -> None:
    draft = put_together(world, world.ben, {world.cabernet: 2})
    asked = confirm(
        world, draft, world.staff, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS)
    )
    assert asked.status == "needs_customer" and Order.objects.get().state == "draft"
    payment = Payment.objects.get()
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    done = finish_change_payment(
        payment_reference=payment.reference, actor=customer_actor(world.ben), now=world.now
    )
    assert done.status == "applied" and Order.objects.get().state == "placed"
    assert run_checks(world.now) == []


def test_let_go_or_lapsed_it_leaves_nothing(world: World) -> None:
    before = sold(world, world.cabernet)
    draft = put_together(world, world.ben, {world.cabernet: 2})
    drop_draft(draft_reference=draft.reference, actor=COLLEAGUE, now=world.now)
    assert sold(world, world.cabernet) == before and Order.objects.get().state == "abandoned"
    second = put_together(world, world.ben, {world.cabernet: 2})
    over = second.expires_at + timedelta(hours=2)
    assert held_for(second, over) == 0
    # Its time was over and it is taken up again: the bottles too.
    edit_draft(draft_reference=second.reference, actor=world.staff, now=second.expires_at)
    assert held_for(second, second.expires_at) == 2
    assert lapse_drafts(now=over + timedelta(days=9)) == 1
    sweep_lapsed_holds(now=over + timedelta(days=9))
    assert sold(world, world.cabernet) == before
    assert set(Order.objects.values_list("state", flat=True)) == {"abandoned"}
    assert live_new_order(world.ben.pk) is None and run_checks(over) == []


def test_only_the_team_opens_one(world: World) -> None:
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    ben = customer_actor(world.ben)
    assert (
        refusal(lambda: edit_draft(draft_reference=draft.reference, gift_note="x", actor=ben, now=world.now))
        == "not_allowed"
    )
    placed = put_together(world, world.ben, {world.cabernet: 1})
    confirm(world, placed, world.staff)
    order = Order.objects.get(state="placed")
    assert open_draft(order_reference=order.reference, actor=world.staff, now=world.now).is_new_order is False


def test_a_checkout_sent_twice_finds_its_own_order_beside_one_by_telephone(world: World) -> None:
    hold(world.ben, {"CAB23": 1}, world.now)
    form = checkout_arguments(world, world.ben, world.now)
    own = place_order(**form)
    confirm(world, put_together(world, world.ben, {world.chardonnay: 1}), world.staff)
    again = place_order(**form)
    assert (again.status, again.order_reference) == ("placed", own.order_reference)
    assert Order.objects.count() == 2
