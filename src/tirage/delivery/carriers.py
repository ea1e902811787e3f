"""The carriers that methods go by, by the word that is kept; and how long a method takes, in words. Pure."""

from __future__ import annotations

#: Names by the word that is kept; a method without one doesn't say whose vans they are.
CARRIERS = {
    "fedex": "FedEx",
    "ups": "UPS",
    "usps": "USPS",
    "ontrac": "OnTrac",
    "gls": "GLS",
    "dhl": "DHL",
    "dpd": "DPD",
    "canada_post": "Canada Post",
    "australia_post": "Australia Post",
    "royal_mail": "Royal Mail",
    "own": "Our own van",
}
#: What is said of every parcel that a carrier holds.
AT_COUNTER = "Held for you there; an adult shows an ID and signs"
#: Longer than any word above.
LONGEST_CARRIER = 20
#: Business days that a method may take at most.
MOST_DAYS = 60


def carrier_name(word: str) -> str:
    """``FedEx``; empty where none is known."""
    return CARRIERS.get(word, "")


def say_speed(least: int | None, most: int | None) -> str:
    """``Next business day``, ``2 to 5 business days``; empty where nobody said.

    >>> say_speed(2, 5)
    '2 to 5 business days'
    """
    first, last = (least or most), (most or least)
    if not first or not last:
        return ""
    if first == last == 1:
        return "Next business day"
    return f"{last} business days" if first == last else f"{first} to {last} business days"


def say_way(carrier: str, least: int | None, most: int | None) -> str:
    """``FedEx, 2 to 5 business days``: what a customer is told of a method's carrier and speed."""
    speed = say_speed(least, most)
    name = carrier_name(carrier)
    if not name or not speed:
        return name or speed
    return f"{name}, {speed[:1].lower()}{speed[1:]}"
