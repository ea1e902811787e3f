"""What pages of the shop tell the black box: what they showed, what was pressed and what was answered.

Only of customers themselves: staff who look as them are no customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.http import HttpRequest

from tirage.checkout.recording import ShownWine, note_pressed, note_shown
from tirage.checkout.rules import ItemView, OfferPage
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.storefront.frame.forms import BOTTLES, WISH, read_quantities
from tirage.storefront.frame.identity import current_visit
from tirage.storefront.offer.wines import WineRow, held_until

_SAID = "TIRAGE_SAID"


def is_own(request: HttpRequest) -> bool:
    """The customers themselves, not staff who look as them."""
    visit = current_visit(request)
    return visit is not None and visit.seen is None


def record_offer(
    request: HttpRequest,
    customer: Customer,
    page: OfferPage,
    rows: Sequence[WineRow],
    *,
    problem: str = "",
    now: datetime,
) -> None:
    """The offer page, or the page that stood in its place; ``rows`` are its wines as they were printed."""
    if not is_own(request):
        return
    note_shown(
        customer_id=customer.pk,
        offer_id=page.offer.id if page.offer else None,
        name="offer",
        status=page.status.value,
        wines=wines_printed(rows, page.items),
        held_until=_until(page),
        problem=problem,
        at=now,
    )


def wines_printed(rows: Sequence[WineRow], items: Sequence[ItemView]) -> list[ShownWine]:
    """The wines of an offer page, as printed in ``rows``; without rows there are none."""
    return [_printed(row, item) for row, item in zip(rows, items, strict=False)]


def record_checkout(
    request: HttpRequest, customer: Customer, page: OfferPage, *, problem: str = "", now: datetime
) -> None:
    """The checkout, with what is in the cart."""
    if not is_own(request) or page.offer is None or page.cart is None:
        return
    note_shown(
        customer_id=customer.pk,
        offer_id=page.offer.id,
        name="checkout",
        status=page.status.value,
        wines=[_in_cart(line.item, line.quantity) for line in page.cart.lines],
        held_until=_until(page),
        problem=problem,
        at=now,
    )


def record_set_aside(
    request: HttpRequest,
    customer: Customer,
    page: OfferPage,
    quantities: Mapping[int, int],
    *,
    problem: str = "",
    now: datetime,
) -> None:
    """Bottles that are set aside, with how many of each were chosen (by offer item id)."""
    if not is_own(request) or page.offer is None:
        return
    note_shown(
        customer_id=customer.pk,
        offer_id=page.offer.id,
        name="set_aside",
        status=page.status.value,
        wines=[
            _in_cart(item, quantities.get(item.offer_item_id, item.in_cart))._replace(maximum=item.cap)
            for item in page.items
        ],
        held_until=page.cart.expires_at if page.cart else None,
        problem=problem,
        at=now,
    )


def record_wishes(
    request: HttpRequest,
    customer: Customer,
    page: OfferPage,
    wishes: Sequence[ShownWine],
    *,
    problem: str = "",
    now: datetime,
) -> None:
    """The page of all wishes, of whatever release; ``page`` is the offer that was open, if one was."""
    if not is_own(request):
        return
    note_shown(
        customer_id=customer.pk,
        offer_id=page.offer.id if page.offer else None,
        name="wishes",
        status=page.status.value,
        wines=wishes,
        problem=problem,
        at=now,
    )


def wish_shown(*, sku_id: int, asked: int, maximum: int, words: Sequence[str]) -> ShownWine:
    """A wish as its page printed it."""
    said = " · ".join(one for one in words if one)
    return ShownWine(sku_id, asked, maximum, said, "", "", 0, False, 0, asked, maximum, 0, 0)


def record_press(
    request: HttpRequest, customer: Customer, name: str, *, refusal: str = "", at: datetime
) -> None:
    """A button with the numbers that were sent, and what was answered (see ``answered``)."""
    if not is_own(request):
        return
    said = [*request.META.get(_SAID, ()), *([refusal] if refusal else [])]
    note_pressed(
        customer_id=customer.pk,
        name=name,
        bottles=_sent(request, BOTTLES),
        wishes=_sent(request, WISH),
        said=said,
        was_refused=bool(refusal),
        at=at,
    )


def answered(request: HttpRequest, *words: str) -> None:
    """What was said to a press besides a refusal, such as that there were fewer bottles."""
    request.META[_SAID] = [*request.META.get(_SAID, ()), *words]


def _sent(request: HttpRequest, prefix: str) -> Mapping[int, int]:
    try:
        sent = read_quantities(request.POST, prefix)
    except DomainError:
        return {}
    return {item: pieces for item, pieces in sent.items() if pieces}


def _until(page: OfferPage) -> datetime | None:
    return page.cart.expires_at if page.cart and held_until(page.cart) else None


def _printed(row: WineRow, item: ItemView) -> ShownWine:
    return ShownWine(
        sku_id=item.sku_id,
        quantity=row.quantity,
        maximum=row.maximum,
        limit=row.limit,
        state=row.state,
        problem=row.problem or row.wish_problem,
        in_cart=item.in_cart,
        is_held=item.is_held,
        bought=item.bought,
        wished=row.wished,
        wish_maximum=row.wish_maximum,
        free=item.free,
        elsewhere=max(item.unsold - item.free, 0),
    )


def _in_cart(item: ItemView, quantity: int) -> ShownWine:
    return ShownWine(
        sku_id=item.sku_id,
        quantity=quantity,
        maximum=item.takeable,
        limit="",
        state="",
        problem="",
        in_cart=item.in_cart,
        is_held=item.is_held,
        bought=item.bought,
        wished=item.wished,
        wish_maximum=item.wish_maximum,
        free=item.free,
        elsewhere=max(item.unsold - item.free, 0),
    )
