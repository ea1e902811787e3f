"""Wine that wasn't picked up in its time is sent to its owner instead, as was said when they chose.

The order change that does it is the program's own. It is prepared, and the pickup noted as being sent, in one
transaction; confirmed as any, by card; that it was made notes the pickup as sent, in the transaction that made it.
Whatever stands against it makes the order a case for a person, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.confirming import confirm_prepared
from tirage.changes.operations.drafting import edit_draft, open_draft
from tirage.changes.operations.steps import end_draft, lock_draft
from tirage.changes.queries import quote_draft
from tirage.changes.states import DraftState
from tirage.core.actors import system
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.turns import take_turns
from tirage.customers.models import Address
from tirage.delivery.queries import DeliveryQuote, quote_methods, special_of
from tirage.delivery.rules import Freight
from tirage.fulfilment.models import Pickup
from tirage.fulfilment.operations.pickups import lying_ready, pickup_day
from tirage.fulfilment.states import PickupState
from tirage.orders.models import Order
from tirage.orders.operations import flag_order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.queries import saved_cards

#: Whose hand the change is.
HAND = system("Pickups")
#: A pickup that is being sent is looked at again after so long: its worker may have died, or the bank been slow.
STALE = timedelta(minutes=15)
NO_CARD = "No card of the customer’s is saved that works."
#: Orders of one run; the next takes the rest.
MOST = 100


def send_unfetched(*, now: datetime) -> int:
    """Sends what wasn't picked up in its time, and looks after what is under way; how many. Scheduled.

    Talks to the gateway; no transaction may be open.
    """
    due = lying_ready().filter(send_on__lte=pickup_day(now)).order_by("send_on", "pk")
    stale = Pickup.objects.filter(
        state=PickupState.SENDING.value, changed_at__lte=now - STALE, order__state=OrderState.PLACED.value
    )
    acts = [
        *(
            partial(_look_again, pk, now)
            for pk in stale.order_by("pk").values_list("order_id", flat=True)[:MOST]
        ),
        *(
            partial(send_instead, order_id=pk, now=now)
            for pk in due.values_list("order_id", flat=True)[:MOST]
        ),
    ]
    return sum(take_turns(acts))


def send_instead(*, order_id: int, now: datetime) -> bool:
    """Changes an order that wasn't picked up in its time to one that is sent, and charges what that costs.

    Talks to the gateway; no transaction may be open. Locks the order, then as ``confirm_prepared``. What stands
    against it flags the order (``order.flagged``). False where it was picked up, or somebody was faster.
    """
    reference = _prepare(order_id, now)
    if not reference:
        return False
    try:
        done = confirm_prepared(
            draft_reference=reference, payment_method=_card(order_id, now), actor=HAND, now=now
        )
    except DomainError as refused:
        _give_up(order_id, reference, NO_CARD if refused.code == "card_missing" else refused.message, now)
        return False
    if done.status == "declined":
        _give_up(order_id, reference, f"The card was declined: {done.message}", now)
    elif done.status == "needs_customer":
        words = (
            "It wasn’t picked up and is to be sent, but the bank wants to see the customer before it pays."
        )
        with transaction.atomic():
            flag_order(order_id=order_id, words=words, actor=HAND, now=now)
    return done.status == "applied"


def _prepare(order_id: int, now: datetime) -> str:
    """The change, prepared and noted in one transaction; empty where there is none to make. Locks the order."""
    with transaction.atomic():
        order = lock_row(Order.objects.filter(pk=order_id))
        pickup = lying_ready().filter(order_id=order_id, send_on__lte=pickup_day(now)).first()
        if order is None or pickup is None:
            return ""
        try:
            with transaction.atomic():
                draft = _draft(order, pickup, now)
        except DomainError as refused:
            _flag(order_id, refused.message, now, state__in=[PickupState.READY.value])
            return ""
        facts = {"state": PickupState.SENDING.value, "draft": draft.reference, "changed_at": now}
        Pickup.objects.filter(pk=pickup.pk).update(**facts)
    return draft.reference


def _draft(order: Order, pickup: Pickup, now: datetime) -> ChangeDraft:
    """By the first way that leads to the customer's own address and that nothing stands against."""
    own = Address.objects.filter(customer=order.customer_id, removed_at__isnull=True, location="")
    address = own.filter(is_default=True).first()
    if address is None:
        raise DomainError("no_address", "The customer has no usual address.")
    draft = open_draft(order_reference=order.reference, actor=HAND, now=now)
    problems = ""
    for way in _ways(address, now):
        draft = edit_draft(
            draft_reference=draft.reference,
            address_reference=address.reference,
            method_reference=way.reference,
            reason=f"It wasn’t picked up by {pickup.send_on:%B} {pickup.send_on.day if pickup.send_on else ''}",
            actor=HAND,
            now=now,
        )
        quote = quote_draft(draft, now)
        if not quote.blocking:
            return draft
        problems = problems or " ".join(problem.text for problem in quote.blocking)
    raise DomainError("no_way", problems or "No way that customers may choose leads to their address.")


def _ways(address: Address, now: datetime) -> Sequence[DeliveryQuote]:
    """Those that are sent, in the order in which customers see them; what they cost is the change's to say."""
    quotes = quote_methods(
        country=address.country,
        state=address.state,
        city=address.city,
        postal_code=address.postal_code,
        special=special_of(address),
        customer_id=address.customer_id,
        freight=Freight(1000),
        free_shipping=False,
        now=now,
    )
    return [one for one in quotes if one.kind.is_sent and one.is_public and not one.refuses]


def _card(order_id: int, now: datetime) -> PaymentMethod | None:
    """The customer's card to choose first; none that has expired."""
    order = Order.objects.get(pk=order_id)
    card = saved_cards(order.customer_id, now).first()
    return None if card is None or card.has_expired(now) else card


def _give_up(order_id: int, draft_reference: str, words: str, now: datetime) -> None:
    """The change is let go and a person asked, unless the order was picked up meanwhile. Locks order, draft."""
    with transaction.atomic():
        order = lock_row(Order.objects.filter(pk=order_id))
        draft = lock_draft(draft_reference, HAND)
        if draft.state in (DraftState.OPEN, DraftState.WAITING):
            end_draft(draft, DraftState.DROPPED, "let the change that sends it go", HAND, now)
        if order is not None and order.step == OrderState.PLACED:
            _flag(order_id, words, now, state=PickupState.SENDING.value, draft=draft_reference)


def _flag(order_id: int, words: str, now: datetime, **still: object) -> None:
    """A person decides from here on; with the order locked, and only what ``still`` is so."""
    stuck = Pickup.objects.filter(Q(**still), order_id=order_id)
    if stuck.update(state=PickupState.STUCK.value, changed_at=now):
        said = f"It wasn’t picked up in time and couldn’t be sent. {words} Change the order, or mark it as ready again."
        flag_order(order_id=order_id, words=said, actor=HAND, now=now)


def _look_again(order_id: int, now: datetime) -> bool:
    """Under way for long: what nobody charged for begins anew, what the bank refused is a person's. Locks the order."""
    with transaction.atomic():
        lock_row(Order.objects.filter(pk=order_id))
        pickup = Pickup.objects.filter(order_id=order_id, state=PickupState.SENDING.value).first()
        if pickup is None:
            return False
        draft = lock_draft(pickup.draft, HAND)
        if draft.state in (DraftState.PAYING, DraftState.APPLIED):
            return False
        if Payment.objects.filter(purpose=draft.reference).exists():
            _give_up(order_id, draft.reference, "Its payment came to nothing.", now)
            return True
        if draft.state in (DraftState.OPEN, DraftState.WAITING):
            end_draft(draft, DraftState.DROPPED, "let the change that sends it go", HAND, now)
        facts = {"state": PickupState.READY.value, "draft": "", "changed_at": now}
        Pickup.objects.filter(pk=pickup.pk).update(**facts)
    return True


def note_sent(*, draft_id: int, now: datetime, **_: object) -> None:
    """Reaction to a change that was made: what it sends is no pickup any more. In the transaction that made it."""
    facts = {"state": PickupState.SENT.value, "sent_instead_at": now, "changed_at": now}
    of_draft = ChangeDraft.objects.filter(pk=draft_id).values("reference")
    mine = Pickup.objects.filter(draft__in=of_draft, state=PickupState.SENDING.value)
    if mine.update(**facts):
        text = "changed the order to one that is sent, because it wasn’t picked up"
        order = ChangeDraft.objects.select_related("order").get(pk=draft_id).order
        record_event(
            EventName.PICKUP_SENT,
            "order",
            order.pk,
            text=text,
            customer_id=order.customer_id,
            actor=HAND,
            now=now,
        )
