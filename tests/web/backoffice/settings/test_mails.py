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
from tirage.notifications.layouts import built_in_layout, own_layout
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


def test_a_mail_is_shown_for_a_real_customer_at_both_widths_in_both_schemes(
    owner_client: Client, world_today: World
) -> None:
    path, ana = "/winery/settings/mails/offer_invitation/", world_today.ana
    page = owner_client.get(path, {"customer": ana.email, "scheme": "dark"}).content.decode()
    title = world_today.premier_offer.title or world_today.release.name
    assert f"Subject: <strong>{title}</strong>" in page and "390 pixels, dark" in page
    source = f"{path}preview?customer=ana%40example.com&amp;scheme=dark"
    assert page.count(f'src="{source}"') == 2
    dark = owner_client.get(path + "preview", {"customer": ana.reference, "scheme": "dark"}).content.decode()
    light = owner_client.get(
        path + "preview", {"customer": ana.reference, "scheme": "light"}
    ).content.decode()
    assert "@media all {" in dark and "@media not all {" in light and title in dark
    assert "No customer has" in words_of(owner_client.get(path, {"customer": "nobody@example.com"}))
    words = {"act": "test", "subject": "For {{ customer.name }}", "body": "{{ offer.link }}"}
    owner_client.post(f"{path}?customer={ana.email}", words)
    (message,) = outbox.outbox
    assert message.subject == f"For {ana.name}" and message.to == ["owner@halcyon.example"]
    assert "https://" not in message.body


def test_the_layout_is_saved_tried_refused_and_taken_back(owner_client: Client, world_today: World) -> None:
    path = "/winery/settings/mails/layout/"
    own = built_in_layout().replace("{{ foot }}", "Poured by hand. {{ foot }}")
    refused = owner_client.post(path, {"act": "save", "source": own.replace("{{ leave }}", "")})
    assert refused.status_code == 400 and "Write {{ leave }} somewhere in the foot" in words_of(refused)
    owner_client.post(path, {"act": "test", "source": own})
    assert "Poured by hand." in str(outbox.outbox[0].message()) and own_layout() == ""
    assert "You saved the layout" in words_of(
        owner_client.post(path, {"act": "save", "source": own}, follow=True)
    )
    assert "Poured by hand." in owner_client.get(path + "preview?kind=wish_made").content.decode()
    assert "Your layout" in words_of(owner_client.get(path))
    assert "The built-in layout is back" in words_of(owner_client.post(path + "restore", follow=True))
    assert own_layout() == ""
