"""Which carrier a tracking number is of, and its page where a parcel is followed. Pure.

A method that names its carrier says it, and one that is called after it; else the number does where its form is one
carrier's only. A number that may be anybody's has no link: a wrong one leads people to "not found".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from tirage.delivery.carriers import CARRIERS


@dataclass(frozen=True, slots=True)
class Carrier:
    """``page`` is an address in which ``{number}`` stands for the tracking number."""

    name: str
    page: str


_UPS = Carrier(CARRIERS["ups"], "https://www.ups.com/track?tracknum={number}")
_FEDEX = Carrier(CARRIERS["fedex"], "https://www.fedex.com/fedextrack/?trknbr={number}")
_USPS = Carrier(CARRIERS["usps"], "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}")

#: By the word that is kept of a method's carrier; words of a method's name, in lower case, say the same.
_KNOWN = {
    "ups": _UPS,
    "fedex": _FEDEX,
    "usps": _USPS,
    "ontrac": Carrier("OnTrac", "https://www.ontrac.com/tracking/?number={number}"),
    "dhl": Carrier("DHL", "https://www.dhl.com/en/express/tracking.html?AWB={number}"),
    "dpd": Carrier("DPD", "https://www.dpd.com/tracking?parcelNumber={number}"),
    "canada_post": Carrier(
        "Canada Post", "https://www.canadapost-postescanada.ca/track-reperage/en#/details/{number}"
    ),
    "australia_post": Carrier("Australia Post", "https://auspost.com.au/mypost/track/#/details/{number}"),
    "royal_mail": Carrier(
        "Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/{number}"
    ),
}


class Way(Protocol):
    """What a tracking number went by: a method."""

    @property
    def name(self) -> str: ...

    @property
    def carrier(self) -> str: ...


def carrier_of(tracking: str, method: Way | None = None) -> Carrier | None:
    """The carrier of a tracking number that went by a method; None where nobody can tell."""
    number = _bare(tracking)
    if not number or not number.isalnum():
        return None
    said = _KNOWN.get(method.carrier) or _named(method.name) if method else None
    return said or next((carrier for carrier, is_its in _FORMS if is_its(number)), None)


def _named(method_name: str) -> Carrier | None:
    words = " ".join(re.findall(r"[a-z]+", method_name.casefold()))
    return next((one for word, one in _KNOWN.items() if f" {word.replace('_', ' ')} " in f" {words} "), None)


def follow_url(tracking: str, method: Way | None = None) -> str:
    """The carrier's own page about the parcel; empty where the carrier isn't known."""
    carrier = carrier_of(tracking, method)
    return carrier.page.format(number=quote(_bare(tracking), safe="")) if carrier else ""


def _bare(tracking: str) -> str:
    """The number without the spaces and dashes that people write between its parts."""
    return re.sub(r"[\s-]", "", tracking).upper()


def _is_fedex(number: str) -> bool:
    """Twelve or fifteen figures whose last one is right; others have numbers of that length, without it."""
    if not number.isascii() or not number.isdigit():
        return False
    if len(number) == 12:
        weights = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)
        total = sum(int(figure) * weight for figure, weight in zip(number, weights, strict=False))
        return total % 11 % 10 == int(number[-1])
    if len(number) == 15:
        odd, even = (sum(int(figure) for figure in number[-2::-1][start::2]) for start in (0, 1))
        return -(odd * 3 + even) % 10 == int(number[-1])
    return False


_FORMS: tuple[tuple[Carrier, Callable[[str], bool]], ...] = (
    (_UPS, lambda number: bool(re.fullmatch(r"1Z[0-9A-Z]{16}", number))),
    (_USPS, lambda number: bool(re.fullmatch(r"9[1-5][0-9]{20}|[A-Z]{2}[0-9]{9}US", number))),
    (_FEDEX, _is_fedex),
)
