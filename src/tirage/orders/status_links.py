"""The link in a mail by which an order's way is followed without signing in: it shows little, and changes nothing."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tirage.orders.models import Order
from tirage.orders.states import OrderState

#: From when its mail was made; each later mail about the order has a new one.
LIFE = timedelta(days=90)
_SALT = "tirage.orders.status"
#: Of these nobody has had a mail.
_UNKNOWN = [OrderState.DRAFT.value, OrderState.BOOKED.value]


def status_link(order: Order) -> str:
    """The public address. Signing out everywhere ends it, as it ends all links in mails."""
    token = signing.dumps([order.reference, order.customer.session_epoch], salt=_SALT)
    return str(settings.SITE_URL + reverse("storefront:order_status", args=[token]))


def order_by_link(token: str) -> Order | None:
    """The order of a link with its customer; None for what isn't ours, is too old or was ended. One statement."""
    try:
        reference, epoch = signing.loads(token, salt=_SALT, max_age=LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = Order.objects.select_related("customer").filter(reference=str(reference), removed_at=None)
    order = found.exclude(state__in=_UNKNOWN).first()
    return order if order and order.customer.session_epoch == epoch else None
