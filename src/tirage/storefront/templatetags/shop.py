"""The frame of the customer's pages, kept in memory."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.template.context import Context
from django.utils.safestring import SafeString

from tirage.core.palette import dark_scheme, light_scheme
from tirage.core.winery import current_winery
from tirage.storefront.frame.kept import kept

register = template.Library()

#: The beginnings of addresses by the place of the navigation they belong to.
_PLACES = {place: place for place in ("offer", "orders", "wishes", "account")} | {
    "cart": "cart",
    "checkout": "cart",
    "set-aside": "wishes",
}


@register.simple_tag(takes_context=True)
def shop_head(context: Context) -> SafeString:
    """Name, place and, for those who are in, the navigation."""
    winery = current_winery()
    request = context.get("request")
    path = str(getattr(request, "path", "")).split("/")
    return kept(
        "storefront/frame/head.html",
        name=winery.name,
        place=winery.vineyard,
        logo_version=winery.version if winery.logo_svg else 0,
        logo_is_picture=winery.logo_is_picture,
        is_in=bool(context.get("customer")),
        here=_PLACES.get(path[1], "") if len(path) > 1 else "",
        cart_bottles=context.get("cart_bottles") or 0,
    )


@register.simple_tag
def shop_marks() -> SafeString:
    """Icons, colours and what is said where the shop's address is shared."""
    winery = current_winery()
    return kept(
        "storefront/frame/marks.html",
        name=winery.name,
        site=settings.SITE_URL,
        version=winery.version,
        paper=light_scheme(winery.paper, winery.ink, winery.accent).paper,
        night=dark_scheme(winery.paper, winery.ink, winery.accent).paper,
    )


@register.simple_tag
def htmx() -> SafeString:
    """The script of pages that change in part."""
    return kept("storefront/frame/htmx.html")


@register.simple_tag
def shop_foot() -> SafeString:
    """Who sells here, and to whom."""
    winery = current_winery()
    return kept(
        "storefront/frame/foot.html",
        name=winery.legal_name or winery.name,
        postal_address=winery.postal_address,
        legal_age=winery.legal_age,
        email=winery.support_email,
        phone=winery.support_phone,
    )
