"""The shortest ways to a grant run, for tests that are about one step of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.world import World
from tirage.catalog.models import Sku
from tirage.customers.models import Customer
from tirage.offers.models import Offer
from tirage.wishes.granting import Give, Terms, continue_granting, draft_granting, start_granting
from tirage.wishes.models import GrantLine, GrantRun, Wish
from tirage.wishes.rules import Rule
from tirage.wishes.states import GrantState


def wished(world: World, customer: Customer, offer: Offer, sku: Sku, asked: int, **changes: Any) -> Wish:
    """An open promise for so many pieces."""
    facts: dict[str, Any] = {
        "kind": "promise",
        "asked": asked,
        "agreed_at": world.now,
        "made_at": world.now,
        "changed_at": world.now,
    }
    item = world.item(offer, sku)
    return Wish.objects.create(customer=customer, offer_item=item, **{**facts, **changes})


def shared(
    world: World, give: dict[Sku, int], rule: Rule = Rule.EQUAL, *, reserve: int = 0, **changes: Any
) -> GrantRun:
    """A draft that shares so many pieces of each wine out."""
    terms = Terms(**{name: changes.pop(name) for name in list(changes) if name in Terms.__slots__})
    return draft_granting(
        release=world.release,
        stock={sku.pk: Give(pieces, reserve) for sku, pieces in give.items()},
        rule=rule,
        terms=terms,
        actor=world.staff,
        now=world.now,
        **changes,
    )


def worked(world: World, run: GrantRun, now: datetime | None = None) -> GrantRun:
    """Begun and worked through by the worker."""
    moment = now or world.now
    run = start_granting(run=run, actor=world.staff, now=moment)
    while run.state == GrantState.RUNNING:
        run = continue_granting(run=run, limit=2, now=moment)
    return run


def line_of(run: GrantRun, wish: Wish) -> GrantLine:
    return run.lines.get(wish=wish)


def told(run: GrantRun) -> dict[str, tuple[str, int]]:
    """Outcome and pieces given, by the first name of the customer."""
    lines = run.lines.select_related("customer")
    return {line.customer.first_name: (line.outcome, line.given) for line in lines}


def sums(world: World, sku: Sku) -> dict[str, int]:
    """Where the bottles of a wine are, and what is said of them."""
    wishes = Wish.objects.filter(offer_item__sku=sku)
    stock = world.stock(sku)
    return {
        "sold": stock.sold,
        "held": stock.held,
        "granted": sum(wishes.values_list("granted", flat=True)),
        "granting": sum(wishes.values_list("granting", flat=True)),
    }
