"""The test cards and what each does; reading card fields as people type them. No Django."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from tirage.payments.protocol import CUSTOMER_WORDS, CardRefused


class Behaviour(StrEnum):
    """What the gateway does when a saved card is used."""

    SUCCEEDS = "succeeds"
    CARD_DECLINED = "card_declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    STOLEN_CARD = "stolen_card"
    AUTHENTICATES_ALWAYS = "authenticates_always"
    AUTHENTICATES_ONCE = "authenticates_once"
    TIMES_OUT_CHARGED = "times_out_charged"
    TIMES_OUT_LOST = "times_out_lost"
    TIMES_OUT_AUTHENTICATES = "times_out_authenticates"
    REFUND_DECLINED = "refund_declined"
    REFUND_TIMES_OUT = "refund_times_out"
    SAVE_DECLINED = "save_declined"
    SAVE_TIMES_OUT = "save_times_out"


DECLINES = frozenset(
    {Behaviour.CARD_DECLINED, Behaviour.INSUFFICIENT_FUNDS, Behaviour.EXPIRED_CARD, Behaviour.STOLEN_CARD}
)
#: Cards whose first answer is lost after the gateway has done its work.
ANSWER_LOST = frozenset({Behaviour.TIMES_OUT_CHARGED, Behaviour.TIMES_OUT_AUTHENTICATES})

#: What the customer reads for each decline code.
MESSAGES = {
    **CUSTOMER_WORDS,
    "stolen_card": CUSTOMER_WORDS["card_declined"],
    "not_a_test_card": "This shop takes test cards only. Use one of them, such as 4242 4242 4242 4242.",
}

#: Every number the gateway knows. docs/payments.md shows the same table; a test compares them.
TEST_NUMBERS: dict[str, Behaviour] = {
    "4242424242424242": Behaviour.SUCCEEDS,
    "5555555555554444": Behaviour.SUCCEEDS,
    "378282246310005": Behaviour.SUCCEEDS,
    "4000000000000341": Behaviour.CARD_DECLINED,
    "4000000000009995": Behaviour.INSUFFICIENT_FUNDS,
    "4000000000000069": Behaviour.EXPIRED_CARD,
    "4000000000009979": Behaviour.STOLEN_CARD,
    "4000002760003184": Behaviour.AUTHENTICATES_ALWAYS,
    "4000002500003155": Behaviour.AUTHENTICATES_ONCE,
    "4000001100001007": Behaviour.TIMES_OUT_CHARGED,
    "4000001100002005": Behaviour.TIMES_OUT_LOST,
    "4000001100003003": Behaviour.TIMES_OUT_AUTHENTICATES,
    "4000001100004001": Behaviour.REFUND_DECLINED,
    "4000001100005008": Behaviour.REFUND_TIMES_OUT,
    "4000000000000002": Behaviour.SAVE_DECLINED,
    "4000001100006006": Behaviour.SAVE_TIMES_OUT,
}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What may be kept of a card. Its number and security code are gone by now."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    behaviour: Behaviour


def read_card(details: Mapping[str, str], now: datetime) -> CardFacts:
    """The card of the fields ``card_number``, ``card_expiry`` and ``card_cvc``; raises CardRefused."""
    number = re.sub(r"[\s-]", "", details.get("card_number", ""))
    if not re.fullmatch(r"[0-9]{12,19}", number) or not passes_luhn(number):
        raise refused("incorrect_number")
    if number not in TEST_NUMBERS:
        raise refused("not_a_test_card")
    month, year = read_expiry(details.get("card_expiry", ""))
    if has_expired(month, year, now):
        raise refused("expired_card")
    brand = brand_of(number)
    digits = 4 if brand == "American Express" else 3
    code = details.get("card_cvc", "").strip()
    if len(code) != digits or not re.fullmatch(r"[0-9]+", code):
        raise refused("incorrect_cvc")
    return CardFacts(brand, number[-4:], month, year, TEST_NUMBERS[number])


_FIELDS = {"expired_card": "card_expiry", "invalid_expiry": "card_expiry", "incorrect_cvc": "card_cvc"}


def refused(code: str) -> CardRefused:
    """The refusal with its sentence for the customer."""
    return CardRefused(code, MESSAGES[code], _FIELDS.get(code, "card_number"))


def passes_luhn(number: str) -> bool:
    """The check digit of ISO/IEC 7812: it catches one wrong digit and nearly all swapped neighbours."""
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(map(int, number[::-2])) + sum(value // 10 + value % 10 for value in doubled)) % 10 == 0


def brand_of(number: str) -> str:
    """The brand that a person recognises."""
    if number.startswith(("34", "37")):
        return "American Express"
    return "Mastercard" if number.startswith("5") else "Visa"


def read_expiry(text: str) -> tuple[int, int]:
    """Month and four-digit year of ``04 / 30``, ``4/2030`` or ``0430``; raises CardRefused."""
    written = " ".join(text.split())
    found = re.fullmatch(r"([0-9]{1,2}) ?[/\-. ] ?(?:20)?([0-9]{2})|([0-9]{2})(?:20)?([0-9]{2})", written)
    if not found:
        raise refused("invalid_expiry")
    month, year = int(found[1] or found[3]), 2000 + int(found[2] or found[4])
    if not 1 <= month <= 12:
        raise refused("invalid_expiry")
    return month, year


def has_expired(month: int, year: int, now: datetime) -> bool:
    """A card is good to the end of its month, in UTC."""
    today = now.astimezone(UTC)
    return (today.year, today.month) > (year, month)
