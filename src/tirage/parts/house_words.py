"""The winery's pages of privacy and terms: its own words, else Tirage's, which say what this shop really keeps.

The words are plain text: empty lines between paragraphs, ``# `` before a heading, ``- `` before a line of a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html, format_html_join, urlize
from django.utils.safestring import SafeString, mark_safe

from tirage.core.models import HouseWords, Winery
from tirage.core.states import ChargeWhen, HouseText
from tirage.core.winery import current_winery

#: Letters of a page's words.
MOST = 40_000


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says, and since when; ``at`` is None for Tirage's own text, ``number`` the version's."""

    words: str
    at: datetime | None
    number: int


def words_of(kind: HouseText) -> Said:
    """The words that stand. One statement."""
    row = HouseWords.objects.filter(kind=kind.value).order_by("-number").first()
    if row is None or not row.words:
        return Said(usual_words(kind), row.at if row else None, row.number if row else 0)
    return Said(row.words, row.at, row.number)


def usual_words(kind: HouseText, winery: Winery | None = None) -> str:
    """Tirage's own text for this winery, with its settings as they stand."""
    house = winery or current_winery()
    facts = {
        "name": house.name,
        "legal_name": house.legal_name or house.name,
        "address": house.postal_address,
        "email": house.support_email,
        "phone": house.support_phone,
        "legal_age": house.legal_age,
        "currency": house.currency,
        "charges_at_shipment": house.charge_when == ChargeWhen.AT_SHIPMENT,
        "customers_change": house.customers_change_orders,
        "customers_cancel": house.customers_cancel_orders,
        "has_stripe": settings.TIRAGE_GATEWAY == "stripe",
    }
    return render_to_string(f"parts/words/{kind.value}.txt", facts).strip()


def as_html(words: str) -> SafeString:
    """The words as paragraphs, headings and lists; whatever else is in them is text. Addresses become links."""
    return mark_safe("\n".join(_parts(words)))  # noqa: S308  # each part is escaped below


def _parts(words: str) -> Iterator[str]:
    for block in words.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        while lines and lines[0].startswith("# "):
            yield format_html("<h2>{}</h2>", lines.pop(0)[2:])
        if lines and all(line.startswith("- ") for line in lines):
            items = format_html_join("", "<li>{}</li>", ((_linked(line[2:]),) for line in lines))
            yield format_html("<ul>{}</ul>", items)
        elif lines:
            yield format_html("<p>{}</p>", mark_safe("<br>".join(map(_linked, lines))))  # noqa: S308  # escaped


def _linked(line: str) -> SafeString:
    return mark_safe(urlize(conditional_escape(line)))  # noqa: S308  # escaped before
