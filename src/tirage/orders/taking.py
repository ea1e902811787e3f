"""Orders that staff put together for a customer: begun with nothing on them, placed by their first change."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo
from tirage.orders.states import Channel, OrderState


def begin_order(
    *,
    customer_id: int,
    release_id: int | None,
    offer_id: int | None,
    group_id: int | None,
    method_id: int | None,
    ship_to: ShipTo,
    actor: Actor,
    now: datetime,
) -> Order:
    """An order with nothing on it, which nobody lists or counts until ``place_begun``.

    Inside the caller's transaction. Locks the customer. Records ``order.started``. Raises IntegrityError where the
    customer has one already; Conflict ``erased`` where the customer was erased while somebody began it.
    """
    order = Order.objects.create(
        customer_id=customer_id,
        release_id=release_id,
        offer_id=offer_id,
        group_id=group_id,
        state=OrderState.DRAFT.value,
        channel=Channel.TELEPHONE.value,
        currency=current_winery().currency,
        made_at=now,
        method_id=method_id,
        recipient=ship_to.recipient,
        company=ship_to.company,
        line1=ship_to.line1,
        line2=ship_to.line2,
        city=ship_to.city,
        ship_state=ship_to.state,
        postal_code=ship_to.postal_code,
        country=ship_to.country,
        phone=ship_to.phone,
        location=ship_to.location,
    )
    refuse_erased_meanwhile(customer_id)
    record_event(
        EventName.ORDER_STARTED,
        "order",
        order.pk,
        text="began an order for the customer",
        customer_id=customer_id,
        actor=actor,
        now=now,
    )
    return order


def refuse_erased_meanwhile(customer_id: int) -> None:
    """Waits for whoever is erasing the customer. Locks the customer. Raises Conflict ``erased``."""
    customer = lock_row(Customer.objects.filter(pk=customer_id))
    if customer is not None and customer.erased_at is not None:
        raise Conflict("erased", "This customer was erased a moment ago.")


def place_begun(*, order: Order, of_offer: bool, now: datetime) -> None:
    """Places an order that was begun and is locked, in the transaction that enters what is on it as its first change.

    One with no wine of the offer that it was begun from is of no release.
    """
    columns = {"state": OrderState.PLACED.value, "made_at": now, "placed_at": now}
    of_release = {} if of_offer else {"release_id": None, "offer_id": None}
    if not Order.objects.filter(pk=order.pk, state=OrderState.DRAFT.value).update(**columns, **of_release):
        raise RuntimeError(f"order {order.pk} was placed before")
    order.refresh_from_db(fields=[*columns, "release", "offer"])
