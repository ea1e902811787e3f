"""Another format for wine that isn't bottled yet: looked at, and chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from tirage.catalog.rules import full_title
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.futures.formats.changing import Looked, Wish, change_format, free_to_change, look_at
from tirage.futures.formats.offering import last_day, millilitres_of, why_fixed, with_formats
from tirage.futures.formats.rules import smallest_step
from tirage.futures.holding import Holding
from tirage.futures.models import Lot
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.queries import saved_cards
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context

#: Longer numbers are somebody playing.
_DIGITS = 5


def changeable(holdings: Sequence[Holding], now: datetime) -> frozenset[int]:
    """The lots of these whose format may still be chosen, by id; one statement."""
    lots = {held.lot.pk: held.lot for one in holdings for held in one.held}
    if not lots:
        return frozenset()
    others = with_formats(lots.values())
    return frozenset(pk for pk, lot in lots.items() if others[pk] and not why_fixed(lot, now))


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def another_format(request: HttpRequest, customer: Customer, reference: str, lot: str) -> HttpResponse:
    """What other formats of a wine come to; ``to`` and ``pieces`` are what is looked at."""
    order = get_object_or_404(Order, reference=reference, customer=customer, state=OrderState.PLACED.value)
    held = Lot.objects.filter(reference=lot, commitments__line__order=order).select_related("sku", "of")
    source = held.distinct().first()
    others = with_formats([source])[source.pk] if source else []
    if source is None or not others:
        raise Http404("there is no other format of it")
    now, asked = read_clock(), request.POST if request.method == "POST" else request.GET
    target = next((one for one in others if one.reference == asked.get("to")), others[0])
    has = free_to_change(order.pk, source.pk)
    wish = Wish(order, source, target, _pieces(asked.get("pieces", ""), has, source, target))
    problem = ""
    if request.method == "POST":
        try:
            return _chosen(request, wish, now)
        except DomainError as refused:
            problem = refused.message
    looked, why_not = _looked(wish, now)
    context = page_context(
        request,
        order=order,
        source=source,
        title=full_title(source.sku.name, source.sku.format_name),
        others=others,
        wish=wish,
        has=has,
        looked=looked,
        fixed=why_fixed(source, now),
        until=last_day(source),
        problem=problem or why_not,
        cards=list(saved_cards(customer.pk, now)) if looked and looked.to_pay else [],
    )
    return render(request, "storefront/futures/format.html", context, status=422 if problem else 200)


def _pieces(typed: str, has: int, source: Lot, target: Lot) -> int:
    """What was typed; of a page that is opened as many as make whole pieces."""
    if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS:
        return int(typed)
    return has - has % smallest_step(millilitres_of(source.sku), millilitres_of(target.sku))


def _looked(wish: Wish, now: datetime) -> tuple[Looked | None, str]:
    """What it comes to; why it can't be had, where it can't."""
    try:
        return look_at(wish, now), ""
    except DomainError as refused:
        return None, refused.message


def _chosen(request: HttpRequest, wish: Wish, now: datetime) -> HttpResponse:
    shown = request.POST.get("shown", "")
    is_amount = shown.removeprefix("-").isdecimal() and shown.isascii() and len(shown) < 16
    change_format(
        wish=wish,
        # Nothing that could be shown is as much.
        expected_minor=int(shown) if is_amount else 10**15,
        card_reference=request.POST.get("card", ""),
        actor=customer_actor(request),
        now=now,
    )
    messages.success(request, f"Your wine will be bottled as {wish.target.sku.format_name}.")
    return redirect("storefront:futures")
