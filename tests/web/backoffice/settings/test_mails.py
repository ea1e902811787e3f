"""What became of mails, for those who look after them: the list, trying again, a test."""

from __future__ import annotations

import pytest
from django.core import mail as outbox
from django.test import Client
from pytest_django import Settings

from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.notifications.inviting import invite_customer
from tirage.notifications.models import SentMail
from tirage.staff.states import Role


@pytest.fixture
def failed(world_today: World) -> SentMail:
    """Ana's invitation, whose mailbox said no."""
    Customer.objects.update(marketing_consent_at=read_clock())
    invite_customer(offer=world_today.premier_offer, customer=world_today.ana, now=read_clock())
    mail = SentMail.objects.get()
    SentMail.objects.update(problem="The mailbox doesn't exist.", ended="refused", attempts=1)
    return mail


def test_the_list_says_what_became_of_each_and_tries_again(owner_client: Client, failed: SentMail) -> None:
    page = words_of(owner_client.get("/winery/settings/mails/sent/?state=refused"))
    assert "1 mail" in page and "The mailbox doesn't exist. Put the address right" in page.replace("’", "'")
    assert "Nothing matches" in words_of(owner_client.get("/winery/settings/mails/sent/?state=sent"))
    answer = owner_client.post("/winery/settings/mails/sent/again", {"chosen": [failed.pk]}, follow=True)
    assert "You queued 1 mail again" in words_of(answer)
    failed.refresh_from_db()
    assert (failed.ended, failed.has_job, failed.attempts) == ("", False, 0)


def test_a_releases_mails_add_up_and_are_tried_again(
    owner_client: Client, client_as: ClientAs, failed: SentMail, world_today: World
) -> None:
    path = f"/winery/releases/{world_today.release.reference}/mails/"
    page = words_of(owner_client.get(path))
    assert "Group Invited Refused Premier 1 1" in page and "Sent" not in page and "Withheld" not in page
    assert "Try all 1 again" in page and "The mailbox doesn't exist." in page.replace("’", "'")
    looking = client_as(Role.HOSPITALITY)
    assert "Try all" not in words_of(looking.get(path))
    assert looking.post(path + "again").status_code == 403
    assert "None of these mails" in words_of(owner_client.post(path + "again", {"mail": "0"}, follow=True))
    assert "You queued 1 mail again" in words_of(owner_client.post(path + "again", follow=True))


def test_a_test_mail_says_what_came_of_it(owner_client: Client, settings: Settings) -> None:
    path = "/winery/settings/mails/"
    assert "A test is on its way to cellar@example.com" in words_of(
        owner_client.post(path, {"to": "cellar@example.com"})
    )
    assert outbox.outbox[0].subject.startswith("A test from ")
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 1
    page = words_of(owner_client.post(path, {"to": "cellar@example.com"}))
    assert "No mail server answers at 127.0.0.1:1." in page
    assert owner_client.post(path, {"to": "nobody"}).status_code == 400
