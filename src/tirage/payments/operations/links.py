"""Pay links: an order's balance, or the difference of one of its changes, payable by whoever has the mail.

The address carries the link's reference, signed; what it says is looked up when it is opened. It ends with whatever
else its customer was given (``customers/permissions.py``). Links are only written with their order's row locked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.tries import count_one_try
from tirage.core.winery import current_winery
from tirage.orders.history import refuse_history
from tirage.orders.models import Order
from tirage.payments.models import PayLink
from tirage.payments.queries import live_links
from tirage.payments.states import LinkState

#: A link is the permission to try cards, so it is only good for a few tries an hour: thieves test stolen numbers so.
TRIES = 10

_SALT = "tirage.payments.pay_link"


def make_pay_link(
    *,
    order_id: int,
    purpose: str,
    amount: Money,
    expires_at: datetime | None = None,
    mail: bool = True,
    actor: Actor,
    now: datetime,
) -> PayLink:
    """A new link for an order's balance (``purpose`` empty) or a change (its reference); the one before ends.

    Good until ``expires_at``, or for as many days as the winery set. Locks the order. Records ``pay_link.made``;
    with ``mail`` it reacts with ``pay_link.made``, which mails it. Raises DomainError ``nothing_due``, ``test_order``.
    """
    if amount.minor <= 0:
        raise DomainError("nothing_due", "There is nothing to pay.")
    with transaction.atomic():
        order = lock_row(Order.objects.filter(pk=order_id))
        if order is None:
            raise DomainError("not_found", "There is no such order.")
        refuse_history(order.channel)
        if order.is_test:
            raise DomainError("test_order", "A test order is paid with test cards on the shop's own pages.")
        revoke_pay_links(order_id=order_id, purpose=purpose, now=now)
        link = PayLink.objects.create(
            order=order,
            purpose=purpose,
            epoch=order.customer.identity_epoch,
            amount_minor=amount.minor,
            currency=amount.currency,
            made_at=now,
            expires_at=expires_at or now + timedelta(days=current_winery().pay_link_days),
            actor_label=actor.label[:200],
        )
        record_event(
            EventName.PAY_LINK_MADE,
            "order",
            order_id,
            text=f"made a pay link for {amount}",
            data={"link": link.reference, "purpose": purpose},
            customer_id=order.customer_id,
            actor=actor,
            now=now,
        )
        if mail:
            react(
                "pay_link.made",
                pay_link_id=link.pk,
                order_id=order_id,
                customer_id=order.customer_id,
                purpose=purpose,
                now=now,
            )
    return link


def revoke_pay_links(*, order_id: int, purpose: str, now: datetime) -> int:
    """Ends the unused links of an order's balance or of one of its changes, with the order locked; how many."""
    return _unused(order_id, purpose).update(revoked_at=now)


def live_pay_link(*, order_id: int, purpose: str, now: datetime) -> PayLink | None:
    """The link that can be paid by now, if there is one."""
    return live_links([order_id], now).filter(purpose=purpose).first()


def use_pay_link(*, order_id: int, purpose: str, now: datetime) -> bool:
    """Marks the link as paid, inside the transaction that books the money; False when there is none."""
    return bool(_unused(order_id, purpose).update(used_at=now))


def _unused(order_id: int, purpose: str) -> QuerySet[PayLink]:
    return PayLink.objects.filter(
        order_id=order_id, purpose=purpose, used_at__isnull=True, revoked_at__isnull=True
    )


def pay_link_url(link: PayLink) -> str:
    """The full address, whose token can't be guessed or altered."""
    return settings.SITE_URL + reverse("storefront:pay", args=[_signer().sign(link.reference)])


def find_pay_link(*, token: str) -> PayLink | None:
    """The link of an address of ours, with its order and customer; None for anything else."""
    try:
        reference = _signer().unsign(token)
    except signing.BadSignature:
        return None
    return PayLink.objects.select_related("order__customer").filter(reference=reference).first()


def _signer() -> signing.Signer:
    # A full stop instead of the colon: mail programs and telephones keep it inside the address.
    return signing.Signer(salt=_SALT, sep=".")


def state_of_link(link: PayLink, now: datetime) -> LinkState:
    """What can be done with a link by now."""
    if link.used_at:
        return LinkState.PAID
    if link.revoked_at or link.epoch != link.order.customer.identity_epoch:
        return LinkState.REVOKED
    return LinkState.LIVE if now < link.expires_at else LinkState.EXPIRED


def count_try(*, link: PayLink, actor: Actor, now: datetime) -> None:
    """Notes that a card is tried by a link. Locks the link, so that tries at the same time are counted one by one.

    Raises Conflict ``too_many_tries`` with nothing noted.
    """
    with transaction.atomic():
        lock_row(PayLink.objects.filter(pk=link.pk))
        count_one_try(
            EventName.PAY_LINK_TRIED,
            "pay_link",
            link.pk,
            most=TRIES,
            text="tried a card",
            actor=actor,
            now=now,
        )
