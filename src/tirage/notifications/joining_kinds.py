"""The mails to people who come to the list: the button that proves a mailbox, and what becomes of a place in line."""

from __future__ import annotations

from tirage.core.jobs import Urgency
from tirage.joining.signing_up import LIFE
from tirage.notifications.placeholders import Kind
from tirage.notifications.rules import Link
from tirage.notifications.states import MailKind

JOINING_KINDS = (
    Kind(
        MailKind.SIGN_UP,
        "Sign-up",
        "When somebody signs up: nobody is on the list before they press its button",
        "One press, and you are on the list of {{ winery.name }}",
        "Dear {{ person.first_name }},\n\n"
        "Thank you for signing up. Please press this button, so that we know that our mails reach you:\n\n"
        "{{ link }}\n\n"
        "It works for three days. If it wasn't you who signed up, nothing needs doing: you won't hear from us.",
        {
            "person.first_name": "The first name that was typed into the form",
            "link": "A button that confirms",
        },
        {"person.first_name": "Ana", "link": Link("#", "Put me on the list")},
        to_customer=False,
        private=True,
        urgency=Urgency.NOW,
        life=LIFE,
    ),
    Kind(
        MailKind.PLACE_OFFERED,
        "A place for somebody in line",
        "When you invite people from the waiting list",
        "There is a place for you at {{ winery.name }}",
        "Dear {{ customer.first_name }},\n\n"
        "You have waited since {{ place.since }}, and now there is a place for you in {{ place.group }}.\n\n"
        "{{ place.link }}\n\n"
        "It is kept for you until {{ place.until }}. If you would rather not, the same page has a *No, thank you*, and "
        "somebody else is glad.",
        {
            "place.group": "The group that they are invited into",
            "place.since": "Since when they have waited",
            "place.until": "Until when the place is kept",
            "place.link": "A button that signs in and asks",
        },
        {
            "place.group": "Premier",
            "place.since": "March 3, 2025",
            "place.until": "Tuesday, October 6, 2026, 9:00 AM PDT",
            "place.link": Link("#", "See my place"),
        },
    ),
    Kind(
        MailKind.PLACE_DECLINED,
        "No place for somebody in line",
        "When you take people off the waiting list, if you say so",
        "Our waiting list",
        "Dear {{ customer.first_name }},\n\n"
        "Thank you for your patience with us. We have few bottles and many friends, and we are sorry to say that we "
        "can't promise you a place.\n\n"
        "{{ place.reason }}",
        {"place.reason": "The reason, where you gave one"},
        {"place.reason": "We close the waiting list this year."},
    ),
)
