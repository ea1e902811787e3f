"""Thousands of invitations go out, and whoever asks for a code meanwhile doesn't wait for them.

A real worker, a real mail server. It counts mails, never time: once a code was asked for, the server takes the few
invitations that may be on the line already, and no other before the code has come.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import connection, connections
from django_tasks_db.models import DBTaskResult
from hypothesis import settings

from tests.mail_server import Letter, MailServer, mail_server
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.jobs import Urgency, queue_job
from tirage.customers.models import Customer, Membership
from tirage.notifications.inviting import start_invitations
from tirage.notifications.line import MOST_MAILS
from tirage.notifications.models import SentMail
from tirage.notifications.operations import queue_sign_in_code
from tirage.notifications.states import MailKind

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD, CODES = (5_000, 50) if settings().max_examples > 100 else (160, 4)
#: Invitations that may be on a line when a code is asked for: the worker has one thread for them.
ON_THE_LINE = 1
#: Of the crowd, whose mail server says not now, and whose says never.
GREYLISTED, GONE = 7, 11
#: Seconds that the server waits for what should come at once, before it gives up on it; no measure of anything.
PATIENCE = 60.0

WORKER = "import sys; from tirage.cli.main import main; sys.exit(main(['worker']))"


class Desk:
    """Asks for a code every so many invitations; from then on no invitation passes before the code is there."""

    def __init__(self, every: int, patience: float = PATIENCE) -> None:
        self.every, self.patience = every, patience
        self.invited = 0
        self.asked: list[int] = []
        self.come: dict[int, Event] = {}
        #: Invitations that passed between asking and having, by code.
        self.between: Counter[int] = Counter()

    def arrived(self, letter: Letter) -> None:
        if letter.to.startswith("asks"):
            number = int(letter.to.removeprefix("asks").partition("@")[0])
            assert f"{number:06}" in letter.message["Subject"]
            self.come[number].set()
            return
        if self.asked and not self.come[self.asked[-1]].is_set():
            self.between[self.asked[-1]] += 1
            if self.between[self.asked[-1]] >= ON_THE_LINE:
                self.come[self.asked[-1]].wait(self.patience)
        self.invited += 1
        if self.invited % self.every == 0 and len(self.asked) < CODES:
            self._ask()

    def _ask(self) -> None:
        number = len(self.asked) + 1
        self.come[number] = Event()
        self.asked.append(number)
        thread = Thread(target=self._queue, args=(number,))
        thread.start()
        thread.join()

    @staticmethod
    def _queue(number: int) -> None:
        try:
            queue_sign_in_code(
                customer_id=None,
                email=f"asks{number}@example.com",
                code=f"{number:06}",
                link="https://shop.example/a",
                now=read_clock(),
            )
        finally:
            connections.close_all()


def gather_crowd(world: World, count: int) -> None:
    people = Customer.objects.bulk_create(
        Customer(email=f"guest{n}@example.com", signed_up_at=world.now, marketing_consent_at=world.now)
        for n in range(count)
    )
    Membership.objects.bulk_create(
        Membership(customer=one, group=world.estate, kind=world.estate.kind, since=world.now)
        for one in people
    )


def answer(recipient: str) -> int:
    if not recipient.startswith("guest"):
        return 250
    number = int(recipient.removeprefix("guest").partition("@")[0])
    return 450 if number % 40 == GREYLISTED else 550 if number % 40 == GONE else 250


@contextmanager
def working(port: int, var: Path) -> Iterator[None]:
    """A worker of this database that sends by that server."""
    facts = connection.settings_dict
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_VAR": str(var),
        "TIRAGE_DATABASE_URL": f"postgresql://{facts['USER']}@/{facts['NAME']}?host={facts['HOST']}",
        "TIRAGE_EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "TIRAGE_SMTP_HOST": "127.0.0.1",
        "TIRAGE_SMTP_PORT": str(port),
        "TIRAGE_SMTP_TLS": "false",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with (var / "worker.log").open("w") as log:
        worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGTERM)
        try:
            worker.wait(30)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def wait_until_all_said(books: MailServer, count: int) -> None:
    """Every invitation was taken or refused; a worker that never ends is given up on."""
    pause = Event()
    for _ in range(6_000):
        if len({letter.to for letter in books.letters} | {to for to, _ in books.refused}) >= count:
            return
        pause.wait(0.1)
    raise AssertionError(f"{len(books.letters)} mails came of {count}")


def test_a_code_passes_all_invitations_but_the_one_on_the_line(tmp_path: Path) -> None:
    world = build_world(read_clock())
    desk = Desk(every=CROWD // (CODES + 2))
    gather_crowd(world, CROWD)
    start_invitations(offer=world.estate_offer, actor=world.staff, now=read_clock())
    # Ben is of this group, too.
    with mail_server(MailServer(answer, desk.arrived)) as books, working(books.port, tmp_path):
        wait_until_all_said(books, CROWD + 1 + CODES)
    log = (tmp_path / "worker.log").read_text()
    assert len(desk.asked) == CODES and all(event.is_set() for event in desk.come.values()), log[-2_000:]
    assert max(desk.between.values(), default=0) <= ON_THE_LINE
    # Nobody got two, and everybody got one but those whose server said no.
    took = Counter(letter.to for letter in books.letters)
    assert set(took.values()) == {1}
    said_no = Counter(code for _, code in books.refused)
    assert said_no == {450: CROWD // 40, 550: CROWD // 40}
    mails = SentMail.objects.filter(kind=MailKind.OFFER_INVITATION.value)
    assert mails.filter(sent_at__isnull=False).count() == CROWD + 1 - 2 * (CROWD // 40)
    gone = mails.filter(problem__contains="550")
    assert gone.count() == CROWD // 40 == mails.filter(problem__contains="450").count()
    again = DBTaskResult.objects.filter(status="READY", run_after__gt=world.now)
    assert again.count() == CROWD // 40, "not now is asked again, later; never is not"
    # One line for many mails: a new one after so many, and after each no.
    lines = {letter.line for letter in books.letters if letter.to.startswith("guest")}
    assert len(lines) <= CROWD // MOST_MAILS + 2 * (CROWD // 40) + 2


def test_control_without_urgency_it_waits_for_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = queue_job
    monkeypatch.setattr(
        "tirage.notifications.operations.queue_job",
        lambda name, *arguments, **_: plain(name, *arguments, urgency=Urgency.BULK),
    )
    world = build_world(read_clock())
    desk = Desk(every=8, patience=0)
    gather_crowd(world, 12)
    start_invitations(offer=world.estate_offer, actor=world.staff, now=read_clock())
    with mail_server(MailServer(arrived=desk.arrived)) as books, working(books.port, tmp_path):
        wait_until_all_said(books, 12 + 1 + 1)
    assert desk.between[1] > ON_THE_LINE
