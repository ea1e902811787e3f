"""A mail counts as sent when the mail server took it; what it said else has words, and can be tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core import mail as outbox
from django.core.mail.backends.dummy import EmailBackend
from pytest_django import Settings

from tests.mail_server import MailServer, mail_server
from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer, Membership
from tirage.notifications import line, operations
from tirage.notifications.inviting import continue_invitations, start_invitations
from tirage.notifications.models import OfferInvitation, SentMail
from tirage.notifications.operations import give_mails_jobs
from tirage.notifications.queries import MailFigures, in_state, invitation_mails, triable
from tirage.notifications.retrying import try_again
from tirage.notifications.sending import send_one
from tirage.notifications.states import MailState
from tirage.notifications.trying import send_test


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    """A real mail server that the settings name."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server
        line.close_line()


def a_mail(world: World, customer: Customer | None = None) -> SentMail:
    return operations.queue_card_needed(customer_id=(customer or world.ana).pk, now=world.now)


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        ("", "Halcyon Ridge"),
        ("Château Ørsted, Fils", "Château Ørsted, Fils"),
        ('The "Old" Cellar', 'The "Old" Cellar'),
    ],
)
def test_the_sender_is_one_address_under_one_name(
    world: World, post: MailServer, settings: Settings, own: str, shown: str
) -> None:
    settings.DEFAULT_FROM_EMAIL, settings.TIRAGE_MAIL_FROM_NAME = "cellar@halcyon.example", own
    assert send_one(a_mail(world).pk, world.now) is None
    (letter,) = post.letters
    assert parseaddr(str(letter.message["From"])) == (shown, "cellar@halcyon.example")


def test_what_a_mailbox_refuses_is_told_from_what_it_cannot_take_now(world: World, post: MailServer) -> None:
    post.answer = {"ana@example.com": 550, "ben@example.com": 450}.get  # type: ignore[assignment]
    refused, greylisted = a_mail(world), a_mail(world, world.ben)
    assert send_one(refused.pk, world.now) is None
    assert send_one(greylisted.pk, world.now) == timedelta(minutes=1)
    refused.refresh_from_db()
    greylisted.refresh_from_db()
    assert (refused.state, greylisted.state) == (MailState.REFUSED, MailState.FAILING)
    assert refused.problem == "The mailbox doesn't exist or takes no mail. It said: “550 as told”."
    assert greylisted.next_at == world.now + timedelta(minutes=1) and "450 as told" in greylisted.problem


def test_a_server_that_is_away_is_named(world: World, settings: Settings, post: MailServer) -> None:
    settings.EMAIL_PORT = 1
    mail = a_mail(world)
    assert send_one(mail.pk, world.now)
    mail.refresh_from_db()
    assert mail.problem == "No mail server answers at 127.0.0.1:1."


class Silent(EmailBackend):
    """Says of every mail that it handed over none."""

    def send_messages(self, messages: object) -> int:
        return 0


def test_a_mail_that_nobody_took_is_not_sent(world: World, settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Silent"
    mail = a_mail(world)
    assert send_one(mail.pk, world.now)
    mail.refresh_from_db()
    assert mail.sent_at is None and mail.problem == "The mail server took nothing and said nothing."


def test_an_address_that_cannot_be_written_is_refused_at_once(world: World, post: MailServer) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(email="ana@exa mple.com")
    mail = a_mail(world)
    assert send_one(mail.pk, world.now) is None
    mail.refresh_from_db()
    assert mail.state is MailState.REFUSED and "address" in mail.problem


def invite(world: World) -> None:
    """Three of Estate may be written to."""
    for name in ("gone", "full", "fine"):
        customer = Customer.objects.create(
            email=f"{name}@example.com",
            first_name=name,
            signed_up_at=world.now,
            marketing_consent_at=world.now,
        )
        Membership.objects.create(
            customer=customer, group=world.estate, kind=world.estate.kind, since=world.now
        )
    Customer.objects.filter(pk__in=[world.ben.pk, world.dora.pk]).update(marketing_consent_at=None)
    run = start_invitations(offer=world.estate_offer, actor=world.staff, now=world.now)
    continue_invitations(reference=run.reference, limit=10, now=world.now)


def figures(world: World) -> MailFigures:
    return invitation_mails(OfferInvitation.objects.all())[world.estate_offer.pk]


def test_invitations_add_up_by_what_became_of_them(world: World, post: MailServer) -> None:
    invite(world)
    assert figures(world) == MailFigures(waiting=3)
    answers = {"gone@example.com": 550, "full@example.com": 450}
    post.answer = lambda recipient: answers.get(recipient, 250)
    for mail in SentMail.objects.all():
        send_one(mail.pk, world.now)
    assert figures(world) == MailFigures(sent=1, failing=1, refused=1)
    assert figures(world).total == 3 == OfferInvitation.objects.count()
    states = {mail.pk: mail.state for mail in SentMail.objects.all()}
    for state in MailState:
        found = in_state(SentMail.objects.all(), state).values_list("pk", flat=True)
        assert set(found) == {number for number, one in states.items() if one is state}


def test_all_failed_ones_are_tried_again_at_the_addresses_of_now(world: World, post: MailServer) -> None:
    invite(world)
    post.answer = lambda recipient: 250 if recipient.startswith("fine") else 550
    for mail in SentMail.objects.all():
        send_one(mail.pk, world.now)
    post.answer = lambda recipient: 250
    Customer.objects.filter(email="gone@example.com").update(email="found@example.com")
    later = world.now + timedelta(days=1)
    assert try_again(mails=SentMail.objects.all(), what="all", actor=world.staff, now=later) == 2
    assert figures(world) == MailFigures(sent=1, waiting=2)
    assert give_mails_jobs(now=later) == 2
    for mail in SentMail.objects.all():
        send_one(mail.pk, later)
    assert sorted(letter.to for letter in post.letters) == [
        "fine@example.com",
        "found@example.com",
        "full@example.com",
    ]
    assert Event.objects.get(name="mail.retried").text == "had 2 mails tried again: all"


def test_what_was_meant_for_a_moment_is_not_tried_again(world: World) -> None:
    code = operations.queue_sign_in_code(
        customer_id=world.ana.pk,
        email="ana@example.com",
        code="123456",
        link="https://x.example/",
        now=world.now,
    )
    send_one(code.pk, world.now + timedelta(hours=1))
    code.refresh_from_db()
    assert code.state is MailState.WITHHELD and not triable(SentMail.objects.all())
    with pytest.raises(DomainError) as refused:
        try_again(mails=SentMail.objects.all(), what="all", actor=world.staff, now=world.now)
    assert refused.value.code == "nothing_to_try"


def test_receipts_get_their_jobs_before_a_crowd_that_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(world)
    SentMail.objects.update(has_job=False)
    monkeypatch.setattr(operations, "MOST_JOBS", 1)
    receipt = operations.queue_order_receipt(order_id=1, customer_id=world.ana.pk, now=world.now)
    give_mails_jobs(now=world.now)
    assert SentMail.objects.get(pk=receipt).has_job
    assert SentMail.objects.filter(has_job=True).count() == 1


def test_a_test_says_what_the_server_answered(world: World, post: MailServer) -> None:
    tried = send_test(to="ana@example.com", actor=world.staff, now=world.now)
    assert tried.taken
    assert (
        tried.words == f"The mail server 127.0.0.1:{post.port} took the test to ana@example.com: “250 taken”."
    )
    post.answer = lambda recipient: 550
    tried = send_test(to="ana@example.com", actor=world.staff, now=world.now)
    assert not tried.taken and "550 as told" in tried.words
    assert Event.objects.filter(name="mail.tested").count() == 2
    assert not outbox.outbox and len(post.letters) == 1
