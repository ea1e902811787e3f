"""No more mail about offers and news, by the link in such a mail: signed out, at once, and as easily taken back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.customers.consent import Unsubscriber, change_consent, find_unsubscriber
from tirage.customers.states import ConsentSource
from tirage.storefront.frame.identity import page_context
from tirage.storefront.links.by_link import by_link, page_by_link

#: What mail programs send when their own button is pressed (RFC 8058). They follow no redirection.
_ONE_CLICK = ("List-Unsubscribe", "One-Click")


@page_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Looking only asks: mail scanners open every address. Sending acts, however often it is sent."""
    found = find_unsubscriber(token=token)
    if found is None or found.customer is None or request.method != "POST":
        return _show(request, found, status=200 if found else 404)
    customer = found.customer
    is_one_click = request.POST.get(_ONE_CLICK[0]) == _ONE_CLICK[1]
    agrees = not is_one_click and request.POST.get("act") == "return"
    if agrees and not found.may_return:
        return _show(request, found)
    change_consent(
        customer=customer,
        agrees=agrees,
        source=ConsentSource.MAIL_PROGRAM if is_one_click else ConsentSource.LINK,
        actor=by_link(request, customer),
        now=read_clock(),
    )
    if is_one_click:
        customer.refresh_from_db()
        return _show(request, found)
    return redirect(request.path)


def _show(request: HttpRequest, found: Unsubscriber | None, *, status: int = 200) -> HttpResponse:
    """The page says what is, and nothing of whom it speaks. A mailbox that isn't on the list gets no mail."""
    customer = found.customer if found else None
    context = page_context(
        request,
        is_ours=found is not None,
        may_return=found is not None and customer is not None and found.may_return,
        is_written_to=customer is not None and customer.marketing_consent_at is not None,
        has_left=customer is not None and customer.marketing_left_at is not None,
    )
    return render(request, "storefront/links/unsubscribe.html", context | {"customer": None}, status=status)
