"""Job entry points of clubs."""

from __future__ import annotations

from django_tasks import task

from tirage.clubs.fees import finish_joining
from tirage.core.clock import read_clock


@task(queue_name="slow")
def finish_joining_of(member_id: int) -> None:
    """Makes the member whose fee is paid, or ends the attempt."""
    finish_joining(member_id=member_id, now=read_clock())
