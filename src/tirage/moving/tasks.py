"""Job entry points of moving in."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.core.language import speaking_the_winerys
from tirage.moving import card_runs, running
from tirage.moving.models import MoveRun
from tirage.moving.states import MoveAct


@task(queue_name="slow")
def go_on_with_move(reference: str) -> None:
    """Goes on with that run, unless it is over."""
    found = MoveRun.objects.filter(reference=reference).first()
    if found is not None:
        with speaking_the_winerys():
            if found.act == MoveAct.CARDS:
                card_runs.ask_for_cards(found, clock=read_clock)
            else:
                running.go_on(run=found, clock=read_clock)
