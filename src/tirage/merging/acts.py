"""What one person who was two has of the things that need more than another name on their rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tirage.checkout.models import Cart, CartLine, OfferLook
from tirage.clubs.models import ClubMember
from tirage.clubs.states import LIVE as LIVE_MEMBERS
from tirage.clubs.states import MemberState
from tirage.core.actors import Actor
from tirage.core.locks import lock_rows
from tirage.core.sql import run
from tirage.customers.models import Address, Customer, Membership, MoveRow
from tirage.customers.operations.addresses import TEXT_FIELDS, same_address_key
from tirage.customers.states import GroupKind, MoveOutcome
from tirage.customers.twins import name_instead
from tirage.inventory.operations import lock_stock, release_holds
from tirage.joining.models import WaitingPlace
from tirage.joining.states import LIVE as LIVE_PLACES
from tirage.joining.states import PlaceState
from tirage.merging.references import Row, move, move_once, rows_of
from tirage.merging.rules import Side
from tirage.merging.table import How, Rule
from tirage.orders.models import Order
from tirage.payments.models import PayLink, PaymentMethod
from tirage.standing.agreeing import give_back_aside
from tirage.standing.models import StandingOrder
from tirage.standing.states import LIVE as LIVE_STANDING
from tirage.standing.states import StandingState


@dataclass(slots=True)
class Merge:
    """One merge under way: who stays, who ends, what was chosen, and the rows that are left over so far."""

    stays: Customer
    ends: Customer
    chosen: dict[str, Side]
    actor: Actor
    now: datetime
    left_over: list[Row] = field(default_factory=list)

    @property
    def why(self) -> str:
        return f"merged with {self.ends.reference}"

    def move(self, key: str) -> None:
        move(key, self.stays.pk, self.ends.pk)


def end_standing_order(merge: Merge) -> None:
    """One person has one standing order: of two that live the one's that ends, ends, and gives back what is set aside.

    The standing orders are locked.
    """
    live = [state.value for state in LIVE_STANDING]
    if StandingOrder.objects.filter(customer=merge.stays, state__in=live).exists():
        for standing in StandingOrder.objects.filter(customer=merge.ends, state__in=live):
            give_back_aside(standing, merge.actor, merge.now)
            standing.state, standing.ended_at = StandingState.ENDED.value, merge.now
            standing.changed_at, standing.reason = merge.now, merge.why
            standing.save(update_fields=["state", "ended_at", "changed_at", "reason"])


def end_carts(merge: Merge, carts: list[Cart]) -> None:
    """Bottles in carts of the account that ends are anybody's again; those that were set aside for it stay so.

    The carts are locked; locks the stock.
    """
    ending = [cart for cart in carts if cart.customer_id == merge.ends.pk and cart.kept_until is None]
    lines = CartLine.objects.filter(cart__in=ending)
    lock_stock(set(lines.values_list("offer_item__sku", flat=True)))
    for cart in ending:
        release_holds(holder=cart.reference)
        cart.delete()


def move_orders(merge: Merge) -> None:
    """With them their payments. Links to pay end: they went to a mailbox that may be nobody's here any more."""
    unused = PayLink.objects.filter(order__customer=merge.ends, used_at__isnull=True, revoked_at__isnull=True)
    unused.update(revoked_at=merge.now)
    Order.objects.filter(customer=merge.ends).update(customer=merge.stays)


def move_credit(merge: Merge) -> None:
    """Both ledgers in one, in the order in which they were written; the balance after each entry is reckoned anew."""
    merge.move("payments.CreditEntry.customer")
    run(
        """
        UPDATE payments_creditentry SET balance_minor = e.running
        FROM (SELECT id, sum(amount_minor) OVER (ORDER BY id) AS running FROM payments_creditentry
              WHERE customer_id = %s) e
        WHERE payments_creditentry.id = e.id AND payments_creditentry.balance_minor <> e.running
        """,
        [merge.stays.pk],
    )


def move_cards(merge: Merge) -> None:
    if PaymentMethod.objects.filter(customer=merge.stays, is_default=True, removed_at__isnull=True).exists():
        PaymentMethod.objects.filter(customer=merge.ends, is_default=True).update(is_default=False)
    merge.move("payments.PaymentMethod.customer")


def move_addresses(merge: Merge) -> None:
    """One address is once on the list: of two spellings the one's that stays stays, and whatever named the other
    names it."""
    own = list(
        Address.objects.filter(customer=merge.stays, removed_at__isnull=True).order_by("-is_default", "pk")
    )
    by_place: dict[tuple[str, ...], Address] = {}
    for address in own:
        by_place.setdefault(_place(address), address)
    for address in Address.objects.filter(customer=merge.ends, removed_at__isnull=True).order_by("pk"):
        if twin := by_place.get(_place(address)):
            name_instead(address, twin)
            Address.objects.filter(pk=address.pk).update(removed_at=merge.now, is_default=False)
    if any(address.is_default for address in own):
        Address.objects.filter(customer=merge.ends, is_default=True).update(is_default=False)
    merge.move("customers.Address.customer")


def _place(address: Address) -> tuple[str, ...]:
    return same_address_key({name: getattr(address, name) for name in TEXT_FIELDS})


def move_memberships(merge: Merge) -> None:
    """All groups of both, each since the earlier day, but of two allocation groups the chosen one; what ends is kept
    as the history of whoever was in it."""
    own = {one.group_id: one for one in Membership.objects.filter(customer=merge.stays)}
    others = {one.group_id: one for one in Membership.objects.filter(customer=merge.ends)}
    for group_id in own.keys() & others.keys():
        _keep_the_earlier(own[group_id], others.pop(group_id))
    tiers = [
        next((one for one in rows.values() if one.kind == GroupKind.ALLOCATION), None)
        for rows in (own, others)
    ]
    if all(tiers):
        goes = tiers[merge.chosen["group"] is Side.STAYS]
        if goes is not None:
            ended = Membership.objects.filter(pk=goes.pk)
            ended.end(merge.now, by=merge.actor.label, why=merge.why)
    merge.move("customers.Membership.customer")


def _keep_the_earlier(own: Membership, other: Membership) -> None:
    if other.since < own.since:
        own.since, own.joined_by, own.joined_why = other.since, other.joined_by, other.joined_why
        own.save(update_fields=["since", "joined_by", "joined_why"])
    # Not an end of the membership, which goes on: nothing to keep of it.
    Membership._base_manager.filter(pk=other.pk).delete()


def move_rows_of_moves(merge: Merge) -> None:
    """Bulk moves keep what they did; what they were still to do with the account that ends, they don't."""
    waiting = MoveRow.objects.filter(customer=merge.ends, outcome=MoveOutcome.WAITING.value)
    waiting.update(outcome=MoveOutcome.OVERTAKEN.value)
    key = "customers.MoveRow.customer"
    merge.left_over += move_once(key, Rule(How.MOVE_ONCE, once=("run",)), merge.stays.pk, merge.ends.pk)


def move_looks(merge: Merge) -> None:
    """An offer was seen when the first of both saw it."""
    key = "checkout.OfferLook.customer"
    for look in rows_of(key, merge.ends.pk):
        later = OfferLook.objects.filter(
            customer=merge.stays, offer=look.offer_id, first_at__gt=look.first_at
        )
        later.update(first_at=look.first_at)
    merge.left_over += move_once(key, Rule(How.MOVE_ONCE, once=("offer",)), merge.stays.pk, merge.ends.pk)


def move_clubs(merge: Merge) -> None:
    """One person is a member of a club once; the other membership is kept as one that was left."""
    live = [state.value for state in LIVE_MEMBERS]
    own = ClubMember.objects.filter(customer=merge.stays, state__in=live).values("club")
    ClubMember.objects.filter(customer=merge.ends, state__in=live, club__in=own).update(
        state=MemberState.LEFT.value, left_at=merge.now, changed_at=merge.now, reason=merge.why
    )
    merge.move("clubs.ClubMember.customer")


def move_places_in_line(merge: Merge) -> None:
    """One place in line, since the earlier day; an invitation goes before a place without one. Both are locked."""
    live = [state.value for state in LIVE_PLACES]
    places = list(WaitingPlace.objects.filter(customer__in=[merge.stays, merge.ends], state__in=live))
    if len(places) == 2:
        stays, ends = sorted(places, key=lambda one: (one.state != PlaceState.INVITED, one.since, one.pk))
        WaitingPlace.objects.filter(pk=ends.pk).update(state=PlaceState.LEFT.value, changed_at=merge.now)
        WaitingPlace.objects.filter(pk=stays.pk).update(since=min(stays.since, ends.since))
    merge.move("joining.WaitingPlace.customer")


def leave_newsletters(merge: Merge) -> None:
    """An address that nobody has any more is taken off the lists by their next run, and the chosen one put on them."""
    rows_of("marketing.Subscriber.customer", merge.ends.pk).update(customer=None, changed_at=merge.now)


def lock_in_order(merge: Merge) -> list[Cart]:
    """The rows of both that come before the stock in the order of all locks; their carts."""
    both = [merge.stays.pk, merge.ends.pk]
    lock_rows(ClubMember.objects.filter(customer__in=both))
    lock_rows(StandingOrder.objects.filter(customer__in=both))
    lock_rows(Order.objects.filter(customer__in=both))
    return lock_rows(Cart.objects.filter(customer__in=both))
