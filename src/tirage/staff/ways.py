"""Whether a page is there for somebody: what leads to it shows to those alone whom its guard lets in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import NoReverseMatch, URLResolver, get_resolver

from tirage.staff.permissions import Permission, may


def may_open(member: Any, name: str) -> bool:
    """True when ``member`` has every permission that the view called ``name`` (``backoffice:order``) asks for.

    An address that doesn't exist is open to nobody.
    """
    needed = _needed().get(name)
    return needed is not None and all(may(member, permission) for permission in needed)


def check_name(name: str) -> None:
    """Raises NoReverseMatch for a name that no address has: a link would never show, and nobody would see why."""
    if name not in _needed():
        raise NoReverseMatch(f"no address is called {name}")


@cache
def _needed() -> dict[str, frozenset[Permission]]:
    return dict(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, namespace: str) -> Iterator[tuple[str, frozenset[Permission]]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif entry.name:
            yield namespace + entry.name, getattr(entry.callback, "needed_permissions", frozenset())
