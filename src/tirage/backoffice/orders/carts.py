"""What a customer has in carts, for every panel of their page that tells of it."""

from __future__ import annotations

from tirage.backoffice.frame.panels import Look
from tirage.checkout.models import CartLine
from tirage.customers.models import Customer


def cart_lines_of(look: Look[Customer]) -> list[CartLine]:
    """The lines of the customer's carts, held bottles before those that lapsed; one statement."""
    lines = CartLine.objects.filter(cart__customer=look.about)
    lines = lines.select_related("cart__release", "offer_item__sku")
    return list(lines.order_by("-cart__expires_at", "cart_id", "offer_item__position"))
