"""What a place's laws have against wine on a day: for who promises it, sends it, or saves an address."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from tirage.core.errors import DomainError
from tirage.core.winery import local_time
from tirage.delivery.laws.queries import Place, laws_of, sent_wines
from tirage.delivery.laws.rules import Broken, broken_laws
from tirage.delivery.laws.words import say_broken
from tirage.delivery.reach import say_place, words_of_addresses
from tirage.delivery.states import LawKind


def laws_against(
    place: Place,
    *,
    postal_code: str,
    sku_ids: Collection[int],
    day: date,
    carrier: str | None = None,
    on_site: bool = False,
) -> tuple[Broken, ...]:
    """The laws that are broken; one statement, two more where laws ask about wines. The rest as ``broken_laws``."""
    laws = laws_of(place)
    wines = sent_wines(sku_ids, laws)
    own = [wines[sku_id] for sku_id in sorted(wines)]
    return broken_laws(laws, own, postal_code=postal_code, day=day, carrier=carrier, on_site=on_site)


def refuse_against_law(place: Place, **sent: Any) -> None:
    """Raises DomainError ``against_law`` where a law of the place stands against sending these wines there; asks as
    ``laws_against`` does."""
    broken = laws_against(place, **sent)
    if broken:
        raise DomainError("against_law", say_broken(broken, say_place(*place), asks=False))


def word_at_save(address: Any, now: datetime, *, asks: bool = True) -> str:
    """What to say when an address is saved that no way of shipping, or no law, lets any wine go to; else empty. Two
    statements at most."""
    word = words_of_addresses([address], now, asks=asks)[0]
    place, day = (address.country, address.state), local_time(now).date()
    # Where nobody goes it may be for the carriers that the place wants.
    carrier = "" if word else None
    broken = laws_against(place, postal_code=address.postal_code, sku_ids=(), day=day, carrier=carrier)
    whole = [one for one in broken if one.kind is not LawKind.ON_SITE]
    return say_broken(whole, say_place(*place), asks=asks) or word
