"""Numbers that are proposed for a release grid: kept, shown as changed cells, applied or discarded by somebody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.runs import in_the_name_of
from tirage.offers.grid.rules import Cell, as_meant
from tirage.offers.models import GridDraft, Offer, OfferItem, Release
from tirage.offers.operations.releases import locked_release
from tirage.offers.states import DraftState, GridField


def propose_maximums(
    *,
    release: Release,
    cells: Mapping[tuple[int, int], int | None],
    source: str,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> GridDraft:
    """Keeps maximums for the release's grid, in pieces by offer id and sku id; None takes a wine out of an offer.

    ``source`` says in a few words where they come from, ``note`` what they rest on. See ``propose_cells``.
    """
    typed = {Cell(*place, GridField.MAXIMUM): value for place, value in cells.items()}
    return propose_cells(release=release, cells=typed, source=source, note=note, actor=actor, now=now)


def propose_cells(
    *,
    release: Release,
    cells: Mapping[Cell, int | None],
    source: str,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> GridDraft:
    """Keeps numbers for the release's grid; offers and wines stay as they are until somebody applies them.

    What stands already isn't proposed. An open draft of the same source is replaced. Locks the release. Raises
    DomainError ``nothing_proposed`` when nothing is left, ``grid_unknown`` for offers of other releases and unknown
    skus. Records ``grid.proposed``.
    """
    with transaction.atomic():
        locked = locked_release(release)
        meant = {cell: as_meant(cell.field, value) for cell, value in cells.items()}
        changed = _changed(locked, meant)
        if not changed:
            raise DomainError(
                "nothing_proposed", "The grid says all of this already, so there is nothing to keep."
            )
        _refuse_unknown(locked, changed)
        _end(GridDraft.objects.filter(release=locked, source=source), DraftState.REPLACED, now)
        draft = GridDraft.objects.create(
            release=locked,
            source=source[:120],
            note=note[:400],
            cells=[
                [cell.offer_id, cell.sku_id, cell.field.value, value if value is None else int(value)]
                for cell, value in sorted(changed.items())
            ],
            made_at=now,
            **in_the_name_of(actor),
        )
        text = f"proposed {_count(draft)} for the release grid: {draft.source}"
        _record(EventName.GRID_PROPOSED, draft, text, actor, now)
    return draft


def draft_cells(draft: GridDraft) -> dict[Cell, int | None]:
    """What the draft proposes; offers and wines may be gone since."""
    return {Cell(offer_id, sku_id, GridField(field)): value for offer_id, sku_id, field, value in draft.cells}


def discard_draft(*, draft: GridDraft, actor: Actor, now: datetime) -> bool:
    """Lets the proposals go; False when the draft was applied or discarded already. Records ``grid.discarded``."""
    with transaction.atomic():
        if not _end(GridDraft.objects.filter(pk=draft.pk), DraftState.DISCARDED, now):
            return False
        text = f"discarded a draft of the release grid: {draft.source}"
        _record(EventName.GRID_DISCARDED, draft, text, actor, now)
    return True


def mark_applied(*, draft: GridDraft, actor: Actor, now: datetime) -> bool:
    """Ends a draft whose numbers were saved, inside the saver's transaction; False when it was ended already.
    Records ``grid.applied``.
    """
    if not _end(GridDraft.objects.filter(pk=draft.pk), DraftState.APPLIED, now):
        return False
    text = f"applied a draft of the release grid: {draft.source}"
    _record(EventName.GRID_APPLIED, draft, text, actor, now)
    return True


def _end(drafts: Any, state: DraftState, now: datetime) -> int:
    """Ends those that are open; how many."""
    open_ones = drafts.filter(state=DraftState.OPEN.value)
    return int(open_ones.update(state=state.value, ended_at=now))


def _changed(release: Release, cells: Mapping[Cell, int | None]) -> dict[Cell, int | None]:
    """The cells that say something else than what stands."""
    items = OfferItem.objects.filter(offer__release=release)
    columns = [field.value for field in GridField]
    stands = {
        (offer_id, sku_id): dict(zip(columns, values, strict=True))
        for offer_id, sku_id, *values in items.values_list("offer_id", "sku_id", *columns)
    }
    return {
        cell: value
        for cell, value in cells.items()
        if value != stands.get(cell[:2], NOTHING).get(cell.field.value)
    }


#: What cells say of a wine that isn't in an offer.
NOTHING: Mapping[str, int | None] = {field.value: as_meant(field, None) for field in GridField}


def _refuse_unknown(release: Release, cells: Mapping[Cell, int | None]) -> None:
    offers = set(Offer.objects.filter(release=release).values_list("pk", flat=True))
    wanted = {cell.sku_id for cell in cells}
    known = set(Sku.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if {cell.offer_id for cell in cells} - offers or wanted - known:
        raise DomainError(
            "grid_unknown", f"Some of these offers aren’t in {release.name}, or a wine is gone. Try again."
        )


def _count(draft: GridDraft) -> str:
    count = len(draft.cells)
    return f"{count:,} number{'' if count == 1 else 's'}"


def _record(name: EventName, draft: GridDraft, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "release", draft.release_id, text=text, actor=actor, now=now)
