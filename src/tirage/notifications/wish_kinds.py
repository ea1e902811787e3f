"""The mails about wishes, from the asking to both answers: built-in words, placeholders and samples."""

from __future__ import annotations

from tirage.notifications.placeholders import ORDER, SAMPLE_ORDER, Kind
from tirage.notifications.rules import Link, Rows, Value
from tirage.notifications.states import MailKind

_WISH = {
    "wish.wine": "The wine",
    "wish.quantity": "How many bottles",
    "wish.release": "The release",
    "wish.price": "What a bottle costs, and all of them",
}
_SAMPLE_WISH: dict[str, Value] = {
    "wish.wine": "Estate Cabernet 2023, 750 ml",
    "wish.quantity": "2 bottles",
    "wish.release": "Autumn 2026",
    "wish.price": "$120.00 each, so at most $240.00 for both. Tax comes to that, and delivery as for the rest of "
    "your order.",
}
SET_ASIDE = {
    "kept.wines": "The wines that are set aside, with what they cost (as a table, in a paragraph of its own)",
    "kept.bottles": "How many bottles they are",
    "kept.until": "Until when, with the time zone",
    "kept.link": "A button that signs in and leads to them",
}
SAMPLE_SET_ASIDE: dict[str, Value] = {
    "kept.wines": Rows([("2 × Estate Cabernet 2023, 750 ml", "$240.00")]),
    "kept.bottles": "2 bottles",
    "kept.until": "Friday, November 6, 2026, 9:00 AM PST",
    "kept.link": Link("#", "See your bottles"),
}

WISH_KINDS = (
    Kind(
        MailKind.WISH_MADE,
        "Wish received",
        "When a customer makes a wish",
        "We have your wish for {{ wish.wine }}",
        "Dear {{ customer.first_name }},\n\n"
        "You wish for {{ wish.quantity }} of {{ wish.wine }} beyond your allocation of {{ wish.release }}. "
        "{{ wish.price }}\n\n"
        "{{ wish.next }} {{ wish.decision }} {{ wish.rule }}\n\n"
        "{{ wish.lacks }}\n\n"
        "{{ wishes.link }}",
        {
            **_WISH,
            "wish.next": "What happens if it is granted, and that nothing is charged or held until then",
            "wish.decision": "When wishes are decided",
            "wish.rule": "How wishes are decided, as the release says",
            "wish.lacks": "That a card or an address is missing; empty when nothing is",
            "wishes.link": "A button to the customer's wishes",
        },
        {
            **_SAMPLE_WISH,
            "wish.next": "If we can grant it, it joins your order, your saved card is charged, and we write to you. "
            "Until then nothing is charged, and nothing is held.",
            "wish.decision": "We decide on October 26, 2026.",
            "wish.rule": "Every wish gets a fair share of what is left.",
            "wish.lacks": "",
            "wishes.link": Link("#", "See or change your wishes"),
        },
    ),
    Kind(
        MailKind.WISH_ASKED,
        "A wish, to the team",
        "When a customer makes a wish, to your e-mail for questions, if Settings says so",
        "{{ wish.customer }} wishes for {{ wish.quantity }} of {{ wish.wine }}",
        "Hello,\n\n"
        "{{ wish.customer }} wishes for {{ wish.quantity }} of {{ wish.wine }} beyond the allocation of "
        "{{ wish.release }}. {{ wish.price }}\n\n"
        "{{ wish.grant_link }}\n\n"
        "{{ wish.decline_link }}\n\n"
        "Nothing happens before you have pressed the button on the page that opens.",
        {
            "wish.customer": "The customer's name",
            **_WISH,
            "wish.grant_link": "A button to the page of the back office that grants it, with one press",
            "wish.decline_link": "A button to the page of the back office that declines it, with one press",
            "wish.link": "A button to the wish in the back office",
        },
        {
            "wish.customer": "Ana Alvarez",
            **_SAMPLE_WISH,
            "wish.price": "$120.00 each, $240.00 in all, before tax and delivery.",
            "wish.grant_link": Link("#", "Grant it"),
            "wish.decline_link": Link("#", "Decline it"),
            "wish.link": Link("#", "See the wish"),
        },
        to_customer=False,
    ),
    Kind(
        MailKind.WISHES_GRANTED,
        "Wishes granted",
        "When wishes are granted and paid, one mail for all of a customer's",
        "Your wish is granted",
        "Dear {{ customer.first_name }},\n\n"
        "We are glad: there is more wine for you. We have added to your order {{ order.reference }}:\n\n"
        "{{ granted.wines }}\n\n"
        "{{ granted.money }}\n\n"
        "{{ granted.rest }}\n\n"
        "{{ order.link }}",
        {
            **ORDER,
            "granted.wines": "The wines that were granted, with what they cost",
            "granted.money": "What was charged, with delivery and tax",
            "granted.rest": "What stays open, if a wish is granted in part",
        },
        {
            **SAMPLE_ORDER,
            "granted.wines": Rows([("2 × Estate Cabernet 2023, 750 ml", "$240.00")], []),
            "granted.money": "$259.20 were charged to Visa 4242, with delivery and tax.",
            "granted.rest": "1 bottle of your wish stays open.",
        },
    ),
    Kind(
        MailKind.BOTTLES_GIVEN,
        "More wine for a customer",
        "When you give a customer bottles that others left",
        "A little more for you: {{ gift.wine }}",
        "Dear {{ customer.first_name }},\n\n"
        "Some bottles were left over, and we thought of you: you may take {{ gift.pieces }} more of "
        "{{ gift.wine }}.\n\n"
        "{{ gift.words }}\n\n"
        "They are yours to take until {{ gift.until }}, as long as there are some.\n\n"
        "{{ gift.link }}",
        {
            "gift.wine": "The wine",
            "gift.pieces": "How many more they may take",
            "gift.words": "What you wrote when you gave them; may be empty",
            "gift.until": "Until when, with the time zone",
            "gift.link": "A button that signs in and leads to the offer",
        },
        {
            "gift.wine": "Estate Cabernet 2023, 750 ml",
            "gift.pieces": "2",
            "gift.words": "Thank you for ten years on our list.",
            "gift.until": "Friday, November 6, 2026, 9:00 AM PST",
            "gift.link": Link("#", "See your wines"),
        },
    ),
    Kind(
        MailKind.SET_ASIDE,
        "Bottles set aside",
        "When a request is granted: the customer may buy the bottles until a date",
        "Your wish is granted: {{ kept.bottles }} set aside for you",
        "Dear {{ customer.first_name }},\n\n"
        "We are glad: there is more wine for you. We have set this aside, and nobody else can take it:\n\n"
        "{{ kept.wines }}\n\n"
        "It is yours to buy until {{ kept.until }}. Nothing is charged before you order; tax and delivery come at "
        "the checkout.\n\n"
        "{{ kept.link }}\n\n"
        "You would rather not? Then do nothing, or let the bottles go on that page, and somebody else will be glad "
        "of them.",
        SET_ASIDE,
        SAMPLE_SET_ASIDE,
    ),
    Kind(
        MailKind.SET_ASIDE_ENDING,
        "Bottles set aside, last day",
        "A day before bottles that are set aside for a customer go back",
        "Still set aside for you: {{ kept.bottles }}",
        "Dear {{ customer.first_name }},\n\n"
        "A word before it is too late: these bottles are still set aside for you, until {{ kept.until }}.\n\n"
        "{{ kept.wines }}\n\n"
        "{{ kept.link }}\n\n"
        "After that they go to others. You need to do nothing if you would rather not have them.",
        SET_ASIDE,
        SAMPLE_SET_ASIDE,
    ),
    Kind(
        MailKind.SET_ASIDE_ENDED,
        "Bottles set aside, time is over",
        "When nobody bought bottles that were set aside, or you took them back",
        "Your bottles of {{ kept.release }} are no longer set aside",
        "Dear {{ customer.first_name }},\n\n"
        "{{ kept.why }}\n\n"
        "{{ kept.wines }}\n\n"
        "Nothing was charged. Your wish stays open in case some are left; you can withdraw it at any time.\n\n"
        "{{ wishes.link }}",
        {
            "kept.wines": SET_ASIDE["kept.wines"],
            "kept.release": "The release",
            "kept.why": "That the time is over, or that you had to take the bottles back",
            "wishes.link": "A button to the customer's wishes",
        },
        {
            "kept.wines": SAMPLE_SET_ASIDE["kept.wines"],
            "kept.release": "Autumn 2026",
            "kept.why": "The time for which these bottles were set aside for you is over, and others may have them "
            "now.",
            "wishes.link": Link("#", "See your wishes"),
        },
    ),
    Kind(
        MailKind.WISH_DECLINED,
        "Wish declined",
        "When staff decline a wish",
        "Your wish for {{ wish.wine }}",
        "Dear {{ customer.first_name }},\n\n"
        "We are sorry: we can't grant your wish for {{ wish.quantity }} of {{ wish.wine }}. {{ wish.reason }}\n\n"
        "{{ wish.before }} Nothing is charged for it, and you need to do nothing. We hope to have more for you next "
        "time.\n\n"
        "{{ wishes.link }}",
        {
            **_WISH,
            "wish.reason": "The reason that staff gave",
            "wish.before": "What of it had been granted before; empty when nothing had",
            "wishes.link": "A button to the customer's wishes",
        },
        {
            **_SAMPLE_WISH,
            "wish.reason": "We had fewer bottles than wishes this year.",
            "wish.before": "",
            "wishes.link": Link("#", "See your wishes"),
        },
    ),
)
