"""The mail that answers a change that a customer asked for while the order was packed."""

from __future__ import annotations

from tirage.notifications.placeholders import ORDER, SAMPLE_ORDER, Kind
from tirage.notifications.rules import Link
from tirage.notifications.states import MailKind

PACKING_KINDS = (
    Kind(
        MailKind.CHANGE_ANSWERED,
        "Answer to a change asked for while packing",
        "When you answer a customer who asked for a change of an order that is being packed",
        "About your order {{ order.reference }}",
        "Dear {{ customer.first_name }},\n\n"
        "You asked us: “{{ asked.words }}”\n\n"
        "{{ asked.said }}\n\n"
        "{{ asked.answer }}\n\n"
        "{{ order.link }}",
        {
            **ORDER,
            "asked.words": "What the customer asked for",
            "asked.said": "Whether it was done, as a sentence",
            "asked.answer": "What you wrote",
        },
        {
            **SAMPLE_ORDER,
            "order.link": Link("#", "See your order"),
            "asked.words": "Could one bottle of the Syrah become a second Pinot?",
            "asked.said": "We have done what you asked for.",
            "asked.answer": "The second Pinot is in your box.",
        },
    ),
)
