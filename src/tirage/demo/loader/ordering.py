"""Two orders that staff took: one by telephone, placed and paid by check; one at the winery is being put together, its
bottles held.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from tirage.changes.models import ChangeDraft
from tirage.changes.operations import confirm_draft, edit_draft, open_new_order
from tirage.changes.queries import find_draft, quote_draft
from tirage.changes.rules import AddWine, ChangeQuote, OfflineMoney
from tirage.changes.states import SettleBy
from tirage.checkout.models import Cart
from tirage.checkout.queries import load_offer_page
from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer
from tirage.customers.states import CustomerStatus
from tirage.demo.loader.context import Load
from tirage.demo.loader.today import HELD, NEARLY, SOLD_OUT
from tirage.inventory.models import Hold
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.orders.states import TAKEN, Channel
from tirage.payments.models import Payment
from tirage.payments.states import OfflineKind

#: Looked at for two who can order as they are; the first wines that they may have, so many of each.
TRIED, WINES, PIECES = 400, 2, 3


def take_calls(load: Load, by: Actor) -> None:
    """A call of three hours ago, paid by check, and the one of half an hour ago."""
    now = load.now
    callers = _callers(now)
    placed = _put_together(callers, now - timedelta(hours=3), by)
    if placed is None:
        return
    draft, quote = placed
    confirm_draft(
        draft_reference=draft.reference,
        expected_difference_minor=quote.difference.minor,
        expected_settlement_minor=quote.settlement.minor,
        settle_by=SettleBy.OFFLINE,
        offline=OfflineMoney(OfflineKind.CHEQUE.value, "Check 2207, in the mail"),
        actor=by,
        now=now - timedelta(hours=2, minutes=50),
    )
    left = [one for one in callers if one.pk != draft.order.customer_id]
    _put_together(
        left,
        now - timedelta(minutes=25),
        by,
        gift_note="For your twentieth. Your parents.",
        channel=Channel.WINERY,
    )
    for begun in ChangeDraft.objects.filter(order__channel__in=TAKEN).order_by("pk"):
        _name(load, begun)


def _name(load: Load, draft: ChangeDraft) -> None:
    """The same in every demo, as everything of it."""
    reference, order = load.reference("CHG"), Order.objects.filter(pk=draft.order_id)
    Hold.objects.filter(holder=draft.reference).update(holder=reference)
    for payment in Payment.objects.filter(purpose=draft.reference):
        own = load.reference("PAY")
        Payment.objects.filter(pk=payment.pk).update(reference=own, idempotency_key=own, purpose=reference)
    ChangeDraft.objects.filter(pk=draft.pk).update(reference=reference)
    carts = Cart.objects.filter(customer__orders=draft.order_id, lines__isnull=True)
    carts.update(reference=load.reference("CRT"))
    order.update(reference=load.reference("ORD"))


def _callers(now: datetime) -> list[Customer]:
    """Members with an open offer and an address, who bought nothing of it and have no cart."""
    open_now = Offer.objects.filter(
        is_active=True, opens_at__lte=now - timedelta(hours=4), closes_at__gt=now, group__is_test=False
    )
    mine = {"customer": OuterRef("pk"), "release__in": open_now.values("release")}
    found = Customer.objects.filter(
        Exists(Address.objects.filter(customer=OuterRef("pk"), is_default=True, removed_at__isnull=True)),
        ~Exists(Order.objects.filter(**mine)),
        ~Exists(Cart.objects.filter(**mine)),
        status=CustomerStatus.ACTIVE.value,
        memberships__group__in=open_now.values("group"),
    )
    return list(found.order_by("-pk")[:TRIED])


def _put_together(
    callers: list[Customer],
    at: datetime,
    by: Actor,
    gift_note: str = "",
    channel: Channel = Channel.TELEPHONE,
) -> tuple[ChangeDraft, ChangeQuote] | None:
    """The first of them whose order nothing stands against; nothing is left of the others' tries."""
    for customer in callers:
        page = load_offer_page(customer, at)
        scarce = (SOLD_OUT, NEARLY, HELD)
        items = [one for one in page.items if one.takeable >= one.multiple and one.code not in scarce]
        wines = [AddWine(one.sku_id, min(one.takeable, PIECES * one.multiple)) for one in items[:WINES]]
        if not wines:
            continue
        try:
            with transaction.atomic():
                begun = open_new_order(customer=customer, actor=by, now=at)
                edit_draft(
                    draft_reference=begun.reference,
                    add=wines,
                    gift_note=gift_note or None,
                    channel=channel,
                    actor=by,
                    now=at,
                )
                draft = find_draft(begun.reference, by)
                quote = quote_draft(draft, at)
                if quote.blocking:
                    raise DomainError("stands_against_it", "Somebody else calls.")
        except DomainError:
            continue
        return draft, quote
    return None
