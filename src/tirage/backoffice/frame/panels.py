"""What a detail page is made of: panels, each declared by the place that it belongs to.

A place writes its panels in its ``panels.py``, named in ``apps.py``; a page shows all that are declared for it and
that the member may see, by rank. So a place adds to the customer's or the order's page without touching it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.http import HttpRequest

from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.staff.permissions import Permission, may

S = TypeVar("S", Customer, Order)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Look(Generic[S]):
    """One look at one customer or order: who looks, when, and what its view hands on (a refused form, a link)."""

    about: S
    request: HttpRequest
    now: datetime
    sent: Mapping[str, Any] = field(default_factory=dict)
    _read: dict[Callable[[Any], Any], Any] = field(default_factory=dict)

    def once(self, read: Callable[[Look[S]], T]) -> T:
        """What ``read(look)`` gives, read once however many panels need it."""
        if read not in self._read:
            self._read[read] = read(self)
        found: T = self._read[read]
        return found

    def may(self, permission: Permission) -> bool:
        return may(self.request.user, permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel(Generic[S]):
    """``read`` gives what the template prints, or None where there is nothing to show.

    The template finds what was read beside the page's own context, and its heading as ``title``; ``permission`` says
    who may see it. The smallest ``rank`` stands on top of its column; ``aside`` is the narrow one.
    """

    title: str
    template: str
    read: Callable[[Look[S]], Mapping[str, Any] | None]
    permission: Permission
    rank: int
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel with what was read for it."""

    title: str
    template: str
    facts: Mapping[str, Any]


class DetailPage(Generic[S]):
    """The panels of one kind of page."""

    def __init__(self) -> None:
        self.panels: list[Panel[S]] = []

    def declare(self, *panels: Panel[S]) -> None:
        """Adds panels. Two of one rank in one column would stand by chance: refused."""
        for panel in panels:
            if any((one.rank, one.aside) == (panel.rank, panel.aside) for one in self.panels):
                raise ValueError(f"{panel.title}: rank {panel.rank} is taken")
            self.panels.append(panel)

    def show(self, look: Look[S]) -> dict[str, Any]:
        """``main_panels`` and ``side_panels`` for the page's template, and what was sent: a refused form says there
        what is wrong with it."""
        columns: dict[str, list[Shown]] = {"main_panels": [], "side_panels": []}
        for panel in sorted(self.panels, key=lambda one: one.rank):
            facts = panel.read(look) if look.may(panel.permission) else None
            if facts is not None:
                column = columns["side_panels" if panel.aside else "main_panels"]
                column.append(Shown(panel.title, panel.template, facts))
        return {**look.sent, **columns}


CUSTOMER_PAGE: DetailPage[Customer] = DetailPage()
ORDER_PAGE: DetailPage[Order] = DetailPage()
