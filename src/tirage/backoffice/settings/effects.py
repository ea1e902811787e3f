"""What a setting would change of what is there already, in words; empty where it changes nothing of it.

Whoever saves such a setting is asked first (``EditForm.ask``). Time zone and currency have ``meaning.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from tirage.changes.models import ChangeDraft
from tirage.changes.queries import saying_something
from tirage.changes.states import LIVE, Maker
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.texts import say_count
from tirage.core.winery import local_time
from tirage.customers.models import Address, Customer
from tirage.customers.states import CustomerStatus
from tirage.delivery.states import SENT
from tirage.orders.models import Order
from tirage.orders.states import OrderState

#: What whoever closes places ticks, where something is under way there.
CLOSE_ANYWAY = "Close it all the same"
TICK_TO_CLOSE = "Tick this if that is meant, then save."
#: Places that are named with what closing them means; more are counted.
_NAMED = 5


# The legal age


def counted_as_adults(legal_age: int, now: datetime) -> QuerySet[Customer]:
    """Who confirmed to be old enough, and isn't known by their birth date to be ``legal_age``."""
    return Customer.objects.filter(adult_confirmed_at__isnull=False).exclude(
        birth_date__lte=_latest_birth(legal_age, now)
    )


def _latest_birth(legal_age: int, now: datetime) -> date:
    """The last day on which somebody was born who is so old today, on the winery's calendar."""
    today = local_time(now).date()
    year = today.year - legal_age
    return (
        date(year, 3, 1) - timedelta(days=1)
        if (today.month, today.day) == (2, 29)
        else today.replace(year=year)
    )


def ask_adults_again(*, legal_age: int, everybody: bool, actor: Actor, now: datetime) -> int:
    """Takes confirmations of a lower age back, so that the shop asks again; how many.

    Of ``everybody`` whose birth date doesn't show the new age, else only of those whose birth date shows that they
    are younger. Locks the customers. Records ``settings.saved``.
    """
    with transaction.atomic():
        rows = counted_as_adults(legal_age, now)
        if not everybody:
            rows = rows.filter(birth_date__gt=_latest_birth(legal_age, now))
        count = len(lock_rows(rows.only("pk")))
        rows.update(adult_confirmed_at=None)
        if count:
            text = f"had {say_count(count, 'customer', 'customers')} confirm again to be {legal_age} or older"
            record_event(EventName.SETTINGS_SAVED, "winery", 1, text=text, actor=actor, now=now)
    return count


# Changes by customers


def say_customers_changes(now: datetime) -> str:
    """Changes of their orders that customers have begun and could no longer confirm."""
    live = ChangeDraft.objects.filter(
        maker=Maker.CUSTOMER.value, state__in=[state.value for state in LIVE], expires_at__gt=now
    )
    count = saying_something(live).count()
    if not count:
        return ""
    begun = (
        "a change that a customer has begun" if count == 1 else f"{count:,} changes that customers have begun"
    )
    return f"This also ends {begun}: what is held for it is free again when its time is over."


# Places


def say_closing(places: Mapping[tuple[str, str], str]) -> list[str]:
    """What is under way to places that close (names by country and state): orders to send, customers who live there.

    A sentence for each place that has any. Two statements, however many places.
    """
    if not places:
        return []
    countries = {country for country, _ in places}
    orders = _by_place(
        Order.objects.filter(
            Q(method__isnull=True) | Q(method__kind__in=[kind.value for kind in SENT]),
            state=OrderState.PLACED.value,
            country__in=countries,
        ),
        "ship_state",
    )
    people = _by_place(
        Address.objects.filter(
            is_default=True,
            removed_at__isnull=True,
            customer__status=CustomerStatus.ACTIVE.value,
            country__in=countries,
        ),
        "state",
    )
    said = [_say_place(name, orders.get(key, 0), people.get(key, 0)) for key, name in places.items()]
    said = [words for words in said if words]
    rest = len(said) - _NAMED
    return said if rest <= 1 else [*said[:_NAMED], f"And {rest} more places of that kind."]


def _by_place(rows: QuerySet[Order] | QuerySet[Address], state: str) -> dict[tuple[str, str], int]:
    counted = rows.order_by().values_list("country", state).annotate(count=Count("pk"))
    return {(country, code): count for country, code, count in counted}


def _say_place(name: str, orders: int, people: int) -> str:
    said = []
    if orders:
        stays = "stays as it is" if orders == 1 else "stay as they are"
        said.append(f"{say_count(orders, 'order is', 'orders are')} still to be sent there and {stays}")
    if people:
        can = "customer lives there and can’t have wine sent home"
        said.append(say_count(people, f"{can}", "customers live there and can’t have wine sent home"))
    return f"{name}: {'; '.join(said)}." if said else ""
