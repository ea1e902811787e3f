"""Clearing test orders away: off every page in one act, and back as they were."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, QuerySet

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import end_draft
from tirage.changes.states import LIVE, DraftState
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.reactions import react
from tirage.core.texts import say_count
from tirage.offers.models import Release
from tirage.orders.models import Order
from tirage.orders.states import TESTS, OrderState


def test_orders(release: Release) -> QuerySet[Order]:
    """The test orders of a release that weren't removed, those being paid too, the latest first."""
    states = [state.value for state in TESTS if state is not OrderState.TEST_VOID]
    return Order.objects.filter(release=release, state__in=states, removed_at__isnull=True).order_by("-pk")


def removed_tests(release: Release) -> list[tuple[datetime, int]]:
    """When test orders of a release were removed, with how many each time; the latest first."""
    rows = _tried(Order.objects.filter(release=release, removed_at__isnull=False)).order_by()
    found = rows.values("removed_at").annotate(count=Count("pk"), latest=Max("pk"))
    return [(row["removed_at"], row["count"]) for row in found.order_by("-removed_at")]


@transaction.atomic
def remove_tests(*, release: Release, actor: Actor, now: datetime) -> int:
    """Takes the test orders of a release off every page, and their changes and wishes with them; how many orders.

    They were in no figure before and are in none afterwards; what was bought by them is free again for those who test.
    Tries that came to nothing go with them. Those that are being paid stay, with those whose change is. Locks orders,
    drafts. Records ``release.tests_removed``, reacts with ``tests.removed``. Raises DomainError ``nothing_to_remove``.
    """
    paying = ChangeDraft.objects.filter(state=DraftState.PAYING.value).values("order_id")
    states = [state.value for state in TESTS if state is not OrderState.TRYING]
    mine = Order.objects.filter(release=release, state__in=states, removed_at__isnull=True)
    orders = lock_rows(mine.exclude(pk__in=paying))
    count = sum(order.state != OrderState.TEST_VOID for order in orders)
    if not count:
        raise DomainError("nothing_to_remove", "This release has no test orders that can be removed.")
    ids = [order.pk for order in orders]
    live = ChangeDraft.objects.select_related("order").filter(
        order__in=ids, state__in=[state.value for state in LIVE if state is not DraftState.PAYING]
    )
    for draft in lock_rows(live):
        end_draft(draft, DraftState.DROPPED, "let a change go with the test order", actor, now)
    Order.objects.filter(pk__in=ids).update(removed_at=now)
    react("tests.removed", release_id=release.pk, now=now)
    _record(EventName.TESTS_REMOVED, release, f"removed {_say(count)} of {release.name}", actor, now)
    return count


@transaction.atomic
def restore_tests(*, release: Release, removed_at: datetime, actor: Actor, now: datetime) -> int:
    """Puts the test orders back that were removed at that moment; how many. Changes and wishes don't come back.

    Locks orders. Records ``release.tests_restored``. Raises DomainError ``nothing_to_restore``.
    """
    orders = lock_rows(Order.objects.filter(release=release, removed_at=removed_at))
    if not orders:
        raise DomainError("nothing_to_restore", "These test orders are back already.")
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(removed_at=None)
    count = sum(order.state != OrderState.TEST_VOID for order in orders)
    text = f"put {_say(count)} of {release.name} back"
    _record(EventName.TESTS_RESTORED, release, text, actor, now)
    return count


def _tried(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Without tries that came to nothing, which nobody sees."""
    return orders.exclude(state=OrderState.TEST_VOID.value)


def _say(count: int) -> str:
    return say_count(count, "test order", "test orders")


def _record(name: EventName, release: Release, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "release", release.pk, text=text, actor=actor, now=now)
