"""A mail's HTML as a page that can be framed and can do nothing."""

from __future__ import annotations

from django.http import HttpResponse

#: When the dark rules of a mail hold.
_WHERE = {"dark": "all", "light": "not all"}
_ALONE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'; "
    "sandbox allow-top-navigation-by-user-activation"
)


def mail_as_page(html: str, *, scheme: str = "") -> HttpResponse:
    """Mails carry their style inside, which our pages forbid: so they get a policy of their own, without scripts.

    ``scheme``: as on a ``dark`` or a ``light`` screen, whatever this one is.
    """
    if scheme in _WHERE:
        html = html.replace("@media (prefers-color-scheme: dark)", f"@media {_WHERE[scheme]}")
    response = HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))
    response["Content-Security-Policy"] = _ALONE
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "no-store"
    return response
