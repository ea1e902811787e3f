"""One wish: what it is, and its answer by one button, from its page, its list, its customer and its order."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import first_problem, refusals_said
from tirage.backoffice.frame.links import own_path
from tirage.backoffice.wishes.forms import AnswerForm
from tirage.backoffice.wishes.list import KINDS
from tirage.core.clock import read_clock
from tirage.core.texts import fitting
from tirage.core.winery import current_winery
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.states import WishKind
from tirage.parts.wording import say_bottles, say_moment
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.wishes.granting import grant_wish, take_back
from tirage.wishes.models import GrantLine, Wish
from tirage.wishes.operations import decline_wish
from tirage.wishes.queries import what_lacks
from tirage.wishes.states import GrantOutcome, WishState


@require_safe
@staff_required(Permission.SEE_WISHES)
def wish(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One wish with what is there of its wine, what runs made of it, and its answer."""
    found = _found(reference)
    sku = found.offer_item.sku
    now = read_clock()
    is_promise, is_open = found.kind == WishKind.PROMISE, found.state == WishState.OPEN
    stock = stock_figures([sku.pk], now).get(sku.pk, NO_STOCK)
    runs = found.grant_lines.select_related("run").order_by("-pk")[:20]
    context = {
        "wish": found,
        "title": f"{found.customer.name} wishes for {found.asked}\u00a0× {sku}",
        "kind": KINDS[found.kind],
        "available": stock.available,
        "runs": runs,
        "offered": found.grant_lines.filter(outcome=GrantOutcome.OFFERED.value).first(),
        "is_promise": is_promise,
        "kept_days": current_winery().set_aside_days,
        "lacks": what_lacks(found.customer_id, now) if is_promise and is_open else None,
        "can_answer": is_open and found.left > 0,
        "crumbs": [("Wishes", reverse("backoffice:wishes")), (found.reference, "")],
    }
    return render(request, "backoffice/wishes/wish.html", context)


@require_POST
@staff_required(Permission.EDIT_WISHES)
def wish_grant(request: HttpRequest, reference: str) -> HttpResponse:
    """Grants a wish at once: all that is open of it, or ``pieces``; without ``keeps_rest`` what is left of it ends.

    ``kept_days`` says how long bottles of a request are set aside.
    """
    found, pieces, keeps_rest, kept_days = _found(reference), 0, True, None
    if "pieces" in request.POST:
        form = AnswerForm(request.POST)
        if not form.is_valid():
            messages.error(request, first_problem(form))
            return _back(request, reference)
        pieces, keeps_rest = form.cleaned_data["pieces"], form.cleaned_data["keeps_rest"]
        kept_days = form.cleaned_data["kept_days"]
    with refusals_said(request):
        line = grant_wish(
            wish=found,
            pieces=pieces or found.left,
            keeps_rest=keeps_rest,
            kept_days=kept_days,
            actor=staff_actor(request),
            now=read_clock(),
        )
        _say(request, found, line)
    return _back(request, reference)


def _say(request: HttpRequest, found: Wish, line: GrantLine) -> None:
    bottles = say_bottles(line.given, current_winery().locale)
    name = found.customer.name
    if line.outcome == GrantOutcome.GRANTED:
        messages.success(request, f"You granted {bottles}; {name} gets a mail, and we charged the card.")
    elif line.outcome == GrantOutcome.OFFERED and line.kept_until:
        until = say_moment(line.kept_until, current_winery().time_zone, current_winery().locale)
        messages.success(
            request, f"You set {bottles} aside; {name} gets a mail, and may buy them until {until}."
        )
    elif line.outcome == GrantOutcome.COLLECTING:
        words = f"The card of {name} said no: {line.reason} Tirage goes on collecting the money and keeps the bottles."
        messages.warning(request, words)
    elif line.outcome == GrantOutcome.GRANTING:
        messages.warning(request, "The bank hasn’t answered yet; the grant waits for it.")
    else:
        messages.error(request, line.reason or "The wish could not be granted.")


@require_POST
@staff_required(Permission.EDIT_WISHES)
def wish_decline(request: HttpRequest, reference: str) -> HttpResponse:
    """Says no to a wish; its customer gets a kind mail."""
    found = _found(reference)
    with refusals_said(request):
        reason = fitting(request.POST.get("reason", "").strip(), 200, "reason")
        decline_wish(wish_reference=reference, reason=reason, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You declined the wish of {found.customer.name}, who gets a mail.")
    return _back(request, reference)


@require_POST
@staff_required(Permission.EDIT_WISHES)
def wish_take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends what is set aside for a wish before its time; the wish is open again, and its customer gets a mail."""
    found = _found(reference)
    with refusals_said(request):
        pieces = take_back(wish=found, actor=staff_actor(request), now=read_clock())
        bottles = say_bottles(pieces, current_winery().locale)
        messages.success(request, f"You took {bottles} back; {found.customer.name} gets a mail.")
    return _back(request, reference)


def _back(request: HttpRequest, reference: str) -> HttpResponse:
    """To the page that the button was on."""
    return redirect(
        own_path(request, request.POST.get("back", "")) or reverse("backoffice:wish", args=[reference])
    )


def _found(reference: str) -> Wish:
    wishes = Wish.objects.select_related(
        "customer", "order", "offer_item__sku", "offer_item__offer__release", "offer_item__offer__group"
    )
    return get_object_or_404(wishes, reference=reference)
