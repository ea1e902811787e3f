"""How wine that isn't bottled yet is said, on pages and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from tirage.catalog.lwin import say_lwin
from tirage.catalog.rules import full_title
from tirage.core.dated import say_date
from tirage.core.money import say_money
from tirage.core.winery import current_winery, local_time
from tirage.futures.formats.offering import last_day
from tirage.futures.holding import Held, Holding, holding_of
from tirage.futures.models import Certificate, Lot
from tirage.futures.states import LotStage
from tirage.parts.documents import qr_svg, typeset
from tirage.storefront.frame.identity import page_context, shop_time
from tirage.storefront.futures.settling import settlement_of

#: The way of wine from its order to its customer; where a lot is, the steps before it are done.
TIMELINE = ("Ordered", "Élevage", "Bottled", "Arrived", "Settlement", "On its way")
_AT = {LotStage.ELEVAGE: 1, LotStage.BOTTLED: 2, LotStage.ARRIVED: 3}
_LATER = "Delivery, customs, duty and taxes are asked for at release."


@dataclass(frozen=True, slots=True)
class Step:
    words: str
    is_done: bool
    is_here: bool


def certificate_words(request: HttpRequest, made: Certificate, *, is_own: bool) -> dict[str, Any]:
    held = holding_of(made.order)
    return page_context(
        request,
        certificate=made,
        is_own=is_own,
        owner=made.order.recipient if is_own else "",
        held=[held_words(one) for one in held.held] if held else [],
        is_paid=held is not None and not held.to_come,
        check_url=_check_url(request, made),
        at=shop_time(request),
    )


def certificate_document(request: HttpRequest, made: Certificate, *, now: datetime) -> bytes:
    """The certificate as a PDF, with a code that leads to its check."""
    held, url = holding_of(made.order), _check_url(request, made)
    is_paid = held is not None and not held.to_come
    paid = "in full" if is_paid else "in part; the rest comes by its plan"
    issued, today = (say_date(local_time(at).date()) for at in (made.made_at, now))
    facts = {
        "heading": "Certificate",
        "reference": made.reference,
        "keeps": f"We keep this wine for {made.order.recipient}, in bond, until it is released.",
        "lines": [_line_of(one) for one in (held.held if held else ())],
        "paid": f"Its price in bond is paid {paid}. {_LATER}",
        "issued": f"Issued {issued}. It says what our books said on {today}.",
        "check": "Anybody can check it at the address below, which doesn’t say whose it is.",
        "check_url": url,
        "code": qr_svg(url),
    }
    return typeset("certificate", facts, title=f"Certificate {made.reference}", now=now)


def _line_of(one: Held) -> dict[str, Any]:
    words = held_words(one)
    about = f"Expected {words['window']}{', LWIN ' if words['lwin'] else ''}{words['lwin']}"
    return {
        "title": words["title"],
        "about": about,
        "format": words["format"],
        "pieces": one.pieces,
        "lot": one.lot.name,
        "lot_reference": one.lot.reference,
    }


def _check_url(request: HttpRequest, made: Certificate) -> str:
    return request.build_absolute_uri(reverse("storefront:check_certificate", args=[made.reference]))


def holding_words(one: Holding) -> dict[str, Any]:
    locale = current_winery().locale
    return {
        "order": one.order,
        "held": [held_words(held) for held in one.held],
        "cost": say_money(one.cost, locale),
        "paid": say_money(one.paid, locale),
        "to_come": say_money(one.to_come, locale) if one.to_come else "",
        "settlement": settlement_of(one.order),
    }


def held_words(one: Held) -> dict[str, Any]:
    return {
        "title": full_title(one.lot.sku.name, one.lot.sku.format_name),
        "format": one.lot.sku.format_name,
        "vintage": one.lot.sku.vintage.year,
        "lwin": say_lwin(one.lot.sku.lwin),
        "pieces": one.pieces,
        "cost": one.cost,
        "lot": one.lot,
        "window": _window(one.lot),
        "format_until": last_day(one.lot),
        "steps": _steps(one.lot),
    }


def _window(lot: Lot) -> str:
    first, last = f"{lot.window_from:%B %Y}", f"{lot.window_until:%B %Y}"
    return first if first == last else f"{first} to {last}"


def _steps(lot: Lot) -> list[Step]:
    here = _AT[LotStage(lot.stage)]
    return [Step(words, place < here, place == here) for place, words in enumerate(TIMELINE)]
