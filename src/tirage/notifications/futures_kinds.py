"""The mails about wine that is bought before it is bottled."""

from __future__ import annotations

from tirage.notifications.placeholders import Kind
from tirage.notifications.rules import Link
from tirage.notifications.states import MailKind

FUTURES_KINDS = (
    Kind(
        MailKind.INSTALMENT_COMING,
        "En primeur, an instalment comes",
        "A week before an instalment of wine bought en primeur is charged",
        "{{ instalment.amount }} of your order {{ order.reference }} are due on {{ instalment.day }}",
        "Dear {{ customer.first_name }},\n\n"
        "You bought wine of ours before it is bottled. By the plan of your order {{ order.reference }} we charge "
        "{{ instalment.amount }} on {{ instalment.day }}. {{ instalment.card }}\n\n"
        "After that {{ instalment.left }} are still to come.\n\n"
        "{{ instalment.link }}\n\n"
        "There you see the plan, and can save another card.",
        {
            "order.reference": "The order's number",
            "instalment.amount": "What is charged",
            "instalment.day": "The day on which it is",
            "instalment.card": "Which card is charged, as a sentence; or that none is saved",
            "instalment.left": "What is to come after it",
            "instalment.link": "A button that signs in and leads to the order",
        },
        {
            "order.reference": "ORD-7K2M9QXA",
            "instalment.amount": "$360.00",
            "instalment.day": "March 1, 2027",
            "instalment.card": "We charge Visa 4242.",
            "instalment.left": "$480.00",
            "instalment.link": Link("#", "See my order"),
        },
    ),
)
