"""The pictures of labels, kept in the database and named by their digest, so they can be kept for ever."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from tirage.catalog.models import Label
from tirage.storefront.frame.identity import open_page


@open_page
@require_safe
def label(request: HttpRequest, digest: str) -> HttpResponse:
    """One picture. A label is no secret: it stands on every bottle."""
    found = get_object_or_404(Label, digest=digest)
    response = HttpResponse(bytes(found.data), content_type=found.media_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    # An SVG is a document: opened by itself it must not be able to run anything.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
