"""What the service tells by itself, at once: being told of a list or not any more, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.marketing.hearing import cleaned, write_left
from tirage.marketing.lists import asked
from tirage.marketing.models import MailingList, Subscriber
from tirage.marketing.protocol import Change, Leaving, Left, MailingService, Refusal, Told
from tirage.marketing.sending import refusal_words
from tirage.marketing.services import current_service
from tirage.marketing.states import Standing

TASK = "tirage.marketing.tasks.hear_told"
_LEAVES = {Change.UNSUBSCRIBED: Leaving.UNSUBSCRIBED, Change.BOUNCED: Leaving.BOUNCED}


def be_told(*, mailing: MailingList, service: MailingService, actor: Actor, now: datetime) -> MailingList:
    """Has the service tell us at once of what happens on a list; asked for again it is the same.

    No transaction may be open. Locks the list afterwards. Records ``mailing_list.saved``. Raises DomainError
    ``service``, ``not_found``.
    """
    hook = asked(service, lambda: service.listen(list_id=mailing.service_id))
    return _keep(mailing, hook, f"had {service.name} tell at once who leaves", actor, now)


def be_told_no_more(
    *, mailing: MailingList, service: MailingService, actor: Actor, now: datetime
) -> MailingList:
    """Ends that; syncing hears of it as before. As ``be_told``."""
    if mailing.hook:
        asked(service, lambda: service.listen_no_more(list_id=mailing.service_id, hook=mailing.hook))
    return _keep(mailing, "", f"had {service.name} tell no more who leaves", actor, now)


def _keep(mailing: MailingList, hook: str, did: str, actor: Actor, now: datetime) -> MailingList:
    with transaction.atomic():
        locked = lock_row(MailingList.objects.filter(pk=mailing.pk))
        if locked is None:
            raise DomainError("not_found", "Somebody let go of this list meanwhile.")
        if locked.hook != hook:
            locked.hook, locked.told_at = hook, None
            locked.save(update_fields=["hook", "told_at"])
            record_event(
                EventName.MAILING_LIST_SAVED,
                "mailing_list",
                locked.pk,
                text=f"{did} {locked.name}",
                actor=actor,
                now=now,
            )
    return locked


def queue_told(*, service: str, list_id: str, told: Sequence[Told]) -> None:
    """Reaction to what the service tells: the worker writes it down. A list that isn't ours any more says nothing."""
    mailing = MailingList.objects.filter(service=service, service_id=list_id).first()
    if mailing is not None:
        said = [
            {"what": one.what.value, "email": one.email, "to": one.to, "at": one.at.isoformat()}
            for one in told
        ]
        queue_job(TASK, mailing.reference, said)


def hear_told(*, reference: str, told: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Writes down what the service told of a list, as a run would hear it; told twice it is the same.

    No transaction may be open. Raises what the service raises: the worker tries again.
    """
    mailing, service = MailingList.objects.filter(reference=reference).first(), current_service()
    if mailing is None:
        return
    MailingList.objects.filter(pk=mailing.pk).update(told_at=now)
    for one in told:
        what, email, at = Change(one["what"]), cleaned(one["email"]), datetime.fromisoformat(one["at"])
        if what in _LEAVES:
            write_left(None, mailing, service, [Left(email, _LEAVES[what], at)], now)
        elif what is Change.REMOVED:
            _write_removed(mailing, service, email, now)
        else:
            _move_back(mailing, service, email, cleaned(one["to"]), now)


def _write_removed(mailing: MailingList, service: MailingService, email: str, now: datetime) -> None:
    """Somebody took them off by hand there; what we did ourselves is written down already."""
    Subscriber.objects.filter(list=mailing, email=email, state=Standing.SUBSCRIBED.value).update(
        state=Standing.REFUSED.value,
        reason=refusal_words(Refusal.DELETED, service.name),
        digest="",
        changed_at=now,
    )


def _move_back(mailing: MailingList, service: MailingService, email: str, to: str, now: datetime) -> None:
    """Who changes their address there keeps the one that they have here, by which they order and sign in.

    The team reads of it in the customer's activity.
    """
    with transaction.atomic():
        row = lock_row(
            Subscriber.objects.filter(
                list=mailing, email__in=[email, to], customer__email=email, state=Standing.SUBSCRIBED.value
            )
        )
        if row is None or row.customer_id is None:
            return
        if row.email != to:
            row.email, row.digest, row.changed_at = to, "", now
            row.save(update_fields=["email", "digest", "changed_at"])
            record_event(
                EventName.NEWSLETTER_ADDRESS,
                "customer",
                row.customer_id,
                text=f"told that {to} is the new address for {mailing.name}; here it stays {email}",
                customer_id=row.customer_id,
                actor=system(service.name),
                now=now,
            )
    service.move(list_id=mailing.service_id, email=to, to=email)
    Subscriber.objects.filter(pk=row.pk, email=to).update(email=email)
