"""What a customer can do with wine that may not go where it was to go: choices that were tried before they are offered.

Nothing is decided here: whoever takes one is asked by the same rules as everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import islice

from django.http import QueryDict

from tirage.checkout.queries import CheckoutQuote, quote_to
from tirage.checkout.rules import CartLineView, OfferPage
from tirage.checkout.splitting import fitting_pieces, meets_rules
from tirage.core.money import Money, say_money
from tirage.core.texts import say_names
from tirage.core.winery import current_winery, start_of_day
from tirage.customers.models import Address
from tirage.delivery.days import say_date
from tirage.delivery.limits.rules import Verdict
from tirage.delivery.limits.words import is_of_the_address
from tirage.delivery.locations.queries import Near, holding_carriers, nearest_locations
from tirage.delivery.queries import special_of
from tirage.delivery.states import LawKind
from tirage.places import SpecialKind

#: Other addresses of the customer that are tried, and offered, at most.
MOST_TRIED, MOST_OFFERED = 5, 2


#: The way by which it may go to an address, by reference; empty where it may not.
Goes = Callable[[Address], str]


class Out(StrEnum):
    """What a way out changes; the word by which forms send it."""

    PIECES = "pieces"
    WAY = "method"
    HOLD = "hold"
    ADDRESS = "address"
    NEW = "new"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class WayOut:
    """One choice. ``value`` is what is chosen: a method or an address by reference, or pieces by line
    (``12:3,13:0``); ``way`` the method that leads to the address. ``note`` stands beside the words."""

    kind: Out
    words: str
    value: str = ""
    note: str = ""
    way: str = ""

    @property
    def sent(self) -> str:
        """As a form sends it."""
        return f"{self.kind.value}={self.value}" + (f" {self.way}" if self.way else "")


def read_out(sent: str) -> tuple[str, str, str]:
    """Kind, value and way of what a form sent as ``WayOut.sent``; empty words for what is none."""
    kind, _, rest = sent[:2000].partition("=")
    value, _, way = rest.partition(" ")
    return (kind, value, way) if kind in set(Out) else ("", "", "")


def fields_of(sent: str, line_field: Callable[[str], str]) -> dict[str, str]:
    """What a pressed way out stands for, as fields of a form that chooses ``address``, ``method`` and pieces of lines,
    whose fields ``line_field`` names by the line's key."""
    kind, value, way = read_out(sent)
    if kind == Out.PIECES:
        return {line_field(key): str(count) for key, count in pieces_in(value).items()}
    if kind == Out.WAY:
        return {"method": value}
    if kind == Out.ADDRESS:
        return {"address": value, "method": way}
    return {"address": "new"} if kind == Out.NEW else {}


def with_fields(form: QueryDict, fields: Mapping[str, str]) -> QueryDict:
    """The form as it was sent, with these fields instead."""
    if not fields:
        return form
    changed = form.copy()
    for name, value in fields.items():
        changed[name] = value
    return changed


def pieces_in(value: str) -> dict[str, int]:
    """Pieces by line, as ``WayOut.value`` names them; what can't be read is left out."""
    pairs = (one.rpartition(":") for one in value.split(","))
    return {key: int(count) for key, _, count in pairs if key and count.isascii() and count.isdigit()}


def ways_out(
    page: OfferPage,
    quote: CheckoutQuote,
    address: Address,
    others: Sequence[Address],
    now: datetime,
) -> tuple[WayOut, ...]:
    """What can be done about a cart that may not go to the address; only what works as things are now.

    Some statements for each of a few other addresses, and only where something stands against this one.
    """
    customer_id = address.customer_id

    def goes(to: Address) -> str:
        way = quote_to(page, customer_id, to, now).chosen
        return way.reference if way and way.kind.is_sent else ""

    found = [
        _fewer(page, quote.verdict),
        *(
            way_of(method.reference, method.name, method.shipping)
            for method in quote.methods
            if not method.kind.is_sent
        ),
        held(address, goes, quote.verdict, now) if quote.may_be_held else None,
        *other_addresses((one for one in others if one.reference != address.reference), goes),
        WayOut(Out.NEW, "Send it to another address"),
        None if quote.split else _later(page, quote.verdict),
    ]
    return tuple(one for one in found if one)


def way_of(reference: str, name: str, price: Money) -> WayOut:
    """A way that leads to its owner without being sent."""
    return WayOut(Out.WAY, name, reference, say_money(price, current_winery().locale) if price else "Free")


def other_addresses(others: Iterable[Address], goes: Goes) -> list[WayOut]:
    """The customer's other addresses to which it may go."""
    led = ((one, way) for one in islice(others, MOST_TRIED) if (way := goes(one)))
    return [
        WayOut(Out.ADDRESS, f"Send it to {_say_address(one)}", one.reference, way=way)
        for one, way in islice(led, MOST_OFFERED)
    ]


def _say_address(address: Address) -> str:
    return ", ".join(
        part for part in (address.company or address.recipient, address.line1, address.city) if part
    )


def held(address: Address, goes: Goes, verdict: Verdict | None, now: datetime) -> WayOut | None:
    """A carrier's location near the address to which it may go; where none is listed near, one that the customer finds
    helps against what is about the address alone."""
    carriers = holding_carriers(now, customer_id=address.customer_id)
    near = nearest_locations(postal_code=address.postal_code, state=address.state, carriers=carriers)
    found = next((one for one in near[:MOST_OFFERED] if goes(_as_address(address, one))), None)
    if found:
        return WayOut(Out.HOLD, f"Have it held at {found.location.name}", note=found.distance)
    helps = not near and _is_of_address(address, verdict)
    return WayOut(Out.HOLD, "Have it held near you") if helps else None


def _is_of_address(address: Address, verdict: Verdict | None) -> bool:
    """Whether what stands against the address doesn't stand against a counter in the same state."""
    if verdict is None:
        return special_of(address) == {SpecialKind.PO_BOX}
    if verdict.broken:
        return all(one.kind is LawKind.DRY_ZIPS for one in verdict.broken)
    return is_of_the_address(verdict)


def _as_address(address: Address, near: Near) -> Address:
    """The location as the customer's own address would be; not saved."""
    location = near.location
    parts = {part: getattr(location, part) for part in _PARTS}
    return Address(customer_id=address.customer_id, location=location.reference, **parts)


_PARTS = ("line1", "line2", "city", "state", "postal_code", "country")


def _fewer(page: OfferPage, verdict: Verdict | None) -> WayOut | None:
    """The part of the cart that may go there, by the offer's own rules too."""
    if page.cart is None or page.offer is None or page.offer.kept_until or verdict is None:
        return None
    barred = barred_wines(verdict)
    if barred is None:
        return None
    lines = page.cart.lines
    pieces = _fitting(lines, barred, verdict)
    if not any(pieces.values()) or not meets_rules(page, pieces):
        return None
    value = ",".join(f"{item}:{count}" for item, count in pieces.items())
    kept = ((line.item.name, pieces[line.item.offer_item_id]) for line in lines)
    note = ", ".join(f"{count} {name}" for name, count in kept if count) if len(lines) > 1 else ""
    return WayOut(Out.PIECES, _say_fewer(lines, pieces, barred), value, note)


def barred_wines(verdict: Verdict) -> frozenset[int] | None:
    """The wines that no law lets go there, by sku id; None where none may."""
    if any(not one.wines for one in verdict.broken):
        return None
    return frozenset(wine.sku_id for one in verdict.broken for wine in one.wines)


def _fitting(lines: Sequence[CartLineView], barred: frozenset[int], verdict: Verdict) -> dict[int, int]:
    may_go = [line for line in lines if line.item.sku_id not in barred]
    volume = sum(line.quantity * line.item.millilitres for line in may_go)
    room = volume if verdict.left is None else min(volume, verdict.left)
    fits = fitting_pieces(may_go, room)
    return {line.item.offer_item_id: fits.get(line.item.offer_item_id, 0) for line in lines}


def _say_fewer(lines: Sequence[CartLineView], pieces: Mapping[int, int], barred: frozenset[int]) -> str:
    """``Take 4 bottles instead of 6``; ``Leave Estate Cabernet 2023 out`` where only what is barred goes."""
    left = [line for line in lines if pieces[line.item.offer_item_id] < line.quantity]
    if {line.item.sku_id for line in left} == barred:
        return f"Leave {say_names([line.item.name for line in left])} out"
    count = sum(line.item.units * pieces[line.item.offer_item_id] for line in lines)
    return say_instead(count, sum(line.item.units * line.quantity for line in lines))


def say_instead(count: int, of: int, verb: str = "Take") -> str:
    return f"{verb} {count:,} {'bottle' if count == 1 else 'bottles'} instead of {of:,}"


def _later(page: OfferPage, verdict: Verdict | None) -> WayOut | None:
    """The day on which all of it may go, where it may be ordered then."""
    on = verdict.reopens_on if verdict and not verdict.broken else None
    if on is None or page.offer is None or start_of_day(on) >= page.offer.closes_at:
        return None
    return later(on)


def later(on: date) -> WayOut:
    return WayOut(Out.LATER, f"All of it may go from {say_date(on)} on")
