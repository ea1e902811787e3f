"""What somebody waits for goes first; what has run out isn't sent; one line to the mail server serves many."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django_tasks_db.models import DBTaskResult

from tests.world import World
from tirage.cli.worker import _make_worker
from tirage.core.models import Event
from tirage.notifications import line, operations, sending
from tirage.notifications.inviting import continue_invitations, start_invitations
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def _a_worker_of_that_day(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """The worker looks for connections that have ended between jobs; the test's own is to stay."""
    monkeypatch.setattr("tirage.notifications.tasks.read_clock", lambda: world.now)
    monkeypatch.setattr("django_tasks_db.management.commands.db_worker.close_old_connections", lambda: None)


def ask_for_code(world: World) -> SentMail:
    return operations.queue_sign_in_code(
        customer_id=world.ana.pk,
        email=world.ana.email,
        code="123456",
        link="https://x.example/a",
        now=world.now,
    )


@pytest.mark.usefixtures("_a_worker_of_that_day")
def test_a_code_goes_before_invitations_that_were_queued_earlier(world: World) -> None:
    run = start_invitations(offer=world.estate_offer, actor=world.staff, now=world.now)
    continue_invitations(reference=run.reference, limit=100, now=world.now)
    ask_for_code(world)
    _make_worker(["urgent", "mail"], once=True).run()
    assert len(outbox.outbox) == 2
    assert outbox.outbox[0].to == ["ana@example.com"] and "123456" in outbox.outbox[0].subject


@pytest.mark.usefixtures("_a_worker_of_that_day")
def test_a_receipt_goes_before_invitations_too(world: World) -> None:
    run = start_invitations(offer=world.estate_offer, actor=world.staff, now=world.now)
    continue_invitations(reference=run.reference, limit=100, now=world.now)
    operations.queue_staff_invitation(
        email="hugo@halcyon.example", name="Hugo", inviter="Olive", url="https://x.example/b", now=world.now
    )
    _make_worker(["mail"], once=True).run()
    assert [message.to for message in outbox.outbox] == [["hugo@halcyon.example"], ["ben@example.com"]]


def test_who_waits_at_a_screen_has_a_queue_to_himself(world: World) -> None:
    ask_for_code(world)
    assert DBTaskResult.objects.get().queue_name == "urgent"
    urgent = {kind for kind, facts in KINDS.items() if facts.urgency.name == "NOW"}
    assert urgent == {
        MailKind.SIGN_IN_CODE,
        MailKind.SIGN_IN_LINK,
        MailKind.SIGN_UP,
        MailKind.STAFF_PASSWORD,
    }


def test_a_code_that_has_run_out_isnt_sent(world: World) -> None:
    mail = ask_for_code(world)
    assert sending.send_one(mail.pk, world.now + timedelta(minutes=15)) is None
    assert outbox.outbox == []
    mail.refresh_from_db()
    assert mail.sent_at is None and mail.data == {}
    assert "had run out" in mail.problem
    assert "had run out" in Event.objects.get(name="mail.failed").text


def test_just_before_it_is(world: World) -> None:
    mail = ask_for_code(world)
    sending.send_one(mail.pk, world.now + timedelta(minutes=14, seconds=59))
    assert len(outbox.outbox) == 1


@pytest.mark.parametrize(
    ("problem", "final"),
    [
        (SMTPRecipientsRefused({"a@x.example": (550, b"no such user")}), True),
        (SMTPRecipientsRefused({"a@x.example": (450, b"greylisted")}), False),
        (SMTPRecipientsRefused({"a@x.example": (552, b"mailbox full")}), False),
        (SMTPDataError(554, b"rejected"), True),
        (SMTPDataError(421, b"too many mails"), False),
        (SMTPServerDisconnected("gone"), False),
        (OSError("connection refused"), False),
    ],
)
def test_the_servers_answer_decides_whether_to_try_again(
    world: World, monkeypatch: pytest.MonkeyPatch, problem: Exception, final: bool
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise problem

    monkeypatch.setattr(sending, "deliver", refuse)
    mail = ask_for_code(world)
    pause = sending.send_one(mail.pk, world.now)
    assert (pause is None) is final
    assert Event.objects.filter(name="mail.failed").exists() is final


class Server:
    """A mail server's line that remembers; it hangs up after ``patience`` mails."""

    opened = 0

    def __init__(self, patience: int = 1000) -> None:
        self.left, self.taken = patience, 0

    def open(self) -> None:
        Server.opened += 1

    def close(self) -> None:
        pass

    def send_messages(self, messages: list[EmailMessage]) -> int:
        if not self.left:
            raise SMTPServerDisconnected("please go away")
        self.left -= 1
        self.taken += 1
        return len(messages)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[Server]:
    """Lines as they are opened; the first hangs up after three mails."""
    made: list[Server] = []

    def connect() -> Server:
        made.append(Server(3 if not made else 1000))
        return made[-1]

    line.close_line()
    monkeypatch.setattr(line, "get_connection", connect)
    return made


@pytest.mark.once
def test_one_line_serves_many_and_a_new_one_follows_what_hung_up(lines: list[Server]) -> None:
    for number in range(5):
        line.send_over_kept_line(EmailMessage(str(number), "", "a@x.example", ["b@x.example"]))
    assert [one.taken for one in lines] == [3, 2]
    line.close_line()


@pytest.mark.once
def test_no_line_is_used_for_ever(lines: list[Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "MOST_MAILS", 2)
    for number in range(5):
        line.send_over_kept_line(EmailMessage(str(number), "", "a@x.example", ["b@x.example"]))
    assert [one.taken for one in lines] == [2, 2, 1]
    line.close_line()
