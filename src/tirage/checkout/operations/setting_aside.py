"""Bottles that the winery sets aside for one customer: theirs to buy until a time, whatever becomes of the offer.

They are in a cart of their own, held under its reference, so nobody else can take them; the time that the hold ends is
the time that the right ends, and no job has to run for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from tirage.checkout.models import Cart, CartLine
from tirage.checkout.operations.cart import refuse_pending
from tirage.checkout.operations.granting import GrantedWine, place_granted
from tirage.core.actors import Actor, system
from tirage.core.errors import Conflict, DomainError
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.turns import take_turns
from tirage.customers.models import Address, Customer
from tirage.inventory.models import Stock
from tirage.inventory.operations import release_holds, take_holds
from tirage.inventory.rules import Wanted
from tirage.offers.models import Offer, OfferItem
from tirage.offers.states import ReleaseKind
from tirage.orders.operations import StartedOrder
from tirage.orders.states import Channel

#: Carts that one run of the schedule ends or reminds of; the others have their turn in the next.
MOST = 500


@dataclass(frozen=True, slots=True)
class SetAside:
    """Pieces of an offer item for a customer, at most at a price each."""

    item: OfferItem
    pieces: int
    price_minor: int


def set_bottles_aside(
    *,
    customer: Customer,
    offer: Offer,
    wines: Sequence[SetAside],
    kept_until: datetime,
    remind_at: datetime | None,
    is_split: bool = False,
    now: datetime,
) -> Cart:
    """Holds exactly these bottles for the customer until ``kept_until``; the cart that they are in. ``is_split`` where
    they are of the customer's own allowance.

    Inside the caller's transaction, which writes down what they are for. Locks stock. Raises DomainError
    ``not_enough``, ``test_offer``; then nothing has changed.
    """
    if offer.group.is_test:
        raise DomainError("test_offer", "This is an offer to a test group: nothing of it is set aside.")
    cart = Cart.objects.create(
        customer=customer,
        release_id=offer.release_id,
        offer=offer,
        kept_until=kept_until,
        expires_at=kept_until,
        remind_at=remind_at,
        is_split=is_split,
        changed_at=now,
    )
    CartLine.objects.bulk_create(
        CartLine(
            cart=cart,
            offer_item=one.item,
            quantity=one.pieces,
            kept=one.pieces,
            price_minor=one.price_minor,
        )
        for one in wines
    )
    pieces: dict[int, int] = {}
    for one in wines:
        pieces[one.item.sku_id] = pieces.get(one.item.sku_id, 0) + one.pieces
    stocks = dict(Stock.objects.filter(sku_id__in=pieces).values_list("sku_id", "pk"))
    wanted = {stocks[sku_id]: Wanted(count) for sku_id, count in pieces.items() if sku_id in stocks}
    if offer.release.kind == ReleaseKind.EN_PRIMEUR:
        stock_pieces = {id: one.quantity for id, one in wanted.items()}
        react("stock.wanted", wanted=stock_pieces, holder=cart.reference, now=now)
    taken = take_holds(holder=cart.reference, wanted=wanted, expires_at=kept_until, now=now)
    if len(wanted) < len(pieces) or any(one.held < one.asked for one in taken.values()):
        raise DomainError("not_enough", "The bottles are gone.")
    return cart


@transaction.atomic
def choose_set_aside(
    *, customer: Customer, cart_reference: str, quantities: Mapping[int, int], now: datetime
) -> None:
    """How many of the bottles set aside the customer buys (pieces by offer item id); all of them stay held meanwhile.

    Locks the cart. Raises DomainError ``set_aside_over``, ``beyond_allowance`` (a field ``item-<id>`` each),
    ``nothing_chosen``, Conflict ``checkout_under_way``; then nothing has changed.
    """
    cart = _locked(customer, cart_reference, now)
    lines = list(cart.lines.select_related("offer_item__sku"))
    fields = {}
    for line in lines:
        wanted = quantities.get(line.offer_item_id, line.quantity)
        name, multiple = line.offer_item.sku.name, line.offer_item.multiple
        if not 0 <= wanted <= line.kept:
            fields[f"item-{line.offer_item_id}"] = f"{name}: {line.kept} are set aside for you."
        elif wanted % multiple:
            fields[f"item-{line.offer_item_id}"] = f"{name}: this wine comes in {multiple}s."
        line.quantity = wanted
    if fields:
        raise DomainError("beyond_allowance", next(iter(fields.values())), fields)
    if not any(line.quantity for line in lines):
        raise DomainError("nothing_chosen", "Choose at least one bottle, or let them go.")
    CartLine.objects.bulk_update(lines, ["quantity"])
    Cart.objects.filter(pk=cart.pk).update(changed_at=now)


def order_set_aside(
    *,
    customer: Customer,
    cart_id: int,
    pieces: Mapping[int, int],
    address: Address | None,
    actor: Actor,
    now: datetime,
) -> StartedOrder:
    """Orders what is set aside for a customer who agreed to that before; the caller asks for the money afterwards.

    ``pieces`` of each wine, by offer item id; what is set aside beyond them is anybody's again. Inside the caller's
    transaction; locks cart, stock. Raises as ``place_granted`` and DomainError ``set_aside_over``, ``nothing_chosen``,
    Conflict ``checkout_under_way``.
    """
    cart = lock_row(Cart.objects.filter(pk=cart_id, customer=customer, kept_until__gt=now))
    lines = list(cart.lines.select_related("offer_item__sku")) if cart else []
    if cart is None or cart.offer is None or not lines:
        raise DomainError("set_aside_over", "These bottles aren't set aside any more.")
    refuse_pending(cart.pending_order_id)
    wines = [
        GrantedWine(line.offer_item, count, line.price_minor or 0)
        for line in lines
        if (count := min(line.kept, pieces.get(line.offer_item_id, 0)))
    ]
    if not wines:
        raise DomainError("nothing_chosen", "Nothing of what is set aside is to be ordered.")
    order = place_granted(
        customer=customer,
        offer=cart.offer,
        wines=wines,
        address=address,
        holder=cart.reference,
        channel=Channel.OFFER,
        actor=actor,
        now=now,
    )
    cart.lines.all().delete()
    Cart.objects.filter(pk=cart.pk).update(
        expires_at=None, remind_at=None, attempt=cart.attempt + 1, changed_at=now
    )
    release_holds(holder=cart.reference)
    return order


def own_cart_id(*, customer_id: int, release_id: int, now: datetime) -> int:
    """The customer's own cart of a release, made where there is none: whoever locks it keeps anything else of the
    release from being bought by the customer meanwhile.
    """
    own = {"customer_id": customer_id, "release_id": release_id}
    Cart.objects.bulk_create([Cart(**own, changed_at=now)], ignore_conflicts=True)
    return Cart.objects.values_list("pk", flat=True).get(**own, kept_until__isnull=True)


@transaction.atomic
def let_set_aside_go(*, customer: Customer, cart_reference: str, actor: Actor, now: datetime) -> None:
    """The customer doesn't want them: the bottles are anybody's again at once.

    Locks cart, stock, wishes. Raises as ``choose_set_aside``.
    """
    _end(_locked(customer, cart_reference, now), "let_go", actor, now)


@transaction.atomic
def take_set_aside_back(*, cart_id: int, actor: Actor, now: datetime) -> None:
    """Staff end it before its time. Locks cart, stock, wishes. Harmless where it has ended; raises Conflict
    ``checkout_under_way`` while it is being paid for."""
    cart = lock_row(Cart.objects.filter(pk=cart_id, kept_until__isnull=False))
    if cart is None or not cart.lines.exists():
        return
    if cart.pending_order_id is not None:
        raise Conflict("checkout_under_way", "The customer is paying for these bottles right now.")
    _end(cart, "taken_back", actor, now)


def end_set_aside(*, now: datetime) -> int:
    """Ends what was set aside and not bought in its time; how many carts. Run by the schedule.

    The bottles are free by the clock already. What is being paid for ends when that has.
    """
    over = Cart.objects.filter(kept_until__lte=now, pending_order__isnull=True, lines__kept__gt=0)
    carts = list(over.order_by("kept_until").values_list("pk", flat=True).distinct()[:MOST])
    return sum(take_turns(partial(_end_one, pk, now) for pk in carts))


@transaction.atomic
def _end_one(cart_id: int, now: datetime) -> int:
    cart = lock_row(Cart.objects.filter(pk=cart_id, pending_order__isnull=True, kept_until__lte=now))
    if cart is None or not cart.lines.exists():
        return 0
    _end(cart, "time_over", system("Bottles set aside"), now)
    return 1


def remind_of_set_aside(*, now: datetime) -> int:
    """Reminds customers, once, that what is set aside for them soon isn't; how many. Run by the schedule."""
    due = Cart.objects.filter(remind_at__lte=now)
    carts = list(due.order_by("remind_at").values_list("pk", flat=True)[:MOST])
    return sum(take_turns(partial(_remind_one, pk, now) for pk in carts))


@transaction.atomic
def _remind_one(cart_id: int, now: datetime) -> int:
    cart = lock_row(Cart.objects.filter(pk=cart_id, remind_at__lte=now))
    if cart is None:
        return 0
    Cart.objects.filter(pk=cart.pk).update(remind_at=_again(cart, now))
    waits = cart.kept_until is not None and cart.kept_until > now and cart.pending_order_id is None
    if not waits or not cart.lines.exists():
        return 0
    react("set_aside.ending", cart_id=cart.pk, customer_id=cart.customer_id, now=now)
    return 1


def _again(cart: Cart, now: datetime) -> datetime | None:
    """Who is reminded that bottles may go now is reminded once more before their time is over."""
    last = cart.kept_until - timedelta(days=1) if cart.kept_until else None
    return last if cart.is_split and last and last > now + timedelta(days=1) else None


def _locked(customer: Customer, cart_reference: str, now: datetime) -> Cart:
    cart = lock_row(Cart.objects.filter(customer=customer, reference=cart_reference, kept_until__gt=now))
    if cart is None or not cart.lines.exists():
        raise DomainError("set_aside_over", "These bottles aren't set aside for you any more.")
    refuse_pending(cart.pending_order_id)
    return cart


def _end(cart: Cart, how: str, actor: Actor, now: datetime) -> None:
    """What a cart that is locked sets aside is free again; ``how`` is ``time_over``, ``let_go`` or ``taken_back``."""
    cart.lines.all().delete()
    Cart.objects.filter(pk=cart.pk).update(expires_at=None, remind_at=None, changed_at=now)
    release_holds(holder=cart.reference)
    react("set_aside.ended", cart_id=cart.pk, customer_id=cart.customer_id, how=how, actor=actor, now=now)


def live_set_aside(customer_id: int, now: datetime) -> list[Cart]:
    """What is set aside for a customer and not bought yet, what ends first before the rest; two statements at most."""
    carts = Cart.objects.filter(customer=customer_id, kept_until__gt=now, lines__kept__gt=0)
    return list(carts.distinct().order_by("kept_until").prefetch_related("lines__offer_item__sku"))
