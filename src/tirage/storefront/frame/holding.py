"""The way to the page on which a carrier's location is chosen."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

#: Where the page may be opened from, besides a change of an order, which is named by its reference.
CHECKOUT, ACCOUNT = "checkout", "account"


def hold_url(*, near: str, back: str, aside: str = "") -> str:
    """``near`` names a saved address, ``back`` where the page is opened from: ``checkout``, ``account``, or a change of
    an order by its reference; ``aside`` the bottles that the checkout is about, where they are set aside."""
    asked = {"near": near, "back": back} | ({"aside": aside} if aside else {})
    return f"{reverse('storefront:hold')}?{urlencode(asked)}"
