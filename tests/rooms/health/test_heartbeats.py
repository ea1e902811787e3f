"""What is noted where it happens, written down and read back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from tests.rooms.cli.test_jobs import make_job
from tests.world import World
from tirage.cli.models import ScheduledRun
from tirage.cli.worker import keep_once
from tirage.config.schedule import SCHEDULE
from tirage.core import heartbeats
from tirage.core.clock import read_clock
from tirage.core.heartbeats import note_failure, note_success, write_notes
from tirage.core.models import Heartbeat
from tirage.core.money import Money
from tirage.health.queries import all_parts, late_parts, waiting_jobs
from tirage.health.rules import Part
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.payments.gateways import gateway_for
from tirage.payments.protocol import CardRefused, GatewayRefused, GatewayTimeout

pytestmark = pytest.mark.django_db


def part(name: str, now: datetime) -> Part:
    return next(one for one in all_parts(now) if one.name == name)


def test_notes_add_up_and_the_latest_stays(now: datetime) -> None:
    later = now + timedelta(minutes=1)
    note_success("mail", now)
    note_failure("mail", "SMTPConnectError", now)
    assert write_notes() == 1
    note_success("mail", later)
    note_success("mail", later)
    write_notes()
    row = Heartbeat.objects.get(name="mail")
    assert (row.ok_at, row.failed_at, row.problem) == (later, now, "SMTPConnectError")
    assert (row.successes, row.failures) == (3, 1)
    assert write_notes() == 0


def test_what_cannot_be_written_is_written_later(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    note_success("mail", now)
    note_success("worker", now)

    def away(*_: Any) -> int:
        raise OperationalError("the server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(heartbeats, "run", away)
        with pytest.raises(OperationalError):
            write_notes()
    note_success("mail", now)
    assert write_notes() == 2
    assert Heartbeat.objects.get(name="mail").successes == 2


def test_a_server_writes_its_notes_every_few_seconds(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the database was away at the time before."""
    answers: list[Exception | None] = [OperationalError("away"), None]
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 4:
            raise KeyboardInterrupt

    def write() -> int:
        if problem := answers.pop(0):
            raise problem
        return write_notes()

    monkeypatch.setattr("tirage.core.heartbeats.time.sleep", sleep)
    monkeypatch.setattr("tirage.core.heartbeats.connection.close", lambda: None)
    monkeypatch.setattr(heartbeats, "write_notes", write)
    note_success("gateway test", now)
    with pytest.raises(KeyboardInterrupt):
        heartbeats._keep_writing()
    assert Heartbeat.objects.get(name="gateway test").successes == 1
    assert slept == [heartbeats.EVERY_SECONDS] * 4 and answers == [], "nothing to write, nothing asked"


def test_a_worker_that_looks_at_its_schedule_is_heard_of(world: World) -> None:
    before = read_clock()
    assert {"worker", "schedule"} <= {one.name for one in late_parts(before)}
    keep_once()
    found = {one.name: one for one in all_parts(read_clock())}
    assert (found["worker"].words, found["schedule"].words) == ("at work", "on time")
    assert found["worker"].at and found["worker"].at >= before


def test_a_schedule_that_stands_still_is_late_whatever_former_versions_left(now: datetime) -> None:
    for entry in SCHEDULE:
        ScheduledRun.objects.create(name=entry.name, due_at=now)
    ScheduledRun.objects.create(name="of_a_former_version", due_at=now - timedelta(days=9))
    assert not part("schedule", now + timedelta(minutes=5)).is_late
    assert part("schedule", now + timedelta(minutes=6)).words == f"{len(SCHEDULE)} entries overdue"


def test_jobs_wait_since_they_could_run(now: datetime) -> None:
    make_job("READY", run_after=now - timedelta(minutes=2), priority=50, queue_name="urgent")
    make_job("READY", run_after=now - timedelta(minutes=1), priority=50)
    make_job("READY", run_after=now + timedelta(minutes=1))
    make_job("RUNNING", run_after=now - timedelta(days=1))
    enqueued = make_job("READY", run_after=datetime.max.replace(tzinfo=now.tzinfo), priority=-50)
    DBTaskResult.objects.filter(pk=enqueued.pk).update(
        enqueued_at=now - timedelta(hours=1), run_after=_date_max()
    )
    found = {one.urgency: (one.count, one.since) for one in waiting_jobs(now)}
    assert found == {
        "urgent": (2, now - timedelta(minutes=2)),
        "usual": (0, None),
        "bulk": (1, now - timedelta(hours=1)),
    }
    assert part("queue", now).words == "an urgent job waits for 2 minutes"


def _date_max() -> datetime:
    from django_tasks_db.models import get_date_max

    return get_date_max()


def mail_to_ana(world: World, now: datetime, **facts: Any) -> SentMail:
    values = {"kind": "sign_in_code", "data": {"code": "1", "link": "http://x/"}, "customer": world.ana}
    return SentMail.objects.create(**(values | {"due_at": now} | facts))


def test_an_urgent_mail_that_nobody_sends_is_late(world: World, now: datetime) -> None:
    mail_to_ana(world, now, kind="order_receipt")
    mail_to_ana(world, now, problem="It had run out before it could be sent.")
    mail_to_ana(world, now, sent_at=now)
    later = now + timedelta(minutes=5)
    assert not part("mail", later).is_late
    mail_to_ana(world, now)
    assert part("mail", later).words == "an urgent mail waits for 5 minutes"
    assert part("mail", now + timedelta(days=2)).words == "1 mail waits, the first for 2 days", "the receipt"
    SentMail.objects.filter(kind="order_receipt").delete()
    assert not part("mail", now + timedelta(days=2)).is_late, "nobody waits for a code any more"


def test_each_mail_and_each_failure_of_the_mail_server_is_noted(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(message: EmailMessage) -> None:
        raise ConnectionRefusedError("nobody listens")

    mail = mail_to_ana(world, now)
    with monkeypatch.context() as patch:
        patch.setattr("tirage.notifications.sending.send_over_kept_line", hang_up)
        assert send_one(mail.pk, now)
    write_notes()
    assert part("mail", read_clock()).is_late
    assert send_one(mail.pk, now) is None
    write_notes()
    row = Heartbeat.objects.get(name="mail")
    assert (row.successes, row.failures, row.problem) == (1, 1, "No mail server answers at localhost:587.")
    assert not part("mail", read_clock()).is_late


@pytest.mark.parametrize(
    ("problem", "result", "fails"),
    [
        (GatewayTimeout(), "no answer", True),
        (GatewayRefused("unknown token"), "refused", False),
        (CardRefused("card_declined", "No."), "refused", False),
        (ConnectionError("reset"), "no answer", True),
    ],
)
def test_each_answer_of_the_gateway_is_noted_and_each_silence(
    problem: Exception, result: str, fails: bool, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no is an answer too."""
    gateway = gateway_for("test")
    assert gateway.find(idempotency_key="never seen") is None

    def fail(*_: Any, **__: Any) -> None:
        raise problem

    with monkeypatch.context() as patch:
        patch.setattr("tirage.integrations.test_gateway.gateway.TestGateway.refund", fail)
        with pytest.raises(type(problem)):
            gateway.refund(gateway_reference="x", amount=Money(1, "USD"), idempotency_key="y")
    write_notes()
    counted = dict(Heartbeat.objects.filter(name__startswith="call ").values_list("name", "successes"))
    assert counted == {"call test find done": 1, f"call test refund {result}": 1}
    assert Heartbeat.objects.get(name="gateway test").failures == fails
    assert part("gateway", read_clock()).is_late == fails
    gateway.find(idempotency_key="never seen")
    write_notes()
    assert not part("gateway", read_clock()).is_late


def test_a_note_costs_the_payment_no_statement(now: datetime, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        note_success("gateway test", now)
        note_failure("gateway test", "no answer in time", now)
