"""Telephone numbers: kept as every telephone in the world dials them (E.164), shown as people write them.

``+14155550100``, with an extension ``+14155550100;ext=12``. What is no number that can be dialed stays as it was
typed; it is known by not being one of these. By phonenumberslite, of which a country's plan is
read when a number of it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

HOME = "US"
_KEPT = re.compile(r"\+([1-9][0-9]{4,14})(?:;ext=([0-9]{1,8}))?")
_AMERICAN = re.compile(r"\([2-9][0-9]{2}\) ?[2-9][0-9]{2}-[0-9]{4}\b")
_LONGEST_SEEN = 250


def keep_telephone(text: str, country: str = HOME) -> str:
    """As it is kept. A number without its country's is one of ``country`` (two letters), else of the United States."""
    tidy = " ".join(text.split())
    if not tidy or is_dialable(tidy) or len(tidy) > _LONGEST_SEEN:
        return tidy
    return _read(tidy, country) or tidy


def is_dialable(kept: str) -> bool:
    """Whether ``kept`` is a number and not what somebody typed in its place."""
    return _KEPT.fullmatch(kept) is not None


def say_telephone(kept: str, near: str = HOME) -> str:
    """``(415) 555-0100`` where it is one of ``near``, ``+44 20 7946 0958`` elsewhere; what can't be dialed as it is."""
    return _said(kept, near) if is_dialable(kept) else kept


def dialled(kept: str) -> str:
    """For the address of a link: the number alone; empty for what can't be dialled."""
    return kept.partition(";")[0] if is_dialable(kept) else ""


@lru_cache(maxsize=4096)
def _said(kept: str, near: str) -> str:
    number = phonenumbers.parse(kept, None)
    is_near = number.country_code == phonenumbers.country_code_for_region(near)
    form = phonenumbers.PhoneNumberFormat
    said = phonenumbers.format_number(number, form.NATIONAL if is_near else form.INTERNATIONAL)
    return str(said)


@lru_cache(maxsize=4096)
def _read(text: str, country: str) -> str:
    dialled_abroad = re.sub(r"^\(?00(?=[1-9])", "+", text)
    tries = [(text, country), (dialled_abroad, None), (text, HOME)]
    # A number that only Americans write so is one of theirs, although its digits may be good in another country too.
    for spelled, region in reversed(tries) if _AMERICAN.match(text) else tries:
        try:
            number = phonenumbers.parse(spelled, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            kept = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return f"{kept};ext={number.extension}" if number.extension else str(kept)
    return ""
