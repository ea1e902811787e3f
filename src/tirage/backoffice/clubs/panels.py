"""A customer's clubs on their page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, Look, Panel
from tirage.clubs.models import ClubMember
from tirage.customers.models import Customer
from tirage.staff.permissions import Permission


def _read(look: Look[Customer]) -> Mapping[str, Any] | None:
    members = ClubMember.objects.filter(customer=look.about).select_related("club").order_by("left_at", "-pk")
    found = list(members[:10])
    return {"members": found} if found else None


CUSTOMER_PAGE.declare(
    Panel(
        title="Clubs",
        template="backoffice/clubs/of_customer.html",
        read=_read,
        permission=Permission.SEE_GROUPS,
        rank=10,
    )
)
