"""The mails about changed and cancelled orders and money given back: built-in words, placeholders and samples."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from tirage.notifications.placeholders import ORDER, SAMPLE_ORDER, Kind
from tirage.notifications.rules import Rows
from tirage.notifications.states import MailKind

CHANGE_KINDS = (
    Kind(
        MailKind.ORDER_CHANGED,
        "Order changed",
        "When an order is changed, by the customer or by you",
        "Your order {{ order.reference }} is changed",
        "Dear {{ customer.first_name }},\n\n"
        "{{ change.by }}\n\n"
        "{{ change.lines }}\n\n"
        "{{ change.money }}\n\n"
        "This is all of it as it stands now:\n\n"
        "{{ order.lines }}\n\n"
        "{{ order.link }}\n\n"
        "Something isn't right? Answer this mail, or call {{ winery.support_phone }}.",
        {
            **ORDER,
            "change.by": "That the order is changed, and by whom: the customer, or you",
            "change.lines": "What changes, with its prices (as a table, in a paragraph of its own)",
            "change.money": "What was charged, set aside or refunded; empty when nothing",
        },
        {
            **SAMPLE_ORDER,
            "change.by": "Your order is changed as you asked:",
            "change.lines": Rows(
                [("Added: 1 × Estate Cabernet 2023, 1.5 l", "$260.00"), ("Sales tax", "$18.85")],
                [("Difference", "$278.85")],
            ),
            "change.money": "$278.85 were charged to Visa ending in 4242.",
        },
    ),
    Kind(
        MailKind.ORDER_CANCELLED,
        gettext_noop("Order canceled"),
        "When a customer cancels an order, or you do and don’t untick it",
        gettext_noop("Your order {{ order.reference }} is canceled"),
        gettext_noop(
            "Dear {{ customer.first_name }},\n\n"
            "Your order {{ order.reference }} is canceled. These bottles were in it:\n\n"
            "{{ cancel.lines }}\n\n"
            "{{ cancel.money }}\n\n"
            "Questions? Answer this mail, or call {{ winery.support_phone }}."
        ),
        {
            "order.reference": ORDER["order.reference"],
            "order.link": ORDER["order.link"],
            "cancel.lines": "The wines that were in it (as a table, in a paragraph of its own)",
            "cancel.money": "What is refunded or let go; empty when nothing",
            "cancel.reason": "Why, as you or the customer wrote it; the built-in words leave it out",
        },
        {
            "order.reference": SAMPLE_ORDER["order.reference"],
            "order.link": SAMPLE_ORDER["order.link"],
            "cancel.lines": Rows([("2 × Estate Cabernet 2023, 750 ml", "$240.00")]),
            "cancel.money": "$257.40 go back to Visa ending in 4242. Your bank may take a few days to show it.",
            "cancel.reason": "The customer asked",
        },
    ),
    Kind(
        MailKind.MONEY_GIVEN_BACK,
        "Money refunded",
        "When you refund a payment or wines, unless you untick it",
        "{{ refund.amount }} of your order {{ order.reference }} refunded",
        "Dear {{ customer.first_name }},\n\n"
        "{{ refund.money }}\n\n"
        "{{ refund.lines }}\n\n"
        "{{ order.link }}\n\n"
        "Questions? Answer this mail, or call {{ winery.support_phone }}.",
        {
            "order.reference": ORDER["order.reference"],
            "order.link": ORDER["order.link"],
            "refund.amount": "How much is refunded",
            "refund.money": "How much goes where: to a card, the store credit, or by hand",
            "refund.lines": "The wines it is for, if it is for wines (as a table, in a paragraph of its own)",
            "refund.reason": "Why, as you wrote it; the built-in words leave it out",
        },
        {
            "order.reference": SAMPLE_ORDER["order.reference"],
            "order.link": SAMPLE_ORDER["order.link"],
            "refund.amount": "$128.70",
            "refund.money": "$128.70 go back to Visa ending in 4242. Your bank may take a few days to show it.",
            "refund.lines": Rows(
                [("Taken off: 1 × Estate Cabernet 2023, 750 ml", "−$120.00"), ("Sales tax", "−$8.70")],
                [("Difference", "−$128.70")],
            ),
            "refund.reason": "Corked",
        },
    ),
)
