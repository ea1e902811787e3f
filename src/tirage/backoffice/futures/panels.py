"""Wine en primeur on the customer's page: what waits for their word, and setting more aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, Look, Panel
from tirage.customers.models import Customer
from tirage.futures.for_customers import early_offers, waiting_for_word
from tirage.futures.models import PortfolioPart
from tirage.staff.permissions import Permission


def _read_early(look: Look[Customer]) -> Mapping[str, Any] | None:
    """Three statements, two more where something waits."""
    offers, rows = early_offers(look.now, look.about), waiting_for_word(look.now, look.about)
    parts = PortfolioPart.objects.filter(portfolio__customer=look.about).select_related(
        "portfolio", "order", "lot__sku"
    )
    kept = list(parts.order_by("portfolio", "lot__sku", "order"))
    if not offers and not rows and not kept:
        return None
    early = offers[0].release.name if offers else ""
    return {"early": early, "rows": rows, "kept": kept, "customer": look.about}


CUSTOMER_PAGE.declare(
    Panel(
        title="En primeur",
        template="backoffice/futures/early_of_customer.html",
        read=_read_early,
        permission=Permission.SEE_ORDERS,
        rank=7,
    )
)
