"""The winery's stylesheet, logo and icons."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tirage.core.winery import current_winery
from tirage.parts.theme import samples_stylesheet, theme_stylesheet
from tirage.parts.winery_icons import SIZES, icon_png

_FOREVER = "public, max-age=31536000, immutable"
_SHORTLY = "public, max-age=60"


@require_safe
def theme_css(request: HttpRequest) -> HttpResponse:
    """The colours and typefaces of the winery; kept for ever under the version that it is asked by."""
    winery = current_winery()
    return _kept(request, winery.version, theme_stylesheet(winery), "text/css; charset=utf-8")


@require_safe
def samples_css(request: HttpRequest) -> HttpResponse:
    """Every typeface there is, for the page where one is chosen."""
    response = HttpResponse(samples_stylesheet(), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = _SHORTLY
    return response


@require_safe
def logo_svg(request: HttpRequest) -> HttpResponse:
    """The winery's logo as an image of its own, so that nothing inside it can run in our pages."""
    winery = current_winery()
    if not winery.logo_svg:
        raise Http404("This winery has no logo.")
    response = _kept(request, winery.version, winery.logo_svg, "image/svg+xml")
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    )
    return response


@require_safe
def winery_icon(request: HttpRequest, size: int) -> HttpResponse:
    """The winery as a square picture of one of the sizes that there are."""
    if size not in SIZES:
        raise Http404("no icon of that size")
    winery = current_winery()
    return _kept(request, winery.version, icon_png(winery, size), "image/png")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """What browsers ask for without being told; they tell by the content that it is a PNG."""
    return winery_icon(request, SIZES[0])


def _kept(request: HttpRequest, version: int, body: str | bytes, content_type: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["Cache-Control"] = _FOREVER if request.GET.get("v") == str(version) else _SHORTLY
    return response
