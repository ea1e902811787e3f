"""What the law of where a customer lives leaves of an offer, said while choosing, with what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from tirage.checkout.queries import quote_to
from tirage.checkout.rules import OfferPage
from tirage.checkout.volumes import Parcel, judge_parcel, parts_of, say_verdict
from tirage.checkout.ways_out import Out, WayOut, ways_out
from tirage.customers.models import Address, Customer
from tirage.delivery.limits.rules import Verdict
from tirage.delivery.limits.words import say_room
from tirage.delivery.queries import kinds_besides, quote_methods
from tirage.delivery.reach import say_place
from tirage.delivery.rules import Freight
from tirage.storefront.frame.holding import CHECKOUT, hold_url


@dataclass(frozen=True, slots=True)
class Said:
    """``outs`` are what can be done, each with the page on which it is done; none where that is this one."""

    words: str = ""
    outs: tuple[tuple[WayOut, str], ...] = ()


def volume_words(customer: Customer, page: OfferPage, now: datetime) -> Said:
    """What can't go to the customer's default address by its laws, or how much still can, where that is less than the
    offer has for them.

    Some statements where the place has laws or limits, none elsewhere; more where what is in the cart may not go.
    """
    if page.offer is None or not page.offer.is_limited:
        return Said()
    home = Address.objects.filter(customer=customer, is_default=True, removed_at__isnull=True).first()
    if home is None:
        return Said()
    chosen = page.cart.millilitres if page.cart else 0
    skus = frozenset(item.sku_id for item in page.items)
    parcel = Parcel(customer.pk, chosen, parts_of(home), now, skus=skus)
    verdict = judge_parcel(parcel)
    if verdict.is_beyond:
        return _of_cart(page, home, now) or Said(_beyond(verdict, parcel, home, now))
    most = sum(max(item.maximum - item.used, 0) * item.millilitres for item in page.items)
    if verdict.left is None or verdict.left >= most:
        return Said()
    return Said(say_room(verdict, say_place(*parcel.place)))


def _of_cart(page: OfferPage, home: Address, now: datetime) -> Said | None:
    """What can be done with what is in the cart already; None where that may go."""
    if page.cart is None or not page.cart.lines or (page.offer and page.offer.campaign):
        return None
    quote = quote_to(page, home.customer_id, home, now)
    if not quote.why:
        return None
    own = Address.objects.filter(customer_id=home.customer_id, removed_at__isnull=True).order_by("-pk")
    outs = ways_out(page, quote, home, list(own), now)
    return Said(quote.why, tuple((out, _page_of(out, home)) for out in outs))


def _page_of(out: WayOut, home: Address) -> str:
    if out.kind is Out.HOLD:
        return hold_url(near=home.reference, back=CHECKOUT)
    asked = {
        Out.WAY: {"address": home.reference, "method": out.value},
        Out.ADDRESS: {"address": out.value},
        Out.NEW: {"address": "new"},
    }.get(out.kind)
    return f"{reverse('storefront:checkout')}?{urlencode(asked)}" if asked else ""


def _beyond(verdict: Verdict, parcel: Parcel, home: Address, now: datetime) -> str:
    """Why, and which ways there are besides sending it; one statement."""
    ways = quote_methods(
        country=home.country,
        state=home.state,
        freight=Freight(0),
        free_shipping=False,
        customer_id=home.customer_id,
        now=now,
    )
    return say_verdict(verdict, parcel.place, kinds=kinds_besides(ways, home.location))
