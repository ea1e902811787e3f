"""``{% load backoffice %}``: what the signed-in member may do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context, Engine
from django.urls import reverse
from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import link_cell, state_cell, state_words
from tirage.backoffice.frame.cells import signed as say_signed
from tirage.backoffice.frame.panels import Shown
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.core.telling import Told, needs_name, tell
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.parts.templatetags.tirage import place
from tirage.parts.wording import say_percent
from tirage.staff.permissions import ROLE_WORDS, Permission, may
from tirage.staff.states import Role
from tirage.staff.ways import check_name, may_open

register = template.Library()


@register.filter
def can(member: Any, permission: str) -> bool:
    """``{% if user|can:"edit_orders" %}``; an unknown permission is an error, not a no."""
    return may(member, Permission(permission))


@register.filter
def opens(member: Any, name: str) -> bool:
    """``{% if user|opens:"backoffice:group" %}`` around what leads there; an unknown address is an error."""
    check_name(name)
    return may_open(member, name)


@register.inclusion_tag("parts/place.html", takes_context=True)
def staff_place(
    context: Context, url_name: str, label: str, icon: str = "", also: str = ""
) -> dict[str, Any]:
    """A place of the rail, for those who may go there; nothing where the page doesn't exist."""
    if not may_open(context.get("user"), url_name):
        return {"href": ""}
    return place(context, url_name, label, icon, also=also)


@register.filter
def either(names: list[str]) -> str:
    """``Ana``, ``Ana or Ben``, ``Ana, Ben or Clara``."""
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


@register.filter
def state(value: str) -> str:
    """``needs_customer`` as ``Needs customer``."""
    return state_words(value)


@register.filter
def role_name(role: str) -> str:
    """``Hospitality``."""
    return str(ROLE_WORDS[Role(role)][0])


@register.simple_tag
def state_of(state: str) -> SafeString:
    """A dot and a word for the state of an order, payment, wish or customer."""
    return state_cell(state)


@register.simple_tag
def customer_link(customer: Customer) -> SafeString:
    """The customer's name, leading to the customer's page."""
    return link_cell(customer.name, reverse("backoffice:customer", args=[customer.reference]))


@register.simple_tag(takes_context=True)
def panel(context: Context, shown: Shown) -> SafeString:
    """One panel of a detail page, with what was read for it."""
    with context.push(title=shown.title, **shown.facts):
        return Engine.get_default().get_template(shown.template).render(context)


@register.filter
def told(events: Sequence[Event]) -> list[Told]:
    """The activity as sentences, with the customers' names that old and bulk acts were kept without: one statement."""
    ids = {event.customer_id for event in events if needs_name(event)}
    names = {one.pk: one.name for one in Customer.objects.filter(pk__in=ids)} if ids else {}
    return tell(events, names)


@register.filter
def ppm(rate: int) -> str:
    """Millionths as percent: ``7.25%``; nothing for nought."""
    return say_percent(Decimal(rate) / 1_000_000, current_winery().locale, places=4) if rate else ""


@register.filter
def signed(amount: Money) -> str:
    """A difference: ``+$120.00``, ``−$48.00``."""
    return say_signed(amount)


@register.filter
def more_or_less(count: int) -> str:
    """Pieces that come or go: ``+2``, ``−1``; nothing for none."""
    return f"{'+' if count > 0 else '−'}{abs(count)}" if count else ""
