"""From offer to order: the cart that holds bottles, and the checkout that turns them into an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from tirage.checkout import statements
from tirage.checkout.meanwhile import ELSEWHERE, say_moved, settle_pieces
from tirage.checkout.models import Cart, CartLine
from tirage.checkout.operations.telling import end_requests
from tirage.checkout.queries import load_offer_page, page_of, with_banks
from tirage.checkout.rules import ItemView, OfferPage
from tirage.core.actors import Actor
from tirage.core.again import again_when_taken
from tirage.core.errors import Conflict, DomainError
from tirage.core.reactions import react
from tirage.core.references import new_reference
from tirage.core.sql import moment_out
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.customers.states import CustomerStatus
from tirage.inventory.operations import could_hold, release_holds, take_holds
from tirage.inventory.rules import Wanted
from tirage.offers.rules import OfferStatus


@dataclass(frozen=True, slots=True)
class Shortage:
    """A wine of which the cart could not have all that was asked for, in pieces."""

    offer_item_id: int
    name: str
    asked: int
    got: int
    message: str


@dataclass(frozen=True, slots=True)
class CartOutcome:
    """What became of a change of the cart: until when bottles are held, and what was not to be had."""

    reference: str
    expires_at: datetime | None
    shortages: Sequence[Shortage]
    #: What another device had done since the page was opened, in words; ``asked_about`` where less was chosen here.
    moved: Sequence[str] = ()
    asked_about: bool = False


@dataclass(frozen=True, slots=True)
class LockedCart:
    """A cart's row, read under its lock, with its offer page as of now."""

    id: int
    customer_id: int
    release_id: int
    reference: str
    expires_at: datetime
    page: OfferPage


@again_when_taken("checkout_cart")
def set_cart(
    *,
    customer: Customer,
    quantities: Mapping[int, int],
    shown: Mapping[int, int] | None = None,
    actor: Actor,
    now: datetime,
) -> CartOutcome:
    """Sets the named offer items to so many pieces and holds the whole cart; other lines stay, nought removes.

    ``shown`` are the pieces that the page showed as the cart, by offer item id: what another device did since is said
    and kept, and fewer than it took are never set (``meanwhile.settle_pieces``). Without it all of it is meant.

    Takes what can be had and says what couldn't. Bottles are held until ``expires_at``, counted from the first one, and
    never beyond the close of the offer.
    Locks cart, then stock. Raises DomainError ``offer_closed``, ``beyond_allowance`` (with a field per item),
    ``checkout_under_way``, ``suspended``; then nothing has changed.
    """
    with transaction.atomic():
        cart = lock_own_cart(customer, now)
        settled, moved = settle_pieces(cart.page, quantities, shown)
        refusals = _refusals(cart.page, settled)
        if refusals:
            raise DomainError("beyond_allowance", next(iter(refusals.values())), refusals)
        wanted = _merged(cart.page, settled)
        outcome = hold_cart(cart, wanted, now)
        if not moved:
            return outcome
        short = {one.offer_item_id: one.got for one in outcome.shortages}
        got = {id: short.get(id, pieces) for id, pieces in wanted.items()}
        return replace(
            outcome,
            moved=[say_moved(one, now=got.get(one.offer_item_id, 0)) for one in moved],
            asked_about=any(one.is_asked_about for one in moved),
        )


@again_when_taken("checkout_cart")
def take_full_allocation(
    *, customer: Customer, usual: bool = False, actor: Actor, now: datetime
) -> CartOutcome:
    """Fills the cart with all that is left of every maximum, or with the ``usual`` that the winery suggests.

    Nothing that is in the cart is put back. As ``set_cart``.
    """
    with transaction.atomic():
        cart = lock_own_cart(customer, now)
        wanted = {
            item.offer_item_id: min(max(item.in_cart, item.usual if usual else item.cap), item.cap)
            for item in cart.page.items
        }
        in_cart = {item.offer_item_id for item in cart.page.items if item.in_cart}
        return hold_cart(
            cart, {id: quantity for id, quantity in wanted.items() if quantity or id in in_cart}, now
        )


@again_when_taken("checkout_cart")
def hold_minimums(*, customer: Customer, actor: Actor, now: datetime) -> CartOutcome | None:
    """Holds the purchase minimum of every wine for a customer who has had no cart in this release yet.

    For wineries that hold minimums at the first look. None, and nothing changed, where there is no open offer, no
    minimum, or a cart already (an emptied one too: whoever let the bottles go wants them no more). As ``set_cart``.
    """
    page = load_offer_page(customer, now)
    if page.status is not OfferStatus.OPEN or page.cart is not None or not minimums_of(page):
        return None
    with transaction.atomic():
        cart = lock_own_cart(customer, now)
        if any(item.in_cart for item in cart.page.items):
            return None
        return hold_cart(cart, minimums_of(cart.page), now)


def minimums_of(page: OfferPage) -> dict[int, int]:
    """What the purchase minimums still ask of the customer, in pieces by offer item id, in whole multiples."""
    asked = {item.offer_item_id: (max(item.minimum - item.bought, 0), item) for item in page.items}
    rounded = {
        id: (min(-(-least // item.multiple) * item.multiple, item.cap)) for id, (least, item) in asked.items()
    }
    return {id: pieces for id, pieces in rounded.items() if pieces}


def retake_cart(*, customer: Customer, actor: Actor, now: datetime) -> CartOutcome:
    """Holds the lines of a lapsed cart again, as far as there is still stock. As ``set_cart``."""
    return set_cart(customer=customer, quantities={}, actor=actor, now=now)


def empty_cart(
    *, customer: Customer, shown: Mapping[int, int] | None = None, actor: Actor, now: datetime
) -> None:
    """Lets all bottles of the customer's present cart go. Harmless without one.

    ``shown`` are the pieces of the page: with others in the cart nothing is let go. Raises Conflict ``cart_moved_on``.
    """
    with transaction.atomic():
        row = statements.offer_of_customer(customer.pk, now)
        locked = statements.lock_cart(customer.pk, row["release_id"]) if row else None
        if locked is None:
            return
        refuse_pending(locked["pending_order_id"])
        lines = CartLine.objects.filter(cart_id=locked["id"])
        if shown is not None:
            _refuse_unseen(lines, shown)
        lines.delete()
        Cart.objects.filter(pk=locked["id"]).update(expires_at=None, changed_at=now)
        release_holds(holder=locked["reference"])


def _refuse_unseen(lines: QuerySet[CartLine], shown: Mapping[int, int]) -> None:
    """Bottles that another device took aren't let go by a page that never showed them."""
    said = [
        f"{line.offer_item.sku.name}: {line.quantity} instead of {shown.get(line.offer_item_id, 0)}"
        for line in lines.select_related("offer_item__sku")
        if line.quantity > shown.get(line.offer_item_id, 0)
    ]
    if said:
        words = f"Your cart was changed {ELSEWHERE} meanwhile: {'; '.join(said)}."
        raise Conflict("cart_moved_on", f"{words} Nothing was let go. Look at it, and empty it again.")


def lock_own_cart(customer: Customer, now: datetime) -> LockedCart:
    """Makes or finds the customer's cart and locks it; what is decided afterwards is decided under that lock."""
    row = statements.offer_of_customer(customer.pk, now)
    if row is None:
        raise DomainError("offer_closed", "There is no offer for you right now.")
    cart = statements.open_cart(
        customer_id=customer.pk,
        release_id=row["release_id"],
        reference=new_reference("CRT"),
        expires_at=_hold_end(row, now),
        now=now,
    )
    return _locked(row, cart, customer, now)


def _hold_end(row: dict[str, Any], now: datetime) -> datetime:
    """When bottles taken now come back: after the cart's minutes, or at the close of the offer if that is earlier."""
    minutes = now + timedelta(minutes=current_winery().cart_minutes)
    closes_at = moment_out(row["closes_at"])
    return min(minutes, closes_at) if closes_at and closes_at > now else minutes


def _locked(row: dict[str, Any], cart: dict[str, Any], customer: Customer, now: datetime) -> LockedCart:
    row.update(cart_id=cart["id"], cart_reference=cart["reference"], expires_at=cart["expires_at"])
    page = page_of(row, customer.pk, now)
    refuse_closed(page, row["customer_status"])
    refuse_pending(cart["pending_order_id"])
    if page.cart is None or page.cart.expires_at is None:
        raise RuntimeError("an opened cart has a time")
    return LockedCart(
        cart["id"], customer.pk, row["release_id"], page.cart.reference, page.cart.expires_at, page
    )


def refuse_closed(page: OfferPage, customer_status: str) -> None:
    if customer_status != CustomerStatus.ACTIVE:
        raise DomainError(
            "suspended", "Your account is closed at the moment. Write to us and we'll look into it."
        )
    if page.status is OfferStatus.NOT_YET:
        raise DomainError("offer_not_open", "This offer has not opened yet.")
    if page.status is not OfferStatus.OPEN:
        raise DomainError(
            "offer_closed", "This offer has closed. Bottles that weren't ordered have gone back."
        )


def refuse_pending(pending_order_id: object) -> None:
    if pending_order_id is not None:
        raise Conflict("checkout_under_way", "Your order is being paid right now. Wait for it to finish.")


def _refusals(page: OfferPage, quantities: Mapping[int, int]) -> dict[str, str]:
    """Why quantities are beyond what the customer may have, by form field ``item-<id>``."""
    found: dict[str, str] = {}
    for id, quantity in quantities.items():
        item = page.item(id)
        why = (
            item.limits.refusal(quantity, bought=item.used)
            if item
            else "This wine is not in your offer any more."
        )
        if why and not (item is None and quantity == 0):
            found[f"item-{id}"] = f"{item.name}: {why}" if item else why
    return found


def _merged(page: OfferPage, quantities: Mapping[int, int]) -> dict[int, int]:
    """The whole cart after the change; lines that the rules no longer allow shrink to what they do."""
    present = {item.offer_item_id: min(item.in_cart, item.cap) for item in page.items if item.in_cart}
    return {**present, **{id: quantity for id, quantity in quantities.items() if page.item(id)}}


def hold_cart(cart: LockedCart, wanted: Mapping[int, int], now: datetime) -> CartOutcome:
    """Holds what is wanted (offer item id to pieces) and writes the lines; the contended stock rows come last."""
    items = {item.offer_item_id: item for item in cart.page.items}
    asked = {items[id].stock_id: _wanted(items[id], quantity) for id, quantity in wanted.items()}
    if cart.page.is_test:
        taken = could_hold(wanted=asked, now=now)
    else:
        if cart.page.offer and cart.page.offer.campaign:
            pieces = {id: one.quantity for id, one in asked.items()}
            react("stock.wanted", wanted=pieces, holder=cart.reference, now=now)
        taken = take_holds(holder=cart.reference, wanted=asked, expires_at=cart.expires_at, now=now)
    got = {id: taken[items[id].stock_id].held for id in wanted}
    changed = {id: got[id] for id in wanted if got[id] != items[id].in_cart}
    statements.write_lines(cart.id, changed)
    if not any(got.values()) and not any(
        item.in_cart for item in items.values() if item.offer_item_id not in got
    ):
        Cart.objects.filter(pk=cart.id).update(expires_at=None)
    served = [
        items[id].sku_id for id, pieces in wanted.items() if items[id].is_asked and 0 < pieces == got[id]
    ]
    if served:
        end_requests(served, customer_id=cart.customer_id, release_id=cart.release_id)
    short = with_banks([items[id] for id, quantity in wanted.items() if got[id] < quantity], cart.customer_id)
    shortages = [_shortage(item, wanted[item.offer_item_id], got[item.offer_item_id]) for item in short]
    return CartOutcome(cart.reference, cart.expires_at if any(got.values()) else None, shortages)


def _wanted(item: ItemView, quantity: int) -> Wanted:
    return Wanted(quantity, item.multiple, max(item.minimum - item.bought, 0) if quantity else 0)


def _shortage(item: ItemView, asked: int, got: int) -> Shortage:
    had = f"{got} of {asked}" if got else "none"
    words = f"{item.full_name}: {had} could be held; the wine is sold out."
    if item.unsold - got >= item.multiple:
        words = f"{item.full_name}: {had} could be held; the others are in other carts at the moment and may come back."
    return Shortage(item.offer_item_id, item.name, asked, got, words)
