"""SIGKILL between any two steps of an order by telephone: it is placed or it isn't, and nobody pays for nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.bank import charged_in_all
from tests.concurrency.dying_change import MORE
from tests.concurrency.test_change_kills import AGREED, PAID, killed_at
from tests.concurrency.test_kills import after_restart
from tests.rooms.changes.journey import confirm, pieces_on
from tests.world import World, build_world
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import edit_draft, open_new_order, retry_draft
from tirage.changes.rules import AddWine
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
OWED = 289_44


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def for_ben(world: World) -> ChangeDraft:
    """Two Cabernets: 289.44."""
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    add = [AddWine(world.cabernet.pk, 2)]
    return edit_draft(draft_reference=draft.reference, add=add, actor=world.staff, now=world.now)


@pytest.mark.parametrize("step", ["bottles_held", "agreed", "bank_asked", "change_entered", "draft_applied"])
def test_a_kill_places_the_order_or_leaves_the_draft(shared: World, step: str) -> None:
    assert step in MORE
    draft = for_ben(shared)
    killed_at(step, draft)
    assert charged_in_all() == (OWED if step in PAID else 0)
    after_restart()
    order, stock = Order.objects.get(), shared.stock(shared.cabernet)
    draft.refresh_from_db()
    assert order.owed_minor == order.paid_minor == charged_in_all() == (OWED if step in PAID else 0)
    assert (stock.sold, stock.held) == ((2, 0) if step in PAID else (0, 2))
    assert order.state == ("placed" if step in PAID else "draft")
    assert draft.state == ("applied" if step in PAID else "waiting" if step in AGREED else "open")
    assert run_checks(read_clock()) == []
    if step in PAID:
        return
    # It is placed after the crash, and paid once.
    now = read_clock() + timedelta(minutes=5)
    if step in AGREED:
        done = retry_draft(draft_reference=draft.reference, actor=shared.staff, now=now)
    else:
        done = confirm(shared, draft, shared.staff, now)
    assert done.status == "applied" and charged_in_all() == OWED
    assert pieces_on(order) == {"CAB23": 2} and run_checks(read_clock()) == []
