"""What the demo's places lean to, so that there is something to find: on the way to Texas bottles break."""

from __future__ import annotations

from tirage.demo.loader.crowd import Buyer


def breaks_more(buyer: Buyer) -> float:
    """How many times as often a bottle breaks on the way."""
    home = next((address for address in buyer.addresses if address.is_default), None)
    is_there = home is not None and home.country == "US" and home.postal_code.startswith(("75", "77", "78"))
    return 25.0 if is_there else 1.0
