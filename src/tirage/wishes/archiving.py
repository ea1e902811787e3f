"""Wishes that are left open when their offer is over: put away, so that nothing grants them later, and put back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.wishes.models import Wish
from tirage.wishes.operations import being_granted, record_wish
from tirage.wishes.states import WishState


@transaction.atomic
def archive_wish(*, wish_reference: str, actor: Actor, now: datetime) -> Wish:
    """Puts an open wish away once its offer has closed; no mail goes out, and no run grants it.

    Raises DomainError ``not_found``, ``offer_open``, Conflict ``already_answered``, ``being_granted``.
    """
    wish = _locked(wish_reference)
    if wish.state != WishState.OPEN:
        raise Conflict("already_answered", f"This wish is {wish.state} already.")
    if wish.granting:
        raise being_granted(wish)
    if now < wish.offer_item.offer.closes_at:
        raise DomainError(
            "offer_open", "Its offer is still open. Archive the wish once the offer has closed."
        )
    _move(wish, WishState.ARCHIVED, archived_at=now, now=now)
    record_wish(EventName.WISH_ARCHIVED, wish, f"archived the wish for {wish.asked}", actor, now)
    return wish


@transaction.atomic
def restore_wish(*, wish_reference: str, actor: Actor, now: datetime) -> Wish:
    """Makes an archived wish an open one again, as it was made. Raises DomainError ``not_found``, Conflict."""
    wish = _locked(wish_reference)
    if wish.state != WishState.ARCHIVED:
        raise Conflict("not_archived", f"This wish is not archived but {wish.state}.")
    _move(wish, WishState.OPEN, archived_at=None, now=now)
    record_wish(EventName.WISH_RESTORED, wish, f"restored the wish for {wish.asked}", actor, now)
    return wish


def archive_one_of_many(*, key: str, since: datetime, actor: Actor, now: datetime) -> None:
    """One row of a bulk run (``core.bulk``); what was archived after ``since`` is done. Raises as ``archive_wish``."""
    try:
        archive_wish(wish_reference=key, actor=actor, now=now)
    except Conflict:
        if not _is(key, WishState.ARCHIVED, since):
            raise


def restore_one_of_many(*, key: str, since: datetime, actor: Actor, now: datetime) -> None:
    """One row of a bulk run (``core.bulk``); what was put back after ``since`` is done. Raises as ``restore_wish``."""
    try:
        restore_wish(wish_reference=key, actor=actor, now=now)
    except Conflict:
        if not _is(key, WishState.OPEN, since):
            raise


def _locked(reference: str) -> Wish:
    wish = lock_row(Wish.objects.filter(reference=reference))
    if wish is None:
        raise DomainError("not_found", "There is no such wish.")
    return wish


def _move(wish: Wish, state: WishState, *, archived_at: datetime | None, now: datetime) -> None:
    wish.state, wish.archived_at, wish.changed_at = state.value, archived_at, now
    wish.save(update_fields=["state", "archived_at", "changed_at"])


def _is(reference: str, state: WishState, since: datetime) -> bool:
    return Wish.objects.filter(reference=reference, state=state.value, changed_at__gte=since).exists()
