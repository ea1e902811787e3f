"""The mails about wine that is bought before it is bottled."""

from __future__ import annotations

from tirage.notifications.placeholders import ORDER, SAMPLE_ORDER, Kind
from tirage.notifications.rules import Link, Rows, Value
from tirage.notifications.states import MailKind
from tirage.notifications.wish_kinds import SAMPLE_SET_ASIDE, SET_ASIDE

_SETTLEMENT = {
    "order.reference": "The order's number",
    "settlement.release": "The release",
    "settlement.wines": "The wines that are there (as a table, in a paragraph of its own)",
    "settlement.until": "The last day to choose",
    "settlement.note": "Why it is asked again; empty the first time",
    "settlement.link": "A button that signs in and leads to the choice, with what it costs",
}
_SAMPLE_SETTLEMENT: dict[str, Value] = {
    "order.reference": "ORD-7K2M9QXA",
    "settlement.release": "En primeur 2024",
    "settlement.wines": Rows([("12 × Reserve Cabernet 2024, 750 ml", "")]),
    "settlement.until": "November 30, 2026",
    "settlement.note": "",
    "settlement.link": Link("#", "Say where it goes"),
}

_CUT = {
    "order.reference": "The order's number",
    "cut.wine": "The wine and its format",
    "cut.lost": "How much of it goes: 3 of 12",
    "cut.reason": "Why, as the cut says it",
    "cut.link": "A button that signs in and leads to the order",
}
_SAMPLE_CUT: dict[str, Value] = {
    "order.reference": "ORD-7K2M9QXA",
    "cut.wine": "Reserve Cabernet 2024, 750 ml",
    "cut.lost": "3 of 12",
    "cut.reason": "Hail in June took a part of the vineyard.",
    "cut.link": Link("#", "See my order"),
}

_RECEIPT = {
    **{name: words for name, words in ORDER.items() if name not in ("order.address", "order.delivery")},
    "early.plan": "What was paid, and what comes when (as a table, in a paragraph of its own)",
    "early.window": "When it may be released",
    "offer.confirmation_message": "The confirmation message of the offer",
}
_SAMPLE_RECEIPT: dict[str, Value] = {
    **{name: value for name, value in SAMPLE_ORDER.items() if name in _RECEIPT},
    "early.plan": Rows(
        [("Now", "$158.40"), ("On March 1, 2027", "$184.80"), ("On September 1, 2027", "$184.80")]
    ),
    "early.window": "September 2028 to March 2029",
    "offer.confirmation_message": "We write to you when it is bottled.",
}
_TRANSFER = {
    "transfer.wine": "The wine, its format and how much of it",
    "transfer.giver": "Who gives it",
}
_SAMPLE_TRANSFER: dict[str, Value] = {
    "transfer.wine": "3 × Reserve Cabernet 2024, 750 ml",
    "transfer.giver": "Margaret Holm",
}

FUTURES_KINDS = (
    Kind(
        MailKind.EARLY_RECEIPT,
        "En primeur, receipt",
        "When wine is bought before it is bottled",
        "Your order {{ order.reference }} en primeur at {{ winery.name }}",
        "Dear {{ customer.first_name }},\n\n"
        "Thank you. You placed this order on {{ order.placed }}, and this wine is yours before it is bottled:\n\n"
        "{{ order.lines }}\n\n"
        "So it is paid:\n\n{{ early.plan }}\n\n"
        "You bought the wine alone. It stays in bond at the winery until it is released, which we expect from "
        "{{ early.window }}; then we ask where it goes, and for delivery, duty and taxes.\n\n"
        "{{ offer.confirmation_message }}\n\n{{ order.link }}\n\n"
        "There you find the terms that you agreed to, and a certificate of what is kept for you.",
        _RECEIPT,
        _SAMPLE_RECEIPT,
    ),
    Kind(
        MailKind.EARLY_ASIDE,
        "En primeur, set aside for a customer",
        "When you set wine en primeur aside for a customer, who has to agree to its terms",
        "Set aside for you: {{ kept.bottles }} en primeur",
        "Dear {{ customer.first_name }},\n\n"
        "This is the wine that we spoke of, before it is bottled. Nobody else can take it:\n\n"
        "{{ kept.wines }}\n\n"
        "It is yours once you have read the terms and the plan of its payment and agreed to them, until "
        "{{ kept.until }}. Nothing is charged before.\n\n"
        "{{ kept.link }}\n\n"
        "You would rather not? Then do nothing, or let the bottles go on that page.",
        SET_ASIDE,
        SAMPLE_SET_ASIDE,
    ),
    Kind(
        MailKind.TRANSFER_OFFERED,
        "En primeur, wine from another customer",
        "When a customer offers wine that isn't bottled yet to another",
        "{{ transfer.giver }} has wine for you",
        "Dear {{ customer.first_name }},\n\n"
        "{{ transfer.giver }} would like to pass on to you: {{ transfer.wine }}. It isn’t bottled yet; we keep it in "
        "bond until it is released.\n\n"
        "{{ transfer.message }}\n\n"
        "{{ transfer.link }}\n\n"
        "There you accept it, or say no, until {{ transfer.until }}.",
        _TRANSFER
        | {
            "transfer.message": "What the giver wrote; empty without",
            "transfer.until": "The last day to answer",
            "transfer.link": "A button that signs in and leads to the offer",
        },
        _SAMPLE_TRANSFER
        | {
            "transfer.message": "For your birthday.",
            "transfer.until": "March 1, 2027",
            "transfer.link": Link("#", "Look at it"),
        },
    ),
    Kind(
        MailKind.TRANSFER_TOLD,
        "En primeur, what became of wine offered to another",
        "When wine that one customer offered another went over, or didn't, to both",
        "What became of {{ transfer.wine }}",
        "Dear {{ customer.first_name }},\n\n"
        "{{ transfer.giver }} offered {{ transfer.wine }}. {{ transfer.outcome }}\n\n"
        "{{ transfer.link }}",
        _TRANSFER
        | {
            "transfer.outcome": "What became of it, in a sentence",
            "transfer.link": "A button that signs in and leads to My futures",
        },
        _SAMPLE_TRANSFER
        | {
            "transfer.outcome": "It is done: the wine is among the futures of who gets it, with its certificate.",
            "transfer.link": Link("#", "My futures"),
        },
    ),
    Kind(
        MailKind.CUT_DONE,
        "En primeur, less wine than was sold",
        "When a lot brings less than was sold of it and a cut takes some off an order",
        "There is less {{ cut.wine }} than we sold",
        "Dear {{ customer.first_name }},\n\n"
        "You bought {{ cut.wine }} of ours before it was bottled, and there is less of it than we had hoped. "
        "{{ cut.reason }}\n\n"
        "We have to take {{ cut.lost }} off your order {{ order.reference }}. We are sorry. {{ cut.money }}\n\n"
        "{{ cut.link }}",
        _CUT | {"cut.money": "What becomes of the money, as sentences"},
        _SAMPLE_CUT | {"cut.money": "$300.00 go back to where they came from."},
    ),
    Kind(
        MailKind.CUT_PROPOSED,
        "En primeur, another wine instead",
        "When a lot brings less than was sold of it and you offer another wine instead of the money",
        "There is less {{ cut.wine }} than we sold: another wine for you",
        "Dear {{ customer.first_name }},\n\n"
        "You bought {{ cut.wine }} of ours before it was bottled, and there is less of it than we had hoped. "
        "{{ cut.reason }}\n\n"
        "We have to take {{ cut.lost }} off your order {{ order.reference }}. We are sorry. We have set aside for you "
        "instead, until {{ cut.until }}: {{ cut.instead }}.\n\n"
        "{{ cut.link }}\n\n"
        "You would rather have your money back? Say so there, or do nothing: after that day we give it back.",
        _CUT
        | {
            "cut.instead": "The other wine, how much of it and for how much",
            "cut.until": "The last day to take it",
        },
        _SAMPLE_CUT
        | {
            "cut.instead": "3 × Windward Cuvée 2024, 750 ml, at $90.00 each",
            "cut.until": "March 1, 2027",
            "cut.link": Link("#", "Look and decide"),
        },
    ),
    Kind(
        MailKind.SETTLEMENT_ASKED,
        "En primeur, the wine is there",
        "When wine bought en primeur has come and you ask where it goes",
        "Your wine of {{ settlement.release }} is here",
        "Dear {{ customer.first_name }},\n\n"
        "It was worth the wait: the wine that you bought before it was bottled is in our cellar.\n\n"
        "{{ settlement.wines }}\n\n"
        "{{ settlement.note }}\n\n"
        "Say until {{ settlement.until }} where it goes. Before you agree you see what delivery, duty and taxes cost, "
        "line by line.\n\n"
        "{{ settlement.link }}\n\n"
        "You would rather wait? Then do nothing: it rests in our cellar until you send for it.",
        _SETTLEMENT,
        _SAMPLE_SETTLEMENT,
    ),
    Kind(
        MailKind.SETTLEMENT_REMINDED,
        "En primeur, a reminder that the wine is there",
        "Two weeks and three days before the last day to say where wine goes",
        "Your wine of {{ settlement.release }} is still here",
        "Dear {{ customer.first_name }},\n\n"
        "A word before {{ settlement.until }}: your wine is in our cellar, and we would love to send it.\n\n"
        "{{ settlement.wines }}\n\n"
        "{{ settlement.link }}\n\n"
        "After that day it rests here until you send for it, at that day’s costs.",
        _SETTLEMENT,
        _SAMPLE_SETTLEMENT,
    ),
    Kind(
        MailKind.CARD_ENDING,
        "En primeur, a card that expires before it is charged",
        "Sixty, thirty and seven days before a card is charged that won’t do any more by then",
        "Your {{ card.label }} expires before we charge it",
        "Dear {{ customer.first_name }},\n\n"
        "You gave us your {{ card.label }} for wine that you bought before it is bottled. It expires at the end "
        "of {{ card.end }}, and this is still to come:\n\n"
        "{{ card.due }}\n\n"
        "Name another card, so that nothing stands in the way of your wine. Nothing is charged at once.\n\n"
        "{{ card.link }}",
        {
            "card.label": "The card",
            "card.end": "The last month in which it can be charged",
            "card.due": "What it won't do for, by day (as a table, in a paragraph of its own)",
            "card.link": "A button that signs in and leads to the fields for another card",
        },
        {
            "card.label": "Visa 4242",
            "card.end": "February 2027",
            "card.due": Rows([("On March 1, 2027, order ORD-7K2M9QXA", "$360.00")]),
            "card.link": Link("#", "Name another card"),
        },
    ),
    Kind(
        MailKind.IN_ARREARS,
        "En primeur, an order in arrears",
        "When money of wine bought en primeur didn’t come though all was tried, and when you give more time",
        "{{ arrears.amount }} of your order {{ order.reference }} are still to be paid",
        "Dear {{ customer.first_name }},\n\n"
        "You bought wine of ours before it is bottled, and {{ arrears.amount }} of your order "
        "{{ order.reference }} didn’t come, though we tried and wrote.\n\n"
        "It can be paid until {{ arrears.until }}:\n\n"
        "{{ arrears.link }}\n\n"
        "After that day we decide by the terms of your order what becomes of it. If you need more time, write to us "
        "before.",
        {
            "order.reference": "The order's number",
            "arrears.amount": "What is owed",
            "arrears.until": "The day until which it may be paid",
            "arrears.link": "A button that leads to paying it, or to the order where there is no link to pay by",
        },
        {
            "order.reference": "ORD-7K2M9QXA",
            "arrears.amount": "$360.00",
            "arrears.until": "April 1, 2027",
            "arrears.link": Link("#", "Pay now"),
        },
    ),
    Kind(
        MailKind.STORAGE_CHARGED,
        "En primeur, storage was charged",
        "When a month of storage is over and charged",
        "Storage of your wine until {{ storage.until }}",
        "Dear {{ customer.first_name }},\n\n"
        "Your wine of order {{ order.reference }} rests in our cellar. Until {{ storage.until }} this came to:\n\n"
        "{{ storage.months }}\n\n"
        "{{ storage.paid }}\n\n"
        "{{ storage.link }}\n\n"
        "There you send for it whenever you like.",
        {
            "order.reference": "The order's number",
            "storage.until": "The last day that is charged",
            "storage.months": "What was kept, how long and for how much (as a table, in a paragraph of its own)",
            "storage.paid": "From what it is paid, as sentences",
            "storage.link": "A button that signs in and leads to where the wine can be sent for",
        },
        {
            "order.reference": "ORD-7K2M9QXA",
            "storage.until": "October 31, 2028",
            "storage.months": Rows(
                [("October 2028: 12 bottles for 31 days at $0.05 a case and day", "$1.55")],
                [("In all", "$1.55")],
            ),
            "storage.paid": "$1.00 came from your store credit. $0.55 are charged to your Visa 4242.",
            "storage.link": Link("#", "Send for my wine"),
        },
    ),
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
