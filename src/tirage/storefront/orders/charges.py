"""What an order costs besides its wine, in the order and with the names that customers read."""

from __future__ import annotations

from tirage.orders.states import ChargeKind, charge_words

_NAMES = {
    ChargeKind.SHIPPING.value: "Delivery",
    ChargeKind.DISCOUNT.value: "Your discount",
    **{
        kind.value: charge_words(kind).capitalize()
        for kind in (
            ChargeKind.PACKAGING,
            ChargeKind.EXPEDITE,
            ChargeKind.RESHIP,
            ChargeKind.REROUTE,
            ChargeKind.RESTOCKING,
        )
    },
}
_ORDER = (
    ChargeKind.DISCOUNT,
    ChargeKind.SHIPPING,
    ChargeKind.EXPEDITE,
    ChargeKind.PACKAGING,
    ChargeKind.INSURANCE,
    ChargeKind.RESHIP,
    ChargeKind.REROUTE,
    ChargeKind.RESTOCKING,
    ChargeKind.STORAGE,
    ChargeKind.DUTY,
    ChargeKind.TAX,
)
_RANKS = {kind.value: rank for rank, kind in enumerate(_ORDER)}


def charge_rank(kind: str) -> int:
    """Where a charge stands among others."""
    return _RANKS.get(kind, len(_RANKS))


def charge_name(kind: str, description: str) -> str:
    """``Delivery (Overnight)``, ``Sales tax``."""
    name = _NAMES.get(kind)
    if name is None:
        return description or kind.capitalize()
    return f"{name} ({description})" if description else name
