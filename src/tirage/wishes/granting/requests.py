"""What becomes of granted requests: set aside, bought, let go, or over (``config/subscriptions.py`` lists them).

Each runs in the transaction of what it follows, with the cart locked, so a line is under way exactly while its bottles
are held for its customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tirage.checkout.models import Cart
from tirage.checkout.operations.setting_aside import take_set_aside_back
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.reactions import react
from tirage.core.runs import actor_of
from tirage.orders.models import OrderLine
from tirage.wishes.granting.reactions import give_back, grant_line, of_cart
from tirage.wishes.models import GrantLine, GrantRun, Wish
from tirage.wishes.states import GrantOutcome, WishState

_WHY = {
    "time_over": "It wasn't bought while it was set aside.",
    "let_go": "The customer let the bottles go.",
    "taken_back": "It was taken back before it was bought.",
}


def note_offered(run: GrantRun, cart: Cart, now: datetime) -> None:
    """The customer hears of what is set aside, and the activity of who set it aside."""
    for line in _offered(Q(cart=cart)):
        sku = line.wish.offer_item.sku
        _record(
            line.wish,
            EventName.WISH_OFFERED,
            f"set {line.given} × {sku.name} {sku.format_name} aside of {line.wish.asked} wished for",
            actor_of(run),
            now,
        )
    react("set_aside.made", cart_id=cart.pk, customer_id=cart.customer_id, now=now)


def note_bought(*, cart_id: int, order_id: int, now: datetime) -> None:
    """Reaction to an order of what was set aside: the wishes are granted as far as they were bought.

    Whoever buys less than could be had wants no more: then the wish is answered with that.
    """
    lines = of_cart(cart_id)
    bought = dict(
        OrderLine.objects.filter(order_id=order_id, change__number=1).values_list("offer_item_id", "quantity")
    )
    for line in lines:
        pieces = min(line.given, bought.get(line.wish.offer_item_id, 0))
        if not pieces:
            _end_wish(line, WishState.WITHDRAWN, now)
            give_back([line], _WHY["let_go"])
            continue
        wants_no_more = pieces < line.given
        grant_line(line, pieces, order_id, now)
        if wants_no_more:
            _end_wish(line, WishState.GRANTED, now)


def note_set_aside_ended(*, cart_id: int, customer_id: int, how: str, actor: Actor, now: datetime) -> None:
    """Reaction to bottles that aren't set aside any more: their wishes are open again, unless the customer said no."""
    lines = of_cart(cart_id)
    give_back(lines, _WHY[how])
    for line in lines:
        sku = line.wish.offer_item.sku
        wine = f"{line.given} × {sku.name} {sku.format_name}"
        if how == "let_go":
            _end_wish(line, WishState.WITHDRAWN, now)
            _record(line.wish, EventName.WISH_WITHDRAWN, f"let {wine} go that were set aside", actor, now)
        else:
            words = "ended the time of" if how == "time_over" else "took back"
            _record(line.wish, EventName.WISH_OFFER_ENDED, f"{words} {wine} that were set aside", actor, now)


def take_back(*, wish: Wish, actor: Actor, now: datetime) -> int:
    """Ends what is set aside for a wish before its customer bought it; the wish is open again. How many pieces.

    All that is set aside with it, for the same customer by the same run, ends too. Raises Conflict
    ``nothing_set_aside``, ``checkout_under_way``.
    """
    with transaction.atomic():
        lines = _offered(Q(wish=wish))
        if not lines:
            raise Conflict("nothing_set_aside", "Nothing is set aside for this wish any more.")
        carts = sorted({line.cart_id for line in lines if line.cart_id})
        pieces = sum(GrantLine.objects.filter(cart__in=carts).values_list("given", flat=True))
        for cart_id in carts:
            take_set_aside_back(cart_id=cart_id, actor=actor, now=now)
    return pieces


def _offered(which: Q) -> Sequence[GrantLine]:
    lines = GrantLine.objects.filter(which, outcome=GrantOutcome.OFFERED.value)
    return list(lines.select_related("wish__offer_item__sku").order_by("turn"))


def _end_wish(line: GrantLine, state: WishState, now: datetime) -> None:
    """Answers an open wish; one that was granted in part before stays granted."""
    if line.wish.granted:
        state = WishState.GRANTED
    open_ = Wish.objects.filter(pk=line.wish_id, state=WishState.OPEN.value)
    open_.update(state=state.value, changed_at=now)


def _record(wish: Wish, name: EventName, text: str, actor: Actor, now: datetime) -> None:
    data = {"reference": wish.reference}
    record_event(
        name, "wish", wish.pk, text=text, data=data, customer_id=wish.customer_id, actor=actor, now=now
    )
