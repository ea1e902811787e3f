"""Taking a split of a draft: what may go now stays in it, the rest is set aside for the customer until it may go."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.changes.facts import gather_facts
from tirage.changes.operations.drafting import edit_draft
from tirage.changes.operations.steps import lock_allowance, lock_draft, refuse_closed
from tirage.changes.splitting import DraftSplit, split_of_draft
from tirage.checkout.operations.splitting import keep_rest, say_split
from tirage.core.actors import Actor
from tirage.core.again import again_when_taken
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName


@again_when_taken("checkout_cart")
def split_draft(
    *, draft_reference: str, expected: str, seen: int | None, actor: Actor, now: datetime
) -> DraftSplit:
    """Leaves in staff's draft what may go now, and sets the rest aside for its customer until a week after it may go.

    ``expected`` is the split that the page showed (``DraftSplit.key``). No bottle is free in between: both are held
    in one transaction. Locks order, draft, cart, the address's place, stock. Records ``cart.split``. Raises as
    ``edit_draft``, and Conflict ``split_changed``; then nothing has changed.
    """
    with transaction.atomic():
        draft = lock_draft(draft_reference, actor)
        refuse_closed(draft)
        lock_allowance(draft, now)
        split = split_of_draft(gather_facts(draft, now, locks=True), now)
        if split is None or split.key != expected:
            raise Conflict(
                "split_changed",
                "What may go there has changed since this page was opened. Nothing was split: look at it again.",
            )
        customer = draft.order.customer
        edit_draft(draft_reference=draft_reference, pieces=dict(split.now), seen=seen, actor=actor, now=now)
        keep_rest(customer=customer, offer_id=split.offer_id, rest=split.later, on=split.on, now=now)
        record_event(
            EventName.CART_SPLIT,
            "customer",
            customer.pk,
            text=say_split(split.rest, split.on),
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )
    return split
