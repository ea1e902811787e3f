"""What an order's page says of changing it: whether, why not, and which changes are under way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from tirage.changes.fees import may_withdraw
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import NEEDS_CUSTOMER, TOO_LATE
from tirage.changes.queries import live_drafts, why_not_changeable
from tirage.changes.states import DraftState, Maker
from tirage.changes.window import is_over, last_day
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery, start_of_day
from tirage.fulfilment.models import ChangeAsked
from tirage.fulfilment.states import AskState
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import PayLink
from tirage.payments.operations import pay_link_url
from tirage.payments.queries import live_links

#: Why an order can't be changed, where its page doesn't say it already.
_WHY_NOT: dict[OrderState, Any] = {
    OrderState.PENDING: "This order is being paid right now. You can change it once it is placed.",
    OrderState.SHIPPED: "This order has left us, so it can’t be changed any more.",
    OrderState.CANCELLED: gettext_lazy("This order is canceled, so it can’t be changed any more."),
    OrderState.BOOKED: "This is a fee, without bottles.",
    OrderState.ABANDONED: "This order was never placed.",
}
#: Of one in a frozen batch.
PACKING = "Your order is being packed, so it can’t be changed here any more."


def why_not_now(order: Order, now: datetime) -> str:
    """Why the customer can't change this order (with its release); empty when it can be changed."""
    if why_not_changeable(order):
        return PACKING if order.packed_in else str(_WHY_NOT[order.step])
    return TOO_LATE if is_over(order.release, now) else ""


def change_until(order: Order) -> datetime | None:
    """The last day on which its customer may change the order (with its release), as the moment at which it begins;
    None for until it ships."""
    last = last_day(order.release)
    return start_of_day(last) if last else None


def order_change_words(order: Order, now: datetime) -> dict[str, Any]:
    """The context of the order's page; three statements at most."""
    why_not = why_not_now(order, now)
    drafts = [] if why_not_changeable(order) else live_drafts(order.pk)
    links = {link.purpose: link for link in live_links([order.pk], now)} if drafts else {}
    told = [words for draft in drafts if (words := _words(draft, links.get(draft.reference), why_not))]
    is_paying = any(draft.state == DraftState.PAYING for draft in drafts)
    return {
        "can_change": not why_not and current_winery().customers_change_orders and not _goes_on(told),
        "can_cancel": not is_paying and _can_cancel(order, why_not, now),
        "why_not": why_not,
        **asking_words(order),
        "change_until": change_until(order),
        "drafts": told,
    }


def asking_words(order: Order) -> dict[str, Any]:
    """Of an order that is packed: that a change can be asked for, or what was asked. No statement for any other."""
    if not order.packed_in:
        return {}
    asked = ChangeAsked.objects.filter(order=order).order_by("-id").first()
    is_open = asked is not None and asked.state == AskState.OPEN
    return {"can_ask": not is_open, "asked": asked if is_open else None}


def _can_cancel(order: Order, why_not: str, now: datetime) -> bool:
    """Who may withdraw by the order's terms can, whatever the settings and the change window say."""
    if why_not_changeable(order):
        return False
    return may_withdraw(order, now) or (not why_not and current_winery().customers_cancel_orders)


def _goes_on(told: list[dict[str, Any]]) -> bool:
    return any(words["is_own"] for words in told)


def _words(draft: ChangeDraft, link: PayLink | None, why_not: str) -> dict[str, Any] | None:
    """A change under way; what the team is still putting together is nobody else's business."""
    if draft.maker == Maker.CUSTOMER:
        return _own_words(draft, why_not)
    if link is None:
        return None
    amount = say_money(Money(link.amount_minor, link.currency), current_winery().locale)
    return {
        "is_own": False,
        "words": f"We have prepared a change of this order for you. {amount} to pay.",
        "more": "Until it is paid your order stays as it is, and the bottles are kept for you.",
        "url": pay_link_url(link),
        "go_on": "See it and pay",
    }


def _own_words(draft: ChangeDraft, why_not: str) -> dict[str, Any] | None:
    """What the customer began: nothing in it yet, or too late to go on, is as good as not begun."""
    told = {"is_own": True, "url": reverse("storefront:change", args=[draft.reference])}
    if draft.state == DraftState.PAYING:
        words = "A change of this order waits for your bank’s answer."
        return told | {"words": words, "more": "You will not be charged twice.", "go_on": "Look again"}
    if draft.waiting_code == NEEDS_CUSTOMER:
        words = "A change of this order waits: your bank needs to know that it’s you."
        return told | {
            "words": words,
            "more": "Your order stays as it is until then.",
            "go_on": "Go on to it",
        }
    if why_not or not current_winery().customers_change_orders:
        return None
    if draft.state == DraftState.WAITING:
        more = "Your order is as it was. Choose how to pay, or let the change go."
        return told | {"words": "A change of this order is not paid.", "more": more, "go_on": "Go on with it"}
    if not (draft.delivery or draft.lines.exists()):
        return None
    more = "Nothing is changed before you press the button at its end."
    return told | {"words": "You have begun to change this order.", "more": more, "go_on": "Go on with it"}
