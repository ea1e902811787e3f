"""When a part is late, to the second, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tirage.health.rules import (
    JOB_WAITS,
    MAIL_WAITS,
    URGENT_MAIL_WAITS,
    WORKER_SILENT,
    Beat,
    Condition,
    Entry,
    Post,
    Waiting,
    backup_part,
    gateway_part,
    mail_part,
    queue_part,
    say_span,
    schedule_part,
    worker_part,
)

pytestmark = pytest.mark.once
NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (-SECOND, "0 seconds"),
        (SECOND, "1 second"),
        (89 * SECOND, "89 seconds"),
        (90 * SECOND, "1 minute"),
        (timedelta(minutes=89), "89 minutes"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=49), "2 days"),
    ],
)
def test_spans_are_said_in_whole_units(span: timedelta, words: str) -> None:
    assert say_span(span) == words


def test_a_worker_is_late_once_it_is_silent_for_too_long() -> None:
    assert worker_part(Beat(NOW - WORKER_SILENT), NOW).condition is Condition.OK
    late = worker_part(Beat(NOW - WORKER_SILENT - SECOND), NOW)
    assert late.is_late and late.words == "not heard of for 2 minutes"
    assert worker_part(Beat(), NOW).words == "never heard of"


def test_the_schedule_names_what_is_overdue_and_what_failed() -> None:
    due = Entry("tell_restocked", NOW - timedelta(minutes=5), "")
    assert schedule_part([due], NOW).words == "on time"
    overdue = Entry("tidy_stripe", NOW - timedelta(minutes=5, seconds=1), "")
    assert schedule_part([due, overdue], NOW).words == "1 entry overdue"
    assert schedule_part([due, overdue], NOW).detail == "tidy_stripe"
    failing = [Entry(name, NOW, "ValueError: closed") for name in ("a", "b")]
    assert schedule_part(failing, NOW).words == "2 entries failed"
    assert schedule_part([], NOW).is_late


@pytest.mark.parametrize(
    ("urgency", "words"), [("urgent", "an urgent job"), ("usual", "a job"), ("bulk", "a job of many")]
)
def test_each_urgency_has_its_own_patience(urgency: str, words: str) -> None:
    on_time = Waiting(urgency, 3, NOW - JOB_WAITS[urgency])
    assert queue_part([on_time], NOW).words == "3 jobs waiting"
    late = queue_part([Waiting(urgency, 3, NOW - JOB_WAITS[urgency] - SECOND)], NOW)
    assert late.is_late and late.words.startswith(f"{words} waits for ")
    assert queue_part([Waiting(urgency, 0, None)], NOW).words == "none waiting"


def test_mail_is_late_when_its_server_fails_or_somebody_waits_to_sign_in() -> None:
    sent = Beat(NOW - timedelta(days=9))
    assert not mail_part(sent, None, NOW).is_late, "a quiet winery sends none for days"
    assert not mail_part(sent, NOW - URGENT_MAIL_WAITS, NOW).is_late
    assert (
        mail_part(sent, NOW - URGENT_MAIL_WAITS - SECOND, NOW).words == "an urgent mail waits for 2 minutes"
    )
    failing = mail_part(
        Beat(NOW - timedelta(hours=2), NOW - timedelta(hours=1), "SMTPConnectError"), None, NOW
    )
    assert failing.is_late and "SMTPConnectError" in failing.detail and "SMTP" not in failing.words
    assert not mail_part(Beat(NOW, NOW - SECOND, "SMTPConnectError"), None, NOW).is_late, "it came back"


def test_mail_is_late_when_it_waits_or_none_is_taken() -> None:
    quiet = Beat(NOW - timedelta(days=9))
    waiting = Post(waiting=2, since=NOW - MAIL_WAITS)
    assert not mail_part(quiet, None, NOW, waiting).is_late
    late = mail_part(quiet, None, NOW, replace(waiting, since=NOW - MAIL_WAITS - SECOND))
    assert late.is_late and late.words == "2 mails wait, the first for 15 minutes"
    assert not mail_part(quiet, None, NOW, Post(failing=2)).is_late, "a mailbox or two that are full"
    assert mail_part(quiet, None, NOW, Post(failing=3)).words.startswith("3 mails failed")
    assert not mail_part(Beat(NOW - MAIL_WAITS), None, NOW, Post(failing=3)).is_late, "others are taken"


def test_jobs_that_were_given_up_are_told() -> None:
    assert queue_part([], NOW, 2).is_late and queue_part([], NOW, 1).words == "1 job given up"
    waits = [Waiting("urgent", 1, NOW - timedelta(hours=1))]
    assert "waits" in queue_part(waits, NOW, 1).words, "the worker comes first"


def test_a_gateway_for_tests_is_told_in_a_shop_in_earnest() -> None:
    part = gateway_part(Beat(NOW), NOW, moves_money=False)
    assert part.is_late and part.condition == "test" and "no card is charged" in part.words
    assert gateway_part(Beat(None, NOW, "gone"), NOW, moves_money=False).condition is Condition.LATE


def test_a_gateway_is_late_while_the_last_thing_heard_is_a_failure() -> None:
    assert gateway_part(Beat(), NOW).words == "not asked yet"
    assert not gateway_part(Beat(NOW - timedelta(days=30)), NOW).is_late
    assert gateway_part(Beat(NOW - 2 * SECOND, NOW - SECOND, "no answer in time"), NOW).is_late
    assert gateway_part(Beat(None, NOW, "no answer in time"), NOW).is_late


def test_a_backup_is_watched_where_somebody_asked_for_it() -> None:
    made = Beat(NOW - timedelta(hours=26))
    assert backup_part(made, 26, NOW).condition is Condition.OK
    assert backup_part(Beat(NOW - timedelta(hours=26, seconds=1)), 26, NOW).words == "made 26 hours ago"
    assert backup_part(Beat(NOW - timedelta(hours=26, seconds=1)), 26, NOW).is_late
    assert backup_part(Beat(), 26, NOW).words == "none was ever recorded"
    assert backup_part(Beat(), 0, NOW).condition is Condition.UNWATCHED
