"""What a mail provider tells: believed with our secret alone, and what becomes of a mailbox that refuses."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from django.core import mail as outbox
from django.db.models import Q
from django.http import Http404
from django.test import RequestFactory

from tests.web.conftest import client_of
from tests.world import World
from tirage.config.problems import MAIL_PROVIDERS
from tirage.core.errors import Conflict
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.integrations.mail_events.views import READERS, told
from tirage.notifications.addresses import bounced
from tirage.notifications.mailbox_models import Mailbox
from tirage.notifications.mailboxes import set_aside, set_mailbox_aside, take_mailbox_back
from tirage.notifications.models import SentMail
from tirage.notifications.operations import queue_sign_in_code
from tirage.notifications.sending import send_one
from tirage.staff.states import Role

SECRET = "provider:" + "s3cret" * 4
POSTMARK = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "ID": 4323372036854775807,
    "Email": "Ben@Example.com",
    "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    "BouncedAt": "2026-11-05T16:33:54Z",
}
MAILJET = [
    {"event": "spam", "time": 1_700_000_000, "MessageID": 1, "email": "ben@example.com", "source": "JMRPP"},
    {"event": "sent", "time": 1_700_000_000, "MessageID": 2, "email": "ana@example.com"},
    {
        "event": "bounce",
        "time": 1_700_000_000,
        "MessageID": 3,
        "email": "ana@example.com",
        "hard_bounce": False,
        "error": "mailbox full",
    },
]


@pytest.fixture
def heard(settings: Any) -> Any:
    settings.TIRAGE_MAIL_WEBHOOK_SECRET = SECRET
    settings.TIRAGE_MAIL_PROVIDER = "postmark"
    return settings


def tell(body: Any, secret: str = SECRET) -> int:
    headers = {"Authorization": "Basic " + b64encode(secret.encode()).decode()} if secret else {}
    text = body if isinstance(body, str) else json.dumps(body)
    request = RequestFactory().post("/mail-events/", text, content_type="application/json", headers=headers)
    return told(request).status_code


def refusing(world: World, why: str = "bounced") -> None:
    set_mailbox_aside(
        address=world.ben.email, why=why, words="Unknown user", provider="Postmark", now=world.now
    )


def queued(world: World, kind: str = "payment_received") -> SentMail:
    return SentMail.objects.create(customer=world.ben, kind=kind, to="", due_at=world.now)


def sent(mail: SentMail, world: World) -> SentMail:
    send_one(mail.pk, world.now)
    mail.refresh_from_db()
    return mail


def test_nobody_is_heard_without_a_secret_or_with_another(world: World, heard: Any) -> None:
    assert [tell(POSTMARK, secret) for secret in ("", "provider:wrong", SECRET + "x")] == [403, 403, 403]
    heard.TIRAGE_MAIL_WEBHOOK_SECRET = ""
    with pytest.raises(Http404):
        tell(POSTMARK)
    assert not Mailbox.objects.exists()


def test_a_hard_bounce_sets_the_mailbox_aside_once(world: World, heard: Any) -> None:
    assert [tell(POSTMARK), tell(POSTMARK)] == [200, 200]
    mailbox = Mailbox.objects.get()
    assert (mailbox.address, mailbox.why, mailbox.provider) == ("ben@example.com", "bounced", "Postmark")
    assert "unknown user" in mailbox.words
    assert Event.objects.filter(name="mailbox.set_aside", customer_id=world.ben.pk).count() == 1


@pytest.mark.parametrize(
    "change",
    [{"Type": "SoftBounce"}, {"Type": "Transient"}, {"RecordType": "Delivery", "Type": ""}, {"Email": None}],
)
def test_what_may_pass_changes_nothing(world: World, heard: Any, change: dict[str, Any]) -> None:
    assert tell(POSTMARK | change) in (200, 400) and not Mailbox.objects.exists()


@pytest.mark.parametrize("body", ["", "no json", "[]", "7", '"text"', "null"])
def test_what_cannot_be_read_is_refused(world: World, heard: Any, body: str) -> None:
    assert tell(body) == 400 and not Mailbox.objects.exists()


def test_a_complaint_takes_consent_and_only_mail_about_offers(world: World, heard: Any) -> None:
    Customer.objects.filter(pk=world.ben.pk).update(marketing_consent_at=world.now)
    heard.TIRAGE_MAIL_PROVIDER = "mailjet"
    assert tell(MAILJET) == 200
    ben = Customer.objects.get(pk=world.ben.pk)
    assert ben.marketing_consent_at is None and ben.marketing_left_at is not None
    assert [one.why for one in set_aside(ben.email)] == ["complained"] and Mailbox.objects.count() == 1
    assert not Customer.objects.filter(Q(pk=ben.pk) & Q(bounced())).exists()


def test_no_mail_goes_to_a_mailbox_that_refuses_but_sign_in_does(world: World) -> None:
    refusing(world)
    mail = sent(queued(world), world)
    assert mail.ended == "withheld" and "refuses mail" in mail.problem
    code = queue_sign_in_code(
        customer_id=world.ben.pk,
        email=world.ben.email,
        code="123456",
        link="https://x.example/",
        now=world.now,
    )
    sent(code, world)
    assert code.sent_at is not None and len(outbox.outbox) == 1
    assert list(Customer.objects.filter(Q(bounced())).values_list("email", flat=True)) == [world.ben.email]
    Customer.objects.filter(pk=world.ben.pk).update(email="new@example.com")
    assert not Customer.objects.filter(Q(bounced())).exists(), "another address counts anew"


def test_the_team_takes_it_back_on_the_customers_page(world: World) -> None:
    refusing(world)
    hospitality = client_of(Role.HOSPITALITY)
    page = f"/winery/customers/{world.ben.reference}/"
    assert "Mailbox set aside" in hospitality.get(page).content.decode()
    hospitality.post(f"{page}mailbox/")
    assert (
        set_aside(world.ben.email) == [] and "Mailbox set aside" not in hospitality.get(page).content.decode()
    )
    with pytest.raises(Conflict):
        take_mailbox_back(customer=world.ben, actor=world.staff, now=world.now)
    refusing(world)
    assert len(set_aside(world.ben.email)) == 1, "told again it is set aside again"


def test_each_provider_has_its_reader() -> None:
    assert tuple(sorted(READERS)) == MAIL_PROVIDERS
