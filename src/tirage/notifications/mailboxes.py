"""Setting a mailbox aside when the mail provider says that it refuses or that its owner complained; and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.customers.consent import change_consent
from tirage.customers.models import Customer
from tirage.customers.rules import identity_email
from tirage.customers.states import ConsentSource
from tirage.notifications.mailbox_models import Mailbox
from tirage.notifications.states import MailboxTrouble

_SAID = {
    MailboxTrouble.BOUNCED: "set {} aside, which refuses mail for good",
    MailboxTrouble.COMPLAINED: "set {} aside, whose owner called a mail spam",
}


def set_mailbox_aside(*, address: str, why: str, words: str, provider: str, now: datetime) -> None:
    """Reaction to what the mail provider tells: nothing more is mailed there that can wait; once, however often told.

    Who complained wants no more mail about offers. Locks the customer. Records ``mailbox.set_aside``.
    """
    mailbox, trouble = identity_email(address)[:254], MailboxTrouble(why)
    said = " ".join(words.replace("\x00", "").split())[:300]
    try:
        with transaction.atomic():
            Mailbox.objects.create(
                address=mailbox, why=trouble.value, words=said, provider=provider[:40], at=now
            )
            customer = Customer.objects.filter(email=mailbox).first()
            if customer is not None:
                _tell_customer(customer, trouble, said, now)
    except IntegrityError:
        # Told before: providers say everything at least once.
        return


def _tell_customer(customer: Customer, trouble: MailboxTrouble, said: str, now: datetime) -> None:
    actor, text = system("Mail provider"), _SAID[trouble].format(customer.email)
    _record(EventName.MAILBOX_SET_ASIDE, customer, f"{text} ({said})" if said else text, actor, now)
    if trouble is MailboxTrouble.COMPLAINED:
        source = ConsentSource.MAIL_PROGRAM
        change_consent(customer=customer, agrees=False, source=source, actor=actor, now=now)


def set_aside(address: str) -> Sequence[Mailbox]:
    """Why a mailbox is set aside; empty while it isn't."""
    there = Mailbox.objects.filter(address=identity_email(address), taken_back_at__isnull=True)
    return list(there.order_by("pk"))


def take_mailbox_back(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """Mail goes to the customer's address again; consent that a complaint took stays taken.

    Records ``mailbox.taken_back``. Raises Conflict ``not_set_aside``.
    """
    with transaction.atomic():
        there = Mailbox.objects.filter(address=customer.email, taken_back_at__isnull=True)
        if not there.update(taken_back_at=now):
            raise Conflict("not_set_aside", "Mail goes to this address already.")
        text = f"took {customer.email} back: mail goes there again"
        _record(EventName.MAILBOX_TAKEN_BACK, customer, text, actor, now)


def _record(name: EventName, customer: Customer, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "customer", customer.pk, text=text, customer_id=customer.pk, actor=actor, now=now)
