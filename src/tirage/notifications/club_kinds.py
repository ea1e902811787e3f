"""The mails about clubs: what was agreed to when somebody joins, and each step after it."""

from __future__ import annotations

from tirage.notifications.placeholders import Kind
from tirage.notifications.rules import Link, Value
from tirage.notifications.states import MailKind

_OWN = {
    "club.name": "The club's name",
    "club.link": "A button that signs in and leads to the customer's clubs",
}
_SAMPLE: dict[str, Value] = {"club.name": "Library circle", "club.link": Link("#", "See my clubs")}
_REASON = {"club.reason": "The reason, where there is one"}

CLUB_KINDS = (
    Kind(
        MailKind.CLUB_JOINED,
        "Club, welcome",
        "When somebody joins a club, with the words that were agreed to",
        "Welcome to {{ club.name }}",
        "Dear {{ customer.first_name }},\n\n"
        "Welcome to {{ club.name }}. We are glad to have you. {{ club.fee }}\n\n"
        "This is what you agreed to, and we keep it so:\n\n"
        "{{ club.words }}\n\n"
        "{{ club.link }}\n\n"
        "There you can change what comes, pause, or leave.",
        {
            **_OWN,
            "club.words": "What was agreed to, word by word",
            "club.fee": "What joining cost, in a sentence; empty when it cost nothing",
        },
        {
            **_SAMPLE,
            "club.words": "I am a member until I say otherwise. Leaving takes a word or a press.",
            "club.fee": "The joining fee of $50.00 is paid.",
        },
    ),
    Kind(
        MailKind.CLUB_PAUSED,
        "Club, paused",
        "When a membership is paused",
        "Your membership of {{ club.name }} is paused",
        "Dear {{ customer.first_name }},\n\n"
        "Your membership of {{ club.name }} is paused: until you go on with it nothing is ordered by it.\n\n"
        "{{ club.reason }}\n\n"
        "{{ club.link }}",
        {**_OWN, **_REASON},
        {**_SAMPLE, "club.reason": "On a journey until spring"},
    ),
    Kind(
        MailKind.CLUB_RESUMED,
        "Club, gone on with",
        "When a paused membership goes on",
        "Your membership of {{ club.name }} goes on",
        "Dear {{ customer.first_name }},\n\n"
        "Good to have you back: your membership of {{ club.name }} goes on as before.\n\n"
        "{{ club.link }}",
        _OWN,
        _SAMPLE,
    ),
    Kind(
        MailKind.CLUB_LEFT,
        "Club, left",
        "When somebody leaves a club",
        "You have left {{ club.name }}",
        "Dear {{ customer.first_name }},\n\n"
        "You have left {{ club.name }}; nothing more is ordered by it. Thank you for your time with us.\n\n"
        "{{ club.reason }}\n\n"
        "If it wasn't you, or you think better of it, answer this mail.",
        {**_OWN, **_REASON},
        {**_SAMPLE, "club.reason": "Moving abroad"},
    ),
    Kind(
        MailKind.CLUB_REFUSED,
        "Club, the fee was not paid",
        "When a joining fee could not be charged and the customer isn't there to see it",
        "You haven't joined {{ club.name }} yet",
        "Dear {{ customer.first_name }},\n\n"
        "We could not take the fee for joining {{ club.name }}: {{ club.reason }}\n\n"
        "You haven't joined yet. Money that left your account all the same comes back by itself. To try again:\n\n"
        "{{ club.link }}",
        {**_OWN, "club.reason": "What was in the way"},
        {
            **_SAMPLE,
            "club.reason": "Your bank declined this card.",
            "club.link": Link("#", "Try again"),
        },
    ),
    Kind(
        MailKind.CLUB_FEE_BACK,
        "Club, the fee goes back",
        "When you give a joining fee back",
        "Your joining fee for {{ club.name }} comes back",
        "Dear {{ customer.first_name }},\n\n"
        "{{ club.amount }} of your joining fee for {{ club.name }} go back to where they came from. A card company may "
        "take some days to show them.\n\n"
        "{{ club.reason }}",
        {**_OWN, **_REASON, "club.amount": "How much goes back"},
        {**_SAMPLE, "club.amount": "$50.00", "club.reason": "You moved before the first release."},
    ),
    Kind(
        MailKind.CLUB_CARD,
        "Club, the card",
        "Once, when the card of a membership that orders by itself is missing, has expired or will within a month",
        "A card for {{ club.name }}",
        "Dear {{ customer.first_name }},\n\n"
        "Your bottles of {{ club.name }} are ordered by themselves, and {{ club.problem }}. So that you don't miss the "
        "next release, please save another card and choose it there:\n\n"
        "{{ club.link }}",
        {**_OWN, "club.problem": "What is the matter with the card, as the end of a sentence"},
        {
            **_SAMPLE,
            "club.problem": "the card that we would charge, Visa 4242, expires soon",
            "club.link": Link("#", "Choose the card"),
        },
    ),
)
