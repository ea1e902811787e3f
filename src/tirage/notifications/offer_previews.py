"""A mail about an offer as a real member would get it, to be looked at: its button leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tirage.core.language import speaking_the_winerys
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.notifications.compose import Composed, compose, words_of
from tirage.notifications.content import customer_values, values_of
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay
from tirage.offers.models import Offer

#: The mails that go to the members of an offer.
OFFER_MAILS = (
    MailKind.OFFER_INVITATION,
    MailKind.REMINDER_NOT_YET,
    MailKind.REMINDER_CART,
    MailKind.REMINDER_LAST_DAY,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """``is_sample``: there is nothing of this customer's to say, so that is made up."""

    mail: Composed
    is_sample: bool


def mail_for(*, offer: Offer, customer: Customer, kind: MailKind, now: datetime) -> Seen:
    """Nothing is sent or kept, and nobody signs in by it: whoever has a member's link is that member."""
    winery = current_winery()
    at = min(now, offer.closes_at - timedelta(seconds=1))
    asked = SentMail(customer=customer, kind=kind.value, data={"offer_id": offer.pk}, due_at=at)
    is_sample = False
    with speaking_the_winerys():
        try:
            values = values_of(asked, winery)
        except NothingToSay:
            is_sample = True
            values = {
                "winery.name": winery.name,
                "winery.support_email": winery.support_email,
                "winery.support_phone": winery.support_phone,
                **KINDS[kind].sample,
                **customer_values(customer),
            }
        values = {
            name: Link("#", value.label) if isinstance(value, Link) else value
            for name, value in values.items()
        }
        return Seen(compose(words_of(kind), values, winery, leave="#"), is_sample)
