"""An order that staff put together for a customer: a draft whose order is there with nothing on it until it is placed.

From there on it is edited, priced, held, settled and let go as every draft is.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from tirage.changes.facts import LATE
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import life_of, lock_draft
from tirage.changes.states import LIVE, DraftState, Maker
from tirage.checkout.queries import load_offer_page
from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer, Membership
from tirage.customers.states import GroupKind
from tirage.delivery.queries import quote_methods, special_of
from tirage.delivery.rules import Freight
from tirage.offers.models import Offer
from tirage.offers.rules import OfferStatus
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo
from tirage.orders.states import OrderState
from tirage.orders.taking import begin_order


def open_new_order(
    *, customer: Customer, offer: Offer | None = None, actor: Actor, now: datetime
) -> ChangeDraft:
    """The draft of what the team puts together for a customer, begun now if there is none.

    Its wines are those of ``offer``, else of the customer's own offer; others can be added. It goes to the customer's
    usual address, the first way that leads there, until somebody says otherwise. There is one a customer, whoever of
    the team began it. Locks order, draft. Records ``order.started``. Raises DomainError ``suspended``.
    """
    if not customer.is_active:
        raise DomainError("suspended", "This customer is suspended. Reinstate the customer before you order.")
    try:
        return _open(customer, offer, actor, now)
    except IntegrityError:
        # A colleague was a moment faster: theirs is there now.
        return _open(customer, offer, actor, now)


@transaction.atomic
def _open(customer: Customer, offer: Offer | None, actor: Actor, now: datetime) -> ChangeDraft:
    begun = live_new_order(customer.pk)
    if begun is not None:
        draft = lock_draft(begun.reference, actor)
        if draft.state == DraftState.OPEN and offer is not None:
            _begin_from(draft, offer)
        return draft
    own = offer or _own_offer(customer, now)
    address = Address.objects.filter(customer=customer, is_default=True, removed_at__isnull=True).first()
    allocation = Membership.objects.filter(customer=customer, kind=GroupKind.ALLOCATION.value)
    order = begin_order(
        customer_id=customer.pk,
        release_id=own.release_id if own else None,
        offer_id=own.pk if own else None,
        group_id=own.group_id if own else allocation.values_list("group_id", flat=True).first(),
        method_id=_usual_way(address, now) if address else None,
        ship_to=ShipTo.of(address) if address else ShipTo(customer.name, phone=customer.phone),
        actor=actor,
        now=now,
    )
    draft = ChangeDraft(
        order=order,
        maker=Maker.STAFF.value,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        base_number=0,
        made_at=now,
    )
    draft.expires_at = life_of(draft, now)
    draft.save(force_insert=True)
    return draft


def _begin_from(draft: ChangeDraft, offer: Offer) -> None:
    """What has no wine yet goes over to another offer."""
    if draft.order.offer_id == offer.pk or draft.lines.exists():
        return
    of_offer = {"offer": offer, "release_id": offer.release_id, "group_id": offer.group_id}
    Order.objects.filter(pk=draft.order_id).update(**of_offer)
    draft.order.refresh_from_db(fields=["offer", "release", "group"])


def _own_offer(customer: Customer, now: datetime) -> Offer | None:
    """The offer that the customer calls about: open, to open, or closed not long ago. None of wine en primeur, which
    its customer agrees to."""
    page = load_offer_page(customer, now)
    if (
        page.offer is None
        or page.offer.campaign
        or page.status is OfferStatus.NONE
        or page.offer.closes_at < now - LATE
    ):
        return None
    return Offer.objects.get(pk=page.offer.id)


def _usual_way(address: Address, now: datetime) -> int | None:
    """The first way of sending that customers may choose and that leads there."""
    quotes = quote_methods(
        country=address.country,
        state=address.state,
        special=special_of(address),
        customer_id=address.customer_id,
        freight=Freight(1000),
        free_shipping=False,
        now=now,
    )
    ships = [one.method_id for one in quotes if one.kind.is_sent and not one.refuses]
    return next(iter(ships), None)


def live_new_order(customer_id: int) -> ChangeDraft | None:
    """What the team puts together for a customer now, or waits for money; None where there is nothing."""
    drafts = ChangeDraft.objects.filter(
        order__customer_id=customer_id,
        order__state=OrderState.DRAFT.value,
        state__in=[state.value for state in LIVE],
    )
    return drafts.select_related("order").first()
