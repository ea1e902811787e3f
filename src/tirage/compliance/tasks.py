"""Job entry points of compliance."""

from __future__ import annotations

from django_tasks import task

from tirage.compliance.asking import ask_about, tell_of
from tirage.core.clock import read_clock


@task(queue_name="slow")
def ask_about_order(reference: str) -> None:
    """Asks the service about the order, if there is anything to ask."""
    ask_about(order_reference=reference, clock=read_clock)


@task(queue_name="slow")
def tell_of_check(check_id: int) -> None:
    """Tells the service what became of the order."""
    tell_of(check_id=check_id, clock=read_clock)
