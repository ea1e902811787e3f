"""Unused bottles to chosen customers, as allowances of their own: previewed, given by the worker, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tirage.catalog.models import Sku
from tirage.checkout.models import Cart
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bulk import draft_run, start_run
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row, lock_rows
from tirage.core.models import BulkRun
from tirage.core.reactions import react
from tirage.core.states import BulkState
from tirage.customers.models import Customer, Membership
from tirage.customers.states import CustomerStatus
from tirage.inventory.models import Stock
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.offers.operations import MOST_BOTTLES, remove_custom_allowance, save_custom_allowance
from tirage.wishes.reallocation.models import Gift, Reallocation
from tirage.wishes.reallocation.recording import lock_release, say_pieces
from tirage.wishes.reallocation.statements import Narrowed, gifts_waiting, unused_people, used_by
from tirage.wishes.reallocation.states import ReallocationKind

GIVE, TAKE_BACK = "give_bottles", "take_back_bottles"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One chosen customer: what they may take now and then, or why they get nothing."""

    customer: Customer
    before: int = 0
    after: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class GivingPlan:
    """What giving ``pieces`` each would come to. ``free`` are the pieces that nobody holds or was given."""

    receivers: Sequence[Receiver]
    pieces: int
    free: int

    @property
    def wanted(self) -> int:
        return self.pieces * sum(not one.refusal for one in self.receivers)

    @property
    def is_short(self) -> bool:
        return self.wanted > self.free


def giveable_items(now: datetime) -> list[OfferItem]:
    """Wines of active offers that aren't over, one for each release and sku."""
    found: dict[tuple[int, int], OfferItem] = {}
    items = OfferItem.objects.filter(offer__is_active=True, offer__closes_at__gt=now, sku__is_active=True)
    for item in items.select_related("sku", "offer__release").order_by(
        "-offer__release__pk", "position", "id"
    ):
        found.setdefault((item.offer.release_id, item.sku_id), item)
    return list(found.values())


def plan_giving(
    *, customers: Sequence[Customer], release: Release, sku: Sku, pieces: int, now: datetime
) -> GivingPlan:
    """Who would get what; reads only, a few statements however many they are. Raises DomainError ``pieces_invalid``."""
    if not 1 <= pieces <= MOST_BOTTLES:
        raise DomainError("pieces_invalid", f"A whole number from 1 to {MOST_BOTTLES:,}.")
    keys = [customer.pk for customer in customers]
    items = {
        item.offer.group_id: item
        for item in OfferItem.objects.filter(
            offer__release=release, sku=sku, offer__is_active=True, offer__closes_at__gt=now
        ).select_related("offer", "sku")
    }
    groups = dict(
        Membership.objects.filter(customer__in=keys, group__in=items).values_list("customer_id", "group_id")
    )
    own = dict(
        CustomAllowance.objects.filter(
            customer__in=keys, offer_item__in=[item.pk for item in items.values()]
        ).values_list("customer_id", "purchase_maximum")
    )
    receivers = []
    for customer in customers:
        item = items.get(groups.get(customer.pk, 0))
        refusal = _refusal(customer, item, pieces)
        before = 0 if item is None else own.get(customer.pk, item.purchase_maximum)
        receivers.append(Receiver(customer, before, before + (0 if refusal else pieces), refusal))
    return GivingPlan(receivers, pieces, free_to_give(sku.pk, now))


def _refusal(customer: Customer, item: OfferItem | None, pieces: int) -> str:
    if customer.status != CustomerStatus.ACTIVE:
        return "The account is suspended."
    if item is None:
        return "Has no open offer with this wine."
    if pieces % item.multiple:
        return f"In their offer this wine comes in {item.multiple}s."
    return ""


def free_to_give(sku_id: int, now: datetime) -> int:
    """Pieces that are there and that nobody bought, holds or was given."""
    available = stock_figures([sku_id], now).get(sku_id, NO_STOCK).available
    return max(available - gifts_waiting([sku_id], now).get(sku_id, 0), 0)


@transaction.atomic
def start_giving(
    *,
    run: BulkRun,
    release: Release,
    sku: Sku,
    pieces: int,
    tells: bool,
    words: str,
    actor: Actor,
    now: datetime,
) -> Reallocation:
    """Lets the worker give ``pieces`` of a wine to each customer of a drafted run, on top of what they may take.

    With ``tells`` each gets a mail with these ``words``. Locks the release. Raises DomainError ``not_enough`` where
    fewer are there, ``nobody``. Records ``reallocation.made``.
    """
    lock_release(release)
    here = lock_row(BulkRun.objects.filter(pk=run.pk))
    if here is None or here.state != BulkState.DRAFT:
        raise Conflict("begun", "This run has begun already.")
    customers = list(Customer.objects.filter(reference__in=run.rows.values("key")))
    plan = plan_giving(customers=customers, release=release, sku=sku, pieces=pieces, now=now)
    if not plan.wanted:
        raise DomainError("nobody", "None of them can be given this wine. Look at the reasons below.")
    if plan.is_short:
        raise DomainError(
            "not_enough",
            f"That would be {say_pieces(plan.wanted)}, and {plan.free:,} are free. Give fewer, or to fewer.",
        )
    made = Reallocation.objects.create(
        release=release, kind=ReallocationKind.ALLOWANCES.value, made_at=now, actor_label=actor.label[:200]
    )
    values = {
        "reallocation": made.reference,
        "sku": sku.code,
        "pieces": pieces,
        "tells": tells,
        "words": words[:600],
    }
    start_run(run=run, values=values, actor=actor, now=now)
    many = len(plan.receivers)
    text = (
        f"began to give {say_pieces(pieces)} of {sku} to each of {many:,} customer{'' if many == 1 else 's'}"
    )
    data = {"reallocation": made.reference, "run": run.reference}
    record_event(
        EventName.REALLOCATION_MADE, "release", release.pk, text=text, data=data, actor=actor, now=now
    )
    return made


@transaction.atomic
def give_one_of_many(
    *,
    key: str,
    since: datetime,
    reallocation: str,
    sku: str,
    pieces: int,
    tells: bool,
    words: str,
    actor: Actor,
    now: datetime,
) -> None:
    """One customer of a run (``core.bulk``): their maximum rises by ``pieces``, once however often it is called.

    Locks the offer, then the stock: what is given is there at that moment. Raises DomainError ``left_out``,
    ``not_enough``.
    """
    made = Reallocation.objects.get(reference=reallocation)
    customer = Customer.objects.get(reference=key)
    if Gift.objects.filter(reallocation=made, customer=customer).exists():
        return
    item = (
        OfferItem.objects.filter(
            offer__release=made.release_id,
            sku__code=sku,
            offer__is_active=True,
            offer__closes_at__gt=now,
            offer__group__memberships__customer=customer,
        )
        .select_related("offer", "sku")
        .first()
    )
    if refusal := _refusal(customer, item, pieces):
        raise DomainError("left_out", refusal)
    if item is None:
        raise RuntimeError("who has no item is refused")
    lock_row(Offer.objects.filter(pk=item.offer_id))
    lock_rows(Stock.objects.filter(sku=item.sku_id))
    free = free_to_give(item.sku_id, now)
    if free < pieces:
        raise DomainError("not_enough", f"Only {free:,} are free that nobody was given.")
    own = CustomAllowance.objects.filter(offer_item=item, customer=customer).first()
    stands = own or item
    gift = Gift.objects.create(
        reallocation=made, customer=customer, offer_item=item, pieces=pieces, given_at=now
    )
    save_custom_allowance(
        item=item,
        customer=customer,
        purchase_minimum=stands.purchase_minimum,
        purchase_maximum=stands.purchase_maximum + pieces,
        wish_maximum=stands.wish_maximum,
        actor=actor,
        now=now,
    )
    if tells:
        react("bottles.given", gift_id=gift.pk, customer_id=customer.pk, words=words, now=now)


@transaction.atomic
def start_taking_back(*, reallocation: Reallocation, actor: Actor, now: datetime) -> BulkRun:
    """Lets the worker take back what single customers were given, as far as they haven't bought it.

    Raises Conflict ``undone`` when nothing is given (any more). Records ``reallocation.undone``.
    """
    made = lock_row(Reallocation.objects.filter(pk=reallocation.pk))
    if made is None or made.undone_at is not None:
        raise Conflict("undone", "This was taken back already.")
    live = made.gifts.filter(taken_back_at=None).order_by("pk")
    keys = list(live.values_list("customer__reference", flat=True))
    if not keys:
        raise Conflict("undone", "Nobody has anything of it.")
    run = draft_run(kind=TAKE_BACK, keys=keys, actor=actor, now=now)
    start_run(run=run, values={"reallocation": made.reference}, actor=actor, now=now)
    many = len(keys)
    text = f"began to take back what {many:,} customer{' was' if many == 1 else 's were'} given"
    data = {"reallocation": made.reference, "run": run.reference}
    record_event(
        EventName.REALLOCATION_UNDONE, "release", made.release_id, text=text, data=data, actor=actor, now=now
    )
    return run


@transaction.atomic
def take_back_one_of_many(
    *, key: str, since: datetime, reallocation: str, actor: Actor, now: datetime
) -> None:
    """One customer of a run (``core.bulk``): their maximum falls again, unless they bought it or have it in their cart.

    Locks the offer and the customer's cart, which whoever buys holds. Raises DomainError ``bought``.
    """
    gift = (
        Gift.objects.filter(reallocation__reference=reallocation, customer__reference=key, taken_back_at=None)
        .select_related("offer_item__offer", "offer_item__sku", "customer")
        .first()
    )
    if gift is None:
        return
    item, customer = gift.offer_item, gift.customer
    lock_row(Offer.objects.filter(pk=item.offer_id))
    lock_rows(Cart.objects.filter(customer=customer, release=item.offer.release_id))
    own = CustomAllowance.objects.filter(offer_item=item, customer=customer).first()
    if own is not None:
        after = max(own.purchase_maximum - gift.pieces, 0)
        used = used_by(customer.pk, item.offer.release_id, item.sku_id, now)
        if used > after:
            raise DomainError("bought", f"Has {used:,} of it already, bought or in the cart.")
        limits = (min(own.purchase_minimum, after), after, own.wish_maximum)
        if limits == (item.purchase_minimum, item.purchase_maximum, item.wish_maximum):
            remove_custom_allowance(allowance=own, actor=actor, now=now)
        else:
            save_custom_allowance(
                item=item,
                customer=customer,
                purchase_minimum=limits[0],
                purchase_maximum=after,
                wish_maximum=own.wish_maximum,
                actor=actor,
                now=now,
            )
    Gift.objects.filter(pk=gift.pk).update(taken_back_at=now)
    if not Gift.objects.filter(reallocation=gift.reallocation_id, taken_back_at=None).exists():
        Reallocation.objects.filter(pk=gift.reallocation_id).update(undone_at=now)


def draft_giving(*, release: Release, narrowed: Narrowed, actor: Actor, now: datetime) -> BulkRun:
    """A run for everybody who is found in a release, to be previewed. Raises DomainError ``nothing_chosen``."""
    keys = [row["reference"] for row in unused_people(release.pk, narrowed, now)]
    return draft_run(kind=GIVE, keys=keys, actor=actor, now=now)
