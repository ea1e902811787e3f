"""What of an order's balance is set aside on cards and will be taken when it ships."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from tirage.core.money import Money
from tirage.core.sql import fetch_models
from tirage.core.winery import local_time
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.models import CreditEntry, PayLink, Payment, PaymentMethod
from tirage.payments.states import CREDIT, MONEY_IN, OPEN, TAKING, TRIAL, PaymentKind, PaymentState


def saved_cards(customer_id: int, now: datetime) -> QuerySet[PaymentMethod]:
    """A customer's cards, the one to choose first in front: the default one before the others, all of them before one
    that was declined when it was last asked, and any before one that has expired (``cards_to_choose`` says the same).
    """
    asked = Payment.objects.filter(
        payment_method=OuterRef("pk"),
        kind__in=TAKING,
        state__in=[PaymentState.SETTLED.value, PaymentState.DECLINED.value],
    )
    cards = PaymentMethod.objects.filter(customer_id=customer_id, kept=True, removed_at__isnull=True)
    last = cards.alias(last_answer=Subquery(asked.order_by("-id").values("state")[:1]))
    rank = Case(When(expired(now), then=2), When(last_answer=PaymentState.DECLINED.value, then=1), default=0)
    return last.order_by(rank, "-is_default", "-id")


def good_cards(now: datetime) -> QuerySet[PaymentMethod]:
    """Everybody's kept cards that haven't expired."""
    return PaymentMethod.objects.filter(kept=True, removed_at__isnull=True).exclude(expired(now))


def expired(now: datetime) -> Q:
    """``PaymentMethod.has_expired`` as a question to the database."""
    today = local_time(now)
    return Q(exp_year__lt=today.year) | Q(exp_year=today.year, exp_month__lt=today.month)


# Written out: the query compiler would take longer than the statement, at the busiest minute of the year.
_TO_CHOOSE = """SELECT {columns} FROM payments_paymentmethod t
WHERE customer_id = %s AND removed_at IS NULL AND (kept OR reference = %s)
ORDER BY CASE WHEN exp_year * 12 + exp_month < %s THEN 2
              WHEN (SELECT p.state FROM payments_payment p
                    WHERE p.payment_method_id = t.id AND p.kind IN ('charge', 'authorise', 'capture')
                      AND p.state IN ('settled', 'declined')
                    ORDER BY p.id DESC LIMIT 1) = 'declined' THEN 1 ELSE 0 END, is_default DESC, id DESC"""


def cards_to_choose(customer_id: int, now: datetime, *, besides: str = "") -> list[PaymentMethod]:
    """``saved_cards`` for the pages of the shop, with the card ``besides`` (a reference) though it isn't kept; one
    statement."""
    today = local_time(now)
    return fetch_models(PaymentMethod, _TO_CHOOSE, [customer_id, besides, today.year * 12 + today.month])


def cards_of_tests(order_id: int) -> list[PaymentMethod]:
    """The test cards that a test order was paid with: no other card pays its changes. The latest first."""
    paid = Payment.objects.filter(order_id=order_id, gateway=TRIAL).values("payment_method")
    return list(PaymentMethod.objects.filter(pk__in=paid, removed_at__isnull=True).order_by("-pk"))


def card_to_suggest(customer_id: int, now: datetime) -> PaymentMethod | None:
    """The first card that is good and wasn't declined when it was last asked; None when another has to be given."""
    good = Q(last_answer__isnull=True) | Q(last_answer=PaymentState.SETTLED.value)
    return saved_cards(customer_id, now).filter(good).exclude(expired(now)).first()


def live_authorisations(now: datetime) -> QuerySet[Payment]:
    """Authorisations that money can be taken from: settled, not let go, and not past their end."""
    return Payment.objects.filter(
        kind=PaymentKind.AUTHORISE.value,
        state=PaymentState.SETTLED.value,
        released_at__isnull=True,
        expires_at__gt=now,
    )


def is_live_authorisation(payment: Payment, now: datetime) -> bool:
    """The same of a payment in hand."""
    is_settled = payment.kind == PaymentKind.AUTHORISE and payment.state == PaymentState.SETTLED
    is_kept = payment.released_at is None and payment.expires_at is not None and payment.expires_at > now
    return is_settled and is_kept


def has_authorisations(order_id: int) -> bool:
    """Whether anything is set aside for an order that hasn't been let go, lapsed or not."""
    return Payment.objects.filter(
        order_id=order_id,
        kind=PaymentKind.AUTHORISE.value,
        state=PaymentState.SETTLED.value,
        released_at__isnull=True,
    ).exists()


def authorised_minor(order_id: int, now: datetime) -> int:
    """What is set aside for one order, in minor units; it may be more than the order still owes."""
    return authorised_by_order([order_id], now).get(order_id, 0)


def authorised_by_order(order_ids: Collection[int], now: datetime) -> dict[int, int]:
    """The same for many orders, those with nothing left out; one statement, none without orders."""
    if not order_ids:
        return {}
    found = live_authorisations(now).filter(order_id__in=order_ids).values_list("order_id")
    return {order_id: int(minor) for order_id, minor in found.annotate(sum=Sum("amount_minor"))}


def with_authorised(orders: QuerySet[Order], now: datetime) -> QuerySet[Order]:
    """The orders with what is set aside for each as ``authorised``, for filters over few orders of many."""
    live = live_authorisations(now).filter(order_id=OuterRef("pk")).order_by().values("order_id")
    return orders.annotate(
        authorised=Coalesce(Subquery(live.annotate(sum=Sum("amount_minor")).values("sum")), 0)
    )


def money_missing(order: Order, now: datetime) -> int:
    """What of an order's balance is due and no card has promised, in minor units; never below nought."""
    owing = order.called_minor
    return max(owing - authorised_minor(order.pk, now), 0) if owing > 0 else 0


def credit_entries(customer: Customer) -> QuerySet[CreditEntry]:
    """A customer's store credit, the latest movement first, each with the order it was spent on or came back from."""
    return CreditEntry.objects.filter(customer=customer).select_related("payment__order").order_by("-pk")


def credit_spent_minor(order_id: int) -> int:
    """What of an order was paid from store credit and hasn't gone back to it."""
    spent = Payment.objects.filter(
        order_id=order_id, gateway=CREDIT, kind=PaymentKind.CHARGE.value, state=PaymentState.SETTLED.value
    )
    back = Payment.objects.filter(
        parent__in=spent.values("pk"), kind=PaymentKind.REFUND.value, state=PaymentState.SETTLED.value
    )
    total, returned = (rows.aggregate(sum=Coalesce(Sum("amount_minor"), 0))["sum"] for rows in (spent, back))
    return int(total) - int(returned)


def live_links(order_ids: Collection[int], now: datetime) -> QuerySet[PayLink]:
    """The pay links of some orders that can be paid by now."""
    return PayLink.objects.filter(
        order_id__in=order_ids,
        used_at__isnull=True,
        revoked_at__isnull=True,
        expires_at__gt=now,
        epoch=F("order__customer__identity_epoch"),
    )


def links_and_attempts(
    order_ids: Collection[int], now: datetime
) -> tuple[dict[tuple[int, str], PayLink], dict[tuple[int, str], Payment]]:
    """Of some orders, by order and purpose: the pay links that can be paid by now, and the attempts to get money whose
    outcome is open. Two statements, none without orders."""
    if not order_ids:
        return {}, {}
    attempts = Payment.objects.filter(
        order_id__in=order_ids, state__in=[state.value for state in OPEN], kind__in=TAKING
    )
    return (
        {(link.order_id, link.purpose): link for link in live_links(order_ids, now)},
        {(payment.order_id, payment.purpose): payment for payment in attempts.order_by("id")},
    )


@dataclass(frozen=True, slots=True)
class GivingBack:
    """So much of one payment goes back to where it came from."""

    payment: Payment
    amount: Money


def giving_back(order_id: int, amount: Money) -> list[GivingBack]:
    """From which payments ``amount`` would go back: the newest first, of each what is left; one statement.

    Less in all where the payments don't have as much left.
    """
    live = [state.value for state in (*OPEN, PaymentState.SETTLED)]
    refunds = Q(children__kind=PaymentKind.REFUND.value, children__state__in=live)
    payments = (
        Payment.objects.filter(order_id=order_id, state=PaymentState.SETTLED.value, kind__in=MONEY_IN)
        .select_related("payment_method")
        .annotate(back_minor=Coalesce(Sum("children__amount_minor", filter=refunds), 0))
        .order_by("-id")
    )
    found, missing = [], amount.minor
    for payment in payments:
        part = min(missing, payment.amount_minor - payment.back_minor)
        if part > 0:
            found.append(GivingBack(payment, Money(part, amount.currency)))
            missing -= part
    return found
