"""What a customer chose and typed when the sign-in had ended: carried over the door, back to the page it belongs to.

It waits in a sealed cookie of this browser, for the customer whose pages the browser showed last and for nobody else,
half an hour long. That page then finds it as ``request.POST``, although it is only looked at: shown again as it was
left, and sent by the customer's own press. Numbers of cards, and codes, are never kept.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, QueryDict

from tirage.core.sealing import Unreadable, seal_bytes, unseal_bytes
from tirage.parts.devices import DeviceCookie

COOKIE = "tirage_typed"
KEPT_FOR = timedelta(minutes=30)
#: Of the sealed cookie: browsers forget longer ones, and proxies refuse requests with many of them.
MOST_LETTERS = 3600
#: Of what is read back out of it.
_MOST_BYTES = 200_000
#: Whose pages this browser showed last. It gives no rights: forms are kept for whoever it names.
SHOP = DeviceCookie("tirage_shop", "tirage.storefront.shop", "/", timedelta(days=60))
_UNKEPT = frozenset({"csrfmiddlewaretoken", "key", "code", "password"})
#: Of a card's fields those that are no secret.
_OF_CARD = frozenset({"card_name"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that waits: whose it is, the page that shows it, what it says.

    ``had_card``: a card was left out of it; ``is_cut``: so were texts that are longer than a cookie holds.
    """

    customer_id: int
    path: str
    pairs: tuple[tuple[str, str], ...]
    had_card: bool
    is_cut: bool

    @property
    def data(self) -> QueryDict:
        """The form as it was sent."""
        return QueryDict(urlencode(self.pairs))


def remember_shop(request: HttpRequest, response: HttpResponseBase, customer_id: int) -> None:
    """Notes whose pages this browser shows, once; asks nothing of the database."""
    if SHOP.name not in request.COOKIES:
        SHOP.remember(response, [customer_id])


def keep_form(request: HttpRequest, response: HttpResponseBase, path: str, *, now: datetime) -> None:
    """Keeps what was sent for the customer whose page it was, to be shown at ``path``; of an unknown one nothing."""
    found = SHOP.read(request) if request.method == "POST" and SHOP.name in request.COOKIES else None
    if found is None or len(found[0]) != 1:
        return
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    pairs = [(name, value) for name, value in sent if not _is_secret(name)]
    had_card = ("card", "new") in sent or any(name == "card_number" and value for name, value in sent)
    sealed = _seal([found[0][0], path, had_card, len(pairs), now.isoformat()], pairs)
    response.set_cookie(
        COOKIE, sealed, max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=settings.HTTPS
    )


def kept_form(request: HttpRequest, *, now: datetime) -> Kept | None:
    """What waits in this browser; None for nothing, and for what is too old or not ours."""
    raw = request.COOKIES.get(COOKIE)
    if not raw:
        return None
    with suppress(Unreadable, ValueError, TypeError, zlib.error):
        (customer_id, path, had_card, count, at), pairs = _unseal(raw)
        if now - datetime.fromisoformat(at) <= KEPT_FOR:
            whole = tuple((name, value) for name, value in pairs)
            return Kept(customer_id, path, whole, had_card, is_cut=len(whole) < count)
    return None


def drop_form(response: HttpResponseBase) -> None:
    """Forgets what waits."""
    response.delete_cookie(COOKIE, samesite="Lax")


def _is_secret(name: str) -> bool:
    return name in _UNKEPT or (name.startswith("card_") and name not in _OF_CARD)


def _seal(facts: list[Any], pairs: Iterable[tuple[str, str]]) -> str:
    """As much as a cookie holds: of a form that is longer the longest texts stay behind."""
    kept = list(pairs)
    while len(sealed := _sealed([facts, kept])) > MOST_LETTERS and kept:
        kept.remove(max(kept, key=lambda pair: len(pair[1])))
    return sealed


def _sealed(content: list[Any]) -> str:
    # Fernet writes letters of base64 already; what it seals is packed before.
    return seal_bytes(zlib.compress(json.dumps(content).encode(), 9)).decode()


def _unseal(raw: str) -> Any:
    packed = unseal_bytes(raw.encode())
    return json.loads(zlib.decompressobj().decompress(packed, _MOST_BYTES))
