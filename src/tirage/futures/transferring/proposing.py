"""A customer offers pieces of a lot to somebody, by their e-mail address, and signs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Sum

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.states import TransferPolicy
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.customers.rules import identity_email
from tirage.customers.states import CustomerStatus
from tirage.futures.cutting.supply import live_cuts
from tirage.futures.holding import Held, Holding
from tirage.futures.models import Commitment, Lot, Transfer
from tirage.futures.settlement_models import Settlement
from tirage.futures.states import STANDING, TRANSFER_OPEN
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order
from tirage.orders.states import OrderState

#: How long the other may think about it, and then the team.
OPEN_FOR = timedelta(days=30)
#: Offers that one customer may have open at once: each may send a mail.
MOST_OPEN = 20
_OPEN = [state.value for state in TRANSFER_OPEN]


def propose_transfer(
    *,
    order_reference: str,
    lot_reference: str,
    pieces: int,
    to_email: str,
    message: str,
    signature: str,
    actor: Actor,
    now: datetime,
) -> Transfer:
    """Offers so many pieces of a lot of the customer's order to whoever has that address, who need not be a customer
    yet. Nothing moves before they have signed too.

    Locks the order. Records ``transfer.proposed`` and reacts with it. Raises DomainError ``transfer_invalid`` by field,
    ``transfers_off``, ``not_found``, Conflict ``not_giveable``.
    """
    if current_winery().transfers == TransferPolicy.OFF:
        raise DomainError("transfers_off", "Wine can’t be given on here. Write to us.")
    with transaction.atomic():
        order = lock_row(Order.objects.filter(reference=order_reference, customer_id=actor.id or 0))
        lot = Lot.objects.filter(reference=lot_reference).select_related("sku").first()
        if not actor.is_customer or order is None or lot is None:
            raise DomainError("not_found", "There is no such wine among yours.")
        refuse_not_giveable(order, lot)
        email = _problems_of(order.customer, to_email, signature, message)
        free = free_to_give(order.pk, lot.pk)
        if not 1 <= pieces <= free:
            words = (
                f"Between 1 and {free:,} can be given."
                if free
                else "All of it is offered to somebody already."
            )
            raise DomainError("transfer_invalid", words, {"pieces": words})
        made = Transfer.objects.create(
            order=order,
            lot=lot,
            pieces=pieces,
            to_email=email,
            message=message.strip(),
            proposed_at=now,
            giver_signature=" ".join(signature.split()),
            expires_at=now + OPEN_FOR,
        )
        record(EventName.TRANSFER_PROPOSED, made, f"offered {pieces} × {lot.sku} to {email}", actor, now)
        react("transfer.proposed", transfer_id=made.pk, now=now)
    return made


def _problems_of(giver: Customer, to_email: str, signature: str, message: str) -> str:
    """The address as it identifies somebody. Raises DomainError ``transfer_invalid``, ``suspended``."""
    if giver.status != CustomerStatus.ACTIVE:
        raise DomainError("suspended", "Your account is closed at the moment. Write to us.")
    problems = {}
    email = to_email.strip()
    try:
        validate_email(email)
        email = identity_email(email)
    except (ValidationError, DomainError, ValueError):
        problems["to_email"] = "Write the address of whoever gets it."
    if email == giver.email:
        problems["to_email"] = "That is your own address."
    if not signature.strip():
        problems["signature"] = "Write your full name, as your signature."
    if len(signature) > 160 or len(message) > 300:
        problems["message"] = "Shorten it to 300 characters, and your name to 160."
    open_ones = Transfer.objects.filter(order__customer=giver, state__in=_OPEN).count()
    if open_ones >= MOST_OPEN:
        problems["to_email"] = f"{MOST_OPEN} of your offers wait for an answer. Take some of them back first."
    if problems:
        raise DomainError("transfer_invalid", " ".join(problems.values()), problems)
    return email


def refuse_not_giveable(order: Order, lot: Lot) -> None:
    """Only paid wine moves, before anybody is asked where it goes. With the order locked. Raises Conflict
    ``not_giveable``."""
    if words := why_not(order, settled=_settled([order.pk]), cut=set(live_cuts([lot.pk])), lot_id=lot.pk):
        raise Conflict("not_giveable", words)


def why_not(order: Order, *, settled: set[int], cut: set[int], lot_id: int) -> str:
    """Why wine of an order can't be given on; empty where it can."""
    release = order.release
    if order.state != OrderState.PLACED or release is None or release.kind != ReleaseKind.EN_PRIMEUR:
        return "Only wine that isn’t bottled yet, of an order that stands, can be given on."
    if order.balance_minor or order.later_minor:
        return "Only wine that is paid in full can be given on: its instalments come first."
    if order.pk in settled:
        return "This wine is on its way to its settlement, so it can’t be given on any more."
    if lot_id in cut:
        return "There is less of this wine than was sold. It can be given on once that is shared out."
    return ""


def giveable(holdings: Iterable[Holding]) -> list[tuple[Holding, Held, int]]:
    """What of these can be given on, with the pieces that nobody is offered yet; three statements."""
    held = [(one, part) for one in holdings for part in one.held]
    settled = _settled([one.order.pk for one, _ in held])
    cut = set(live_cuts([part.lot.pk for _, part in held]))
    offered = _offered([one.order.pk for one, _ in held])
    return [
        (one, part, part.pieces - offered.get((one.order.pk, part.lot.pk), 0))
        for one, part in held
        if not why_not(one.order, settled=settled, cut=cut, lot_id=part.lot.pk)
        and part.pieces > offered.get((one.order.pk, part.lot.pk), 0)
    ]


def _settled(order_ids: list[int]) -> set[int]:
    standing = Settlement.objects.filter(order__in=order_ids, state__in=[state.value for state in STANDING])
    return set(standing.values_list("order_id", flat=True))


def _offered(order_ids: list[int]) -> dict[tuple[int, int], int]:
    rows = Transfer.objects.filter(order__in=order_ids, state__in=_OPEN).values_list("order", "lot")
    return {(order, lot): int(pieces) for order, lot, pieces in rows.annotate(sum=Sum("pieces"))}


def free_to_give(order_id: int, lot_id: int) -> int:
    """Pieces that the order has of a lot and that nobody is offered."""
    return held_of(order_id, lot_id) - _offered([order_id]).get((order_id, lot_id), 0)


def held_of(order_id: int, lot_id: int) -> int:
    found = Commitment.objects.filter(line__order=order_id, lot=lot_id).aggregate(sum=Sum("pieces"))
    return int(found["sum"] or 0)


def record(name: EventName, one: Transfer, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        name,
        "order",
        one.order_id,
        text=text,
        data={"transfer": one.reference, "pieces": one.pieces},
        customer_id=one.order.customer_id,
        actor=actor,
        now=now,
    )
