"""What every act on a draft begins and ends with: locks, who may, its state, its holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from tirage.changes import statements
from tirage.changes.facts import own_offer
from tirage.changes.fees import may_withdraw
from tirage.changes.models import ChangeDraft
from tirage.changes.queries import why_not_changeable
from tirage.changes.states import DRAFT_STEPS, DraftState, Maker
from tirage.changes.window import is_over
from tirage.core.actors import Actor, ActorKind
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError, NotAllowed
from tirage.core.events import EventName
from tirage.core.reactions import react
from tirage.core.references import new_reference
from tirage.core.sql import fetch_related, for_update_of
from tirage.core.winery import current_winery
from tirage.customers.states import CustomerStatus
from tirage.inventory.models import Hold
from tirage.inventory.operations import could_hold, release_holds, take_holds
from tirage.inventory.rules import Wanted
from tirage.offers.states import ReleaseKind
from tirage.orders.history import refuse_history
from tirage.orders.models import Order
from tirage.orders.operations import advance_order
from tirage.orders.packed import refuse_packed
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.operations import is_gift
from tirage.payments.queries import GivingBack
from tirage.payments.states import MONEY_IN, OFFLINE, OPEN, PaymentKind, PaymentState

#: What customers read where the winery keeps it to itself.
ASK_TO_CHANGE = "Write to us and we change the order for you."
ASK_TO_CANCEL = "Write to us and we cancel the order for you."
#: What they read once the change window is over.
TOO_LATE = "This order is being made ready and can’t be changed here any more. Write to us and we see what we can do."
#: Waits for the customer to pay by a link.
PAY_LINK = "pay_link"
#: Waits for the customer at the bank's page.
NEEDS_CUSTOMER = "needs_customer"


_DRAFT = "SELECT {columns} FROM changes_changedraft t {joins} WHERE t.reference = %s"


def lock_order(order_reference: str) -> Order:
    order = _lock_order("t.reference = %s", order_reference)
    if order is None:
        raise DomainError("not_found", "There is no such order.")
    return order


def _lock_order(which: str, value: str) -> Order | None:
    """Raises Conflict ``history`` for an order of a former system."""
    related = ("customer", "release", "offer", "method")
    statement = f"SELECT {{columns}} FROM orders_order t {{joins}} WHERE {which}{for_update_of('t')}"  # noqa: S608  # fixed words
    order: Order | None = next(iter(fetch_related(Order, statement, [value], related=related)), None)
    if order is not None:
        refuse_history(order.channel)
    return order


def lock_draft(draft_reference: str, actor: Actor) -> ChangeDraft:
    """The draft with its order, both locked, order first. Raises DomainError ``not_found``."""
    of_draft = "t.id = (SELECT d.order_id FROM changes_changedraft d WHERE d.reference = %s)"
    order = _lock_order(of_draft, draft_reference)
    drafts = fetch_related(
        ChangeDraft, _DRAFT + for_update_of("t"), [draft_reference], related=("payment_method",)
    )
    draft = next(iter(drafts), None)
    if order is None or draft is None or (actor.is_customer and order.customer_id != actor.id):
        raise DomainError("not_found", "There is no such change.")
    draft.order = order
    return draft


def refuse_stranger(draft: ChangeDraft, actor: Actor) -> None:
    """A customer's change is the customer's own, staff's is the team's."""
    if draft.maker == Maker.CUSTOMER and not (actor.is_customer and actor.id == draft.actor_id):
        raise NotAllowed("The customer is preparing this change. Make one of your own, or let it go.")
    if draft.maker != Maker.CUSTOMER and actor.is_customer:
        raise NotAllowed("We are preparing this change for you. Write to us if it should be another.")


def refuse_edited(draft: ChangeDraft, seen: int | None, actor: Actor) -> None:
    """What a colleague did to a draft since the page was opened is looked at first. Raises Conflict
    ``edited_meanwhile``."""
    if seen is None or seen >= draft.version or draft.editor_id == actor.id:
        return
    words = "Here it is as it stands now; nothing of what you sent was taken over."
    raise Conflict("edited_meanwhile", f"{draft.editor_label} changed this after you opened it. {words}")


def refuse_customer(order: Order, actor: Actor, now: datetime) -> None:
    """Customers change their own orders, where and as long as the winery lets them and while their account is open."""
    if actor.is_customer:
        _refuse_unless_own(order, actor)
        _refuse_switched_off(current_winery().customers_change_orders, ASK_TO_CHANGE)
        refuse_too_late(order, now)


def refuse_own_cancel(order: Order, actor: Actor, now: datetime) -> None:
    """The same of cancelling, which has a setting of its own; who may withdraw by the order's terms always can."""
    _refuse_unless_own(order, actor)
    if may_withdraw(order, now):
        return
    _refuse_switched_off(current_winery().customers_cancel_orders, ASK_TO_CANCEL)
    refuse_too_late(order, now)


def refuse_too_late(order: Order, now: datetime) -> None:
    """What customers do themselves ends with their change window. Raises DomainError ``window_over``."""
    if is_over(order.release, now):
        raise DomainError("window_over", TOO_LATE)


def _refuse_unless_own(order: Order, actor: Actor) -> None:
    if not actor.is_customer or order.customer_id != actor.id:
        raise DomainError("not_found", "There is no such order.")
    if order.customer.status != CustomerStatus.ACTIVE:
        raise DomainError("suspended", "Your account is closed at the moment. Write to us.")


def _refuse_switched_off(allowed: bool, instead: str) -> None:
    if not allowed:
        raise DomainError("switched_off", instead)


def refuse_closed(draft: ChangeDraft) -> None:
    words = {
        DraftState.APPLIED: "This change has been made already.",
        DraftState.DROPPED: "This change was let go. Begin a new one.",
        DraftState.LAPSED: "The time for this change was over. Begin a new one.",
    }
    state = DraftState(draft.state)
    if state in words:
        raise Conflict("closed", words[state])
    if state is DraftState.PAYING:
        raise Conflict("paying", "This change is being paid right now. Wait for the bank's answer.")


def refuse_by_hand(
    back: Sequence[GivingBack], *, to_credit: bool, never: str = "made smaller", act: str = "change"
) -> None:
    """What only a person can hand over isn't given back by a customer's own press of a button.

    ``never`` and ``act`` say what can't be done here and what is asked for by mail instead.
    Raises DomainError ``was_gift``, ``by_hand``.
    """
    if any(is_gift(one.payment) for one in back):
        words = f"A part of this order was a gift of the house, so it can't be {never} here."
        raise DomainError("was_gift", f"{words} Write to us and we {act} it for you.")
    if not to_credit and any(one.payment.gateway == OFFLINE for one in back):
        words = gettext(
            "A part of this order was paid by check, transfer or in cash, and is refunded by hand."
        )
        raise DomainError("by_hand", f"{words} Choose store credit, or write to us.", {"refund_to": words})


def refuse_unchangeable(order: Order) -> None:
    refuse_packed(order)
    if words := why_not_changeable(order):
        raise DomainError("not_changeable", words)


def refuse_under_way(draft: ChangeDraft) -> None:
    """All three for a locked draft of a locked order, in one statement where nothing is under way.

    Raises Conflict ``at_bank``, ``paying``, ``money_moving``.
    """
    if statements.is_under_way(draft.order_id, draft.pk, draft.reference):
        refuse_at_bank(draft)
        refuse_while_paying(draft.order_id, besides=draft.pk)
        refuse_moving_money(draft.order_id)


def refuse_while_paying(order_id: int, *, besides: int = 0) -> None:
    """Nothing else happens to an order while one of its changes is being paid. Raises Conflict ``paying``."""
    paying = ChangeDraft.objects.filter(order_id=order_id, state=DraftState.PAYING.value).exclude(pk=besides)
    if maker := paying.values_list("actor_label", flat=True).first():
        raise Conflict(
            "paying",
            f"A change of this order by {maker} is being paid right now. Wait a moment, then look at the order again.",
        )


def refuse_moving_money(order_id: int) -> None:
    """Not while other money of the order is on its way in: what is paid would be another a moment later."""
    asked = Payment.objects.filter(
        order_id=order_id,
        kind__in=[PaymentKind.CHARGE.value, PaymentKind.AUTHORISE.value, PaymentKind.CAPTURE.value],
        state__in=[PaymentState.PENDING.value, PaymentState.UNKNOWN.value],
    )
    if asked.exists():
        raise Conflict(
            "money_moving",
            "A payment of this order is under way. Wait for the bank's answer, then try again.",
        )


def refuse_new_money(order_id: int, locked: Sequence[Payment]) -> None:
    """Payments are locked before their order: one that came in between isn't among those that money goes back to.

    With the order locked. Raises Conflict ``money_moving``.
    """
    settled = Payment.objects.filter(
        order_id=order_id, state=PaymentState.SETTLED.value, kind__in=MONEY_IN
    ).exclude(pk__in=[payment.pk for payment in locked])
    if settled.exists():
        raise Conflict("money_moving", "A payment of this order has just come. Look at it again.")


def open_payments(draft: ChangeDraft) -> list[Payment]:
    """Attempts to pay for the draft whose outcome is open."""
    states = [state.value for state in OPEN]
    return list(Payment.objects.filter(purpose=draft.reference, state__in=states).order_by("id"))


def refuse_at_bank(draft: ChangeDraft) -> None:
    if open_payments(draft):
        raise Conflict(
            "at_bank",
            "The bank waits for the customer to confirm this payment. Wait for it, or give the payment up first.",
        )


def advance_draft(draft: ChangeDraft, to: DraftState, **columns: Any) -> None:
    """Takes a draft a legal step further, in one conditional update; the only writer of its state.

    Raises Conflict ``closed`` or ``paying`` when somebody else was faster.
    """
    if to not in DRAFT_STEPS[DraftState(draft.state)]:
        raise RuntimeError(f"a draft doesn't go from {draft.state} to {to}")
    if not ChangeDraft.objects.filter(pk=draft.pk, state=draft.state).update(state=to.value, **columns):
        draft.refresh_from_db(fields=["state"])
        refuse_closed(draft)
        raise Conflict("order_moved_on", "Somebody else has just changed this. Look at it again.")
    draft.state = to.value
    for name, value in columns.items():
        setattr(draft, name, value)


def end_draft(draft: ChangeDraft, to: DraftState, text: str, actor: Actor, now: datetime) -> None:
    """Lets a locked draft, its bottles and its pay link go, and with it the order that it would have placed.

    Locks stock. Records it, reacts with ``change.ended``.
    """
    advance_draft(draft, to, closed_at=now, waiting_code="", waiting_for="")
    if draft.is_new_order:
        advance_order(order_id=draft.order_id, to=OrderState.ABANDONED, only=OrderState.DRAFT)
    release_holds(holder=draft.reference)
    stop_asking(draft, now)
    name = EventName.CHANGE_DROPPED if to is DraftState.DROPPED else EventName.CHANGE_LAPSED
    record_on_order(name, draft, text, actor, now)


def stop_asking(draft: ChangeDraft, now: datetime) -> None:
    """The money of this draft is not asked for any more: links and collections of it end."""
    react("change.ended", draft_id=draft.pk, order_id=draft.order_id, purpose=draft.reference, now=now)


def record_on_order(name: EventName, draft: ChangeDraft, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        name,
        "order",
        draft.order_id,
        text=text,
        data={"draft": draft.reference},
        customer_id=draft.order.customer_id,
        actor=actor,
        now=now,
    )


def maker_of(draft: ChangeDraft) -> Actor:
    """Who made the draft, for what is done in the maker's name when the money comes later."""
    return Actor(ActorKind(draft.maker), draft.actor_id, draft.actor_label)


def net_pieces(draft: ChangeDraft) -> dict[int, int]:
    """Pieces that the draft adds (or, negative, takes off) over all prices, by sku id."""
    return _net(draft.lines.values_list("sku_id", "quantity"))


def _net(pieces_by_sku: Iterable[tuple[int, int]]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for sku_id, pieces in pieces_by_sku:
        sums[sku_id] = sums.get(sku_id, 0) + pieces
    return {sku_id: pieces for sku_id, pieces in sums.items() if pieces}


def hold_added(draft: ChangeDraft, *, until: datetime | None, now: datetime) -> dict[int, int]:
    """Holds exactly what the draft adds, until then; what couldn't be had, in pieces by sku id. A test order's holds
    nothing, and locks nothing.

    Without ``until`` it is sold in the same transaction. Locks the stock of everything that the locked draft moves, at
    once: what it takes off has its place in the order of locks.
    """
    moved = statements.moved_by(draft.pk, draft.reference)
    stocks = {row["sku_id"]: row["stock_id"] for row in moved if row["stock_id"] is not None}
    adds = {row["sku_id"]: int(row["pieces"]) for row in moved if row["pieces"] > 0}
    wanted = {stocks[row["sku_id"]]: Wanted(0) for row in moved if row["holds"]}
    wanted |= {stocks[sku_id]: Wanted(pieces) for sku_id, pieces in adds.items() if sku_id in stocks}
    if draft.order.is_test:
        taken = could_hold(wanted=wanted, now=now)
    else:
        if adds and draft.order.release is not None and draft.order.release.kind == ReleaseKind.EN_PRIMEUR:
            pieces = {id: one.quantity for id, one in wanted.items()}
            react("stock.wanted", wanted=pieces, holder=draft.reference, now=now)
        taken = take_holds(
            holder=draft.reference, wanted=wanted, besides=list(stocks.values()), expires_at=until, now=now
        )
    held = {sku_id: taken[stock_id].held for sku_id, stock_id in stocks.items() if stock_id in taken}
    short = {sku_id: pieces - held.get(sku_id, 0) for sku_id, pieces in adds.items()}
    return {sku_id: pieces for sku_id, pieces in short.items() if pieces}


def hold_until(draft: ChangeDraft, until: datetime) -> None:
    """Moves the end of the bottles that the draft holds now."""
    Hold.objects.filter(holder=draft.reference).update(expires_at=until)


def life_of(draft: ChangeDraft, now: datetime) -> datetime:
    """When a draft begun now ends: customers' bottles are held as in a cart, staff's as the winery set."""
    winery = current_winery()
    if draft.maker == Maker.CUSTOMER and adds_bottles(draft):
        return before_close(draft, now + timedelta(minutes=winery.cart_minutes), now)
    return now + timedelta(hours=winery.staff_change_hours)


def adds_bottles(draft: ChangeDraft) -> bool:
    """Whether more of any wine is on the order afterwards."""
    return any(pieces > 0 for pieces in net_pieces(draft).values()) if draft.pk else False


def adds_pieces(pieces_by_sku: Iterable[tuple[int, int]]) -> bool:
    """The same of differences that are known: pairs of sku id and pieces."""
    return any(pieces > 0 for pieces in _net(pieces_by_sku).values())


def before_close(draft: ChangeDraft, until: datetime, now: datetime) -> datetime:
    """``until``, or the close of the customer's offer if that is earlier: no bottles are added after it.

    Where staff set the offer aside, with a reason, it doesn't count. Two statements.
    """
    page = None if draft.override_reason else own_offer(draft, now)
    closes_at = page.offer.closes_at if page and page.offer else None
    return min(until, closes_at) if closes_at and closes_at > now else until


def lock_allowance(draft: ChangeDraft, now: datetime) -> None:
    """Cart and drafts draw on one allowance: whoever adds to either holds the cart's lock while deciding."""
    order = draft.order
    if order.release_id is not None:
        statements.lock_cart_of(order.customer_id, order.release_id, new_reference("CRT"), now)
