"""One offer: what it says and allows, its checks, opening and closing it, and seeing it as a customer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.frame.acting import first_problem, refusals_in, refusals_said
from tirage.backoffice.releases.activation import can_open, check_offer, offer_promises
from tirage.backoffice.releases.figures import pieces_bought
from tirage.backoffice.releases.forms import OfferForm, PreviewForm
from tirage.backoffice.releases.offer_page import found_offer, offer_context, title_of
from tirage.changes.operations import open_new_order
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.winery import current_winery
from tirage.customers.models import Customer, Group
from tirage.offers import operations
from tirage.offers.checks import Check, conflicts_of, pieces_short
from tirage.offers.models import Offer, Release
from tirage.offers.promises import selling_offers
from tirage.parts.hands import found_again
from tirage.parts.numbers import read_whole
from tirage.parts.seen_as import SeenAs, start_seeing
from tirage.staff.models import StaffMember
from tirage.staff.permissions import Permission, may, staff_actor, staff_member, staff_required
from tirage.staff.ways import may_open


@require_GET
@staff_required(Permission.SEE_OFFERS)
def offer(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_offer(reference)
    items = list(found.items.select_related("sku").order_by("position", "id"))
    member = Customer.objects.filter(memberships__group=found.group, status="active").order_by("pk").first()
    events = Event.objects.filter(subject_kind="offer", subject_id=found.pk)
    return render(
        request,
        "backoffice/releases/offer.html",
        {
            **offer_context(request, found, "offer"),
            "items": items,
            "conflicts": conflicts_of(found, items),
            "preview_form": PreviewForm(
                initial={"customer": member.email if member else "", "at": found.opens_at}
            ),
            "events": list(events.order_by("-id")[:20]),
        },
    )


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def new_offer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """An offer to one more group, begun with the window, words and rules of the release's last one."""
    release = get_object_or_404(Release, reference=reference)
    like = release.offers.select_related("group").order_by("-pk").first()
    form = OfferForm(
        request.POST or None,
        release=release,
        offer=None,
        zone=current_winery().time_zone,
        initial=(OfferForm.values_of(like) if like else {}) | {"group": _asked_group(request)},
    )
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_offer(
                offer=None,
                release=release,
                group=form.cleaned_data["group"],
                values=form.offer_values(),
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You made the offer to {saved.group.name}. Now its wines.")
            return redirect("backoffice:offer_items", saved.reference)
    crumbs = [
        ("Releases", reverse("backoffice:releases")),
        (release.name, reverse("backoffice:release", args=[reference])),
        ("New offer", ""),
    ]
    context = {"title": f"New offer in {release.name}", "crumbs": crumbs, "form": form, "release": release}
    context["cancel_url"] = reverse("backoffice:release", args=[reference])
    return render(request, "backoffice/releases/offer_form.html", context | {"like": like})


def _asked_group(request: HttpRequest) -> Group | None:
    return Group.objects.filter(reference=request.GET.get("group", "")).first()


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def edit_offer(request: HttpRequest, reference: str) -> HttpResponseBase:
    rows = Offer.objects.select_related("release", "group")
    found = found_again(rows, request.POST, reference=reference)
    form = OfferForm(
        request.POST or None,
        release=found.release,
        offer=found,
        zone=current_winery().time_zone,
        initial=OfferForm.values_of(found),
        about=found,
    )
    if form.is_valid():
        with refusals_in(form):
            operations.save_offer(
                offer=found,
                release=found.release,
                group=found.group,
                values=form.offer_values(),
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, "You saved the offer.")
            return redirect("backoffice:offer", reference)
    context = {
        "title": title_of(found),
        "form": form,
        "cancel_url": reverse("backoffice:offer", args=[reference]),
    }
    return render(
        request, "backoffice/releases/offer_form.html", offer_context(request, found, "edit_offer") | context
    )


@require_GET
@staff_required(Permission.SEE_OFFERS)
def check(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_offer(reference)
    now = read_clock()
    promises = offer_promises(found, now)
    checks = check_offer(found, now, promises)
    return render(
        request,
        "backoffice/releases/check.html",
        {
            **offer_context(request, found, "check_offer"),
            "checks": [(row, _link(staff_member(request), found, row)) for row in checks],
            "can_open": can_open(checks),
            "short": pieces_short(promises),
        },
    )


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def activate(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Opens the offer; where more is promised than there is, ``knows_short`` carries the number that was read."""
    found, now = found_offer(reference), read_clock()
    if not can_open(check_offer(found, now)):
        messages.error(
            request, f"The offer to {found.group.name} can't open yet. Below stands what stops it."
        )
        return redirect("backoffice:check_offer", reference)
    with refusals_said(request):
        operations.activate_offer(
            offer=found,
            bought=pieces_bought(selling_offers(found.release, now)),
            knows_short=read_whole(request.POST.get("knows_short", ""), otherwise=0),
            actor=staff_actor(request),
            now=now,
        )
        messages.success(request, f"You activated the offer to {found.group.name}.")
        return redirect("backoffice:offer", reference)
    return redirect("backoffice:check_offer", reference)


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def deactivate(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_offer(reference)
    operations.deactivate_offer(offer=found, actor=staff_actor(request), now=read_clock())
    messages.success(request, f"You deactivated the offer to {found.group.name}: nobody sees it.")
    return redirect("backoffice:offer", reference)


@require_POST
@staff_required(Permission.SEE_OFFERS, Permission.SEE_AS_CUSTOMER)
def preview(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Leads to the shop as the customer of the form sees this offer at the time of the form. Recorded."""
    found, form = found_offer(reference), PreviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect("backoffice:offer", reference)
    customer, actor = form.cleaned_data["customer"], staff_actor(request)
    record_event(
        EventName.CUSTOMER_SEEN_AS,
        "offer",
        found.pk,
        text=f"saw the offer to {found.group.name} as {customer.name}",
        customer_id=customer.pk,
        actor=actor,
        now=read_clock(),
    )
    response = redirect("storefront:offer")
    back = reverse("backoffice:offer", args=[reference])
    takes = customer.is_active and may(request.user, Permission.ORDER_FOR_CUSTOMERS)
    order_path = reverse("backoffice:order_from_offer", args=[reference]) if takes else ""
    seen = SeenAs(
        customer.pk, actor.id or 0, back, found.reference, form.cleaned_data["at"], order_path=order_path
    )
    start_seeing(response, seen)
    return response


@require_POST
@staff_required(Permission.SEE_OFFERS, Permission.ORDER_FOR_CUSTOMERS)
def order_from_offer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """From the preview to an order for its customer, with the offer's wines and prices."""
    found, form = found_offer(reference), PreviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect("backoffice:offer", reference)
    with refusals_said(request):
        draft = open_new_order(
            customer=form.cleaned_data["customer"], offer=found, actor=staff_actor(request), now=read_clock()
        )
        return redirect("backoffice:change", draft.reference)
    return redirect("backoffice:offer", reference)


def _link(member: StaffMember, found: Offer, row: Check) -> tuple[str, str]:
    """Where a check is put right: address and words; both empty when there is nothing to do, or not for ``member``."""
    own, group = [found.reference], f"?group={found.group.reference}&status=active"
    ways: dict[str, tuple[str, list[str], str, str]] = {
        "items": ("offer_items", own, "", "Look at the items"),
        "rules": ("edit_offer", own, "", "Look at the rules"),
        "window": ("edit_offer", own, "", "Set the window"),
        "messages": ("edit_offer", own, "", "Write it"),
        "stock": ("cellar", [], "", "Look at the cellar"),
        "members": ("group", [found.group.reference], "", "Look at the group"),
        "no_group": ("customers", [], "?no_group=on&status=active", "See who"),
        "no_card": ("customers", [], f"{group}&card=no", "See who"),
        "no_address": ("customers", [], f"{group}&address=no", "See who"),
        "closed_states": ("customers", [], group, "See the members"),
        "delivery": ("delivery", [], "", "Set up delivery"),
        "taxes": ("delivery_taxes", [], "", "Look at the taxes"),
    }
    if row.link not in ways:
        return "", ""
    name, args, query, words = ways[row.link]
    if not may_open(member, f"backoffice:{name}"):
        return "", ""
    return reverse(f"backoffice:{name}", args=args) + query, words
