"""What is said in the mail of the week's notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from babel.dates import format_date

from tirage.core.models import Winery
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import Values, public_url


def _notes(mail: SentMail, winery: Winery) -> Values:
    data = mail.data
    return {
        "member.name": data["name"],
        "notes.first": data["first"],
        "notes.until": format_date(date.fromisoformat(data["until"]), "long", locale=winery.locale),
        "notes.sentences": Rows([(topic, sentence) for topic, sentence in data["rows"]], []),
        "notes.link": Link(public_url("backoffice:insight_notes"), "See whom, and act"),
    }


NOTE_BUILDERS: dict[MailKind, Callable[[SentMail, Winery], Values]] = {MailKind.NOTES_FOUND: _notes}
