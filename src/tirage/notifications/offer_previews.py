"""The mails of an offer as one of its members would get them."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.customers.models import Customer
from tirage.notifications.previews import Seen, mail_seen_by
from tirage.notifications.states import MailKind
from tirage.offers.models import Offer

#: The mails that go to the members of an offer.
OFFER_MAILS = (
    MailKind.OFFER_INVITATION,
    MailKind.OPENING_NEAR,
    MailKind.REMINDER_NOT_YET,
    MailKind.REMINDER_CART,
    MailKind.REMINDER_LAST_DAY,
)


def mail_for(*, offer: Offer, customer: Customer, kind: MailKind, now: datetime) -> Seen:
    """As ``mail_seen_by``, at a time at which the offer is open or still to open."""
    at = min(now, offer.closes_at - timedelta(seconds=1))
    return mail_seen_by(kind=kind, customer=customer, data={"offer_id": offer.pk}, now=at)
