"""What is left over goes back to stock: it stays in the cellar, and nothing here gives it on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.offers.models import Release
from tirage.wishes.reallocation.models import Reallocation, ReallocationLine
from tirage.wishes.reallocation.recording import lock_release, say_pieces, short_of
from tirage.wishes.reallocation.states import ReallocationKind
from tirage.wishes.reallocation.unused import unused_of


@transaction.atomic
def return_to_stock(
    *, release: Release, pieces: Mapping[int, int], actor: Actor, now: datetime
) -> Reallocation:
    """Keeps so many pieces by sku id in the cellar: they count as given on, so that neither people nor policies give
    them to anybody. No bottle moves, for what an allowance left was never taken out.

    Locks the release. Raises DomainError ``nothing_left``, Conflict ``given_meanwhile``. Records ``reallocation.made``.
    """
    kept = {sku_id: count for sku_id, count in pieces.items() if count > 0}
    if not kept:
        raise DomainError("nothing_left", "Nothing is left over that could go back to stock.")
    lock_release(release)
    short_of(kept, unused_of(release, now))
    made = Reallocation.objects.create(
        release=release, kind=ReallocationKind.STOCK.value, made_at=now, actor_label=actor.label[:200]
    )
    ReallocationLine.objects.bulk_create(
        ReallocationLine(reallocation=made, sku_id=sku_id, pieces=count) for sku_id, count in kept.items()
    )
    text = f"put {say_pieces(sum(kept.values()))} that nobody took back to stock"
    record_event(
        EventName.REALLOCATION_MADE,
        "release",
        release.pk,
        text=text,
        data={"reallocation": made.reference},
        actor=actor,
        now=now,
    )
    return made


@transaction.atomic
def undo_return(*, reallocation: Reallocation, actor: Actor, now: datetime) -> None:
    """The pieces can be given on again. Raises Conflict ``undone``. Records ``reallocation.undone``."""
    made = lock_row(Reallocation.objects.filter(pk=reallocation.pk))
    if made is None or made.undone_at is not None:
        raise Conflict("undone", "This was taken back already.")
    Reallocation.objects.filter(pk=made.pk).update(undone_at=now)
    record_event(
        EventName.REALLOCATION_UNDONE,
        "release",
        made.release_id,
        text="took what had gone back to stock out again, to be given on",
        data={"reallocation": made.reference},
        actor=actor,
        now=now,
    )
