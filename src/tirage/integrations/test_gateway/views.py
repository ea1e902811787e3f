"""The page that stands in for the bank's."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.core.site import is_own_address
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.integrations.test_gateway.listing import TRIAL_CHARGES
from tirage.integrations.test_gateway.models import TestCard, TestCharge
from tirage.integrations.test_gateway.states import ChargeState


def _reachable() -> QuerySet[TestCharge]:
    """Where another gateway is in use, only test orders are asked about here."""
    tried = (
        Q() if TestGateway.key == settings.TIRAGE_GATEWAY else Q(gateway_reference__startswith=TRIAL_CHARGES)
    )
    return TestCharge.objects.filter(tried)


@never_cache
@require_http_methods(["GET", "POST"])
def authenticate(request: HttpRequest, gateway_reference: str) -> HttpResponse:
    """Approve or decline, then back to the shop. The unguessable reference is the permission."""
    charge = get_object_or_404(_reachable(), gateway_reference=gateway_reference)
    back_url = charge.return_url if is_own_address(charge.return_url) else "/"
    if request.method == "POST":
        answer = request.POST.get("answer")
        if answer not in {"approve", "decline"}:
            return HttpResponseBadRequest("Choose Approve or Decline.")
        answer_authentication(
            gateway_reference=gateway_reference, approve=answer == "approve", now=read_clock()
        )
        return redirect(back_url)
    page = {
        "is_waiting": charge.state == ChargeState.NEEDS_CUSTOMER,
        "amount": Money(charge.amount_minor, charge.currency),
        "card": TestCard.objects.filter(token=charge.card_token).first(),
        "back_url": back_url,
    }
    return render(request, "test_gateway/authenticate.html", page)
