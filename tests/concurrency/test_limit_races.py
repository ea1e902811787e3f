"""The last litres of a place's limit: two of one household, or two customers of a winery, order or change an order at
the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import gather, invite, rush
from tests.concurrency.test_release_races import form_of, take
from tests.rooms.changes.journey import bought, customer_actor, draft_of, quoted
from tests.rooms.delivery.limiting import limited
from tests.world import World, build_world
from tirage.changes.operations import confirm_draft
from tirage.checkout import volumes
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer
from tirage.delivery.limits import operations as limit_operations
from tirage.delivery.limits import queries as limit_queries
from tirage.delivery.limits import rules as limit_rules
from tirage.delivery.limits.operations import LimitValues
from tirage.delivery.limits.rules import Verdict
from tirage.delivery.models import VolumeLimit
from tirage.delivery.states import LimitPeriod, LimitSubject, VolumeUnit
from tirage.orders.models import Order, OrderLine

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed. Whoever is invited lives with Ben, whose household may have three bottles in a month."""
    world = build_world(read_clock())
    limited(world.new_york, 3, "household")
    return world


def all_that_goes_there() -> int:
    """Bottles; all orders of these tests go to Ben's home."""
    return sum(OrderLine.objects.filter(order__state="placed").values_list("quantity", flat=True))


def judged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both know what went there before either goes on, if nothing keeps them apart."""
    met, judge = gather(2, patience=1), limit_rules.judge

    def slowly(*facts: Any) -> Verdict:
        found = judge(*facts)
        met()
        return found

    monkeypatch.setattr(volumes, "judge", slowly)


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit_queries, "lock_of_place", lambda: "")


def two_orders(
    world: World, monkeypatch: pytest.MonkeyPatch, invited: Callable[[World, int], list[Customer]] = invite
) -> list[str]:
    """Two bottles each; the codes of who was refused."""
    item, people = world.item(world.estate_offer, world.cabernet), invited(world, 2)
    for person in people:
        assert take(person, item.pk, 2, world.now) == 2
    forms = [form_of(world, person, world.now) for person in people]
    judged_at_once(monkeypatch)
    results = rush([partial(place_order, **form) for form in forms])
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    return [getattr(one, "code", "") for one in results.refusals]


def test_two_of_a_household_have_the_last_litres_once(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_orders(shared, monkeypatch) == ["beyond_volume_limit"]
    assert all_that_goes_there() == 2 and run_checks(read_clock()) == []
    assert Order.objects.get(state="placed").paid_minor == charged_in_all(), "who was refused wasn't charged"


def test_control_without_the_lock_they_have_them_twice(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    assert two_orders(shared, monkeypatch) == []
    assert all_that_goes_there() == 4


@pytest.fixture
def apart(shared: World) -> World:
    """The same for people who have nothing to do with each other: it is the winery that may send three bottles."""
    VolumeLimit.objects.update(subject=LimitSubject.WINERY)
    return shared


def strangers(world: World, count: int) -> list[Customer]:
    found = invite(world, count)
    for one in found:
        Address.objects.filter(customer=one).update(line1=f"{one.pk} Mercer Street", postal_code="10013")
    return found


def test_two_customers_have_the_last_litres_of_the_winery_once(
    apart: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert two_orders(apart, monkeypatch, strangers) == ["beyond_volume_limit"]
    assert all_that_goes_there() == 2 and run_checks(read_clock()) == []
    assert Order.objects.get(state="placed").paid_minor == charged_in_all(), "who was refused wasn't charged"


def test_control_without_the_lock_the_winery_sends_them_twice(
    apart: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    assert two_orders(apart, monkeypatch, strangers) == []
    assert all_that_goes_there() == 4


def an_order_beside_a_change(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ben has one and adds one, paid by card; who lives with him orders two."""
    order = bought(world, world.ben, {"CAB23": 1})
    draft = draft_of(world, order, customer_actor(world.ben), add={world.cabernet: 1})
    item, (guest,) = world.item(world.estate_offer, world.cabernet), invite(world, 1)
    take(guest, item.pk, 2, world.now)
    form = form_of(world, guest, world.now)
    quote = quoted(draft, customer_actor(world.ben), world.now)
    agreed = partial(
        confirm_draft,
        draft_reference=draft.reference,
        expected_difference_minor=quote.difference.minor,
        expected_settlement_minor=quote.settlement.minor,
        payment_method=world.ben_card,
        actor=customer_actor(world.ben),
        now=world.now,
    )
    judged_at_once(monkeypatch)
    results = rush([agreed, partial(place_order, **form)])
    return [getattr(one, "code", repr(one)) for one in results.refusals]


def test_an_order_and_a_change_have_the_last_litres_once(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = an_order_beside_a_change(shared, monkeypatch)
    assert code in ("beyond_volume_limit", "not_confirmable")
    assert all_that_goes_there() in (2, 3) and run_checks(read_clock()) == []


def test_control_without_the_lock_order_and_change_come_beyond_it(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    assert an_order_beside_a_change(shared, monkeypatch) == []
    assert all_that_goes_there() == 4


def two_laws(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two colleagues set a limit of one kind for days that overlap, both before either is written."""
    met, problems = gather(2, patience=1), limit_operations._problems

    def slowly(*facts: Any) -> dict[str, str]:
        found = problems(*facts)
        met()
        return found

    monkeypatch.setattr(limit_operations, "_problems", slowly)
    wanted = [
        LimitValues(
            "US",
            "OR",
            Decimal(5),
            VolumeUnit.CASE,
            LimitPeriod.MONTH,
            LimitSubject.PERSON,
            date(2026, month, 1),
            date(2027, month, 1),
        )
        for month in (1, 6)
    ]
    acts = [
        partial(limit_operations.save_limit, values=one, actor=world.staff, now=world.now) for one in wanted
    ]
    return [getattr(one, "code", repr(one)) for one in rush(acts).refusals]


def overlapping() -> int:
    return sum(len(one.rows) for one in run_checks(read_clock()) if one.check.name == "limits_never_overlap")


def test_two_colleagues_set_no_limits_that_overlap(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_laws(shared, monkeypatch) == ["limit_invalid"] and overlapping() == 0


def test_control_without_the_lock_their_limits_overlap(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit_operations, "lock_row", lambda rows: rows.first())
    assert two_laws(shared, monkeypatch) == [] and overlapping() == 1
