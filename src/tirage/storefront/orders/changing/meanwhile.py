"""One change on two devices: a page carries what it showed of it, and what another did since is kept and said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from tirage.changes.rules import ChangeQuote
from tirage.checkout.meanwhile import ELSEWHERE
from tirage.core.texts import as_written
from tirage.parts.hands import Carried, carried_in
from tirage.storefront.orders.changing.desk import ADD, PIECES, Desk, field_of

_NAMES = {
    "address": "The address",
    "method": "The way of delivery",
    "ship_on": "The shipping day",
    "gift_note": "The gift note",
}
#: Fields that htmx doesn't put anew: they go on showing what they showed.
_STAY = ("ship_on", "gift_note")


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What another device did to the change since a page showed it: in words, and the fields that show it now."""

    said: Sequence[str] = ()
    fields: frozenset[str] = frozenset()


def standing(desk: Desk) -> dict[str, Any]:
    """What a page shows that is opened now, by its fields."""
    return {
        **{field_of(line): line.after for line in desk.quote.lines},
        "address": desk.place,
        "method": desk.method,
        "ship_on": desk.ship_on,
        "gift_note": desk.gift_note,
    }


def shown_field(desk: Desk, request: HttpRequest, *, is_live: bool) -> SafeString:
    """The hidden field of what the page shows once it is answered."""
    values, about = standing(desk), _about(desk)
    if is_live and (carried := carried_in(request.POST, about)):
        # What was typed there stands by now; what was left alone still shows what it showed.
        typed = {name for name in _STAY if _is_left_alone(request.POST.get(name, "\0"), values[name])}
        values |= {name: carried[name] for name in _STAY if name in carried and name not in typed}
    return Carried(about, values, form="change-form").field


def rebase(request: HttpRequest, desk: Desk) -> Meanwhile:
    """Lets the form that was sent say only what was chosen on its page; the rest stays as another device has made it.

    Fewer bottles than another device has chosen are never asked for by a page that didn't show them.
    """
    shown = carried_in(request.POST, _about(desk))
    if not shown:
        return Meanwhile()
    stands, form = standing(desk), request.POST.copy()
    moved = {name for name in {*stands, *shown} if _before(shown, name) != _before(stands, name)}
    for name in moved & set(form):
        if _is_left_alone(str(form[name]), _before(shown, name)) or _gives_back(
            str(form[name]), _before(stands, name), name
        ):
            del form[name]
    request.POST = form  # type: ignore[assignment]  # what the page asks for, seen from now
    names = _names(desk.quote)
    said = [
        _say(names.get(name, "A wine"), _before(shown, name), _before(stands, name), name) for name in moved
    ]
    return Meanwhile(sorted(said), frozenset(moved))


def _about(desk: Desk) -> str:
    return f"change:{desk.draft.reference}"


def _is_wine(name: str) -> bool:
    return name.startswith((PIECES, ADD))


def _before(values: Mapping[str, Any], name: str) -> Any:
    return values.get(name, 0 if _is_wine(name) else "")


def _is_left_alone(sent: str, shown: Any) -> bool:
    return as_written(sent) == as_written(str(shown))


def _gives_back(sent: str, stands: Any, name: str) -> bool:
    text = sent.strip() or "0"
    return _is_wine(name) and text.isascii() and text.isdigit() and int(text[:9]) < stands


def _names(quote: ChangeQuote) -> dict[str, str]:
    return {**_NAMES, **{field_of(line): line.title for line in quote.lines}}


def _say(called: str, was: Any, now: Any, name: str) -> str:
    if _is_wine(name):
        return f"{called}: changed {ELSEWHERE} meanwhile, from {was} to {now}."
    return f"{called} was changed {ELSEWHERE} meanwhile."
