"""What becomes of an offer: the other signs or refuses, the team approves, its giver takes it back, its time ends."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor, system
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.states import TransferPolicy
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.customers.states import CustomerStatus
from tirage.futures.models import Transfer
from tirage.futures.states import TRANSFER_OPEN, TRANSFER_STEPS, TransferState
from tirage.futures.transferring.handing import hand_over
from tirage.futures.transferring.proposing import OPEN_FOR, record

#: Offers that end in one run of the schedule.
MOST = 500


@transaction.atomic
def accept_transfer(
    *, reference: str, customer: Customer, signature: str, actor: Actor, now: datetime
) -> Transfer:
    """The other signs; where the team needn't approve it is done with that.

    Locks transfer, then as ``hand_over``. Records ``transfer.accepted``. Raises DomainError ``not_found``,
    ``signature_missing``, ``suspended``, Conflict ``transfer_moved_on``, and what ``hand_over`` does.
    """
    one = _lock(reference)
    if one.to_email != customer.email or one.order.customer_id == customer.pk:
        raise DomainError("not_found", "Nobody has offered you this.")
    if customer.status != CustomerStatus.ACTIVE:
        raise DomainError("suspended", "Your account is closed at the moment. Write to us.")
    if not signature.strip() or len(signature) > 160:
        words = "Write your full name, as your signature."
        raise DomainError("signature_missing", words, {"signature": words})
    _refuse_over(one, now)
    _step(
        one,
        TransferState.ACCEPTED,
        receiver=customer,
        receiver_signature=" ".join(signature.split()),
        accepted_at=now,
        expires_at=now + OPEN_FOR,
    )
    record(EventName.TRANSFER_ACCEPTED, one, f"accepted {one.pieces} × {one.lot.sku}", actor, now)
    if current_winery().transfers == TransferPolicy.FREE:
        _carry_out(one, actor, now)
    return one


@transaction.atomic
def approve_transfer(*, reference: str, actor: Actor, now: datetime) -> Transfer:
    """The team lets the wine go over, with what was paid for it.

    Locks transfer, then as ``hand_over``. Records ``transfer.approved``, reacts with ``transfer.ended``. Raises
    DomainError ``not_found``, Conflict ``transfer_moved_on``, and what ``hand_over`` does.
    """
    one = _lock(reference)
    if one.state != TransferState.ACCEPTED:
        raise _moved_on(one)
    _refuse_over(one, now)
    _carry_out(one, actor, now)
    return one


def _carry_out(one: Transfer, actor: Actor, now: datetime) -> None:
    made, minor = hand_over(one, actor, now)
    _end(
        one,
        TransferState.APPROVED,
        EventName.TRANSFER_APPROVED,
        "",
        actor,
        now,
        made=made,
        amount_minor=minor,
    )


@transaction.atomic
def refuse_transfer(*, reference: str, reason: str, actor: Actor, now: datetime) -> Transfer:
    """The other doesn't want it, or the team doesn't approve, which says why. Locks transfer.

    Records ``transfer.refused``, reacts with ``transfer.ended``. Raises DomainError ``not_found``, ``reason_missing``,
    Conflict ``transfer_moved_on``.
    """
    one = _lock(reference)
    if actor.is_customer:
        mine = Customer.objects.filter(pk=actor.id or 0, email=one.to_email)
        if one.state != TransferState.PROPOSED or not mine.exists():
            raise _moved_on(one)
    elif not reason.strip():
        words = "Say why: both are told."
        raise DomainError("reason_missing", words, {"reason": words})
    _end(one, TransferState.REFUSED, EventName.TRANSFER_REFUSED, reason.strip()[:300], actor, now)
    return one


@transaction.atomic
def withdraw_transfer(*, reference: str, actor: Actor, now: datetime) -> Transfer:
    """Its giver takes the offer back, until it is done. Locks transfer.

    Records ``transfer.withdrawn``, reacts with ``transfer.ended``. Raises DomainError ``not_found``, Conflict
    ``transfer_moved_on``.
    """
    one = _lock(reference)
    if not actor.is_customer or one.order.customer_id != actor.id:
        raise DomainError("not_found", "There is no such offer of yours.")
    _end(one, TransferState.WITHDRAWN, EventName.TRANSFER_WITHDRAWN, "", actor, now)
    return one


def expire_transfers(*, now: datetime) -> int:
    """Ends what nobody answered in time; how many. Scheduled."""
    over = Transfer.objects.filter(state__in=[state.value for state in TRANSFER_OPEN], expires_at__lte=now)
    return sum(_expire(reference, now) for reference in over.values_list("reference", flat=True)[:MOST])


@transaction.atomic
def _expire(reference: str, now: datetime) -> bool:
    one = _lock(reference)
    if one.state not in TRANSFER_OPEN or one.expires_at > now:
        return False
    _end(one, TransferState.EXPIRED, EventName.TRANSFER_EXPIRED, "", system(), now)
    return True


def _lock(reference: str) -> Transfer:
    """First of all that a transfer locks. Raises DomainError ``not_found``."""
    if lock_row(Transfer.objects.filter(reference=reference)) is None:
        raise DomainError("not_found", "There is no such offer.")
    return Transfer.objects.select_related("order__customer", "lot__sku", "receiver").get(reference=reference)


def _refuse_over(one: Transfer, now: datetime) -> None:
    if one.state not in TRANSFER_OPEN or one.expires_at <= now:
        raise _moved_on(one)


def _step(one: Transfer, to: TransferState, **columns: object) -> None:
    """The only writer of the state of a locked transfer. Raises Conflict ``transfer_moved_on``."""
    if to not in TRANSFER_STEPS[TransferState(one.state)]:
        raise _moved_on(one)
    for name, value in {**columns, "state": to.value}.items():
        setattr(one, name, value)
    one.save(update_fields=["state", *columns])


_SAID = {
    TransferState.APPROVED: "moved {} to their order",
    TransferState.REFUSED: "refused {}",
    TransferState.WITHDRAWN: "took back {} that were offered",
    TransferState.EXPIRED: "ended the offer of {}: its time was over",
}


def _end(
    one: Transfer,
    to: TransferState,
    name: EventName,
    reason: str,
    actor: Actor,
    now: datetime,
    **columns: object,
) -> None:
    _step(one, to, ended_at=now, ended_by=actor.label[:200], reason=reason, **columns)
    text = _SAID[to].format(f"{one.pieces} × {one.lot.sku}") + (f" ({reason})" if reason else "")
    record(name, one, text, actor, now)
    react("transfer.ended", transfer_id=one.pk, now=now)


def _moved_on(one: Transfer) -> Conflict:
    words = {
        TransferState.APPROVED: "This is done already.",
        TransferState.REFUSED: "This was refused.",
        TransferState.WITHDRAWN: "This offer was taken back.",
        TransferState.ACCEPTED: "This was accepted already. It waits for the winery.",
    }
    said = words.get(TransferState(one.state), "The time for this offer is over.")
    return Conflict("transfer_moved_on", said)
