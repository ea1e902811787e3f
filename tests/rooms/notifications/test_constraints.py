"""The walls of invitations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.notifications.mailbox_models import Mailbox
from tirage.notifications.models import InvitationChoice, InvitationRun, MailLayout, OfferInvitation, SentMail
from tirage.notifications.reminder_models import Reminder, ReminderPlan


def run(world: World, **changes: Any) -> InvitationRun:
    facts: dict[str, Any] = {"actor_label": "Olive", "made_at": world.now, "changed_at": world.now}
    return InvitationRun.objects.create(offer=world.premier_offer, **{**facts, **changes})


def two_at_a_time(world: World) -> None:
    run(world)
    run(world)


def invited_twice(world: World) -> None:
    for _ in range(2):
        OfferInvitation.objects.create(offer=world.premier_offer, customer=world.ana, at=world.now)


def chosen_twice(world: World) -> None:
    found = run(world)
    for _ in range(2):
        InvitationChoice.objects.create(run=found, customer=world.ana)


def mail(world: World, **changes: Any) -> SentMail:
    facts: dict[str, Any] = {"kind": "wish_made", "customer": world.ana, "due_at": world.now}
    return SentMail.objects.create(**{**facts, **changes})


def plan(world: World, **changes: Any) -> ReminderPlan:
    facts: dict[str, Any] = {"release": world.release, "kind": "not_yet", "hours": 48}
    return ReminderPlan.objects.create(**{**facts, **changes})


def reminded(world: World, **changes: Any) -> Reminder:
    facts: dict[str, Any] = {
        "release": world.release,
        "customer": world.ana,
        "kind": "not_yet",
        "at": world.now,
    }
    return Reminder.objects.create(**{**facts, **changes})


def twice(breach: Breach) -> Breach:
    return lambda world: [breach(world) for _ in range(2)]


def mailbox(world: World, **changes: Any) -> Mailbox:
    facts: dict[str, Any] = {"address": "x@example.com", "why": "bounced", "provider": "", "at": world.now}
    return Mailbox.objects.create(**{**facts, **changes})


BREACHES: dict[str, Breach] = {
    "invitation_choice_once": chosen_twice,
    "reminder_plan_once": twice(plan),
    "reminder_plan_kind_is_legal": lambda world: plan(world, kind="odd"),
    "reminder_plan_hours_in_bounds": lambda world: plan(world, hours=0),
    "mail_layout_is_one": lambda world: MailLayout.objects.create(id=2, source="<mjml></mjml>"),
    "reminder_once": twice(reminded),
    "reminder_kind_is_legal": lambda world: reminded(world, kind="odd"),
    "invitation_run_state_is_legal": lambda world: run(world, state="odd"),
    "invitation_run_one_at_a_time": two_at_a_time,
    "invitation_run_waiting_has_its_time": lambda world: run(world, state="waiting"),
    "invitation_run_waves_are_whole": lambda world: run(world, wave_size=5),
    "offer_invitation_once": invited_twice,
    "mailbox_why_is_legal": lambda world: mailbox(world, why="odd"),
    "mailbox_set_aside_once": twice(mailbox),
    "sent_mail_ended_is_legal": lambda world: mail(world, ended="odd"),
    "sent_mail_sent_or_ended": lambda world: mail(world, ended="refused", sent_at=world.now),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
