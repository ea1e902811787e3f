"""What the law of where a customer lives leaves of an offer, said while choosing."""

from __future__ import annotations

from datetime import datetime

from tirage.checkout.rules import OfferPage
from tirage.checkout.volumes import Parcel, judge_parcel, parts_of, say_verdict
from tirage.customers.models import Address, Customer
from tirage.delivery.limits.words import say_room
from tirage.delivery.reach import say_place


def volume_words(customer: Customer, page: OfferPage, now: datetime) -> str:
    """What can't go to the customer's default address by its laws, or how much still can, where that is less than the
    offer has for them.

    Some statements where the place has laws or limits, none elsewhere.
    """
    if page.offer is None or not page.offer.is_limited:
        return ""
    home = Address.objects.filter(customer=customer, is_default=True, removed_at__isnull=True).first()
    if home is None:
        return ""
    chosen = page.cart.millilitres if page.cart else 0
    skus = frozenset(item.sku_id for item in page.items)
    parcel = Parcel(customer.pk, chosen, parts_of(home), now, skus=skus)
    verdict = judge_parcel(parcel)
    if verdict.broken:
        return say_verdict(verdict, parcel.place)
    most = sum(max(item.maximum - item.used, 0) * item.millilitres for item in page.items)
    if verdict.left is None or verdict.left >= most:
        return ""
    return say_verdict(verdict, parcel.place) or say_room(verdict, say_place(*parcel.place))
