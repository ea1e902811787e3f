"""What an order costs besides its wine, in the order and with the names that customers read."""

from __future__ import annotations

from tirage.orders.states import ChargeKind

_NAMES = {ChargeKind.SHIPPING.value: "Delivery", ChargeKind.DISCOUNT.value: "Your discount"}
_ORDER = (
    ChargeKind.DISCOUNT,
    ChargeKind.SHIPPING,
    ChargeKind.INSURANCE,
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
