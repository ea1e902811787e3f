"""Every address of the product, as Django's table of addresses has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Address:
    """``name`` is ``backoffice:order``; ``path`` is written as in urls.py; ``view`` is what answers."""

    name: str
    path: str
    view: Any

    @property
    def who(self) -> str:
        """Who may come in: the permissions that the view asks for, ``open``, ``customer``, or nothing that we know."""
        if needed := getattr(self.view, "needed_permissions", None):
            return "+".join(sorted(needed))
        is_public = getattr(self.view, "is_public", None)
        return "" if is_public is None else "open" if is_public else "customer"

    @property
    def interface(self) -> str:
        return self.name.partition(":")[0] if ":" in self.name else ""


def addresses(interface: str = "") -> list[Address]:
    """All of them, or those of ``backoffice`` or ``storefront``."""
    found = list(_walk(get_resolver(), "", ""))
    return [one for one in found if one.interface == interface] if interface else found


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inside = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, path, inside)
        else:
            yield Address(namespace + (entry.name or ""), path, entry.callback)
