"""The cellar: what there is of each sku, and why it came or went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.cellar.forms import REASON_WORDS, SkuForm, StockForm
from tirage.backoffice.cellar.list import SKUS, sku_url, wine_url
from tirage.backoffice.cellar.views.wines import found_vintage
from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.lists import list_page
from tirage.catalog import operations
from tirage.catalog.lwin import say_lwin
from tirage.catalog.models import Sku
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.hands import UNSEEN, Clash, Overtaken
from tirage.core.models import Event
from tirage.inventory.models import Movement
from tirage.inventory.operations import count_stock, move_stock
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.inventory.states import MovementReason
from tirage.offers.models import OfferItem
from tirage.parts.hands import Carried, found_again
from tirage.staff.permissions import Permission, staff_actor, staff_required

MOVEMENTS_SHOWN = 50


@require_GET
@staff_required(Permission.SEE_CELLAR)
def cellar(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        SKUS,
        title="Cellar",
        empty_text="Begin with a wine; then its vintage, then the sku that you sell.",
    )


@require_GET
@staff_required(Permission.SEE_CELLAR)
def sku(request: HttpRequest, code: str) -> HttpResponseBase:
    return _sku_page(request, _found(code), StockForm())


@require_POST
@staff_required(Permission.EDIT_STOCK)
def book_stock(request: HttpRequest, code: str) -> HttpResponseBase:
    """Books a count or a movement. When carts would lose bottles, asks first."""
    found, form = _found(code), StockForm(request.POST)
    asks, carried = "", _carried(found, request.POST)
    if form.is_valid():
        try:
            said = _book(request, found, form, carried)
        except Overtaken as refused:
            clash = refused.clashes["on_hand"]
            form.add_error("quantity", _say_moved(clash))
            carried = _carried(found)
        except DomainError as refused:
            if refused.code != "below_held":
                form.add_error("quantity", refused.message)
            asks = refused.message if refused.code == "below_held" else ""
        else:
            messages.success(request, said)
            return redirect(sku_url(found))
    return _sku_page(request, found, form, asks=asks, carried=carried)


def _carried(found: Sku, data: QueryDict | None = None) -> Carried:
    """What was on hand when a count began."""
    on_hand = stock_figures([found.pk], read_clock()).get(found.pk, NO_STOCK).on_hand
    return Carried(f"stock:{found.pk}", {"on_hand": on_hand}, data)


def _say_moved(clash: Clash) -> str:
    was = "" if clash.was is UNSEEN else f"{clash.was:,} were on hand when you began, "
    return (
        f"Bottles came or left while you counted: {was}{clash.theirs:,} are now, you counted {clash.yours:,}. "
        "The movements below say which. Count again, or book it once more if your count is right now."
    )


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_CELLAR)
def new_sku(request: HttpRequest, reference: str, year: str) -> HttpResponseBase:
    """A new sku of a vintage."""
    vintage = found_vintage(reference, year)
    form = SkuForm(request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_sku(
                sku=None, vintage=vintage, **form.cleaned_data, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You made {saved.code}. Book what is in the cellar below.")
            return redirect(sku_url(saved))
    return _form_page(request, form, f"New sku of {vintage}", wine_url(vintage.wine))


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_CELLAR)
def edit_sku(request: HttpRequest, code: str) -> HttpResponseBase:
    found = _found(code, request.POST)
    form = SkuForm(request.POST or None, initial=SkuForm.values_of(found), about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_sku(
                sku=Sku.objects.get(pk=found.pk),
                vintage=found.vintage,
                **form.typed,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {saved.code}.")
            return redirect(sku_url(saved))
    return _form_page(request, form, f"Edit {found.code}", sku_url(found))


@require_POST
@staff_required(Permission.EDIT_CELLAR)
def switch_sku(request: HttpRequest, code: str) -> HttpResponseBase:
    """Activates or deactivates, as the button says."""
    found = _found(code)
    act = operations.activate_sku if request.POST.get("act") == "activate" else operations.deactivate_sku
    saved = act(sku=found, actor=staff_actor(request), now=read_clock())
    words = "can go into offers again" if saved.is_active else "stays out of new offers"
    messages.success(request, f"{saved.code} {words}.")
    return redirect(sku_url(saved))


def _book(request: HttpRequest, found: Sku, form: StockForm, carried: Carried) -> str:
    values = form.cleaned_data
    facts: dict[str, Any] = {
        "sku_id": found.pk,
        "note": values["note"],
        "release_holds": values["release_holds"],
        "actor": staff_actor(request),
        "now": read_clock(),
    }
    if form.is_count:
        movement = count_stock(counted=values["quantity"], shown=carried.values, **facts)
        if movement is None:
            return f"Counted: {values['quantity']:,}, as expected. Nothing was booked."
    else:
        reason, quantity = form.movement
        movement = move_stock(quantity=quantity, reason=reason, **facts)
    return f"Booked {movement.quantity:+,} of {found.code}."


def _sku_page(
    request: HttpRequest, found: Sku, form: StockForm, asks: str = "", carried: Carried | None = None
) -> HttpResponseBase:
    figures = stock_figures([found.pk], read_clock()).get(found.pk, NO_STOCK)
    movements = Movement.objects.filter(stock__sku=found).order_by("-id")[:MOVEMENTS_SHOWN]
    offers = OfferItem.objects.filter(sku=found).select_related("offer__release", "offer__group")
    return render(
        request,
        "backoffice/cellar/sku.html",
        {
            "crumbs": [
                ("Cellar", reverse("backoffice:cellar")),
                (found.vintage.wine.name, wine_url(found.vintage.wine)),
                (found.code, ""),
            ],
            "sku": found,
            "lwin": say_lwin(found.lwin),
            "figures": figures,
            "carried": carried or Carried(f"stock:{found.pk}", {"on_hand": figures.on_hand}),
            "movements": [(row, REASON_WORDS[MovementReason(row.reason)]) for row in movements],
            "items": list(offers.order_by("-offer__opens_at", "id")[:20]),
            "events": list(
                Event.objects.filter(subject_kind="sku", subject_id=found.pk).order_by("-id")[:30]
            ),
            "form": form,
            "asks": asks,
            "now": read_clock(),
        },
        status=200,
    )


def _found(code: str, data: Mapping[str, Any] | None = None) -> Sku:
    """The sku of an address; of a form that was sent to it the one that it is about, whatever its code is by now."""
    rows = Sku.objects.select_related("vintage__wine", "vintage__label").defer("vintage__label__data")
    return found_again(rows, data or {}, code=code)


def _form_page(request: HttpRequest, form: SkuForm, title: str, cancel_url: str) -> HttpResponseBase:
    return render(
        request,
        "backoffice/frame/form_page.html",
        {
            "title": title,
            "crumbs": [("Cellar", reverse("backoffice:cellar")), (title, "")],
            "form": form,
            "submit": "Save the sku",
            "cancel_url": cancel_url,
        },
    )
