"""Wine by wine on the customer's page: offered, bought, held, wished for and to come; what waits for their word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, Look, Panel
from tirage.backoffice.orders.carts import cart_lines_of
from tirage.catalog.models import format_name
from tirage.checkout.models import CartLine
from tirage.customers.models import Customer
from tirage.futures.for_customers import Waiting
from tirage.futures.models import PortfolioPart
from tirage.offers.states import ReleaseKind
from tirage.reports.holdings import SHOWN, WineOf, wines_of
from tirage.staff.permissions import Permission


def _read(look: Look[Customer]) -> Mapping[str, Any] | None:
    """One statement, one more for portfolios where wine is to come."""
    found = wines_of(look.about.pk, look.now, SHOWN + 1)
    if not found:
        return None
    waits = _waiting(look)
    has_early = any(one.to_come or one.in_cellar for one in found)
    return {
        "wines": [(one, format_name(one.millilitres, one.units), _window(one)) for one in found[:SHOWN]],
        "has_more": len(found) > SHOWN,
        "has_early": has_early,
        "early": next((one.early for one in found if one.early), ""),
        "rows": waits,
        "kept": _portfolios(look.about) if has_early else [],
        "customer": look.about,
    }


def _window(one: WineOf) -> str:
    """``Sep 2028 – Mar 2029``; empty where nothing is to come."""
    if one.window_from is None or one.window_until is None:
        return ""
    return f"{one.window_from:%b %Y} – {one.window_until:%b %Y}"


def _portfolios(customer: Customer) -> list[PortfolioPart]:
    parts = PortfolioPart.objects.filter(portfolio__customer=customer)
    parts = parts.select_related("portfolio", "order", "lot__sku")
    return list(parts.order_by("portfolio", "lot__sku", "order"))


def _waiting(look: Look[Customer]) -> Sequence[Waiting]:
    """What of wine en primeur waits for the customer's word, what ends first before the rest."""
    carts = [
        Waiting(lines[0].cart, [(str(line.offer_item.sku), line.kept) for line in lines])
        for _, found in groupby(look.once(cart_lines_of), lambda line: line.cart_id)
        if (lines := [line for line in found if _waits(line, look)])
    ]
    return sorted(carts, key=lambda one: (one.cart.kept_until or look.now, one.cart.pk))


def _waits(line: CartLine, look: Look[Customer]) -> bool:
    cart = line.cart
    is_early = cart.release.kind == ReleaseKind.EN_PRIMEUR
    return bool(is_early and line.kept and cart.kept_until and cart.kept_until > look.now)


CUSTOMER_PAGE.declare(
    Panel(
        title="Wine by wine",
        template="backoffice/futures/wines_of_customer.html",
        read=_read,
        permission=Permission.SEE_ORDERS,
        rank=12,
    )
)
