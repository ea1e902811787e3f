"""The run itself: first everybody's bottles are set aside, then the orders are placed and the cards asked.

A worker may die at any step. What is held is written down with its line in one transaction, and so is the order; the
bank is asked with nothing locked. So whoever goes on finds each line waiting, set aside, ordered and not charged yet,
or done, and nobody's bottles are held, ordered or charged twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from tirage.checkout.models import Cart, CartLine
from tirage.checkout.operations.setting_aside import (
    SetAside,
    order_set_aside,
    own_cart_id,
    set_bottles_aside,
    take_set_aside_back,
)
from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.claims import claimed
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row, lock_rows
from tirage.core.reactions import react
from tirage.core.texts import say_count
from tirage.customers.models import Customer
from tirage.offers.models import Offer, OfferItem
from tirage.payments.models import Payment
from tirage.payments.operations.balances import charge_balance
from tirage.standing.keeping import look_after_order
from tirage.standing.models import StandingLine, StandingOrder, StandingRun
from tirage.standing.planning import (
    Planned,
    address_of,
    card_of,
    keep_promise,
    offer_for,
    page_for,
    plan_line,
    unmet_rules,
    waits_for_word,
)
from tirage.standing.running import finish_run
from tirage.standing.states import Outcome, RunState, StandingState

#: Nothing is ordered for somebody who couldn't have said no.
NOT_TOLD = "They had no mail about it before the run began."
#: Customers that other workers may be at meanwhile.
_OTHERS = 4
#: Fewer may be free than were a moment ago: look again so often.
_TRIES = 3
#: Held, and not being bought by the customers themselves just now.
_HELD = Q(outcome=Outcome.ASIDE.value, cart__pending_order__isnull=True)
#: The order is placed, and no bank was asked for it.
_UNASKED = Q(outcome=Outcome.ORDERING.value) & ~Exists(Payment.objects.filter(order_id=OuterRef("order_id")))


def work_next(*, run: StandingRun, limit: int, now: datetime) -> int:
    """Goes on with the next ``limit`` customers of a running run; how many were looked after.

    Nobody's order is placed while anybody's bottles aren't set aside yet. No transaction may be open: cards are
    charged. Workers at one run take different customers (``core.claims``). Nought of a run that goes on: others are at
    all that is left.
    """
    seen: set[int] = set()
    for pk in _next(run, limit + _OTHERS):
        with claimed(f"standing run {run.pk}", pk) as is_ours:
            if is_ours:
                seen.add(pk)
                _work_one(pk, now)
        if len(seen) == limit:
            break
    if seen:
        StandingRun.objects.filter(pk=run.pk).update(changed_at=now)
    run.refresh_from_db(fields=["state", "changed_at"])
    if not seen and run.state == RunState.RUNNING and not _next(run, 1):
        finish_run(run, now)
    return len(seen)


def _next(run: StandingRun, limit: int) -> list[int]:
    """Whose bottles aren't set aside; when there are none, who is to be ordered for or charged."""
    ordering = () if waits_for_word(run) else (_HELD | _UNASKED,)
    for which in (Q(outcome=Outcome.WAITING.value), *ordering):
        found = list(run.lines.filter(which).order_by("turn", "pk").values_list("pk", flat=True)[:limit])
        if found:
            return found
    return []


def _work_one(pk: int, now: datetime) -> None:
    line = StandingLine.objects.select_related("run__release").get(pk=pk)
    if line.outcome == Outcome.WAITING:
        _set_aside(line, now)
    elif line.outcome == Outcome.ASIDE and not waits_for_word(line.run):
        _order(line, now)
    elif line.outcome == Outcome.ORDERING:
        _charge(line, now)


def actor_for(standing: StandingOrder) -> Actor:
    """Orders are placed by the program, in the name of the agreement."""
    return system(f"Standing order {standing.reference}")


# Setting aside


def _set_aside(line: StandingLine, now: datetime) -> None:
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                _hold(line.pk, now)
            return
        except DomainError as refused:
            if refused.code != "not_enough":
                leave_out(line.pk, refused.message)
                return
    leave_out(line.pk, "The bottles went to others at the same moment.")


def _hold(pk: int, now: datetime) -> None:
    """Holds what the customer gets by now, within what was promised. Locks standing order, stock; the line last."""
    line = StandingLine.objects.select_related("run__release").get(pk=pk)
    standing = locked(line)
    if standing is None or line.outcome != Outcome.WAITING:
        return
    planned = plan_line(line, standing, now, by_stock=True)
    waits = waits_for_word(line.run)
    if not planned.left_out and line.told_at is None and not waits:
        planned = Planned(left_out=NOT_TOLD)
    if planned.left_out:
        leave_out(pk, planned.left_out)
        return
    offer = offer_for(line.customer_id, line.run.release_id, now)
    if offer is None:
        raise RuntimeError("what is planned has an offer")
    items = OfferItem.objects.select_related("sku").in_bulk(planned.wines)
    until = _kept_until(line.run, offer, now) if waits else now + timedelta(days=line.run.kept_days)
    cart = set_bottles_aside(
        customer=Customer.objects.get(pk=line.customer_id),
        offer=offer,
        wines=[SetAside(items[id], pieces, price) for id, (pieces, price) in planned.wines.items()],
        kept_until=until,
        remind_at=max(until - timedelta(days=1), now) if waits else None,
        now=now,
    )
    _move(
        pk,
        Outcome.WAITING,
        Outcome.ASIDE,
        cart=cart,
        planned=keep_promise(planned.wines),
        pieces=planned.pieces,
        wine_minor=planned.wine_minor,
        reason=_fewer(line, planned),
        **({"told_at": now} if waits else {}),
    )
    if waits:
        _ask_for_word(line, cart, now)


def _kept_until(run: StandingRun, offer: Offer, now: datetime) -> datetime:
    """The run's days from the opening of the offer, and not beyond its close."""
    return min(max(now, offer.opens_at) + timedelta(days=run.kept_days), offer.closes_at)


def _ask_for_word(line: StandingLine, cart: Cart, now: datetime) -> None:
    """The mail leads to the bottles, the terms, the plan and the button."""
    count = say_count(sum(cart.lines.values_list("kept", flat=True)), "piece", "pieces")
    text = f"set {count} of {line.run.release.name} aside, until the customer agrees to the terms"
    record_event(
        EventName.FUTURES_SET_ASIDE,
        "customer",
        line.customer_id,
        text=text,
        data={"cart": cart.reference},
        customer_id=line.customer_id,
        actor=system("Standing orders"),
        now=now,
    )
    react("futures.set_aside", cart_id=cart.pk, customer_id=line.customer_id, now=now)


def _fewer(line: StandingLine, planned: Planned) -> str:
    promised = sum(pieces for pieces, _ in line.promised.values())
    if planned.pieces >= promised:
        return ""
    return f"{planned.pieces} of {promised}: fewer were left, or theirs."


# Ordering


def _order(line: StandingLine, now: datetime) -> None:
    try:
        with transaction.atomic():
            is_placed = _place(line.pk, now)
    except Conflict:
        # The customer is buying them right now: what becomes of that is written down by reactions.
        return
    except DomainError as refused:
        _let_go(line.pk, refused.message, now)
        return
    if is_placed:
        _charge(StandingLine.objects.select_related("run__release").get(pk=line.pk), now)


def _place(pk: int, now: datetime) -> bool:
    """Turns what is set aside into an order. Locks standing order, the customer's carts, stock; the line last."""
    line = StandingLine.objects.select_related("run__release", "customer").get(pk=pk)
    standing = locked(line)
    if standing is None or standing.state != StandingState.ACTIVE:
        raise DomainError("no_standing", "The standing order was paused or ended.")
    line.refresh_from_db(fields=["outcome", "cart"])
    if line.outcome != Outcome.ASIDE or line.cart_id is None:
        return False
    # With the customer's own cart of the release locked nothing is bought beyond the allowance at the same moment.
    own = own_cart_id(customer_id=line.customer_id, release_id=line.run.release_id, now=now)
    lock_rows(Cart.objects.filter(pk__in=[own, line.cart_id]))
    offer = offer_for(line.customer_id, line.run.release_id, now)
    page = page_for(line.customer_id, offer, now) if offer else None
    if offer is None or page is None:
        raise DomainError("offer_closed", "The offer was closed before the order was placed.")
    if not line.customer.is_active:
        raise DomainError("suspended", "The account is suspended.")
    if card_of(standing, now) is None:
        raise DomainError("card_missing", "No card is saved that still works.")
    kept = dict(CartLine.objects.filter(cart=line.cart_id).values_list("offer_item", "kept"))
    caps = {item.offer_item_id: item.cap for item in page.items}
    pieces = {id: min(count, caps.get(id, 0)) for id, count in kept.items()}
    if pieces != kept and any(pieces.values()) and (words := unmet_rules(page, pieces)):
        raise DomainError("rules_not_met", words)
    order = order_set_aside(
        customer=line.customer,
        cart_id=line.cart_id,
        pieces=pieces,
        address=address_of(standing),
        actor=actor_for(standing),
        now=now,
    )
    _move(pk, Outcome.ASIDE, Outcome.ORDERING, order_id=order.id)
    return True


def _charge(line: StandingLine, now: datetime) -> None:
    """Asks the bank, with nothing locked; what it says is written down by looking after the order."""
    if line.order_id is None:
        raise RuntimeError("an ordered line has its order")
    standing = StandingOrder.objects.get(pk=line.standing_id)
    card = card_of(standing, now)
    try:
        charge_balance(
            order_id=line.order_id,
            card_reference=card.reference if card else "",
            return_url=f"{settings.SITE_URL}/orders/",
            actor=actor_for(standing),
            now=now,
        )
    except Conflict as settled:
        if settled.code not in ("nothing_due", "too_small", "already_paying"):
            raise
    except DomainError as refused:
        until = now + timedelta(days=line.run.kept_days)
        _move(line.pk, Outcome.ORDERING, Outcome.COLLECTING, reason=refused.message[:300], kept_until=until)
    look_after_order(line.order_id, now)


def _let_go(pk: int, reason: str, now: datetime) -> None:
    """What can't be ordered goes back to everybody."""
    with transaction.atomic():
        line = StandingLine.objects.get(pk=pk)
        locked(line)
        if line.outcome == Outcome.ASIDE and line.cart_id is not None:
            take_set_aside_back(cart_id=line.cart_id, actor=system("Standing orders"), now=now)
        lines = StandingLine.objects.filter(pk=pk, outcome__in=[Outcome.ASIDE.value, Outcome.RETURNED.value])
        lines.update(outcome=Outcome.LEFT_OUT.value, reason=reason[:300], cart=None)


def locked(line: StandingLine) -> StandingOrder | None:
    """The line's standing order, locked; the line is then as nobody else changes it."""
    standing = lock_row(StandingOrder.objects.filter(pk=line.standing_id))
    line.refresh_from_db(fields=["outcome", "cart", "promised", "is_chosen", "told_at"])
    return standing


def leave_out(pk: int, reason: str) -> None:
    """Writes down why a waiting line gets nothing."""
    StandingLine.objects.filter(pk=pk, outcome=Outcome.WAITING.value).update(
        outcome=Outcome.LEFT_OUT.value, reason=reason[:300], planned={}, pieces=0, wine_minor=0
    )


def _move(pk: int, source: Outcome, to: Outcome, **values: object) -> None:
    moved = StandingLine.objects.filter(pk=pk, outcome=source.value).update(outcome=to.value, **values)
    if not moved:
        raise Conflict("moved_on", "Somebody was faster.")
