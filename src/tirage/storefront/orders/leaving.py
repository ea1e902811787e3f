"""When an order leaves, as far as anybody knows: on its page, on its receipt, in the customer's calendar."""

from __future__ import annotations

from datetime import date, datetime

from tirage.catalog.rules import full_title
from tirage.changes.window import is_over, last_day
from tirage.core.winery import current_winery, local_time
from tirage.delivery.states import MethodKind
from tirage.orders.models import Order
from tirage.orders.queries import order_lines
from tirage.orders.states import OrderState
from tirage.parts.calendar import Entry
from tirage.parts.wording import say_day
from tirage.storefront.frame.calendar import address_of, uid_of


def leaves_on(order: Order) -> date | None:
    """The day that was asked for, else the first on which its release is packed; None while nobody knows."""
    if order.requested_ship_on:
        return order.requested_ship_on
    return order.release.packing_on if order.release else None


def leaves_words(order: Order, now: datetime) -> str:
    """When it leaves, in a sentence; nothing of what has left, or what isn't sent."""
    if order.step != OrderState.PLACED or order.method is None or not _is_sent(order):
        return ""
    day, winery = leaves_on(order), current_winery()
    if day is None:
        return "We write to you when it leaves, with its tracking number."
    if day <= local_time(now).date():
        return "It is being made ready. We write to you when it leaves, with its tracking number."
    said = say_day(day, winery.time_zone, winery.locale, width="full")
    if order.requested_ship_on:
        return f"It leaves our cellar on {said}, as you asked."
    return f"It leaves our cellar from {said} on. We write to you when it does, with its tracking number."


def calendar_entries(order: Order, now: datetime) -> list[Entry]:
    """The days of an order worth keeping: until when it may be changed, and when it leaves. One statement.

    Empty where neither is known, or the order waits for nothing any more.
    """
    days = _days(order, now)
    if not days:
        return []
    wines = "\n".join(
        f"{line.quantity} × {full_title(line.name, line.format_name)}" for line in order_lines(order)
    )
    url = address_of("storefront:order", order.reference)
    return [
        Entry(uid_of(f"{order.reference}-{about}"), day, title, words=f"{wines}\n\n{url}", url=url)
        for about, day, title in days
    ]


def has_calendar(order: Order, now: datetime) -> bool:
    """Whether there is a day to keep."""
    return bool(_days(order, now))


def _days(order: Order, now: datetime) -> list[tuple[str, date, str]]:
    if order.step != OrderState.PLACED:
        return []
    winery, today = current_winery().name, local_time(now).date()
    found, last, leaves = [], last_day(order.release), leaves_on(order)
    if last and current_winery().customers_change_orders and not is_over(order.release, now):
        found.append(("change", last, f"{winery}: last day to change order {order.reference}"))
    if leaves and leaves > today and _is_sent(order):
        found.append(("leaves", leaves, f"{winery}: order {order.reference} leaves the cellar"))
    return found


def _is_sent(order: Order) -> bool:
    return order.method is not None and MethodKind(order.method.kind).is_sent
