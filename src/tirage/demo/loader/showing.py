"""The black box of the release that is open: what those with a cart pressed, and the page that they look at now."""

from __future__ import annotations

from datetime import datetime

from tirage.checkout.models import Cart
from tirage.checkout.queries import load_offer_page, with_banks
from tirage.checkout.recording import note_pressed, note_shown, write_recordings
from tirage.offers.rules import OfferStatus
from tirage.storefront.offer.black_box import wines_printed
from tirage.storefront.offer.wines import wine_rows

#: Carts whose customers are looked at.
MOST = 40


def keep_black_box(now: datetime) -> None:
    """For the carts that were changed last."""
    carts = Cart.objects.filter(lines__quantity__gt=0, kept_until=None).select_related("customer").distinct()
    for cart in carts.order_by("-changed_at", "pk")[:MOST]:
        page = load_offer_page(cart.customer, now)
        if (
            page.status is not OfferStatus.OPEN
            or page.offer is None
            or cart.release_id != page.offer.release_id
        ):
            continue
        pieces = dict(cart.lines.filter(quantity__gt=0).values_list("offer_item", "quantity"))
        note_pressed(
            customer_id=cart.customer_id,
            name="hold",
            bottles=pieces,
            wishes={},
            said=[],
            was_refused=False,
            at=cart.changed_at,
        )
        items = with_banks(page.items, cart.customer_id)
        note_shown(
            customer_id=cart.customer_id,
            offer_id=page.offer.id,
            name="offer",
            status=page.status.value,
            wines=wines_printed(wine_rows(page, now, {}, {}), items),
            held_until=page.cart.expires_at if page.cart and page.cart.is_live else None,
            at=now,
        )
    write_recordings()
