"""How long a sign-in code takes while thousands of invitations go out: ``python benchmarks/mail.py [mails]``.

A PostgreSQL server, a worker and a mail server of its own, which takes a hundredth of a second for each mail as those
of the world do at their best. Prints invitations a second, the milliseconds that filling the layout takes of each, and
the seconds from asking to the code's arrival; answers with exit code 1 when a code took ten seconds or longer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from database import fresh_database  # noqa: E402

from tests.mail_server import Letter, MailServer, mail_server  # noqa: E402

MOST_SECONDS = 10.0
CODES = 50
SERVER_SECONDS = 0.01


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("mails", nargs="?", type=int, default=5_000)
    mails = parser.parse_args().mails
    asked: dict[str, float] = {}
    waited: dict[str, float] = {}

    def arrived(letter: Letter) -> None:
        time.sleep(SERVER_SECONDS)
        if letter.to in asked:
            waited[letter.to] = time.monotonic() - asked[letter.to]

    from django.conf import settings

    with fresh_database(postgres=True) as folder, mail_server(MailServer(arrived=arrived)) as books:
        _invite(mails)
        environment = {
            **os.environ,
            # What mails let in is sealed with it.
            "TIRAGE_SECRET_KEY": settings.SECRET_KEY,
            "PYTHONPATH": str(ROOT / "src"),
            "TIRAGE_EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "TIRAGE_SMTP_HOST": "127.0.0.1",
            "TIRAGE_SMTP_PORT": str(books.port),
            "TIRAGE_SMTP_TLS": "false",
        }
        with (folder / "worker.log").open("w") as log:
            command = [sys.executable, "-m", "tirage", "worker"]
            worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            seconds = _soak(books, asked, mails)
        finally:
            worker.terminate()
            worker.wait(30)
    return _report(mails, seconds, sorted(waited.values()))


def _invite(count: int) -> None:
    from tests.world import build_world
    from tirage.core.clock import read_clock
    from tirage.customers.models import Customer, Membership
    from tirage.notifications.inviting import start_invitations

    now = read_clock()
    world = build_world(now)
    people = Customer.objects.bulk_create(
        [
            Customer(email=f"guest{number}@example.com", signed_up_at=now, marketing_consent_at=now)
            for number in range(count)
        ]
    )
    Membership.objects.bulk_create(
        [Membership(customer=one, group=world.estate, kind=world.estate.kind, since=now) for one in people]
    )
    start_invitations(offer=world.estate_offer, actor=world.staff, now=now)


def _soak(books: MailServer, asked: dict[str, float], mails: int) -> float:
    """Asks for a code each time that some more invitations have gone; seconds from the first to the last mail."""
    from tirage.core.clock import read_clock
    from tirage.notifications.operations import queue_sign_in_code

    began = 0.0
    while len(books.letters) < mails + CODES:
        began = began or (time.monotonic() if books.letters else 0.0)
        if len(asked) < CODES and len(books.letters) > (mails - 100) * len(asked) // CODES:
            number = len(asked)
            asked[f"asks{number}@example.com"] = time.monotonic()
            queue_sign_in_code(
                customer_id=None,
                email=f"asks{number}@example.com",
                code=f"{number:06}",
                link="https://shop.example/a",
                now=read_clock(),
            )
        time.sleep(0.05)
    return time.monotonic() - began


def _compose_ms(count: int = 2_000) -> float:
    """Processor time that a mail's words take in their layout, apart from reading what they say."""
    from tirage.core.models import Winery
    from tirage.notifications.compose import Words, compose, sample_values
    from tirage.notifications.kinds import KINDS
    from tirage.notifications.layouts import built_in_layout
    from tirage.notifications.states import MailKind

    kind, winery = KINDS[MailKind.OFFER_INVITATION], Winery(name="Halcyon")
    words, values, layout = (
        Words(kind.subject, kind.body, own=False),
        sample_values(kind, winery),
        built_in_layout(),
    )
    began = time.process_time()
    for _ in range(count):
        compose(words, values, winery, leave="https://shop.example/leave", layout=layout)
    return (time.process_time() - began) / count * 1_000


def _report(mails: int, seconds: float, waited: list[float]) -> int:
    figures = {
        "mails": mails,
        "compose_ms": round(_compose_ms(), 3),
        "mails_a_second": round(mails / seconds, 1),
        "code_seconds_median": round(waited[len(waited) // 2], 2),
        "code_seconds_worst": round(waited[-1], 2),
        "code_seconds_asked": MOST_SECONDS,
    }
    print(json.dumps(figures))
    return 0 if waited[-1] < MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
