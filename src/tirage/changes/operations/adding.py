"""Bottles of the customer's offer into an order that they have already, instead of into a second one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tirage.changes.facts import own_offer
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.drafting import edit_draft, open_draft
from tirage.changes.operations.steps import lock_allowance
from tirage.changes.rules import AddWine
from tirage.checkout import statements
from tirage.checkout.models import Cart, CartLine
from tirage.checkout.operations.cart import refuse_pending
from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.customers.queries import orders_tests
from tirage.inventory.models import Hold, Stock
from tirage.inventory.operations import take_holds
from tirage.inventory.rules import Wanted
from tirage.inventory.statements import lock_counters


def add_to_order(
    *, order_reference: str, quantities: Mapping[int, int], actor: Actor, now: datetime
) -> ChangeDraft:
    """Puts wines of the customer's offer (pieces by offer item id) into the customer's draft for an order, held there.

    What the cart holds of them moves along: nobody else can take it in between. A draft whose bottles had lapsed gets
    these instead of those. Locks order, draft, cart, stock. Raises DomainError ``not_offered``, Conflict
    ``checkout_under_way``, and as ``open_draft`` and ``edit_draft``; then nothing has changed.
    """
    with transaction.atomic():
        draft = open_draft(order_reference=order_reference, actor=actor, now=now)
        lock_allowance(draft, now)
        page = own_offer(draft, now)
        offered = {item.offer_item_id: item for item in page.items} if page else {}
        wanted = {id: pieces for id, pieces in quantities.items() if pieces}
        in_test = orders_tests(draft.order.customer_id)
        # What was chosen as a test is never added to a real order, nor the other way round.
        if not offered.keys() >= wanted.keys() or in_test is not draft.order.is_test:
            raise DomainError("not_offered", "This wine is not in your offer any more.")
        had = {} if draft.expires_at > now else _added(draft)
        add = {offered[id].sku_id: pieces - had.get(offered[id].sku_id, 0) for id, pieces in wanted.items()}
        _leave_cart(draft, {id: offered[id].stock_id for id in wanted}, now)
        return edit_draft(
            draft_reference=draft.reference,
            add=[AddWine(sku_id, pieces) for sku_id, pieces in add.items() if pieces > 0],
            actor=actor,
            now=now,
        )


def _added(draft: ChangeDraft) -> dict[int, int]:
    return dict(draft.lines.filter(quantity__gt=0).values_list("sku_id", "quantity"))


def _leave_cart(draft: ChangeDraft, stocks: Mapping[int, int], now: datetime) -> None:
    """Takes these wines (stock by offer item id) out of the locked cart, with the locks that the draft will need."""
    order = draft.order
    if order.release_id is None:
        return
    cart = statements.lock_cart(order.customer_id, order.release_id)
    if cart is None:
        return
    refuse_pending(cart["pending_order_id"])
    if not order.is_test:
        _let_go(draft, cart["reference"], stocks, now)
    statements.write_lines(cart["id"], dict.fromkeys(stocks, 0))
    if not CartLine.objects.filter(cart_id=cart["id"]).exists():
        Cart.objects.filter(pk=cart["id"]).update(expires_at=None)


def _let_go(draft: ChangeDraft, cart_reference: str, stocks: Mapping[int, int], now: datetime) -> None:
    held = Hold.objects.filter(holder=draft.reference).values_list("stock_id", flat=True)
    moved = Stock.objects.filter(sku__in=draft.lines.values("sku")).values_list("pk", flat=True)
    lock_counters(sorted({*stocks.values(), *held, *moved}))
    take_holds(
        holder=cart_reference,
        wanted={stock_id: Wanted(0) for stock_id in stocks.values()},
        expires_at=now,
        now=now,
    )
