"""Sending one mail: claimed, sent outside any transaction, and its story kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.headerregistry import Address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from tirage.core.actors import system
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.heartbeats import MAIL, note_failure, note_success
from tirage.core.jobs import Urgency
from tirage.core.language import speaking_the_winerys
from tirage.core.winery import current_winery
from tirage.customers.consent import unsubscribe_url
from tirage.customers.states import CustomerStatus
from tirage.notifications.answers import Answer, read_answer
from tirage.notifications.compose import Composed, compose, marked_as_test, words_of
from tirage.notifications.content import values_of
from tirage.notifications.kinds import KINDS
from tirage.notifications.lateness import why_untrue
from tirage.notifications.line import send_over_kept_line
from tirage.notifications.mailboxes import set_aside
from tirage.notifications.models import SentMail
from tirage.notifications.placeholders import Kind
from tirage.notifications.states import MailboxTrouble, MailEnd, MailKind
from tirage.notifications.values import NothingToSay, is_of_test

#: The pauses after each failed try; after the last the mail is given up.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)


_AT_MOST_ONCE = frozenset(kind.value for kind, facts in KINDS.items() if facts.at_most_once)


def send_one(mail_id: int, now: datetime) -> timedelta | None:
    """Sends the mail unless it was sent already; returns the pause before the next try, None when all is done.

    Sent once: tries are claimed one after the other by a conditional update. A process that dies between the
    mail server's yes and our note of it makes a second copy with the same Message-ID; of a kind that is to come once at
    most, such as a reminder, it makes none.
    """
    unsent = SentMail.objects.select_related("customer").filter(sent_at__isnull=True, ended="")
    mail = unsent.filter(pk=mail_id).first()
    if mail is None:
        return None
    # A try was begun, and whoever began it has died without saying what came of it.
    is_in_doubt = mail.attempts > 0 and not mail.problem
    if not _claim(mail, forgetting=mail.kind in _AT_MOST_ONCE):
        return None
    if mail.customer and mail.customer.status == CustomerStatus.SUSPENDED.value:
        _withhold(mail, "The customer is suspended.", now)
        return None
    kind = KINDS[MailKind(mail.kind)]
    if is_in_doubt and mail.kind in _AT_MOST_ONCE:
        _withhold(mail, "Sending it was broken off, so it may have arrived; it isn't sent twice.", now)
        return None
    if kind.marketing and not (mail.customer and mail.customer.marketing_consent_at):
        _withhold(mail, "The customer wants no mail about offers and news.", now)
        return None
    life = kind.life
    if life and now - mail.due_at >= life:
        _withhold(mail, "It had run out before it could be sent.", now)
        return None
    if refuses := _why_set_aside(mail, kind):
        _withhold(mail, refuses, now)
        return None
    if untrue := why_untrue(mail, now):
        _withhold(mail, untrue, now)
        return None
    winery = current_winery()
    try:
        leave = unsubscribe_url(mail.customer) if kind.marketing and mail.customer else ""
        with speaking_the_winerys():
            composed = compose(words_of(kind.kind), values_of(mail, winery), winery, leave=leave)
            composed = marked_as_test(composed) if is_of_test(mail) else composed
    except NothingToSay as problem:
        _withhold(mail, str(problem), now)
        return None
    try:
        deliver(
            composed,
            to=mail.to or (mail.customer.email if mail.customer else ""),
            message_id=_message_id(mail),
        )
    except Exception as problem:
        return _failed(mail, read_answer(problem), now)
    note_success(MAIL, read_clock())
    _note_sent(mail, composed, now)
    return None


def _why_set_aside(mail: SentMail, kind: Kind) -> str:
    """Mail to a mailbox that refuses harms every other mail; but who signs in may have mended it."""
    to = mail.to or (mail.customer.email if mail.customer else "")
    if kind.urgency is Urgency.NOW or not to:
        return ""
    troubles = {one.why for one in set_aside(to)}
    if MailboxTrouble.BOUNCED in troubles:
        return "The mail provider says that this mailbox refuses mail. Does it work again? See the customer’s page."
    if MailboxTrouble.COMPLAINED in troubles and kind.marketing:
        return "Its owner called a mail of yours spam."
    return ""


def deliver(composed: Composed, *, to: str, message_id: str = "") -> None:
    """Hands one mail to the mail server. Raises what its connection raises, or NotTaken (see ``answers``)."""
    send_over_kept_line(message_of(composed, to=to, message_id=message_id))


def message_of(composed: Composed, *, to: str, message_id: str = "") -> EmailMultiAlternatives:
    """The mail with its sender and headers. Raises ValueError for what can't stand on a mail."""
    winery = current_winery()
    message = EmailMultiAlternatives(
        composed.subject,
        composed.text,
        sender(winery.name),
        [to],
        reply_to=[winery.support_email],
        headers={
            **({"Message-ID": message_id} if message_id else {}),
            **(_leaving_headers(composed.leave, winery.unsubscribe_email) if "://" in composed.leave else {}),
        },
    )
    message.attach_alternative(composed.html, "text/html")
    return message


def _leaving_headers(leave: str, mailbox: str) -> dict[str, str]:
    """What mail programs make their own button of (RFC 2369); pressing it sends one form, at once (RFC 8058)."""
    ways = [f"<{leave}>", *([f"<mailto:{mailbox}?subject=unsubscribe>"] if mailbox else [])]
    return {"List-Unsubscribe": ", ".join(ways), "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def sender(winery_name: str) -> str:
    """Who mails are from: the address of TIRAGE_MAIL_FROM under the name given there, else under the winery's."""
    name = " ".join((settings.TIRAGE_MAIL_FROM_NAME or winery_name).split())
    return str(Address(display_name=name, addr_spec=settings.DEFAULT_FROM_EMAIL))


def _message_id(mail: SentMail) -> str:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<tirage-mail-{mail.pk}@{host}>"


def _claim(mail: SentMail, *, forgetting: bool = False) -> bool:
    """``forgetting``: what an earlier try said goes, so that nothing is known until this one has its answer."""
    waiting = SentMail.objects.filter(pk=mail.pk, sent_at__isnull=True, ended="", attempts=mail.attempts)
    mail.attempts += 1
    changes: dict[str, object] = {"attempts": mail.attempts, **({"problem": ""} if forgetting else {})}
    return bool(waiting.update(**changes))


def _failed(mail: SentMail, answer: Answer, now: datetime) -> timedelta | None:
    """A no for good ends the mail; any other is tried again after a pause, as long as there is one."""
    if answer.is_about_us:
        note_failure(MAIL, answer.sentence, read_clock())
    if answer.is_final:
        _end(mail, MailEnd.REFUSED, answer.sentence, now)
        return None
    if mail.attempts > len(PAUSES):
        _end(mail, MailEnd.GIVEN_UP, answer.sentence, now)
        return None
    pause = PAUSES[mail.attempts - 1]
    SentMail.objects.filter(pk=mail.pk).update(problem=answer.sentence[:300], next_at=now + pause)
    return pause


@transaction.atomic
def _note_sent(mail: SentMail, composed: Composed, now: datetime) -> None:
    changes = {"sent_at": now, "subject": composed.subject, "problem": "", "next_at": None, "ended": ""}
    if KINDS[MailKind(mail.kind)].private:
        # What signs somebody in is not kept longer than it has to be.
        changes |= {"data": {}, "subject": KINDS[MailKind(mail.kind)].said}
    SentMail.objects.filter(pk=mail.pk).update(**changes)
    _record(mail, EventName.MAIL_SENT, f"mailed {_to_whom(mail)} “{changes['subject']}”", now)


def _withhold(mail: SentMail, why: str, now: datetime) -> None:
    _end(mail, MailEnd.WITHHELD, why, now)


@transaction.atomic
def _end(mail: SentMail, end: MailEnd, problem: str, now: datetime) -> None:
    changes: dict[str, object] = {"problem": problem[:300], "ended": end.value, "next_at": None}
    if end is MailEnd.REFUSED and mail.customer:
        changes["refused_by"] = mail.to or mail.customer.email
    if KINDS[MailKind(mail.kind)].private:
        changes["data"] = {}
    SentMail.objects.filter(pk=mail.pk).update(**changes)
    _record(
        mail,
        EventName.MAIL_FAILED,
        f"could not mail {_to_whom(mail)} “{KINDS[MailKind(mail.kind)].said}”: {problem}",
        now,
    )


def _to_whom(mail: SentMail) -> str:
    return mail.customer.name if mail.customer else mail.to


def _record(mail: SentMail, name: EventName, text: str, now: datetime) -> None:
    record_event(
        name,
        "mail",
        mail.pk,
        text=text,
        data={"kind": mail.kind},
        customer_id=mail.customer_id,
        actor=system(),
        now=now,
    )
