"""Who left a list at the service: an unsubscribing there takes the consent back here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from tirage.core.actors import system
from tirage.customers.consent import change_consent
from tirage.customers.models import Customer
from tirage.customers.rules import identity_email
from tirage.customers.states import ConsentSource
from tirage.marketing.gathering import DOUBT
from tirage.marketing.models import MailingList, Subscriber, SyncLine, SyncRun
from tirage.marketing.protocol import Leaving, Left, MailingService
from tirage.marketing.states import Done, Standing

#: Asked for so much more than what is new, since the service's day isn't ours; what is known already changes nothing.
OVERLAP = 2 * DOUBT


def hear(run: SyncRun, mailing: MailingList, service: MailingService, now: datetime) -> None:
    """Asks who left since the last time, and writes it down page by page.

    No transaction may be open. Who agreed anew a day or more after unsubscribing keeps the consent. Raises what the
    service raises; what was heard until then stays.
    """
    since = mailing.heard_until - OVERLAP if mailing.heard_until else None
    for how in Leaving:
        for page in service.left(list_id=mailing.service_id, how=how, since=since):
            write_left(run, mailing, service, page, now)


@transaction.atomic
def write_left(
    run: SyncRun | None, mailing: MailingList, service: MailingService, page: Sequence[Left], now: datetime
) -> None:
    """Writes down who left, takes their consent back; with a run also what it heard. In a transaction of its own."""
    by_email = {cleaned(one.email): one for one in page}
    _forget_former_addresses(mailing, service, by_email, now)
    people = list(Customer.objects.filter(email__in=list(by_email)).order_by("pk"))
    known = {one.customer_id: one for one in Subscriber.objects.filter(list=mailing, customer__in=people)}
    lines = []
    for customer in people:
        left, row = by_email[customer.email], known.get(customer.pk)
        if row is not None and _is_known(row, left):
            continue
        reason = _note(mailing, service, customer, row, left, now)
        lines.append(
            SyncLine(
                run=run, customer=customer, email=customer.email, done=Done.HEARD.value, reason=reason, at=now
            )
        )
    if run is not None:
        SyncLine.objects.bulk_create(lines, ignore_conflicts=True)
        SyncRun.objects.filter(pk=run.pk).update(heard=F("heard") + len(lines), changed_at=now)


def _is_known(row: Subscriber, left: Left) -> bool:
    """Whether it was heard before, or was our own doing. Who is on the list as far as we know has left it since."""
    if row.state == Standing.SUBSCRIBED or row.left_at is None:
        return False
    was_heard = row.state in (Standing.UNSUBSCRIBED, Standing.BOUNCED)
    return left.at <= row.left_at if was_heard else left.how is Leaving.UNSUBSCRIBED


def _note(
    mailing: MailingList,
    service: MailingService,
    customer: Customer,
    row: Subscriber | None,
    left: Left,
    now: datetime,
) -> str:
    row, leaves = row or Subscriber(list=mailing, customer=customer), left.how is Leaving.UNSUBSCRIBED
    row.state = (Standing.UNSUBSCRIBED if leaves else Standing.BOUNCED).value
    row.reason = (
        f"Unsubscribed at {service.name}." if leaves else f"Their mailbox refused mail from {service.name}."
    )
    row.email, row.left_at, row.changed_at, row.digest = customer.email, left.at, now, ""
    # Before the consent is taken back, which would have the service told of it.
    row.save()
    agreed = customer.marketing_consent_at
    if leaves and (agreed is None or agreed <= left.at + DOUBT):
        change_consent(
            customer=customer,
            agrees=False,
            source=ConsentSource.NEWSLETTER,
            actor=system(service.name),
            now=now,
        )
    return row.reason


def _forget_former_addresses(
    mailing: MailingList, service: MailingService, by_email: dict[str, Left], now: datetime
) -> None:
    """A former address of somebody that left says nothing of the present one, which is put on the list anew."""
    former = Subscriber.objects.filter(
        list=mailing, state=Standing.SUBSCRIBED.value, email__in=list(by_email)
    )
    for row in former.select_related("customer"):
        if row.customer is not None and row.customer.email != row.email:
            row.state, row.reason = Standing.REMOVED.value, f"A former address left {service.name}."
            row.digest, row.sent_at, row.changed_at = "", None, now
            row.save(update_fields=["state", "reason", "digest", "sent_at", "changed_at"])


def cleaned(email: str) -> str:
    """An address of the service's as ours identify a customer."""
    try:
        return identity_email(email)
    except ValueError:
        return email.strip().lower()
