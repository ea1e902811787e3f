"""Races around changes of orders, on PostgreSQL with real threads; each with its control, the race without the guard,
which must break the promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import connection

from tests.bank import charged_in_all
from tests.concurrency.crowd import Results, gather, invite, rush
from tests.concurrency.test_release_races import check_out, take
from tests.rooms.changes.journey import bought, confirm, customer_actor, draft_of, key_of, pieces_on, quoted
from tests.world import World, build_world
from tirage.changes import reactions
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    Confirmed,
    add_to_order,
    applying,
    cancel_order,
    confirm_draft,
    confirming,
    drafting,
    edit_draft,
    outcomes,
    refund_lines,
    returning,
    steps,
)
from tirage.changes.queries import quote_draft
from tirage.changes.rules import AddWine, Bottles
from tirage.changes.states import RefundTo
from tirage.checkout.operations import cart as cart_operations
from tirage.checkout.operations import empty_cart, set_cart
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.orders import operations as orders
from tirage.orders.models import CancelReason, Order
from tirage.payments.models import Payment
from tirage.payments.operations import send_charge

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 5


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it; emptying the tables took the reasons away."""
    CancelReason.objects.get_or_create(name="The customer asked")
    return build_world(read_clock())


def codes(results: Results) -> Counter[str]:
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    return Counter(one.code for one in results.refusals if isinstance(one, DomainError))


def colleague(number: int) -> Actor:
    return Actor(ActorKind.STAFF, 100 + number, f"Colleague {number}")


# Two changes at once


def change_at_once(world: World) -> tuple[Order, Results]:
    """Colleagues each add a bottle of Chardonnay at the same price, quoted before any of them confirms."""
    order = bought(world, world.ben, {"CAB23": 3, "CHA24": 4})
    acts = []
    for number in range(CROWD):
        actor = colleague(number)
        draft = draft_of(world, order, actor, add={world.chardonnay: 1}, override_reason="A regular")
        quote = quoted(draft, actor, world.now)
        seen: dict[str, Any] = {"expected_difference_minor": quote.difference.minor}
        seen["expected_settlement_minor"] = quote.settlement.minor
        acts.append(partial(confirm, world, draft, actor, **seen))
    return order, rush(acts)


def test_of_changes_at_once_one_is_made_and_the_others_look_again(shared: World) -> None:
    order, results = change_at_once(shared)
    assert [done.status for done in results.answers] == ["applied"]
    assert (
        set(codes(results)) <= {"order_moved_on", "paying", "money_moving"}
        and len(results.refusals) == CROWD - 1
    )
    assert pieces_on(order) == {"CAB23": 3, "CHA24": 5}
    order.refresh_from_db()
    assert order.owed_minor == order.paid_minor == charged_in_all() and run_checks(read_clock()) == []


@pytest.fixture
def no_wall() -> Iterator[None]:
    """Several changes of one order may be paid at once."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX change_draft_one_paying")
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE UNIQUE INDEX change_draft_one_paying ON changes_changedraft (order_id) WHERE state = 'paying'"
        )


def test_control_without_looking_at_what_others_did_several_are_made(
    shared: World, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:

    def quote_unseen(draft: ChangeDraft, now: Any, **asked: Any) -> Any:
        return replace(quote_draft(draft, now, **asked), moved_on=())

    monkeypatch.setattr(confirming, "quote_draft", quote_unseen)
    monkeypatch.setattr(applying, "quote_draft", quote_unseen)
    monkeypatch.setattr(confirming, "refuse_under_way", lambda draft: None)
    monkeypatch.setattr(steps, "refuse_while_paying", lambda order_id, **besides: None)
    order, results = change_at_once(shared)
    made = [done for done in results.answers if done.status == "applied"]
    assert len(made) == pieces_on(order)["CHA24"] - 4 > 1


# A bottle that is given back for while its customer takes it off


def give_back_while_taken_off(
    world: World, unguard: Callable[..., None] | None = None
) -> tuple[Order, Results]:
    """Staff give back for the Cabernet, which stays Ben's, as he confirms that it goes: each has seen it paid."""
    order, ben = bought(world, world.ben, {"CAB23": 1, "CAB23-MAG": 1}), customer_actor(world.ben)
    cabernet = key_of(order, world.cabernet)
    draft = draft_of(world, order, ben, pieces={cabernet: 0})
    seen = quoted(draft, ben, world.now)
    if unguard:
        unguard(returning._split(order, {cabernet: 1}, Bottles.KEPT), seen)
    take_off = partial(
        confirm_draft,
        draft_reference=draft.reference,
        expected_difference_minor=seen.difference.minor,
        expected_settlement_minor=seen.settlement.minor,
        actor=ben,
        now=world.now,
    )
    give_back = partial(
        refund_lines,
        order_reference=order.reference,
        pieces={cabernet: 1},
        bottles=Bottles.KEPT,
        expected_minor=129_60,
        reason="A late delivery",
        actor=world.staff,
        now=world.now,
    )
    return order, rush([take_off, give_back])


@pytest.mark.parametrize("round", range(3))
def test_a_bottle_given_back_for_while_it_is_taken_off_is_given_back_once(shared: World, round: int) -> None:
    order, results = give_back_while_taken_off(shared)
    assert len(results.answers) == 1
    assert set(codes(results)) <= {"order_moved_on", "not_refundable", "money_moving", "price_changed"}
    order.refresh_from_db()
    assert order.paid_minor == charged_in_all() == 311_04 and order.balance_minor == 0
    assert run_checks(read_clock()) == []


@pytest.fixture
def as_seen(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, Any], None]:
    """Each enters what it saw, whatever the other did meanwhile."""

    def unguard(split: Any, quote: Any) -> None:
        monkeypatch.setattr(returning, "_split", lambda *seen: split)
        monkeypatch.setattr(confirming, "quote_draft", lambda draft, now, **asked: quote)
        monkeypatch.setattr(confirming, "refuse_under_way", lambda draft: None)
        monkeypatch.setattr(returning, "refuse_moving_money", lambda order_id: None)
        for module in (confirming, returning):
            monkeypatch.setattr(module, "refuse_new_money", lambda order_id, payments: None)

    return unguard


def test_without_looking_again_the_ledger_still_says_no(
    shared: World, as_seen: Callable[[Any, Any], None]
) -> None:
    _, results = give_back_while_taken_off(shared, as_seen)
    assert codes(results) == {"more_than_was_paid": 1} and run_checks(read_clock()) == []


def test_control_without_looking_again_and_the_wall_it_is_given_back_twice(
    shared: World, as_seen: Callable[[Any, Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "_refuse_overdrawn", lambda order, lines, charges: None)
    _, results = give_back_while_taken_off(shared, as_seen)
    assert len(results.answers) == 2 and charged_in_all() == 181_44
    assert "lines_give_back_once" in {finding.check.name for finding in run_checks(read_clock())}


# Confirmed twice


def confirm_at_once(world: World) -> tuple[Order, Results]:
    """Ben's form is sent several times at the same moment."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, add={world.cabernet: 1})
    quote = quoted(draft, ben, world.now)
    one = partial(
        confirm_draft,
        draft_reference=draft.reference,
        expected_difference_minor=quote.difference.minor,
        expected_settlement_minor=quote.settlement.minor,
        payment_method=world.ben_card,
        actor=ben,
        now=world.now,
    )
    return order, rush([one] * 2)


@pytest.mark.parametrize("round", range(3))
def test_a_form_sent_twice_is_one_change_and_one_charge(shared: World, round: int) -> None:
    order, results = confirm_at_once(shared)
    assert [done.status for done in results.answers] == ["applied"]
    assert set(codes(results)) <= {"paying", "closed"}
    assert Payment.objects.exclude(purpose="").count() == 1 and pieces_on(order) == {"CAB23": 3}
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == charged_in_all() and run_checks(read_clock()) == []


def unlocked(monkeypatch: pytest.MonkeyPatch, meet: Callable[[], None]) -> None:
    """Reads order and draft without locking them, all before any writes, and writes whatever the state has become."""

    def quote_together(draft: ChangeDraft, now: Any, **asked: Any) -> Any:
        quote = quote_draft(draft, now, **asked)
        meet()
        return quote

    def advance(draft: ChangeDraft, to: Any, **columns: Any) -> None:
        ChangeDraft.objects.filter(pk=draft.pk).update(state=to.value, **columns)
        draft.state = to.value

    monkeypatch.setattr(steps, "for_update_of", lambda alias: "")
    monkeypatch.setattr(confirming, "lock_payments_of", lambda order_id: [])
    monkeypatch.setattr(confirming, "lock_allowance", lambda draft, now: None)
    monkeypatch.setattr(confirming, "quote_draft", quote_together)
    monkeypatch.setattr(confirming, "advance_draft", advance)


def test_control_without_its_lock_a_form_sent_twice_charges_twice(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        unlocked(patched, gather(2))
        confirm_at_once(shared)
    assert Payment.objects.exclude(purpose="").count() == 2


# A change while the order is cancelled


def cancel(world: World, order: Order) -> Any:
    return cancel_order(
        order_reference=order.reference,
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        reason="The customer asked",
        actor=world.staff,
        now=world.now,
    )


@pytest.mark.parametrize("round", range(4))
def test_a_change_while_the_order_is_cancelled_comes_before_or_not_at_all(shared: World, round: int) -> None:
    order, ben = bought(shared, shared.ben, {"CAB23": 2}), customer_actor(shared.ben)
    draft = draft_of(shared, order, ben, add={shared.cabernet: 1})
    quote = quoted(draft, ben, shared.now)
    seen: dict[str, Any] = {"expected_difference_minor": quote.difference.minor}
    seen["expected_settlement_minor"] = quote.settlement.minor
    results = rush([partial(confirm, shared, draft, ben, **seen), partial(cancel, shared, order)])
    assert set(codes(results)) <= {"paying", "money_moving", "not_changeable", "closed"}
    assert not Payment.objects.filter(kind="refund", note="The change was not made").exists()
    order.refresh_from_db()
    if order.state == "cancelled":
        assert order.owed_minor == order.paid_minor == charged_in_all() == 0
        assert shared.stock(shared.cabernet).sold == 0
    else:
        assert pieces_on(order) == {"CAB23": 3} and order.paid_minor == order.owed_minor == charged_in_all()
    assert shared.stock(shared.cabernet).held == 0 and run_checks(read_clock()) == []


def cancelled_in_between(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[Confirmed, list[str]]:
    """The order is cancelled after the change has agreed on its money and before the bank is asked."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, add={world.cabernet: 1})
    refused: list[str] = []

    def somebody_cancels(started: Any, **facts: Any) -> Any:
        refused.extend(codes(rush([partial(cancel, world, order)])))
        return send_charge(started, **facts)

    monkeypatch.setattr(outcomes, "send_charge", somebody_cancels)
    return confirm(world, draft, ben), refused


def test_nobody_cancels_while_a_change_is_being_paid(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    done, refused = cancelled_in_between(shared, monkeypatch)
    assert done.status == "applied" and refused == ["paying"]
    assert charged_in_all() == Order.objects.get().paid_minor and run_checks(read_clock()) == []


def test_control_without_the_refusal_money_is_taken_for_a_cancelled_order(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And goes back by itself: even then nothing is lost."""
    nothing: Any = lambda *ignored, **more: None  # noqa: E731  # a guard taken away
    monkeypatch.setattr(reactions, "refuse_while_paying", nothing)
    monkeypatch.setattr(reactions, "end_draft", nothing)
    monkeypatch.setattr("tirage.changes.operations.cancelling.refuse_while_paying", nothing)
    monkeypatch.setattr("tirage.changes.operations.cancelling.refuse_moving_money", nothing)
    done, refused = cancelled_in_between(shared, monkeypatch)
    assert refused == [] and done.status == "declined"
    assert Payment.objects.filter(kind="refund", note="The change was not made").exists()
    assert charged_in_all() == 0


# Cart and change draw on one allowance


@pytest.fixture
def begun(shared: World) -> ChangeDraft:
    """Ben has one Cabernet, may have two more, and begins a change."""
    order = bought(shared, shared.ben, {"CAB23": 1})
    return draft_of(shared, order, customer_actor(shared.ben))


def add_in_two_places(world: World, draft: ChangeDraft) -> tuple[int, int]:
    """Ben takes two in the cart and two on the order; what he got of each."""
    ben, item = customer_actor(world.ben), world.item(world.estate_offer, world.cabernet)
    in_cart = partial(set_cart, customer=world.ben, quantities={item.pk: 2}, actor=ben, now=world.now)
    on_order = partial(
        edit_draft,
        draft_reference=draft.reference,
        add=[AddWine(world.cabernet.pk, 2)],
        actor=ben,
        now=world.now,
    )
    results = rush([in_cart, on_order])
    assert set(codes(results)) <= {"beyond_allowance"}
    view = next(one for one in load_offer_page(world.ben, world.now).items if one.code == "CAB23")
    return view.in_cart, view.drafted


@pytest.mark.parametrize("round", range(4))
def test_cart_and_change_never_have_more_than_the_allowance(
    shared: World, begun: ChangeDraft, round: int
) -> None:
    in_cart, drafted = add_in_two_places(shared, begun)
    assert in_cart + drafted == 2 and run_checks(read_clock()) == []


@pytest.mark.parametrize("round", range(2))
def test_two_orders_changed_at_once_never_have_more_than_the_allowance(shared: World, round: int) -> None:
    ben = customer_actor(shared.ben)
    orders = [bought(shared, shared.ben, {"CAB23": 1}), bought(shared, shared.ben, {"CHA24": 1})]
    drafts = [draft_of(shared, order, ben) for order in orders]
    acts = [
        partial(
            edit_draft,
            draft_reference=draft.reference,
            add=[AddWine(shared.cabernet.pk, 2)],
            actor=ben,
            now=shared.now,
        )
        for draft in drafts
    ]
    results = rush(acts)
    assert len(results.answers) == 1 and codes(results) == {"beyond_allowance": 1}


def test_control_without_the_carts_lock_both_take_it(
    shared: World, begun: ChangeDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet = gather(2)
    looked, held = drafting._refuse_beyond, cart_operations.hold_cart

    def looks(draft: ChangeDraft, now: Any) -> None:
        looked(draft, now)
        meet()

    def holds(*facts: Any) -> Any:
        meet()
        return held(*facts)

    monkeypatch.setattr(drafting, "lock_allowance", lambda draft, now: None)
    monkeypatch.setattr(drafting, "_hold", lambda draft, now: None)
    monkeypatch.setattr(drafting, "_refuse_beyond", looks)
    monkeypatch.setattr(cart_operations, "hold_cart", holds)
    assert sum(add_in_two_places(shared, begun)) == 4


# From the cart into the order: nobody else may take the bottles on their way


def put_into_order(world: World, order: Order) -> Any:
    item = world.item(world.premier_offer, world.magnum)
    actor = customer_actor(world.ana)
    return partial(
        add_to_order, order_reference=order.reference, quantities={item.pk: 2}, actor=actor, now=world.now
    )


@pytest.fixture
def last_magnums(shared: World) -> Order:
    """Ana has an order, and the last two magnums in her cart."""
    order = bought(shared, shared.ana, {"CAB23": 1})
    stock = shared.stock(shared.magnum)
    stock.movements.update(quantity=2)
    type(stock).objects.filter(pk=stock.pk).update(on_hand=2)
    take(shared.ana, shared.item(shared.premier_offer, shared.magnum).pk, 2, shared.now)
    return order


@pytest.mark.parametrize("round", range(2))
def test_bottles_move_from_the_cart_into_the_order_in_one_step(
    shared: World, last_magnums: Order, round: int
) -> None:
    others = shared.item(shared.estate_offer, shared.magnum)
    rival = partial(take, shared.ben, others.pk, 1, shared.now)
    rush([put_into_order(shared, last_magnums), rival, rival, rival])
    draft = ChangeDraft.objects.get(order=last_magnums)
    assert draft.lines.get().quantity == 2 and shared.stock(shared.magnum).held == 2
    assert run_checks(read_clock()) == []


def test_control_in_two_steps_somebody_takes_them(shared: World, last_magnums: Order) -> None:
    empty_cart(customer=shared.ana, actor=customer_actor(shared.ana), now=shared.now)
    take(shared.ben, shared.item(shared.estate_offer, shared.magnum).pk, 1, shared.now)
    with pytest.raises(DomainError, match="only 1 more"):
        put_into_order(shared, last_magnums)()


# The last bottle, wanted by a cart and by a change


@pytest.mark.parametrize("round", range(3))
def test_the_last_bottle_goes_to_the_cart_or_to_the_change(shared: World, round: int) -> None:
    order = bought(shared, shared.ben, {"CAB23": 1})
    stock = shared.stock(shared.magnum)
    stock.movements.update(quantity=1)
    type(stock).objects.filter(pk=stock.pk).update(on_hand=1)
    item = shared.item(shared.premier_offer, shared.magnum)
    in_cart = partial(
        set_cart,
        customer=shared.ana,
        quantities={item.pk: 1},
        actor=customer_actor(shared.ana),
        now=shared.now,
    )
    on_order = partial(draft_of, shared, order, shared.staff, add={shared.magnum: 1})
    results = rush([in_cart, on_order])
    assert set(codes(results)) <= {"not_enough"} and shared.stock(shared.magnum).held == 1
    assert run_checks(read_clock()) == []


def test_changes_that_take_and_give_the_same_wines_never_wait_for_each_other_forever(shared: World) -> None:
    """Every change locks all its wines at once and in order: crossed swaps don't deadlock."""
    acts = []
    for number, person in enumerate(invite(shared, CROWD)):
        had, wanted = (shared.cabernet, shared.chardonnay)[:: 1 if number % 2 else -1]
        assert take(person, shared.item(shared.estate_offer, had).pk, 2, shared.now) == 2
        placed = check_out(shared, person, shared.now)
        order = Order.objects.get(reference=placed.order_reference)
        actor = customer_actor(person)
        draft = draft_of(shared, order, actor, pieces={key_of(order, had): 0}, add={wanted: 2})
        acts.append(partial(confirm, shared, draft, actor))
    results = rush(acts)
    assert results.refusals == [] and [done.status for done in results.answers] == ["applied"] * CROWD
    assert run_checks(read_clock()) == []
