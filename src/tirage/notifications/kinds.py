"""Every kind of mail: when it goes out, its built-in words, and the placeholders that its words may use."""

from __future__ import annotations

from datetime import timedelta

from tirage.core.jobs import Urgency
from tirage.customers.sign_in import LIFE
from tirage.notifications.change_kinds import CHANGE_KINDS
from tirage.notifications.club_kinds import CLUB_KINDS
from tirage.notifications.futures_kinds import FUTURES_KINDS
from tirage.notifications.joining_kinds import JOINING_KINDS
from tirage.notifications.note_kinds import NOTE_KINDS
from tirage.notifications.packing_kinds import PACKING_KINDS
from tirage.notifications.pickup_kinds import PICKUP_KINDS
from tirage.notifications.placeholders import (
    CARD_LINK,
    ORDER,
    PAY,
    SAMPLE_CARD_LINK,
    SAMPLE_ORDER,
    SAMPLE_PAY,
    Kind,
)
from tirage.notifications.reminder_kinds import REMINDER_KINDS
from tirage.notifications.rules import Large, Link, Rows
from tirage.notifications.standing_kinds import STANDING_KINDS
from tirage.notifications.states import MailKind
from tirage.notifications.wave_kinds import WAVE_KINDS
from tirage.notifications.wish_kinds import WISH_KINDS

#: How long Django lets a link work that sets a password (PASSWORD_RESET_TIMEOUT).
STAFF_LINK_LIFE = timedelta(days=3)

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
            {"code": Large("482 913"), "link": Link("#", "Sign in")},
            private=True,
            urgency=Urgency.NOW,
            life=LIFE,
        ),
        Kind(
            MailKind.SIGN_IN_LINK,
            "Sign-in link",
            "When the team mails a customer a way in",
            "Your way in to {{ winery.name }}",
            "Dear {{ customer.first_name }},\n\n"
            "This button signs you in. It works for {{ days }} days and is meant for you alone, so please keep it to "
            "yourself.\n\n"
            "{{ link }}\n\n"
            "Is anything unclear? Answer this mail, or call {{ winery.support_phone }}.",
            {"days": "How long it works", "link": "A button that signs in"},
            {"days": "7", "link": Link("#", "Sign in")},
            private=True,
            urgency=Urgency.NOW,
        ),
        *JOINING_KINDS,
        Kind(
            MailKind.ORDER_RECEIPT,
            "Receipt",
            "When an order is placed",
            "Your order {{ order.reference }} at {{ winery.name }}",
            "Dear {{ customer.first_name }},\n\n"
            "Thank you. You placed this order on {{ order.placed }}, and these bottles are yours:\n\n"
            "{{ order.lines }}\n\n"
            "{{ order.payment }}\n\n"
            "{{ offer.confirmation_message }}\n\n"
            "They go to {{ order.address }} ({{ order.delivery }}).\n\n{{ order.changes }}\n\n{{ order.link }}\n\n"
            "Would you like to change something? Answer this mail, or call {{ winery.support_phone }}.",
            {
                **ORDER,
                "order.payment": "That the card is charged when the wine ships, where you charge then",
                "order.changes": "Until when customers change it themselves, where you let them",
                "offer.confirmation_message": "The confirmation message of the offer",
            },
            {
                **SAMPLE_ORDER,
                "order.payment": "The amount is set aside on your card, and taken when the wine ships.",
                "order.changes": "You can change it yourself until the end of Friday, October 30, 2026.",
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
                **SAMPLE_ORDER,
                "payment.message": "The card has expired.",
                "shop.link": Link("#", "Go to your bottles"),
            },
        ),
        Kind(
            MailKind.PAYMENT_NEEDS_CUSTOMER,
            "Payment waits for the customer",
            "When the bank wants to see a customer who isn't there",
            "Your bank asks you to confirm {{ pay.amount }}",
            "Dear {{ customer.first_name }},\n\n"
            "Your bank wants to hear from you before it pays {{ pay.amount }} for {{ pay.what }}.\n\n"
            "{{ pay.link }}\n\n"
            "Until then nothing is charged. The button works until {{ pay.until }}.",
            PAY,
            SAMPLE_PAY,
        ),
        Kind(
            MailKind.PAY_LINK_CHANGE,
            "Pay link for a change",
            "When the customer is to pay for a change of an order",
            "Your change of {{ order.reference }}: {{ pay.amount }} to pay",
            "Dear {{ customer.first_name }},\n\n"
            "We have prepared {{ pay.what }}:\n\n"
            "{{ pay.lines }}\n\n"
            "It takes effect as soon as it is paid; until then your order stays as it is and the bottles are "
            "kept for you.\n\n"
            "{{ pay.link }}\n\n"
            "The button works until {{ pay.until }}. Something isn't right? Answer this mail.",
            {
                **PAY,
                "order.reference": "The order's number",
                "pay.lines": "What changes, with its prices (as a table, in a paragraph of its own)",
            },
            {
                **SAMPLE_PAY,
                "order.reference": "ORD-7K2M9QXA",
                "pay.lines": Rows(
                    [("Estate Cabernet 2023: 2 → 4", "$240.00"), ("Sales tax", "$17.40")],
                    [("To pay", "$257.40")],
                ),
            },
        ),
        Kind(
            MailKind.PAY_LINK_ORDER,
            "Pay link for an order by telephone",
            "When you have put an order together for a customer, who pays it by a link",
            "Your order {{ order.reference }}: {{ pay.amount }} to pay",
            "Dear {{ customer.first_name }},\n\n"
            "Thank you for your call. This is what we have put together for you:\n\n"
            "{{ pay.lines }}\n\n"
            "It is yours as soon as it is paid; until then the bottles are kept for you.\n\n"
            "{{ pay.link }}\n\n"
            "The button works until {{ pay.until }}. Something isn't right? Answer this mail.",
            {
                **PAY,
                "order.reference": "The order's number",
                "pay.lines": "What is ordered, with its prices (as a table, in a paragraph of its own)",
            },
            {
                **SAMPLE_PAY,
                "order.reference": "ORD-7K2M9QXA",
                "pay.lines": Rows(
                    [("2 × Estate Cabernet 2023", "$240.00"), ("Sales tax", "$17.40")],
                    [("To pay", "$257.40")],
                ),
            },
        ),
        Kind(
            MailKind.PAY_LINK_BALANCE,
            "Pay link for an order",
            "When you send a pay link for what an order still owes",
            "{{ pay.amount }} to pay for {{ order.reference }}",
            "Dear {{ customer.first_name }},\n\n"
            "{{ pay.amount }} of {{ pay.what }} are not paid yet:\n\n"
            "{{ order.lines }}\n\n"
            "{{ pay.link }}\n\n"
            "The button works until {{ pay.until }}, without signing in.",
            {**PAY, "order.reference": ORDER["order.reference"], "order.lines": ORDER["order.lines"]},
            {
                **SAMPLE_PAY,
                "pay.what": "your order ORD-7K2M9QXA",
                "order.reference": "ORD-7K2M9QXA",
                "order.lines": SAMPLE_ORDER["order.lines"],
            },
        ),
        Kind(
            MailKind.CHARGE_FAILED,
            "Charge failed, tried again",
            "When a card is declined while the customer isn't there, and may work another day",
            "Your card was declined for {{ pay.amount }}",
            "Dear {{ customer.first_name }},\n\n"
            "We could not charge {{ pay.amount }} for {{ pay.what }}: {{ payment.message }}\n\n"
            "{{ payment.next }}\n\n"
            "{{ pay.link }}\n\n"
            "Or give us another card, and we take it from there:\n\n"
            "{{ card.link }}",
            {
                **PAY,
                **CARD_LINK,
                "payment.message": "What the bank said",
                "payment.next": "When it is tried again; empty when it isn't",
            },
            {
                **SAMPLE_PAY,
                **SAMPLE_CARD_LINK,
                "payment.message": "This card doesn't have enough funds. Try another card.",
                "payment.next": "We try again on Friday, October 9, 2026. You can also pay now:",
            },
        ),
        Kind(
            MailKind.CARD_NEEDED,
            "Another card is needed",
            "When a card can't be charged any more, or you ask for another",
            "We need another card from you",
            "Dear {{ customer.first_name }},\n\n"
            "The card that we have from you can't be charged any more. {{ payment.owed }}\n\n"
            "{{ card.link }}\n\n"
            "The button works for a few days, without signing in. Your card's number never stays with us.",
            {**CARD_LINK, "payment.owed": "What waits to be paid, in a sentence; empty when nothing does"},
            {
                **SAMPLE_CARD_LINK,
                "payment.owed": "$190.00 for your order ORD-7K2M9QXA wait to be paid.",
            },
        ),
        Kind(
            MailKind.PAYMENT_RECEIVED,
            "Payment received",
            "When money comes that you asked the customer for",
            "Thank you: {{ pay.amount }} received",
            "Dear {{ customer.first_name }},\n\n"
            "Thank you. We have received {{ pay.amount }} for {{ pay.what }}{{ payment.by }}.\n\n"
            "{{ order.link }}",
            {
                "pay.amount": "How much has come",
                "pay.what": PAY["pay.what"],
                "payment.by": "By which card, such as “ by Visa 4242”",
                "order.link": ORDER["order.link"],
            },
            {
                "pay.amount": "$190.00",
                "pay.what": "your order ORD-7K2M9QXA",
                "payment.by": " by Visa 4242",
                "order.link": Link("#", "See your order"),
            },
        ),
        Kind(
            MailKind.ORDER_SHIPPED,
            "Wine is on its way",
            "When you mark an order as shipped or handed over, unless you untick it",
            "Your order {{ order.reference }} from {{ winery.name }} has left",
            "Dear {{ customer.first_name }},\n\n"
            "{{ shipment.what }}\n\n"
            "{{ order.lines }}\n\n"
            "{{ shipment.tracking }}\n\n"
            "{{ shipment.follow }}\n\n"
            "{{ shipment.charged }}\n\n"
            "{{ order.link }}",
            {
                **ORDER,
                "shipment.what": "On which day the wine left, and where it goes",
                "shipment.tracking": "The tracking number, if there is one",
                "shipment.follow": "A button to the carrier's page about the parcel, where the carrier is known",
                "shipment.charged": "What was taken from the card now, if money was set aside until then",
            },
            {
                **SAMPLE_ORDER,
                "shipment.what": "Your wine left our cellar on Monday, November 9, 2026. It goes to Ana Alvarez, "
                "1 Valencia Street, San Francisco, CA 94110.",
                "shipment.tracking": "Tracking number: 1Z 999 AA1 01 2345 6784",
                "shipment.follow": Link("#", "Follow it at UPS"),
                "shipment.charged": "$528.00, set aside on your card when you ordered, have been charged now.",
            },
        ),
        *PACKING_KINDS,
        *PICKUP_KINDS,
        *CHANGE_KINDS,
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
        *WISH_KINDS,
        *STANDING_KINDS,
        *CLUB_KINDS,
        *FUTURES_KINDS,
        Kind(
            MailKind.POLICY_TOLD,
            "A policy, to the team",
            "When a policy of reallocation has run, or needs somebody, to your e-mail for questions",
            "{{ policy.release }}: {{ policy.news }}",
            "Hello,\n\n"
            "{{ policy.news }}\n\n"
            "{{ policy.needs }}\n\n"
            "The policy: {{ policy.sentence }}\n\n"
            "{{ policy.steps }}\n\n"
            "{{ policy.link }}",
            {
                "policy.release": "The release",
                "policy.news": "That it has run, or needs somebody",
                "policy.needs": "What it needs somebody for; empty when it has run",
                "policy.sentence": "The policy, read as a sentence",
                "policy.steps": "What each step did (as a table, in a paragraph of its own)",
                "policy.link": "A button to the policy in the back office",
            },
            {
                "policy.release": "Autumn 2026",
                "policy.news": "What is left was given as you wrote.",
                "policy.needs": "",
                "policy.sentence": "When the offer to Premier closes, give what is left to wishes of Premier by equal "
                "share, then open the rest to Estate for 5 days, up to 2 of each wine a customer.",
                "policy.steps": Rows([("1", "Granted 38 pieces to 21 customers.")], []),
                "policy.link": Link("#", "Look at it"),
            },
            to_customer=False,
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
            urgency=Urgency.BULK,
            marketing=True,
        ),
        *REMINDER_KINDS,
        *WAVE_KINDS,
        *NOTE_KINDS,
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
            life=STAFF_LINK_LIFE,
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
            life=STAFF_LINK_LIFE,
            urgency=Urgency.NOW,
        ),
    )
}
