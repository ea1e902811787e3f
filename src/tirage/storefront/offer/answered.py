"""What has become of a customer's wish, in words: asked, set aside, granted, charged, declined, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tirage.core.models import Winery
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.offers.states import WishKind
from tirage.parts.wording import say_bottles, say_day, say_moment
from tirage.wishes.models import GrantLine, Wish
from tirage.wishes.states import GrantOutcome, WishState

_STATES = {
    WishState.OPEN: ("Waiting for the winery", "live"),
    WishState.GRANTED: ("Granted", "good"),
    WishState.DECLINED: ("Not this time", "hollow"),
    WishState.WITHDRAWN: ("Withdrawn", "hollow"),
    WishState.ARCHIVED: ("Ended with its release", "hollow"),
    WishState.TEST: ("A test: nobody grants it", "hollow"),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """``state`` and ``tone`` as a label, ``words`` beside it; ``set_aside`` names the bottles that can be bought now.

    ``is_under_way``: it is being granted, so it can be neither changed nor withdrawn."""

    state: str
    tone: str
    words: str = ""
    set_aside: str = ""
    is_under_way: bool = False


def lines_of(wishes: Iterable[Wish]) -> Mapping[int, list[GrantLine]]:
    """What runs made of each wish (by id), the latest first; one statement."""
    lines: dict[int, list[GrantLine]] = {}
    found = GrantLine.objects.filter(wish__in=[wish.pk for wish in wishes], pieces__gt=0).select_related(
        "cart"
    )
    for line in found.order_by("-pk"):
        lines.setdefault(line.wish_id, []).append(line)
    return lines


def answer_of(wish: Wish, lines: list[GrantLine]) -> Answered:
    """What the customer reads of it."""
    winery, latest = current_winery(), lines[0] if lines else None
    state, tone = _STATES[WishState(wish.state)]
    had = _had(wish, lines, winery)
    if latest and latest.outcome == GrantOutcome.OFFERED and latest.cart and latest.kept_until:
        until = say_moment(latest.kept_until, winery.time_zone, winery.locale)
        words = f"{_said(wish, latest.given, winery)} set aside for you until {until}."
        return Answered("Yours to buy", "good", f"{had} {words}".strip(), latest.cart.reference, True)
    if wish.granting:
        return Answered("Being granted", "live", "Your card is being asked. We write to you.", "", True)
    if wish.state == WishState.OPEN and wish.granted:
        return Answered("Granted in part", "live", f"{had} The rest is still open.")
    if wish.state == WishState.OPEN and latest and latest.outcome == GrantOutcome.RETURNED:
        return Answered(state, tone, _came_back(wish, latest))
    if wish.granted:
        return Answered(state, "good" if wish.state == WishState.GRANTED else tone, had)
    return Answered(state, tone)


def _had(wish: Wish, lines: list[GrantLine], winery: Winery) -> str:
    """What was granted and paid, with the wine's price: ``2 bottles granted, $240.00, charged on October 8, 2026.``"""
    if not wish.granted:
        return ""
    granted = [line for line in lines if line.outcome == GrantOutcome.GRANTED]
    wine = Money(sum(line.price_minor * line.given for line in granted), winery.currency)
    amount = f", {say_money(wine, winery.locale)} before delivery and tax" if wine else ""
    return f"{say_bottles(wish.granted, winery.locale)} granted{amount}{_paid(wish, winery)}."


def _paid(wish: Wish, winery: Winery) -> str:
    if wish.charged_at is None:
        return ""
    day = say_day(wish.charged_at, winery.time_zone, winery.locale)
    if wish.kind == WishKind.REQUEST:
        return f", bought on {day}"
    if winery.charge_when == "at_shipment":
        return f", set aside on your card on {day} and charged when the wine ships"
    return f", charged to your card on {day}"


def _said(wish: Wish, pieces: int, winery: Winery) -> str:
    bottles = pieces * wish.offer_item.sku.units
    return f"{say_bottles(bottles, winery.locale)} {'is' if bottles == 1 else 'are'}"


def _came_back(wish: Wish, line: GrantLine) -> str:
    if line.cart_id:
        return "It was set aside for you; that time is over. Your wish stays open, in case some are left."
    return "We could not charge your card for it in time. Your wish stays open, in case some are left."
