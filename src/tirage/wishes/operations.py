"""Asking for more than the maximum, and the winery's answer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.checkout.queries import load_offer_page
from tirage.checkout.rules import ItemView, OfferPage
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.texts import fitting
from tirage.core.winery import current_winery
from tirage.customers.ages import refuse_under_age
from tirage.customers.models import Customer
from tirage.offers.rules import OfferStatus
from tirage.offers.states import WishKind
from tirage.wishes.models import Wish
from tirage.wishes.states import GrantOutcome, WishState
from tirage.wishes.wording import promise_words


def set_wish(
    *, customer: Customer, offer_item_id: int, quantity: int, agreed: bool, actor: Actor, now: datetime
) -> Wish | None:
    """Makes, changes or (with nought) withdraws the customer's wish for a wine of the open offer, in pieces.

    Nothing is held and nothing charged. A promise needs ``agreed``: granted bottles are charged later. The price and
    the words that were agreed to are kept with it. Raises DomainError ``offer_closed``, ``not_offered``,
    ``wishing_off``, ``maximum_first``, ``beyond_wish_maximum``, ``granted_in_part``, ``not_agreed``, ``too_young``,
    Conflict ``already_answered``.
    """
    if quantity:
        refuse_under_age(customer.birth_date, now)
    page = load_offer_page(customer, now)
    item = _wishable(page, offer_item_id, quantity)
    with transaction.atomic():
        wish = lock_row(Wish.objects.filter(customer=customer, offer_item_id=offer_item_id))
        if page.is_test and wish and wish.state not in (WishState.TEST, WishState.WITHDRAWN):
            raise Conflict(
                "already_answered", f"You have a real wish for {item.name}; a test one can't take its place."
            )
        if wish and wish.state in (WishState.GRANTED, WishState.DECLINED):
            raise Conflict("already_answered", f"Your wish for {item.name} has been answered already.")
        if wish and wish.granting:
            raise being_granted(wish)
        if quantity == 0:
            _withdraw(wish, item, actor, now)
            return None
        if wish and quantity < wish.granted:
            words = f"{wish.granted} of {item.name} are granted already."
            raise DomainError("granted_in_part", words, {f"wish-{offer_item_id}": words})
        kind = WishKind(page.offer.wish_kind) if page.offer else WishKind.PROMISE
        if kind is WishKind.PROMISE and not agreed:
            raise _refused("not_agreed", item, "Agree to the charge under your wish, so that it can be kept.")
        state = WishState.TEST if page.is_test else WishState.OPEN
        return _write(wish, customer, item, kind, quantity, state, actor, now)


def _refused(code: str, item: ItemView, words: str) -> DomainError:
    """Names the wine, but not beside its own field."""
    named = f"{item.full_name}: {words[0].lower()}{words[1:]}"
    return DomainError(code, named, {f"wish-{item.offer_item_id}": words})


def being_granted(wish: Wish) -> Conflict:
    """Bottles are held for it, and money is asked for or they may be bought: it is answered once that has ended."""
    offered = wish.grant_lines.filter(outcome=GrantOutcome.OFFERED.value).order_by("kept_until").first()
    if offered and offered.kept_until:
        return Conflict(
            "set_aside",
            f"{offered.given} of this wish are set aside to be bought. Let them go, or wait until their time is over.",
        )
    return Conflict(
        "being_granted", "This wish is being granted right now: its bottles are held and the card is asked."
    )


def _wishable(page: OfferPage, offer_item_id: int, quantity: int) -> ItemView:
    if page.status is not OfferStatus.OPEN:
        raise DomainError("offer_closed", "This offer is not open, so wishes can't be made or changed.")
    item = page.item(offer_item_id)
    if item is None:
        raise DomainError("not_offered", "This wine is not in your offer any more.")
    if quantity == 0:
        return item
    if page.offer and page.offer.wish_kind == WishKind.OFF:
        raise DomainError("wishing_off", "There are no wishes in this offer.")
    if page.offer and page.offer.wish_after_maximum and not item.wished and item.takes_more:
        raise _refused("maximum_first", item, f"Take your {item.cap} first; then you can wish for more.")
    if quantity > item.wish_maximum:
        words = f"You can wish for up to {item.wish_maximum} of {item.name}."
        raise DomainError("beyond_wish_maximum", words, {f"wish-{offer_item_id}": words})
    return item


def _write(
    wish: Wish | None,
    customer: Customer,
    item: ItemView,
    kind: WishKind,
    quantity: int,
    state: WishState,
    actor: Actor,
    now: datetime,
) -> Wish:
    if wish and wish.state == state and wish.asked == quantity:
        return wish
    is_promise = kind is WishKind.PROMISE
    name = EventName.WISH_CHANGED if wish else EventName.WISH_MADE
    wish = wish or Wish(customer=customer, offer_item_id=item.offer_item_id, made_at=now)
    wish.kind, wish.state, wish.asked, wish.changed_at = kind.value, state.value, quantity, now
    wish.agreed_at = now if is_promise else None
    wish.agreed_words = promise_words(item.price, current_winery().locale) if is_promise else ""
    wish.price_minor, wish.archived_at = item.price.minor, None
    wish.save()
    tried = " (a test)" if state is WishState.TEST else ""
    record_wish(name, wish, f"wished for {quantity} × {item.name} {item.format_name}{tried}", actor, now)
    if name is EventName.WISH_MADE:
        react("wish.made", wish_id=wish.pk, customer_id=customer.pk, now=now)
    return wish


def _withdraw(wish: Wish | None, item: ItemView, actor: Actor, now: datetime) -> None:
    if wish is None or wish.state == WishState.WITHDRAWN:
        return
    if wish.state == WishState.TEST:
        # Nothing of what was tried is kept as withdrawn: that is a figure, too.
        wish.delete()
        return
    wish.state, wish.archived_at, wish.changed_at = WishState.WITHDRAWN.value, None, now
    wish.save(update_fields=["state", "archived_at", "changed_at"])
    record_wish(EventName.WISH_WITHDRAWN, wish, f"withdrew the wish for {item.name}", actor, now)


def forget_tests(*, release_id: int, now: datetime) -> None:
    """Reaction to removed test orders: the wishes that were tried beside them go for good."""
    Wish.objects.filter(offer_item__offer__release=release_id, state=WishState.TEST.value).delete()


def refuse_wished(*, group_id: int, is_test: bool, now: datetime) -> None:
    """Reaction to a group about to become a test group: not while its members wait for an answer to their wishes.

    Raises DomainError ``group_in_use``.
    """
    waiting = Wish.objects.filter(offer_item__offer__group=group_id, state=WishState.OPEN.value)
    if is_test and waiting.exists():
        words = "Customers of this group have open wishes. Answer or archive them first."
        raise DomainError("group_in_use", words, {"is_test": words})


@transaction.atomic
def withdraw_wish(*, customer: Customer, wish_reference: str, actor: Actor, now: datetime) -> None:
    """Takes an open wish back, also after the offer has closed. Raises DomainError ``not_found``, Conflict."""
    wish = lock_row(Wish.objects.filter(customer=customer, reference=wish_reference))
    if wish is None:
        raise DomainError("not_found", "There is no such wish.")
    if wish.state == WishState.TEST:
        wish.delete()
        return
    if wish.state != WishState.OPEN:
        raise Conflict("already_answered", "This wish has been answered already.")
    if wish.granting:
        raise being_granted(wish)
    wish.state, wish.changed_at = WishState.WITHDRAWN.value, now
    wish.save(update_fields=["state", "changed_at"])
    record_wish(EventName.WISH_WITHDRAWN, wish, "withdrew a wish", actor, now)


@transaction.atomic
def decline_wish(*, wish_reference: str, reason: str, actor: Actor, now: datetime) -> Wish:
    """The winery says no; the customer gets a mail. Raises DomainError ``not_found``, Conflict ``already_answered``."""
    wish = lock_row(Wish.objects.filter(reference=wish_reference))
    if wish is None:
        raise DomainError("not_found", "There is no such wish.")
    if wish.state != WishState.OPEN:
        raise Conflict("already_answered", f"This wish is {wish.state} already.")
    if wish.granting:
        raise being_granted(wish)
    wish.state, wish.reason, wish.changed_at = WishState.DECLINED.value, fitting(reason, 200, "reason"), now
    wish.save(update_fields=["state", "reason", "changed_at"])
    record_wish(EventName.WISH_DECLINED, wish, f"declined the wish for {wish.asked}", actor, now)
    react("wish.declined", wish_id=wish.pk, customer_id=wish.customer_id, now=now)
    return wish


def decline_one_of_many(*, key: str, reason: str, since: datetime, actor: Actor, now: datetime) -> None:
    """One row of a bulk run (``core.bulk``); what was declined after ``since`` is done. Raises as ``decline_wish``."""
    try:
        decline_wish(wish_reference=key, reason=reason, actor=actor, now=now)
    except Conflict:
        if not Wish.objects.filter(
            reference=key, state=WishState.DECLINED.value, changed_at__gte=since
        ).exists():
            raise


def record_wish(name: EventName, wish: Wish, text: str, actor: Actor, now: datetime) -> None:
    """Writes an act on a wish into the record of its customer."""
    data = {"reference": wish.reference, "asked": wish.asked}
    record_event(
        name, "wish", wish.pk, text=text, data=data, customer_id=wish.customer_id, actor=actor, now=now
    )
