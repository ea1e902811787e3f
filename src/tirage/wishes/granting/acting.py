"""Granting, customer by customer: hold and write down, ask the bank with nothing locked, let the money make the change.

A worker may die at any step. What is held for a wish is written down with the wish and the line in one transaction; the
change that the money makes enters the grant in the transaction that books it (``reactions``). So whoever goes on finds
each line waiting, under way with its draft or order, or done, and nothing is granted or charged twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, prefetch_related_objects

from tirage.changes.models import ChangeDraft
from tirage.changes.operations import Granting, confirm_prepared, draft_grant, drop_draft, free_beyond
from tirage.changes.states import DraftState
from tirage.checkout.models import Cart
from tirage.checkout.operations.granting import GrantedWine, place_granted
from tirage.checkout.operations.setting_aside import SetAside, set_bottles_aside
from tirage.checkout.volumes import Parcel, lock_place, parts_of, refuse_beyond
from tirage.core.actors import Actor, system
from tirage.core.claims import claimed
from tirage.core.errors import Conflict, DomainError
from tirage.core.sql import fetch_related
from tirage.customers.models import Address, Customer
from tirage.customers.states import CustomerStatus
from tirage.offers.states import ReleaseKind, WishKind
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations.balances import charge_balance
from tirage.payments.queries import saved_cards
from tirage.wishes.granting.keeping import look_after_order
from tirage.wishes.granting.planning import draft_for_one
from tirage.wishes.granting.reactions import refuse_lines
from tirage.wishes.granting.requests import note_offered
from tirage.wishes.granting.running import advance, start_granting
from tirage.wishes.models import GrantLine, GrantRun, Wish
from tirage.wishes.states import GrantOutcome, GrantState, WishState

_WAITING, _GRANTING = GrantOutcome.WAITING.value, GrantOutcome.GRANTING.value
#: Somebody else changed the same at that moment: look again at once so often.
_TRIES = 3
#: Customers that other workers may be at meanwhile.
_OTHERS = 4
_WAITS = Q(outcome=_WAITING, pieces__gt=0)
#: Held, and the bank not asked yet.
_BEGUN_CHANGE = Q(outcome=_GRANTING, draft__state=DraftState.OPEN.value)
_BEGUN_ORDER = Q(outcome=_GRANTING, draft__isnull=True, order__isnull=False) & ~Exists(
    Payment.objects.filter(order_id=OuterRef("order_id"))
)
_BEGUN = _BEGUN_CHANGE | _BEGUN_ORDER
#: So long before it ends customers are reminded of what is set aside for them.
_REMINDED = timedelta(days=1)


class _MovedOn(Exception):  # not an error: look again
    """A line or a wish is another than it was read."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is held for a customer: a draft of their order, or an order of its own; the card as it was seen then."""

    customer_id: int
    draft_reference: str = ""
    order_id: int | None = None
    card: PaymentMethod | None = None


def continue_granting(*, run: GrantRun, limit: int, now: datetime) -> GrantRun:
    """Grants the next ``limit`` customers of a running run all that it has for them.

    No transaction may be open: cards are charged. Two who push the same run at once do no harm.
    """
    if run.state == GrantState.RUNNING:
        grant_next(run=run, limit=limit, now=now)
    return run


def grant_next(*, run: GrantRun, limit: int, now: datetime) -> int:
    """The same; how many customers were looked after. Nought of a run that goes on: others are at all that is left.

    Workers at one run take different customers (``core.claims``). A run is over when nobody is left to be looked at.
    """
    seen: set[int] = set()
    prefetch_related_objects([run], "stock")
    for customer_id in _next_customers(run, limit + _OTHERS):
        with claimed(f"grant run {run.pk}", customer_id) as is_ours:
            if is_ours:
                seen.add(customer_id)
                _grant_customer(run, customer_id, now)
        if len(seen) == limit:
            break
    if seen:
        GrantRun.objects.filter(pk=run.pk).update(changed_at=now)
    run.refresh_from_db(fields=["state", "changed_at"])
    if len(seen) < limit and not set(_next_customers(run, len(seen) + 1)) - seen:
        advance(run, GrantState.FINISHED, now)
    return len(seen)


def _next_customers(run: GrantRun, limit: int) -> list[int]:
    """Whom a worker that died had begun with, and who waits."""
    found: dict[int, None] = {}
    # Two questions, each answered by an index: as one it reads all lines of the run.
    for which in (_BEGUN, _WAITS):
        lines = run.lines.filter(which).order_by("customer_id")
        found |= dict.fromkeys(lines.values_list("customer_id", flat=True).distinct()[:limit])
    return list(found)[:limit]


def grant_wish(
    *,
    wish: Wish,
    pieces: int,
    keeps_rest: bool = True,
    kept_days: int | None = None,
    actor: Actor,
    now: datetime,
) -> GrantLine:
    """Grants one wish at once, all of it or a part: a run of one. Talks to the gateway; no transaction may be open.

    Bottles whose money doesn't come, or that are set aside for a request, are kept for ``kept_days``, or as long as
    the winery's settings say. The line says what became of it. Raises DomainError ``left_out``, ``pieces_invalid``,
    ``not_enough``, Conflict ``already_answered``; then nothing has changed.
    """
    if wish.state != WishState.OPEN or wish.left <= 0:
        raise Conflict("already_answered", "This wish is answered already, or being granted right now.")
    with transaction.atomic():
        run = draft_for_one(
            wish=wish, pieces=pieces, keeps_rest=keeps_rest, kept_days=kept_days, actor=actor, now=now
        )
        start_granting(run=run, actor=actor, now=now, queue=False)
    continue_granting(run=run, limit=2, now=now)
    return run.lines.get()


def actor_for(run: GrantRun) -> Actor:
    """Orders are changed by the program, in the name of who began the run."""
    return system(f"{run.actor_label} (wishes)")


def _grant_customer(run: GrantRun, customer_id: int, now: datetime) -> None:
    """What was begun, then promises, then requests: which of both a release has may have been changed between two
    wishes. Looked at once nobody else is at the customer."""
    here = run.lines.filter(_WAITS | _BEGUN, customer_id=customer_id)
    found = set(here.values_list("outcome", "wish__kind"))
    if any(outcome == _GRANTING for outcome, _ in found):
        _go_on_with_begun(run, customer_id, now)
    for kind in (WishKind.PROMISE, WishKind.REQUEST):
        if (_WAITING, kind.value) in found:
            _grant_kind(run, customer_id, kind, now)


def _grant_kind(run: GrantRun, customer_id: int, kind: WishKind, now: datetime) -> None:
    prepared = None
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                prepared = _prepare(run, customer_id, kind, now)
            break
        except _MovedOn:
            continue
        except DomainError as refused:
            refuse_lines(_waiting(run, customer_id, kind), refused.message)
            return
    else:
        refuse_lines(_waiting(run, customer_id, kind), "Others changed it at the same moment. Try again.")
    if prepared:
        _ask_for_money(run, prepared, now)


def _waiting(run: GrantRun, customer_id: int, kind: WishKind) -> Sequence[int]:
    lines = run.lines.filter(customer_id=customer_id, outcome=_WAITING, pieces__gt=0, wish__kind=kind.value)
    return list(lines.values_list("pk", flat=True))


# Holding


def _prepare(run: GrantRun, customer_id: int, kind: WishKind, now: datetime) -> _Prepared | None:
    """Holds a customer's bottles and writes down whom they are for. Locks order, draft, cart, stock; wishes last."""
    lines = fetch_related(
        GrantLine,
        """
        SELECT {columns} FROM wishes_grantline t {joins}
        WHERE t.run_id = %s AND t.customer_id = %s AND t.outcome = %s AND t.pieces > 0 AND wish.kind = %s
        ORDER BY t.turn
        """,
        [run.pk, customer_id, _WAITING, kind.value],
        related=("customer", "wish__offer_item__sku", "wish__offer_item__offer"),
    )
    lines = [line for line in lines if not _refused_alone(line)]
    if not lines:
        return None
    customer = lines[0].customer
    if customer.status != CustomerStatus.ACTIVE:
        raise DomainError("suspended", "The account is suspended.")
    wanted = _wanted(run, lines)
    if kind is WishKind.REQUEST or run.release.kind == ReleaseKind.EN_PRIMEUR:
        # Wine en primeur is bought by terms that its customer agrees to.
        _set_aside(run, customer, lines, wanted, now)
        return None
    card = card_of(customer_id, now)
    if card is None:
        raise DomainError("card_missing", "No card is saved that still works.")
    order_reference = _order_of(customer_id, run.release_id)
    if order_reference is None:
        order_id = _prepare_order(run, customer, lines, wanted, now)
        return _Prepared(customer_id, order_id=order_id, card=card) if order_id else None
    draft, given = draft_grant(
        order_reference=order_reference,
        wanted=wanted,
        reason=f"Wish granted, {run.release.name}",
        kept_until=now + timedelta(days=run.kept_days),
        actor=actor_for(run),
        now=now,
    )
    _write_down(lines, given, draft=draft, order=None, now=now)
    return _Prepared(customer_id, draft.reference, card=card) if draft else None


def _refused_alone(line: GrantLine) -> bool:
    """Writes down why a wish that was answered, withdrawn or made smaller since can't be granted any more."""
    wish = line.wish
    if wish.state == WishState.OPEN and wish.left - wish.left % wish.offer_item.multiple > 0:
        return False
    words = {
        WishState.WITHDRAWN: "The customer withdrew the wish.",
        WishState.DECLINED: "The wish was declined meanwhile.",
        WishState.ARCHIVED: "The wish was archived meanwhile.",
    }
    reason = words.get(WishState(wish.state), "Another run grants this wish, or has granted it.")
    refuse_lines([line.pk], reason)
    return True


def _wanted(run: GrantRun, lines: Sequence[GrantLine]) -> dict[int, Granting]:
    """What the lines want of each wine, as far as it is still wished."""
    reserves = {one.sku_id: one.reserve for one in run.stock.all()}
    wanted: dict[int, Granting] = {}
    for line in lines:
        sku_id, multiple = line.wish.offer_item.sku_id, line.wish.offer_item.multiple
        most = min(line.pieces, line.wish.left)
        had = wanted.get(sku_id, Granting(0))
        step = max(had.step, multiple)
        wanted[sku_id] = Granting(
            had.pieces + most - most % multiple, step, reserves.get(sku_id, 0), line.price_minor
        )
    return wanted


def _order_of(customer_id: int, release_id: int) -> str | None:
    """The reference of the order that granted bottles go onto: the newest of the release that hasn't left yet."""
    orders = Order.objects.filter(
        customer_id=customer_id, release_id=release_id, state=OrderState.PLACED.value
    )
    return orders.order_by("-id").values_list("reference", flat=True).first()


def _prepare_order(
    run: GrantRun,
    customer: Customer,
    lines: Sequence[GrantLine],
    wanted: dict[int, Granting],
    now: datetime,
) -> int | None:
    """The id of an order of its own, owed and not yet paid; None where nothing can be had. Its place is locked before
    the stock.
    """
    address = _address_of(customer.pk)
    if address:
        lock_place(customer.pk, parts_of(address))
    given = {sku_id: pieces for sku_id, pieces in free_beyond(wanted, now).items() if pieces}
    shared = _shared(lines, given)
    order_id = None
    if given:
        order = place_granted(
            customer=customer,
            offer=lines[0].wish.offer_item.offer,
            wines=_wines(lines, shared),
            address=address,
            holder=f"{run.reference}-{customer.pk}",
            actor=actor_for(run),
            now=now,
        )
        order_id = order.id
    _write_down(lines, given, draft=None, order=order_id, now=now)
    return order_id


def _set_aside(
    run: GrantRun,
    customer: Customer,
    lines: Sequence[GrantLine],
    wanted: dict[int, Granting],
    now: datetime,
) -> None:
    """What was requested, held for the customer to buy for the run's days; nobody is charged for it."""
    given = {sku_id: pieces for sku_id, pieces in free_beyond(wanted, now).items() if pieces}
    shared = _shared(lines, given)
    cart = None
    if given:
        if run.release.kind != ReleaseKind.EN_PRIMEUR:
            _refuse_beyond(customer, lines, shared, now)
        until = now + timedelta(days=run.kept_days)
        cart = set_bottles_aside(
            customer=customer,
            offer=lines[0].wish.offer_item.offer,
            wines=[
                SetAside(line.wish.offer_item, shared[line.pk], line.price_minor)
                for line in lines
                if shared[line.pk]
            ],
            kept_until=until,
            remind_at=until - _REMINDED if run.kept_days > 1 else None,
            now=now,
        )
    _write_down(lines, given, draft=None, order=None, cart=cart, now=now)
    if cart:
        note_offered(run, cart, now)


def _refuse_beyond(
    customer: Customer, lines: Sequence[GrantLine], shared: dict[int, int], now: datetime
) -> None:
    """Nothing is set aside that can't go home; the checkout asks again, of the address that is chosen then."""
    home = Address.objects.filter(customer=customer, is_default=True, removed_at__isnull=True).first()
    if home:
        skus = [(line.wish.offer_item.sku, shared[line.pk]) for line in lines]
        volume = sum(sku.millilitres * sku.units * pieces for sku, pieces in skus)
        ids = frozenset(sku.pk for sku, pieces in skus if pieces)
        refuse_beyond(Parcel(customer.pk, volume, parts_of(home), now, skus=ids))


def _wines(lines: Sequence[GrantLine], shared: dict[int, int]) -> list[GrantedWine]:
    return [
        GrantedWine(line.wish.offer_item, shared[line.pk], line.price_minor)
        for line in lines
        if shared[line.pk]
    ]


def _address_of(customer_id: int) -> Address | None:
    addresses = Address.objects.filter(customer_id=customer_id, removed_at__isnull=True)
    return addresses.order_by("-is_default", "-id").first()


def card_of(customer_id: int, now: datetime) -> PaymentMethod | None:
    """The card that a promise is charged to: the customer's first that the gateway in use knows."""
    return saved_cards(customer_id, now).filter(gateway=settings.TIRAGE_GATEWAY).first()


def _shared(lines: Sequence[GrantLine], given: dict[int, int]) -> dict[int, int]:
    """The pieces of each line (by id) of what is given of its wine, the oldest wish first."""
    left, shared = dict(given), {}
    for line in lines:
        sku_id = line.wish.offer_item.sku_id
        shared[line.pk] = min(line.pieces, line.wish.left, left.get(sku_id, 0))
        left[sku_id] = left.get(sku_id, 0) - shared[line.pk]
    return shared


def _write_down(
    lines: Sequence[GrantLine],
    given: dict[int, int],
    *,
    draft: ChangeDraft | None,
    order: int | None,
    cart: Cart | None = None,
    now: datetime,
) -> None:
    """What each line and wish has under way; by conditional updates, so that nobody else's answer is lost."""
    for line in lines:
        pieces = _shared([line], given)[line.pk]
        sku_id = line.wish.offer_item.sku_id
        given = {**given, sku_id: given.get(sku_id, 0) - pieces}
        if not pieces:
            refuse_lines([line.pk], "No bottle is left that isn't kept back.")
            continue
        here = GrantLine.objects.filter(pk=line.pk, outcome=_WAITING)
        wish = _still_wished(line.wish_id, pieces)
        under_way = {"outcome": _GRANTING, "given": pieces, "draft": draft, "order_id": order, "cart": cart}
        if cart:
            under_way |= {"outcome": GrantOutcome.OFFERED.value, "kept_until": cart.kept_until}
        if not here.update(**under_way, reason=_less(line, pieces)):
            raise _MovedOn
        if not wish.update(granting=F("granting") + pieces, changed_at=now):
            raise _MovedOn


def _still_wished(wish_id: int, pieces: int) -> QuerySet[Wish]:
    """The wish, if so many pieces of it are still open at the moment of writing."""
    enough = Q(asked__gte=F("granted") + F("granting") + pieces)
    return Wish.objects.filter(enough, pk=wish_id, state=WishState.OPEN.value)


def _less(line: GrantLine, pieces: int) -> str:
    if pieces == line.pieces:
        return ""
    return f"{pieces} of {line.pieces}: fewer were left, or the wish was made smaller."


# Money


def _ask_for_money(run: GrantRun, prepared: _Prepared, now: datetime) -> None:
    """Charges what is held for a customer, with nothing locked. What the bank says is written down by reactions."""
    try:
        if prepared.draft_reference:
            _confirm(run, prepared, now)
        elif prepared.order_id is not None:
            _charge_order(run, prepared.order_id, prepared, now)
    except DomainError as refused:
        _let_go(run, prepared, refused, now)


def _confirm(run: GrantRun, prepared: _Prepared, now: datetime) -> None:
    confirm_prepared(
        draft_reference=prepared.draft_reference,
        payment_method=prepared.card or card_of(prepared.customer_id, now),
        actor=actor_for(run),
        now=now,
    )


def _charge_order(run: GrantRun, order_id: int, prepared: _Prepared, now: datetime) -> None:
    card = prepared.card or card_of(prepared.customer_id, now)
    try:
        charge_balance(
            order_id=order_id,
            card_reference=card.reference if card else "",
            return_url=f"{settings.SITE_URL}/orders/",
            actor=actor_for(run),
            now=now,
        )
    except Conflict as settled:
        if settled.code not in ("nothing_due", "too_small", "already_paying"):
            raise
    look_after_order(order_id, now)


def _let_go(run: GrantRun, prepared: _Prepared, refused: DomainError, now: datetime) -> None:
    """What can't be asked for now: a draft is let go with the reason, an order stays owed and is collected."""
    if not prepared.draft_reference:
        under_way = run.lines.filter(customer_id=prepared.customer_id, outcome=_GRANTING)
        until = now + timedelta(days=run.kept_days)
        under_way.update(
            outcome=GrantOutcome.COLLECTING.value, reason=refused.message[:300], kept_until=until
        )
        return
    draft = ChangeDraft.objects.get(reference=prepared.draft_reference)
    if draft.state != DraftState.OPEN:
        # Somebody else asks for the same money just now.
        return
    lines = GrantLine.objects.filter(draft=draft, outcome=_GRANTING).values_list("pk", flat=True)
    refuse_lines(list(lines), refused.message)
    drop_draft(draft_reference=draft.reference, actor=actor_for(run), now=now)


def _go_on_with_begun(run: GrantRun, customer_id: int, now: datetime) -> None:
    """What a worker that died had held for a customer and not asked for."""
    begun = run.lines.filter(_BEGUN, customer_id=customer_id)
    for draft_reference, order_id in begun.values_list("draft__reference", "order_id").distinct():
        _ask_for_money(run, _Prepared(customer_id, draft_reference or "", order_id), now)
