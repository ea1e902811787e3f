"""The mails that remind of an offer, to those who agreed to such mail."""

from __future__ import annotations

from datetime import timedelta

from tirage.core.jobs import Urgency
from tirage.notifications.placeholders import Kind
from tirage.notifications.rules import Link, Value
from tirage.notifications.states import MailKind

_OWN = {
    "offer.title": "The offer's title",
    "offer.closes": "When it closes, with the time zone",
    "offer.link": "A button that signs the customer in",
}
_SAMPLE: dict[str, Value] = {
    "offer.title": "Your autumn allocation",
    "offer.closes": "Tuesday, October 20, 2026, 9:00 PM PDT",
    "offer.link": Link("#", "See your allocation"),
}

REMINDER_KINDS = (
    Kind(
        MailKind.OPENING_NEAR,
        "Reminder: it opens soon",
        "Half an hour before an offer opens, to customers who asked for it on its page",
        "{{ offer.title }} opens {{ offer.opens }}",
        "Dear {{ customer.first_name }},\n\n"
        "You asked us to remind you: {{ offer.title }} opens {{ offer.opens }}.\n\n"
        "{{ offer.link }}\n\n"
        "The button signs you in and leads to your offer.",
        {**_OWN, "offer.opens": "When it opens, with the time zone"},
        {**_SAMPLE, "offer.opens": "Tuesday, October 6, 2026, 9:00 AM PDT"},
        urgency=Urgency.SOON,
        life=timedelta(hours=1),
        at_most_once=True,
    ),
    Kind(
        MailKind.REMINDER_NOT_YET,
        "Reminder: not bought yet",
        "By itself, where the release's reminders are on: to who hasn't bought so long after the opening",
        "{{ offer.title }}: your bottles are waiting",
        "Dear {{ customer.first_name }},\n\n"
        "Your bottles are still here. They are yours to take until {{ offer.closes }}.\n\n"
        "{{ offer.link }}\n\n"
        "Would you rather not this time? Then nothing needs doing.",
        _OWN,
        _SAMPLE,
        urgency=Urgency.BULK,
        marketing=True,
        at_most_once=True,
    ),
    Kind(
        MailKind.REMINDER_CART,
        "Reminder: bottles left in the cart",
        "By itself, where the release's reminders are on: to who chose bottles and let the cart lapse",
        "You had chosen {{ cart.wines }}",
        "Dear {{ customer.first_name }},\n\n"
        "You had chosen {{ cart.wines }}. The time in your cart is over, so they aren’t held for you any more; as "
        "long as there are some, one tap takes them again.\n\n"
        "{{ offer.link }}\n\n"
        "The offer is open until {{ offer.closes }}.",
        {**_OWN, "cart.wines": "What is in the cart: “2 Estate Cabernet 2023 and 1 Rosé 2025”"},
        {**_SAMPLE, "cart.wines": "2 Estate Cabernet 2023, 750 ml"},
        urgency=Urgency.BULK,
        marketing=True,
        at_most_once=True,
    ),
    Kind(
        MailKind.REMINDER_LAST_DAY,
        "Reminder: the last day",
        "By itself, where the release's reminders are on: to who hasn't bought so long before the close",
        "{{ offer.title }} closes soon",
        "Dear {{ customer.first_name }},\n\n"
        "Your offer closes on {{ offer.closes }}. Until then your bottles are yours to take.\n\n"
        "{{ offer.link }}",
        _OWN,
        _SAMPLE,
        urgency=Urgency.BULK,
        marketing=True,
        at_most_once=True,
    ),
)
