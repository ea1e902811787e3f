"""What the shop says of itself to strangers: privacy, terms, and what browsers and search engines ask for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tirage.core.palette import light_scheme
from tirage.core.states import HouseText
from tirage.core.winery import current_winery
from tirage.parts.house_words import as_html, words_of
from tirage.parts.winery_icons import SIZES
from tirage.storefront.frame.identity import open_page, page_context, say_findable

#: What nobody has to look for. Pages of the shop say themselves that they stay out of indexes.
_ROBOTS = "User-agent: *\nDisallow: /winery/\nDisallow: /pay/\nDisallow: /card/\nDisallow: /in/\n"


@open_page
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What the winery keeps of its customers."""
    return _show(request, HouseText.PRIVACY, "Privacy")


@open_page
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """What the winery sells by."""
    return _show(request, HouseText.TERMS, "Terms")


def _show(request: HttpRequest, kind: HouseText, title: str) -> HttpResponse:
    said = words_of(kind)
    context = page_context(request, title=title, words=as_html(said.words), at=said.at)
    return say_findable(render(request, "storefront/door/house.html", context))


@open_page
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """For search engines."""
    return _public(HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8"))


@open_page
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """For telephones on whose home screen the shop is put."""
    winery = current_winery()
    paper = light_scheme(winery.paper, winery.ink, winery.accent).paper
    icons = [
        {
            "src": f"{reverse('parts:winery_icon', args=[size])}?v={winery.version}",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in SIZES[2:]
    ]
    facts = {
        "id": "/",
        "name": winery.name,
        "short_name": winery.name[:12].strip() if len(winery.name) > 12 else winery.name,
        "start_url": reverse("storefront:home"),
        "scope": "/",
        "display": "minimal-ui",
        "background_color": paper,
        "theme_color": paper,
        "icons": icons,
    }
    return _public(JsonResponse(facts, content_type="application/manifest+json"))


def _public(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=3600"
    return response
