"""The mail to those of the team who want the analyst's notes on Mondays."""

from __future__ import annotations

from tirage.notifications.placeholders import Kind
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind

NOTE_KINDS = (
    Kind(
        MailKind.NOTES_FOUND,
        "Notes of the week",
        "To those of the team who want it, on Monday morning when there are notes",
        "{{ notes.first }}",
        "Hello {{ member.name }},\n\n"
        "This is what is most worth knowing about where your customers are, from the twelve months until "
        "{{ notes.until }}:\n\n"
        "{{ notes.sentences }}\n\n"
        "{{ notes.link }}",
        {
            "member.name": "The member's name",
            "notes.first": "The first note",
            "notes.until": "The last day that was looked at",
            "notes.sentences": "The notes (as a table, in a paragraph of its own)",
            "notes.link": "A button to the notes",
        },
        {
            "member.name": "Hugo",
            "notes.first": "Denver wishes for more than it gets",
            "notes.until": "November 1, 2026",
            "notes.sentences": Rows(
                [
                    (
                        "Wishes",
                        "Denver-Aurora-Lakewood, CO wishes for more than it gets: 128 bottles were not granted in "
                        "twelve months, to 41 of 160 customers there (26%; elsewhere 11%).",
                    ),
                ],
                [],
            ),
            "notes.link": Link("#", "See whom, and act"),
        },
        to_customer=False,
    ),
)
