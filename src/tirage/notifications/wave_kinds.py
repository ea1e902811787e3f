"""The mails to the team when offers open and close."""

from __future__ import annotations

from tirage.notifications.placeholders import Kind
from tirage.notifications.rules import Link, Rows, Value
from tirage.notifications.states import MailKind

_OWN = {
    "release.name": "The release",
    "wave.groups": "The groups whose offers they are",
    "wave.moment": "When it was, with the time zone",
    "wave.figures": "The figures (as a table, in a paragraph of its own)",
    "report.link": "A button to the report of the release",
}
_SAMPLE: dict[str, Value] = {
    "release.name": "Autumn 2026",
    "wave.groups": "Premier and Estate",
    "wave.moment": "Tuesday, October 6, 2026, 9:00 AM PDT",
    "report.link": Link("#", "Look at the report"),
}

WAVE_KINDS = (
    Kind(
        MailKind.WAVE_OPENED,
        "An offer has opened",
        "To you, when offers of a release open",
        "{{ release.name }} is open for {{ wave.groups }}",
        "{{ release.name }} opened for {{ wave.groups }} on {{ wave.moment }}.\n\n"
        "{{ wave.figures }}\n\n"
        "{{ report.link }}",
        _OWN,
        {
            **_SAMPLE,
            "wave.figures": Rows(
                [
                    ("Premier", "312 customers, 3,744 bottles, 308 invited"),
                    ("Estate", "1,020 customers, 6,120 bottles, 1,001 invited"),
                ],
                [("In all", "0 of 9,864 bottles (0%), $0")],
            ),
        },
        to_customer=False,
    ),
    Kind(
        MailKind.WAVE_CLOSED,
        "An offer has closed",
        "To you, when offers of a release close",
        "{{ release.name }} has closed for {{ wave.groups }}",
        "{{ release.name }} closed for {{ wave.groups }} on {{ wave.moment }}. This is what was taken:\n\n"
        "{{ wave.figures }}\n\n"
        "{{ report.link }}",
        _OWN,
        {
            **_SAMPLE,
            "wave.figures": Rows(
                [
                    ("Premier", "2,410 of 3,744 bottles (64%), 241 of 312 customers"),
                    ("Estate Cabernet 2023, 750 ml", "1,100 of 1,248 bottles (88%), 148 left, 310 wished"),
                ],
                [("In all", "2,410 of 3,744 bottles (64%), $241,800")],
            ),
        },
        to_customer=False,
    ),
)
