"""Keeping places and daily sales with addresses and orders.

Whoever changes an address or an order notes the customer (``Touched``), in the same transaction and in one statement:
a sale waits for nobody's figures. The worker then places those customers anew and adds up anew what was sold where
they lived and where they live now: from the orders themselves, never by adding to what was there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from tirage.core.locks import lock_rows
from tirage.insights import rollups
from tirage.insights.models import Placement, PlacingRun, Touched
from tirage.insights.placing import place_customers
from tirage.insights.states import PlacingState

#: Customers of one transaction, and transactions of one call.
PORTION, MOST_PORTIONS = 200, 50


def touch_customers(*, customer_ids: Sequence[int]) -> None:
    """Notes customers whose addresses changed, or who are about to be merged; inside the caller's transaction."""
    rollups.note_customers(customer_ids)


def touch_order(*, order_id: int) -> None:
    """Notes the customer of an order whose figures changed; inside the caller's transaction."""
    rollups.note_customer_of(order_id)


def keep_up(*, now: datetime) -> int:
    """Looks after customers who were noted; how many. Run by the schedule.

    While everybody is placed anew (``rebuilding``), that looks after them in its end.
    """
    done = 0
    for _ in range(MOST_PORTIONS):
        some = _keep_portion(now)
        done += some
        if some < PORTION:
            break
    return done


def _keep_portion(now: datetime) -> int:
    with transaction.atomic():
        if not hold_places():
            return 0
        return settle_noted(PORTION, now)


def hold_places() -> bool:
    """Locks what keeps two workers apart; False where there is nothing to keep, or a run is under way.

    Inside the caller's transaction. Whoever holds this may lock customers afterwards, never before.
    """
    there = lock_rows(PlacingRun.objects.all())
    # Asked again: one may have begun while the others were waited for.
    return bool(there) and not PlacingRun.objects.filter(state=PlacingState.RUNNING.value).exists()


def settle_noted(most: int | None, now: datetime) -> int:
    """Places noted customers anew and adds up anew where they were and are; how many notes there were.

    The notes are read first: whatever happens meanwhile has its own, which is read next time.
    """
    notes = list(Touched.objects.order_by("pk")[:most])
    if not notes:
        return 0
    ids = sorted({note.customer_id for note in notes})
    rollups.hold_customers(ids)
    places = {(note.country, note.state, note.zip_code) for note in notes} | places_of(ids)
    place_customers(ids, now)
    rollups.recount(sorted(places | places_of(ids)))
    forget_notes(notes)
    return len(notes)


def forget_notes(notes: Sequence[Touched]) -> None:
    """Those that were read, and no other: one that came meanwhile is of something that wasn't added up."""
    Touched.objects.filter(pk__in=[note.pk for note in notes]).delete()


def places_of(ids: Iterable[int]) -> set[tuple[str, str, str]]:
    """Where these customers are counted now."""
    rows = Placement.objects.filter(customer__in=list(ids))
    return set(rows.values_list("country", "state", "zip_code"))
