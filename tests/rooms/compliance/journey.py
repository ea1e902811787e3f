"""The shortest ways to an order that waits in compliance, and out of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django_tasks_db.models import DBTaskResult

from tests.rooms.changes.journey import bought as bought_by
from tests.world import World
from tirage.compliance.asking import ask_about, tell_of
from tirage.compliance.following import ASK, TELL
from tirage.compliance.models import ComplianceCheck
from tirage.fulfilment.operations import ship_order
from tirage.orders.models import Order


def bought(world: World, pieces: int = 2, **changes: Any) -> Order:
    """Two Cabernets of Ben's, placed and paid."""
    return bought_by(world, world.ben, {"CAB23": pieces}, **changes)


def ask(order: Order, at: datetime) -> bool:
    """As the worker does."""
    asked = ask_about(order_reference=order.reference, clock=lambda: at)
    order.refresh_from_db()
    return asked


def tell(order: Order, at: datetime) -> bool:
    check = latest(order)
    return tell_of(check_id=check.pk, clock=lambda: at)


def latest(order: Order) -> ComplianceCheck:
    found = order.compliance_checks.order_by("-number").first()
    assert found is not None
    return found


def history(order: Order) -> list[tuple[int, str]]:
    return list(order.compliance_checks.order_by("number").values_list("number", "state"))


def passed(order: Order, at: datetime) -> Order:
    assert ask(order, at) and not order.awaits_compliance
    return order


def shipped(world: World, order: Order, **changes: Any) -> Order:
    facts: dict[str, Any] = {
        "order_reference": order.reference,
        "actor": world.staff,
        "now": world.now + timedelta(days=1),
    }
    return ship_order(**(facts | changes)).order


def waiting_jobs(kind: str) -> int:
    """Jobs of asking (``ask``) or telling (``tell``) that no worker has taken."""
    path = {"ask": ASK, "tell": TELL}[kind]
    return DBTaskResult.objects.filter(task_path=path, status="READY").count()
