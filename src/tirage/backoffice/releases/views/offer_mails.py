"""The mails of an offer as one of its members would get them; and a test of one to oneself."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tirage.backoffice.frame.acting import first_problem
from tirage.backoffice.releases.forms import CustomerFinder
from tirage.backoffice.releases.offer_page import found_offer, offer_context
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.notifications.kinds import KINDS
from tirage.notifications.offer_previews import OFFER_MAILS, mail_for
from tirage.notifications.pages import mail_as_page
from tirage.notifications.previews import Seen
from tirage.notifications.states import MailKind
from tirage.notifications.trying import send_test
from tirage.offers.models import Offer
from tirage.staff.permissions import Permission, require, staff_actor, staff_member, staff_required


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_OFFERS, Permission.SEE_CUSTOMERS)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # typed for views without arguments
def offer_mail(request: HttpRequest, reference: str, kind: str) -> HttpResponseBase:
    """The mail for the customer of ``customer``, or for the first member; a POST mails it to the member of the team."""
    found, which = found_offer(reference), _kind(kind)
    form = CustomerFinder(request.GET if "customer" in request.GET else None)
    customer = _customer(found, request.POST.get("customer") or request.GET.get("customer", ""))
    if form.is_bound and not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect("backoffice:offer_mail", reference, kind)
    if request.method == "POST":
        require(request, Permission.EDIT_OFFERS)
        if customer is not None:
            seen = mail_for(offer=found, customer=customer, kind=which, now=read_clock())
            to, actor = staff_member(request).email, staff_actor(request)
            tried = send_test(to=to, composed=seen.mail, actor=actor, now=read_clock())
            (messages.success if tried.taken else messages.error)(request, tried.words)
        query = f"?customer={customer.reference}" if customer else ""
        return redirect(reverse("backoffice:offer_mail", args=[reference, kind]) + query)
    context = {
        "kind": KINDS[which],
        "kinds": [(KINDS[one], one is which) for one in OFFER_MAILS],
        "customer": customer,
        "seen": _seen(found, customer, which),
    }
    return render(
        request,
        "backoffice/releases/offer_mail.html",
        {**offer_context(request, found, "invitations"), **context},
    )


@require_safe
@staff_required(Permission.SEE_OFFERS, Permission.SEE_CUSTOMERS)
def offer_mail_body(request: HttpRequest, reference: str, kind: str) -> HttpResponseBase:
    """The mail itself."""
    found, which = found_offer(reference), _kind(kind)
    seen = _seen(found, _customer(found, request.GET.get("customer", "")), which)
    if seen is None:
        raise Http404("Nobody is in the group yet.")
    return mail_as_page(seen.mail.html, scheme=request.GET.get("scheme", ""))


def _kind(kind: str) -> MailKind:
    if kind not in [one.value for one in OFFER_MAILS]:
        raise Http404("No such mail.")
    return MailKind(kind)


def _customer(found: Offer, named: str) -> Customer | None:
    """The one that was named, by reference or e-mail address, else somebody of the group."""
    text = named.strip()
    by_name = Customer.objects.filter(reference=text.upper()) | Customer.objects.filter(email=text.lower())
    members = Customer.objects.filter(memberships__group=found.group, status="active").order_by("pk")
    return (by_name.first() if text else None) or members.first()


def _seen(found: Offer, customer: Customer | None, kind: MailKind) -> Seen | None:
    if customer is None:
        return None
    return mail_for(offer=found, customer=customer, kind=kind, now=read_clock())
