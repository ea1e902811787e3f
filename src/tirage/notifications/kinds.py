"""Every kind of mail: when it goes out, its built-in words, and the placeholders that its words may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tirage.notifications.rules import Link, Rows, Value
from tirage.notifications.states import MailKind

#: Placeholders of every mail, with what they say.
EVERYWHERE: dict[str, str] = {
    "winery.name": "Your winery's name",
    "winery.support_email": "Your e-mail address for questions",
    "winery.support_phone": "Your telephone for questions",
}
CUSTOMER: dict[str, str] = {
    "customer.first_name": "The customer's first name, or “there” when unknown",
    "customer.name": "First and last name",
}
ORDER: dict[str, str] = {
    "order.reference": "The order's number",
    "order.lines": "The wines with their prices (as a table, in a paragraph of its own)",
    "order.total": "The order's total",
    "order.address": "Where it goes",
    "order.delivery": "How it goes",
    "order.link": "A button to the order",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """``when`` and ``name`` are for staff; ``private`` mails lose their contents once sent."""

    kind: MailKind
    name: str
    when: str
    subject: str
    body: str
    own: Mapping[str, str]
    sample: Mapping[str, Value]
    to_customer: bool = True
    private: bool = False

    @property
    def placeholders(self) -> dict[str, str]:
        """Every placeholder that its words may use, with what it says."""
        return {**(CUSTOMER if self.to_customer else {}), **self.own, **EVERYWHERE}


_SAMPLE_ORDER: dict[str, Value] = {
    "order.reference": "ORD-7K2M9QXA",
    "order.lines": Rows(
        [
            ("2 × Estate Cabernet 2023, 750 ml", "$240.00"),
            ("1 × Estate Cabernet 2023, 1.5 l", "$260.00"),
            ("Shipping", "$28.00"),
        ],
        [("Total", "$528.00")],
    ),
    "order.total": "$528.00",
    "order.address": "Ana Alvarez, 1 Valencia Street, San Francisco, CA 94110",
    "order.delivery": "Ground",
    "order.link": Link("#", "See your order"),
}
_SAMPLE_WISH: dict[str, Value] = {
    "wish.wine": "Estate Cabernet 2023, 750 ml",
    "wish.quantity": "2 bottles",
    "wish.reason": "We had fewer bottles than wishes this year.",
}

KINDS: dict[MailKind, Kind] = {
    kind.kind: kind
    for kind in (
        Kind(
            MailKind.SIGN_IN_CODE,
            "Sign-in code",
            "When a customer asks to sign in",
            "{{ code }} is your code for {{ winery.name }}",
            "Hello {{ customer.first_name }},\n\n"
            "Here is your code for {{ winery.name }}:\n\n"
            "{{ code }}\n\n"
            "{{ link }}\n\n"
            "Code and button work for fifteen minutes. If you didn't ask for them, nothing needs doing.",
            {"code": "The six digits", "link": "A button that signs in"},
            {"code": "482 913", "link": Link("#", "Sign in")},
            private=True,
        ),
        Kind(
            MailKind.ORDER_RECEIPT,
            "Receipt",
            "When an order is placed and paid",
            "Your order {{ order.reference }} at {{ winery.name }}",
            "Dear {{ customer.first_name }},\n\n"
            "Thank you. These bottles are yours:\n\n"
            "{{ order.lines }}\n\n"
            "{{ offer.confirmation_message }}\n\n"
            "They go to {{ order.address }} ({{ order.delivery }}).\n\n{{ order.link }}\n\n"
            "Would you like to change something? Answer this mail, or call {{ winery.support_phone }}.",
            {**ORDER, "offer.confirmation_message": "The confirmation message of the offer"},
            {
                **_SAMPLE_ORDER,
                "offer.confirmation_message": "We ship when the days are cool, usually in the second week of November.",
            },
        ),
        Kind(
            MailKind.PAYMENT_FAILED,
            "Payment declined",
            "When a card is declined after the customer has left",
            "Your card was declined at {{ winery.name }}",
            "Dear {{ customer.first_name }},\n\n"
            "Your card was declined for {{ order.total }}: {{ payment.message }}\n\n"
            "Nothing was charged. Your bottles are in your cart for as long as it holds them; another "
            "card is all it takes.\n\n"
            "{{ shop.link }}",
            {**ORDER, "payment.message": "What the bank said", "shop.link": "A button to the offer"},
            {
                **_SAMPLE_ORDER,
                "payment.message": "The card has expired.",
                "shop.link": Link("#", "Go to your bottles"),
            },
        ),
        Kind(
            MailKind.PAYMENT_NEEDS_CUSTOMER,
            "Payment waits for the customer",
            "When the bank wants to see the customer",
            "Your bank asks you to confirm {{ order.total }}",
            "Dear {{ customer.first_name }},\n\n"
            "Your bank wants you to confirm the payment of {{ order.total }} for order {{ "
            "order.reference }}.\n\n"
            "{{ payment.link }}\n\n"
            "Until then nothing is charged.",
            {**ORDER, "payment.link": "A button to the confirmation"},
            {**_SAMPLE_ORDER, "payment.link": Link("#", "Confirm the payment")},
        ),
        Kind(
            MailKind.BOTTLES_BACK,
            "Bottles are back",
            "When bottles that others held come back and the customer asked to be told",
            "{{ wines }}: bottles are back",
            "Dear {{ customer.first_name }},\n\n"
            "You asked us to tell you: bottles of {{ wines }} are free again. The first to take them "
            "has them.\n\n"
            "{{ shop.link }}",
            {"wines": "The wines", "shop.link": "A button to the offer"},
            {"wines": "Estate Cabernet 2023, 1.5 l", "shop.link": Link("#", "Go to the offer")},
        ),
        Kind(
            MailKind.WISH_MADE,
            "Wish received",
            "When a customer makes a wish",
            "We have your wish for {{ wish.wine }}",
            "Dear {{ customer.first_name }},\n\n"
            "You wish for {{ wish.quantity }} of {{ wish.wine }} beyond your allocation. "
            "We write again when we know what is left.\n\n{{ wishes.link }}",
            {
                "wish.wine": "The wine",
                "wish.quantity": "How many bottles",
                "wishes.link": "A button to the customer's wishes",
            },
            {
                "wish.wine": "Estate Cabernet 2023, 750 ml",
                "wish.quantity": "2 bottles",
                "wishes.link": Link("#", "See your wishes"),
            },
        ),
        Kind(
            MailKind.WISH_DECLINED,
            "Wish declined",
            "When staff decline a wish",
            "Your wish for {{ wish.wine }}",
            "Dear {{ customer.first_name }},\n\n"
            "We are sorry: there are no bottles left for your wish of {{ wish.quantity }} of {{ "
            "wish.wine }}.\n\n"
            "{{ wish.reason }}\n\n"
            "Nothing was charged. We hope to have more for you next time.",
            {
                "wish.wine": "The wine",
                "wish.quantity": "How many bottles",
                "wish.reason": "The reason that staff gave",
            },
            _SAMPLE_WISH,
        ),
        Kind(
            MailKind.OFFER_INVITATION,
            "Offer opens",
            "When you invite the customers of an offer",
            "{{ offer.title }}",
            "Dear {{ customer.first_name }},\n\n"
            "{{ offer.message }}\n\n"
            "Your bottles wait from {{ offer.opens }} to {{ offer.closes }}. The button signs you "
            "in.\n\n"
            "{{ offer.link }}",
            {
                "offer.title": "The offer's title",
                "offer.message": "The offer's message",
                "offer.opens": "When it opens, with the time zone",
                "offer.closes": "When it closes, with the time zone",
                "offer.link": "A button that signs the customer in",
            },
            {
                "offer.title": "Your autumn allocation",
                "offer.message": "The 2023 reds are in bottle.",
                "offer.opens": "Tue, Oct 6, 9:00 AM PDT",
                "offer.closes": "Tue, Oct 20, 9:00 PM PDT",
                "offer.link": Link("#", "See your allocation"),
            },
            private=True,
        ),
        Kind(
            MailKind.STAFF_INVITATION,
            "Invitation to the team",
            "When an owner invites somebody to the team",
            "{{ inviter }} invites you to the back office of {{ winery.name }}",
            "Hello {{ member.name }},\n\n"
            "{{ inviter }} has given you access to the back office of {{ winery.name }}. Set your "
            "password with this button; it works for three days.\n\n"
            "{{ link }}",
            {
                "member.name": "The new member's name",
                "inviter": "Who invites",
                "link": "A button to set the password",
            },
            {"member.name": "Hugo", "inviter": "Olive Owens", "link": Link("#", "Set your password")},
            to_customer=False,
            private=True,
        ),
        Kind(
            MailKind.STAFF_PASSWORD,
            "New password for the team",
            "When somebody on the team asks for a new password",
            "A new password for {{ winery.name }}",
            "Hello {{ member.name }},\n\n"
            "Set a new password with this button; it works once, for three days. If you didn't ask for "
            "it, nothing needs doing.\n\n"
            "{{ link }}",
            {"member.name": "The member's name", "link": "A button to set the password"},
            {"member.name": "Hugo", "link": Link("#", "Set a new password")},
            to_customer=False,
            private=True,
        ),
    )
}
