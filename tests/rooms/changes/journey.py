"""The shortest ways to a change of an order, for tests that are about one step of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.rooms.checkout.journey import buy, customer_actor
from tests.world import World, save_test_card
from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import Confirmed, confirm_draft, edit_draft, open_draft
from tirage.changes.queries import find_draft, quote_draft
from tirage.changes.rules import AddWine, ChangeQuote, OfflineMoney, line_key
from tirage.changes.states import SettleBy
from tirage.core.actors import Actor
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold
from tirage.orders.models import Order
from tirage.orders.queries import order_lines
from tirage.payments.models import PaymentMethod


def bought(world: World, customer: Customer, wanted: dict[str, int], **changes: Any) -> Order:
    """An order of so many pieces of each sku code, placed and paid."""
    placed = buy(world, customer, wanted, world.now, **changes)
    assert placed.status == "placed", placed
    return Order.objects.get(reference=placed.order_reference)


def key_of(order: Order, sku: Sku) -> str:
    """The form's name of the first line of a wine on the order."""
    line = next(line for line in order_lines(order) if line.sku_id == sku.pk)
    return line_key(line.sku_id, line.unit_price.minor)


def draft_of(
    world: World, order: Order, actor: Actor, now: datetime | None = None, **edits: Any
) -> ChangeDraft:
    """A draft with these edits; ``add`` may be given as ``{sku: pieces}``."""
    moment = now or world.now
    draft = open_draft(order_reference=order.reference, actor=actor, now=moment)
    if isinstance(edits.get("add"), dict):
        edits["add"] = [AddWine(sku.pk, pieces) for sku, pieces in edits["add"].items()]
    return edit_draft(draft_reference=draft.reference, actor=actor, now=moment, **edits) if edits else draft


def quoted(draft: ChangeDraft, actor: Actor, now: datetime) -> ChangeQuote:
    return quote_draft(find_draft(draft.reference, actor), now)


def confirm(
    world: World, draft: ChangeDraft, actor: Actor, now: datetime | None = None, **how: Any
) -> Confirmed:
    """Confirms what is quoted now, by the card of the order's customer unless ``how`` says otherwise."""
    moment = now or world.now
    quote = quoted(draft, actor, moment)
    order = Order.objects.get(reference=quote.order_reference)
    cards = PaymentMethod.objects.filter(customer_id=order.customer_id, removed_at=None)
    facts = {
        "expected_difference_minor": quote.difference.minor,
        "expected_settlement_minor": quote.settlement.minor,
        "payment_method": cards.order_by("-is_default").first(),
        **how,
    }
    return confirm_draft(draft_reference=draft.reference, actor=actor, now=moment, **facts)


def held_for(draft: ChangeDraft, now: datetime) -> int:
    """Pieces that the draft holds now."""
    live = Hold.objects.filter(holder=draft.reference, expires_at__gt=now)
    return sum(live.values_list("quantity", flat=True))


def pieces_on(order: Order) -> dict[str, int]:
    """Pieces by sku code."""
    found: dict[str, int] = {}
    for line in order_lines(order):
        found[line.code] = found.get(line.code, 0) + line.quantity
    return found


def snapshot(order: Order) -> dict[str, Any]:
    """All that a refused act must leave as it was."""
    fresh = Order.objects.get(pk=order.pk)
    columns = {field.name: getattr(fresh, field.attname) for field in Order._meta.concrete_fields}
    return {
        **columns,
        "lines": pieces_on(fresh),
        "changes": fresh.changes.count(),
        "payments": sorted(fresh.payments.values_list("pk", "state", "amount_minor")),
        "drafts": sorted(fresh.drafts.values_list("pk", "state", "base_number", "expires_at")),
        "draft_lines": sorted(fresh.drafts.values_list("pk", "lines__sku", "lines__quantity")),
        "stock": sorted(
            fresh.lines.values_list("sku__stock__sold", "sku__stock__held", "sku__stock__on_hand")
        ),
        "holds": sorted(Hold.objects.values_list("holder", "stock", "quantity", "expires_at")),
    }


def one_more(world: World, order: Order, actor: Actor | None = None) -> ChangeDraft:
    """Ben wants one Cabernet more: 129.60."""
    return draft_of(world, order, actor or customer_actor(world.ben), add={world.cabernet: 1})


def card_that(world: World, behaviour: Behaviour) -> PaymentMethod:
    return save_test_card(world.ben, world.now, behaviour=behaviour, last4="0001", is_default=False)


def state_of(draft: ChangeDraft) -> str:
    return ChangeDraft.objects.values_list("state", flat=True).get(pk=draft.pk)


def whole(order: Order) -> dict[str, Any]:
    """What a change that isn't made must leave as it was: everything but its own draft, holds and tries."""
    everything = snapshot(order)
    for name in ("payments", "drafts", "draft_lines", "stock", "holds"):
        everything.pop(name)
    return everything


def paid_by_hand(world: World, kind: str) -> Order:
    """Ben's third bottle, 129.60, came by other roads than his card."""
    order = bought(world, world.ben, {"CAB23": 2})
    offline = OfflineMoney(kind, "Number 7")
    confirm(
        world, one_more(world, order, world.staff), world.staff, settle_by=SettleBy.OFFLINE, offline=offline
    )
    return order


__all__ = [
    "bought",
    "card_that",
    "confirm",
    "customer_actor",
    "draft_of",
    "held_for",
    "key_of",
    "one_more",
    "paid_by_hand",
    "pieces_on",
    "quoted",
    "snapshot",
    "state_of",
    "whole",
]
