"""Putting a change together: differences and held bottles, no money yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from tirage.changes.models import ChangeDraft
from tirage.changes.rules import KEEP, AddWine, Keep, StaffCharge
from tirage.changes.states import Rates
from tirage.core.actors import Actor
from tirage.orders.operations import ShipTo


def open_draft(*, order_reference: str, actor: Actor, now: datetime) -> ChangeDraft:
    """Finds the maker's live draft of an order, or starts one."""
    raise NotImplementedError


def edit_draft(
    *,
    draft_reference: str,
    pieces: Mapping[str, int] | None = None,
    add: Sequence[AddWine] = (),
    ship_to: ShipTo | None = None,
    address_reference: str | None = None,
    method_reference: str | None = None,
    requested_ship_on: date | Keep | None = KEEP,
    gift_note: str | None = None,
    rates: Rates | None = None,
    add_charges: Sequence[StaffCharge] = (),
    drop_charges: Collection[int] = (),
    reason: str | None = None,
    override_reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> ChangeDraft:
    """Changes a draft and holds the bottles it adds."""
    raise NotImplementedError


def drop_draft(*, draft_reference: str, actor: Actor, now: datetime) -> ChangeDraft:
    """Lets a draft and its bottles go."""
    raise NotImplementedError


def lapse_drafts(*, now: datetime) -> int:
    """Closes drafts whose time is over; how many."""
    raise NotImplementedError
