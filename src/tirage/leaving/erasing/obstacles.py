"""Why a customer can't be erased yet: money, wine or a claim that is still somebody's. One statement for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tirage.changes.models import ChangeDraft
from tirage.changes.states import LIVE as LIVE_DRAFTS
from tirage.checkout.models import Cart
from tirage.clubs.models import ClubMember
from tirage.clubs.states import LIVE as LIVE_MEMBERS
from tirage.clubs.states import MemberState
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.states import Duty
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.futures.models import Arrears, Settlement, Transfer
from tirage.futures.states import IN_ARREARS, TRANSFER_OPEN, SettlementState
from tirage.imports.models import ImportRun
from tirage.imports.states import BUSY
from tirage.moving.models import MovedOrder, MoveRun
from tirage.moving.states import MoveState
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Finding, Payment
from tirage.payments.states import OPEN as OPEN_PAYMENTS
from tirage.payments.states import FindingState
from tirage.standing.models import StandingOrder
from tirage.standing.states import LIVE as LIVE_STANDING
from tirage.wishes.models import Wish

#: Orders that are named one by one.
NAMED = 5
_WINE_OPEN = (SettlementState.ASKED, SettlementState.KEPT, SettlementState.PERSON, SettlementState.AGREED)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """``words``: what it is and what to do; ``order``: the reference of the order that it is about, if any."""

    words: str
    order: str = ""


def find_obstacles(customer: Customer) -> list[Obstacle]:
    """Everything that has to end first; empty when the customer can be erased."""
    if customer.erased_at is not None:
        return [Obstacle("This customer was erased already.")]
    return [
        *_orders(customer),
        *_money(customer),
        *_wine(customer),
        *_agreements(customer),
        *_work(customer),
    ]


def _each(rows: QuerySet[Order], words: str) -> Iterator[Obstacle]:
    """``words`` names the order by ``{}``."""
    found = list(rows.order_by("-pk").values_list("reference", flat=True)[: NAMED + 1])
    for reference in found[:NAMED]:
        yield Obstacle(words.format(reference), reference)
    if len(found) > NAMED:
        yield Obstacle("And there are more orders like these.")


def _orders(customer: Customer) -> Iterator[Obstacle]:
    orders = Order.objects.filter(customer=customer)
    unplaced = [OrderState.DRAFT.value, OrderState.PENDING.value]
    yield from _each(
        orders.filter(state__in=unplaced), "{} is being placed. Place it, or let it go, and look again."
    )
    yield from _each(
        orders.filter(state=OrderState.PLACED.value), "{} is open. Ship it, or cancel it, and look again."
    )
    live = ChangeDraft.objects.filter(
        order__customer=customer, state__in=[one.value for one in LIVE_DRAFTS]
    ).exclude(order__state__in=[*unplaced, OrderState.PLACED.value])
    yield from _each(
        orders.filter(pk__in=live.values("order")), "A change of {} is under way. Make it, or let it go."
    )


def _money(customer: Customer) -> Iterator[Obstacle]:
    orders = Order.objects.filter(customer=customer)
    settled = orders.exclude(state__in=[OrderState.PLACED.value, OrderState.PENDING.value])
    yield from _each(
        settled.filter(Q(balance_minor__gt=0) | Q(later_minor__gt=0)),
        "{} has money to come. Collect it, or let it go.",
    )
    yield from _each(settled.filter(balance_minor__lt=0), "{} has money to give back. Give it back.")
    moving = Payment.objects.filter(
        order__customer=customer, state__in=[state.value for state in OPEN_PAYMENTS]
    )
    yield from _each(
        settled.filter(pk__in=moving.values("order")),
        "A payment of {} is under way. It takes minutes at most; look again.",
    )
    found = Finding.objects.filter(payment__order__customer=customer, state=FindingState.OPEN.value)
    if found.exists():
        yield Obstacle("The payment company’s list and the books disagree about a payment. See to it first.")
    arrears = Arrears.objects.filter(
        order__customer=customer, state__in=[state.value for state in IN_ARREARS]
    )
    if arrears.exists():
        yield Obstacle("A payment plan is in arrears. Decide about it first.")
    if customer.credit_minor:
        amount = Money(customer.credit_minor, current_winery().currency)
        yield Obstacle(f"There is {amount} of store credit. Pay it out, or take it back with a reason.")


def _wine(customer: Customer) -> Iterator[Obstacle]:
    held = Settlement.objects.filter(
        order__customer=customer, state__in=[state.value for state in _WINE_OPEN]
    )
    yield from _each(
        Order.objects.filter(pk__in=held.values("order")).exclude(state=OrderState.PLACED.value),
        "Wine of {} is kept for the customer. It has to leave first.",
    )
    given = Q(order__customer=customer) | Q(receiver=customer) | Q(to_email=customer.email)
    if Transfer.objects.filter(given, state__in=[state.value for state in TRANSFER_OPEN]).exists():
        yield Obstacle("Wine is being given to or by the customer. Wait for the answer, or end it.")
    if Cart.objects.filter(customer=customer, kept_until__isnull=False).exists():
        yield Obstacle("Bottles are set aside for the customer. Let them go first.")
    if Wish.objects.filter(customer=customer, granting__gt=0).exists():
        yield Obstacle("A wish is being granted. Wait until it is paid for, or let the grant go.")


def _agreements(customer: Customer) -> Iterator[Obstacle]:
    paying = [MemberState.PAYING.value, *(state.value for state in LIVE_MEMBERS)]
    if ClubMember.objects.filter(customer=customer, state__in=paying).exists():
        yield Obstacle("The customer is a member of a club. End the membership first.")
    if StandingOrder.objects.filter(
        customer=customer, state__in=[state.value for state in LIVE_STANDING]
    ).exists():
        yield Obstacle("The customer has a standing order. End it first.")
    untold = ComplianceCheck.objects.filter(order__customer=customer).exclude(duty=Duty.NONE.value)
    if untold.exists():
        yield Obstacle("The compliance service hasn’t heard of an order yet. Wait until it has.")


def _work(customer: Customer) -> Iterator[Obstacle]:
    """What would write the person anew while they are erased."""
    if ImportRun.objects.filter(state__in=[state.value for state in BUSY]).exists():
        yield Obstacle("An import is under way. Wait until it has ended.")
    waiting = MovedOrder.objects.filter(order__customer=customer, is_waiting=True)
    if MoveRun.objects.filter(state=MoveState.RUNNING.value).exists() or waiting.exists():
        yield Obstacle("Orders of a former system are being brought in. Wait until they are in.")
