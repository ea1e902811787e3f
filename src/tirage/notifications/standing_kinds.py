"""The mails about standing orders: what will come, and what stands in its way. Once ordered, it is a receipt."""

from __future__ import annotations

from tirage.notifications.placeholders import Kind
from tirage.notifications.rules import Link, Rows, Value
from tirage.notifications.states import MailKind

_OWN = {
    "standing.release": "The release",
    "standing.when": "When it is ordered, with the time zone",
    "standing.link": "A button that signs in and leads to the standing order",
}
_SAMPLE: dict[str, Value] = {
    "standing.release": "Autumn 2026",
    "standing.when": "Tuesday, October 6, 2026, 7:00 AM PDT",
    "standing.link": Link("#", "Change, skip or pause"),
}

STANDING_KINDS = (
    Kind(
        MailKind.STANDING_COMING,
        "Standing order, what will come",
        "Days before a release, to those whose standing order comes to something",
        "What we will order for you: {{ standing.release }}",
        "Dear {{ customer.first_name }},\n\n"
        "By your standing order we set these bottles of {{ standing.release }} aside for you, before anybody else "
        "can buy:\n\n"
        "{{ standing.wines }}\n\n"
        "On {{ standing.when }} they are ordered, and charged with delivery and tax to {{ standing.card }}. They go "
        "to {{ standing.address }}. You need to do nothing.\n\n"
        "{{ standing.link }}\n\n"
        "Until then you can change what comes, skip this release, pause, or end your standing order there.",
        {
            **_OWN,
            "standing.wines": "The wines with their prices (as a table, in a paragraph of its own)",
            "standing.card": "The card that is charged",
            "standing.address": "Where it goes",
        },
        {
            **_SAMPLE,
            "standing.wines": Rows(
                [("6 × Estate Cabernet 2023, 750 ml", "$720.00")],
                [("Wine, before discount, delivery and tax", "$720.00")],
            ),
            "standing.card": "Visa 4242",
            "standing.address": "Ana Alvarez, 1 Valencia Street, San Francisco, CA 94110",
        },
    ),
    Kind(
        MailKind.STANDING_IN_THE_WAY,
        "Standing order, something is missing",
        "Days before a release, to those whose standing order can't be placed as it is",
        "Your standing order for {{ standing.release }} needs a moment of you",
        "Dear {{ customer.first_name }},\n\n"
        "On {{ standing.when }} we would order your bottles of {{ standing.release }}, but something is in the way: "
        "{{ standing.problem }}\n\n"
        "{{ standing.link }}\n\n"
        "Nothing is ordered as long as it stays so; the offer itself stays open to you as ever.",
        {**_OWN, "standing.problem": "What is missing"},
        {
            **_SAMPLE,
            "standing.problem": "Please save a card that works.",
            "standing.link": Link("#", "See my standing order"),
        },
    ),
)
