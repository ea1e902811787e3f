"""Deleting drafts: first what goes with them, then the act."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.releases.crumbs import release_crumbs
from tirage.backoffice.releases.offer_page import found_offer
from tirage.core.clock import read_clock
from tirage.offers import operations
from tirage.offers.models import Offer, Release
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def delete_offer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A draft of an offer, with its items and allowances."""
    found = found_offer(reference)
    release_url = reverse("backoffice:release", args=[found.release.reference])
    title = f"Delete the offer to {found.group.name}"
    if request.method == "POST":
        with refusals_said(request):
            seen = request.POST.get("seen", "")
            operations.delete_offer(offer=found, seen=seen, actor=staff_actor(request), now=read_clock())
            messages.success(request, f"You deleted the offer to {found.group.name}.")
            return redirect(release_url)
        return redirect(request.path)
    crumbs = [*release_crumbs(), (found.release.name, release_url), (title, "")]
    return _page(request, title, crumbs, [found], reverse("backoffice:offer", args=[reference]))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def delete_release(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A release of which nothing was open, with its offers."""
    found = get_object_or_404(Release, reference=reference)
    if request.method == "POST":
        with refusals_said(request):
            seen = request.POST.get("seen", "")
            operations.delete_release(release=found, seen=seen, actor=staff_actor(request), now=read_clock())
            messages.success(request, f"You deleted {found.name}.")
            return redirect("backoffice:releases")
        return redirect(request.path)
    title, url = f"Delete {found.name}", reverse("backoffice:release", args=[reference])
    crumbs = [*release_crumbs(), (found.name, url), (title, "")]
    return _page(request, title, crumbs, list(found.offers.all()), url)


def _page(
    request: HttpRequest, title: str, crumbs: list[tuple[str, str]], offers: Sequence[Offer], back_url: str
) -> HttpResponseBase:
    context = {
        "title": title,
        "crumbs": crumbs,
        "is_draft": operations.is_draft(offers),
        "hanging": operations.hanging_on(offers),
        "back_url": back_url,
    }
    return render(request, "backoffice/releases/delete.html", context)
