"""The mails about wine that lies ready to be picked up."""

from __future__ import annotations

from tirage.notifications.placeholders import ORDER, SAMPLE_ORDER, Kind
from tirage.notifications.rules import Link
from tirage.notifications.states import MailKind

_OWN = {
    **ORDER,
    "pickup.where": "Where it is picked up",
    "pickup.hours": "When somebody is there, if the method says it",
    "pickup.since": "Since when it is ready",
    "pickup.until": "Until when it waits and that it is sent then, as a sentence; nothing where it waits",
}
_SAMPLE = {
    **SAMPLE_ORDER,
    "order.link": Link("#", "See your order"),
    "pickup.where": "Pick up at the winery, 12 Mill Road, Philo",
    "pickup.hours": "Tuesday to Saturday, 10 to 4",
    "pickup.since": "Monday, November 9, 2026",
    "pickup.until": "It waits for you until Sunday, November 29, 2026. After that we send it to your address and "
    "charge what its way costs to your card, as was said when you ordered.",
}
PICKUP_KINDS = (
    Kind(
        MailKind.PICKUP_READY,
        "Ready to be picked up",
        "When you mark an order as ready to be picked up",
        "Your order {{ order.reference }} is ready at {{ winery.name }}",
        "Dear {{ customer.first_name }},\n\n"
        "Your wine is ready, and waits for you here:\n\n"
        "{{ pickup.where }}\n\n"
        "{{ pickup.hours }}\n\n"
        "{{ pickup.until }}\n\n"
        "{{ order.lines }}\n\n"
        "{{ order.link }}\n\n"
        "An adult picks it up and shows an ID.",
        _OWN,
        _SAMPLE,
    ),
    Kind(
        MailKind.PICKUP_REMINDER,
        "Reminder of a pickup",
        "When wine lies ready and isn’t picked up, on the days that its method sets",
        "Your order {{ order.reference }} still waits for you",
        "Dear {{ customer.first_name }},\n\n"
        "Your wine has been ready since {{ pickup.since }}, and still waits for you here:\n\n"
        "{{ pickup.where }}\n\n"
        "{{ pickup.hours }}\n\n"
        "{{ pickup.until }}\n\n"
        "{{ order.link }}\n\n"
        "You can’t come? Answer this mail, or call {{ winery.support_phone }}.",
        _OWN,
        _SAMPLE,
    ),
)
