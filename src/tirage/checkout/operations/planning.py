"""*Choose before nine*: what a customer means to take of an offer that isn't open yet.

A plan holds nothing and charges nothing. At the opening its customer presses one button, and what is there then is
taken as by any other cart: by the same operation, the same rules and the same locks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from tirage.checkout import statements
from tirage.checkout.models import OpeningPlan
from tirage.checkout.operations.cart import CartOutcome, set_cart
from tirage.checkout.queries import page_of
from tirage.checkout.rules import CartLineView, CartView, OfferPage, discount_minor, measure_progress
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.money import Money, total
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.offers.rules import OfferStatus


@dataclass(frozen=True, slots=True)
class PlanWays:
    """Where to, how and by which card, by reference as the checkout's form names them; empty for what is usual."""

    address: str = ""
    method: str = ""
    card: str = ""
    uses_credit: bool = True


def keep_plan(
    *, customer: Customer, quantities: Mapping[int, int], ways: PlanWays, actor: Actor, now: datetime
) -> OpeningPlan:
    """Keeps what the customer means to take, in pieces by offer item id, in place of what was planned before.

    Holds nothing. Records ``plan.kept``. Raises DomainError ``no_plan`` where no offer of theirs is about to open or
    its wines aren't shown, ``beyond_allowance`` (with a field per item), ``plan_empty``.
    """
    page = _upcoming(customer, now)
    wanted = {id: pieces for id, pieces in quantities.items() if pieces}
    _check(page, wanted)
    plan, _ = OpeningPlan.objects.update_or_create(
        customer=customer,
        offer_id=page.offer.id if page.offer else 0,
        defaults={
            "wines": {str(id): pieces for id, pieces in wanted.items()},
            "address": ways.address[:16],
            "method": ways.method[:16],
            "card": ways.card[:16],
            "uses_credit": ways.uses_credit,
            "changed_at": now,
            "used_at": None,
        },
    )
    release = page.offer.release_name if page.offer else ""
    record_event(
        EventName.PLAN_KEPT,
        "customer",
        customer.pk,
        text=f"planned what to take of {release} when it opens",
        customer_id=customer.pk,
        actor=actor,
        now=now,
    )
    return plan


def drop_plan(*, customer: Customer, offer_id: int, actor: Actor, now: datetime) -> None:
    """Forgets a plan that wasn't used. Harmless without one."""
    OpeningPlan.objects.filter(customer=customer, offer_id=offer_id, used_at=None).delete()


def plan_of(customer: Customer, offer_id: int) -> OpeningPlan | None:
    """What the customer planned and hasn't used; one statement."""
    return OpeningPlan.objects.filter(customer=customer, offer_id=offer_id, used_at=None).first()


def take_plan(
    *, customer: Customer, plan: OpeningPlan, pieces: Mapping[int, int], actor: Actor, now: datetime
) -> CartOutcome:
    """Puts what was planned (``pieces`` of it by offer item id) into the cart, as far as it is there; pressed twice
    it is taken once.

    The plan is marked and the bottles are held in one transaction: what is refused leaves it as it was. Locks plan,
    cart, stock. Raises Conflict ``plan_used`` and whatever ``set_cart`` does.
    """
    with transaction.atomic():
        mine = OpeningPlan.objects.filter(pk=plan.pk, customer=customer, used_at=None)
        if not mine.update(used_at=now):
            raise Conflict(
                "plan_used", "Your plan was taken already. What it brought is in your cart or order."
            )
        return set_cart(customer=customer, quantities=pieces, actor=actor, now=now)


def pieces_of(plan: OpeningPlan) -> dict[int, int]:
    """Pieces by offer item id."""
    return {int(id): int(pieces) for id, pieces in plan.wines.items()}


def as_planned(page: OfferPage, pieces: Mapping[int, int]) -> OfferPage:
    """The page as if the pieces were in its cart, so that it can be priced as a checkout. Nothing is held.

    What is beyond the rules of now shrinks to them; a wine that is no longer offered is left out.
    """
    if page.offer is None:
        return page
    chosen = [(item, min(pieces.get(item.offer_item_id, 0), item.cap)) for item in page.items]
    lines = [CartLineView(item, count, False, item.price * count) for item, count in chosen if count > 0]
    subtotal = total((line.amount for line in lines), current_winery().currency)
    discount = Money(discount_minor(subtotal.minor, page.offer.discount_bp), subtotal.currency)
    bottles = sum(line.quantity * line.item.units for line in lines)
    cart = CartView(
        reference="",
        attempt=0,
        expires_at=None,
        is_live=False,
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        progress=measure_progress(page.offer.rules, bottles=bottles, subtotal=subtotal),
        pending_order_reference="",
    )
    return replace(page, cart=cart)


def _upcoming(customer: Customer, now: datetime) -> OfferPage:
    row = statements.offer_of_customer(customer.pk, now)
    page = page_of(row, customer.pk, now) if row else None
    if page is None or page.offer is None or page.status is not OfferStatus.NOT_YET:
        raise DomainError("no_plan", "There is nothing to plan: no offer of yours is about to open.")
    if not page.offer.shown_early:
        raise DomainError("no_plan", "The wines of this offer are shown when it opens.")
    return page


def _check(page: OfferPage, wanted: Mapping[int, int]) -> None:
    if not wanted:
        raise DomainError("plan_empty", "Choose at least one bottle.")
    found = {}
    for id, pieces in wanted.items():
        item = page.item(id)
        why = item.limits.refusal(pieces, bought=item.used) if item else "This wine isn’t in your offer."
        if why:
            found[f"item-{id}"] = f"{item.name}: {why}" if item else why
    if found:
        raise DomainError("beyond_allowance", next(iter(found.values())), found)
