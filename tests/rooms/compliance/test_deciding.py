"""A person lets an order ship, in their name and words, while it is the order that they looked at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.sovos import ShipCompliantThere
from tests.rooms.changes.journey import confirm, customer_actor, draft_of
from tests.rooms.compliance.journey import ask, history, latest, passed, shipped, tell, waiting_jobs
from tests.world import World
from tirage.compliance import asking
from tirage.compliance.deciding import ask_again, let_ship
from tirage.compliance.models import ComplianceCheck
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.orders.models import Order


def decide(world: World, order: Order, **changes: Any) -> ComplianceCheck:
    facts: dict[str, Any] = {
        "order_reference": order.reference,
        "seen": 1,
        "words": "Called the state: it may.",
        "actor": world.staff,
        "now": world.now,
    }
    found = let_ship(**(facts | changes))
    order.refresh_from_db()
    return found


def code_of(world: World, order: Order, **changes: Any) -> str:
    before = list(ComplianceCheck.objects.values())
    with pytest.raises(DomainError) as refused:
        decide(world, order, **changes)
    order.refresh_from_db()
    assert order.awaits_compliance and list(ComplianceCheck.objects.values()) == before
    return refused.value.code


@pytest.fixture
def refused(world: World, there: ShipCompliantThere, order: Order) -> Order:
    there.closed = {"NY"}
    ask(order, world.now)
    return order


def test_what_was_refused_ships_in_somebodys_name(
    world: World, there: ShipCompliantThere, refused: Order
) -> None:
    check = decide(world, refused)
    assert (check.state, check.decided_by) == ("decided", world.staff.label)
    assert check.decided_words == "Called the state: it may." and check.reasons
    event = Event.objects.get(name="compliance.decided")
    assert event.actor_label == world.staff.label and event.text.endswith("Called the state: it may.")
    assert shipped(world, refused).state == "shipped"
    assert tell(refused, world.now) and there.state_of(refused.reference) == "committed"


def test_what_has_no_answer_ships_too(world: World, there: ShipCompliantThere, order: Order) -> None:
    there.troubles = [503]
    ask(order, world.now)
    decide(world, order)
    assert not order.awaits_compliance and not ask(order, world.now), "nobody asks any more"


def test_without_words_nobody_decides(world: World, refused: Order) -> None:
    assert code_of(world, refused, words="  ") == "words_missing"
    assert code_of(world, refused, words="a" * 301) == "words_missing"


def test_only_what_was_looked_at_is_decided(world: World, there: ShipCompliantThere, refused: Order) -> None:
    ben = customer_actor(world.ben)
    confirm(world, draft_of(world, refused, ben, add={world.cabernet: 1}), ben)
    assert code_of(world, refused) == "changed_meanwhile"
    ask(refused, world.now)
    assert code_of(world, refused) == "changed_meanwhile", "another check stands there now"
    decide(world, refused, seen=2)
    assert history(refused) == [(1, "replaced"), (2, "decided")]


def test_a_decision_holds_while_the_service_is_asked(
    world: World, there: ShipCompliantThere, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.closed = {"NY"}
    really = asking._ask

    def decided_meanwhile(question: Any) -> Any:
        decide(world, order)
        return really(question)

    monkeypatch.setattr(asking, "_ask", decided_meanwhile)
    ask(order, world.now)
    assert not order.awaits_compliance and latest(order).state == "decided"


def test_what_waits_for_nobody_is_not_decided(world: World, there: ShipCompliantThere, order: Order) -> None:
    passed(order, world.now)
    with pytest.raises(DomainError) as refused:
        decide(world, order)
    assert refused.value.code == "not_waiting"
    with pytest.raises(DomainError):
        let_ship(order_reference="ORD-2", seen=1, words="a", actor=world.staff, now=world.now)


def test_whoever_has_mended_it_there_asks_again(
    world: World, there: ShipCompliantThere, refused: Order
) -> None:
    there.closed = set()
    ask_again(order_reference=refused.reference, actor=world.staff, now=world.now)
    assert waiting_jobs("ask") == 2 and latest(refused).state == "waiting"
    passed(refused, world.now)


def test_when_nobody_is_connected_any_more_a_person_decides(
    world: World, there: ShipCompliantThere, refused: Order, settings: Any
) -> None:
    settings.TIRAGE_COMPLIANCE_SERVICE = ""
    with pytest.raises(DomainError) as asked:
        ask_again(order_reference=refused.reference, actor=world.staff, now=world.now)
    assert asked.value.code == "not_connected"
    ben = customer_actor(world.ben)
    confirm(world, draft_of(world, refused, ben, add={world.cabernet: 1}), ben)
    decide(world, refused)
    assert not refused.awaits_compliance and history(refused) == [(1, "replaced"), (2, "decided")]
