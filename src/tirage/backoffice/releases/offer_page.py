"""What every page of one offer shows around its content, whichever place it belongs to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse

from tirage.core.clock import read_clock
from tirage.offers.models import Offer
from tirage.staff.ways import may_open


def found_offer(reference: str) -> Offer:
    """The offer of the address with its release and group, or a 404."""
    return get_object_or_404(Offer.objects.select_related("release", "group"), reference=reference)


TABS = {
    "offer": "Overview",
    "edit_offer": "Words and rules",
    "offer_items": "Items",
    "allowances": "Own allowances",
    "ladder": "Ladder",
    "check_offer": "Check and open",
    "invitations": "Invite",
}


def offer_context(request: HttpRequest, found: Offer, here: str) -> dict[str, Any]:
    """What every page of one offer shows around its content."""
    release_url = reverse("backoffice:release", args=[found.release.reference])
    return {
        "crumbs": [
            ("Releases", reverse("backoffice:releases")),
            (found.release.name, release_url),
            (found.group.name, ""),
        ],
        "title": title_of(found),
        "offer": found,
        "here": here,
        "now": read_clock(),
        "tabs": [
            {
                "label": label,
                "href": reverse(f"backoffice:{name}", args=[found.reference]),
                "current": name == here,
            }
            for name, label in TABS.items()
            if may_open(request.user, f"backoffice:{name}")
        ],
        "import_url": _import_url(found),
    }


def _import_url(found: Offer) -> str:
    try:
        return f"{reverse('backoffice:import')}?kind=offer-items&offer={found.reference}"
    except NoReverseMatch:
        return ""


def title_of(found: Offer) -> str:
    """The group and the release."""
    return f"{found.group.name} in {found.release.name}"
