"""The walls of marketing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.marketing.models import MailingList, Subscriber, SyncLine, SyncRun


def mailing(world: World, id: str = "list-1", **changes: Any) -> MailingList:
    return MailingList.objects.create(
        service="campaign_monitor", service_id=id, name=id, made_at=world.now, **changes
    )


def run(world: World, of: MailingList | None = None, **changes: Any) -> SyncRun:
    facts = {"scope": "all", "total": 1, "made_at": world.now, "changed_at": world.now, "actor_kind": "staff"}
    return SyncRun.objects.create(list=of or mailing(world), **{**facts, **changes})


def subscriber(world: World, of: MailingList | None = None, **changes: Any) -> Subscriber:
    facts = {
        "customer": world.ana,
        "email": "a@example.com",
        "state": "left_out",
        "reason": "Suspended.",
        "changed_at": world.now,
    }
    return Subscriber.objects.create(list=of or mailing(world), **{**facts, **changes})


def line(world: World, of: SyncRun | None = None, **changes: Any) -> SyncLine:
    facts = {"customer": world.ana, "email": "a@example.com", "done": "sent", "at": world.now}
    return SyncLine.objects.create(run=of or run(world), **{**facts, **changes})


def twice(world: World, make: Any, first: Any) -> None:
    make(world, first)
    make(world, first)


BREACHES: dict[str, Breach] = {
    "mailing_list_once": lambda world: (mailing(world), mailing(world)),
    "mailing_list_every_is_legal": lambda world: mailing(world, every="odd", next_at=world.now),
    "mailing_list_by_itself_has_its_time": lambda world: mailing(world, every="hour"),
    "sync_run_state_is_legal": lambda world: run(world, state="odd"),
    "sync_run_scope_is_legal": lambda world: run(world, scope="odd"),
    "sync_run_one_at_a_time": lambda world: twice(world, run, mailing(world)),
    "sync_run_failed_has_its_problem": lambda world: run(world, state="failed"),
    "subscriber_once": lambda world: twice(world, subscriber, mailing(world)),
    "subscriber_state_is_legal": lambda world: subscriber(world, state="odd"),
    "subscriber_on_it_was_sent": lambda world: subscriber(world, state="subscribed"),
    "subscriber_off_it_has_its_reason": lambda world: subscriber(world, reason=""),
    "sync_line_done_is_legal": lambda world: line(world, done="odd"),
    "sync_line_once": lambda world: twice(world, line, run(world)),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
