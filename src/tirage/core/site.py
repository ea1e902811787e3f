"""Which addresses are this shop's own."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.http import url_has_allowed_host_and_scheme


def is_own_address(url: str) -> bool:
    """True for a path of this site or an address under TIRAGE_SITE_URL: where a customer may return to."""
    site = urlsplit(settings.SITE_URL)
    return url_has_allowed_host_and_scheme(url, {site.netloc}, require_https=site.scheme == "https")
