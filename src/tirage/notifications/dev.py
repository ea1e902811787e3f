"""The mails that went to the folder, for the demo and for tests only."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tirage.notifications.folder import KeptMail, kept_mail, kept_mails
from tirage.notifications.pages import mail_as_page


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """The newest mails."""
    return render(request, "notifications/dev_mails.html", {"mails": kept_mails()})


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # typed for views without arguments
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail, as text with links that work, and as the customer sees it."""
    return render(request, "notifications/dev_mail.html", {"mail": _found(name)})


@require_safe
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The mail's HTML alone, shut off from our pages."""
    return mail_as_page(_found(name).html)


def _found(name: str) -> KeptMail:
    found = kept_mail(name)
    if found is None:
        raise Http404("No such mail.")
    return found
