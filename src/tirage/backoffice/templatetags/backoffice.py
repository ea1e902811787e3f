"""``{% load backoffice %}``: what the signed-in member may do."""

from __future__ import annotations

from typing import Any

from django import template

from tirage.backoffice.permissions import ROLE_WORDS, Permission, may
from tirage.backoffice.states import Role

register = template.Library()


@register.filter
def can(member: Any, permission: str) -> bool:
    """``{% if user|can:"edit_orders" %}``; an unknown permission is an error, not a no."""
    return may(member, Permission(permission))


@register.filter
def role_name(role: str) -> str:
    """``Hospitality``."""
    return ROLE_WORDS[Role(role)][0]
