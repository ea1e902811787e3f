"""Saving, deleting and freezing filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_rows
from tirage.segments.keeping import hold_named, refuse_used
from tirage.segments.models import CustomerList, CustomerListMember, Segment, SegmentDefinition
from tirage.segments.naming import Things, missing_things, say_filter
from tirage.segments.queries import find_ids
from tirage.segments.rules import Node, parse, refers_to, serialise

_NAME = 80
_NOTE = 2_000
_BATCH = 1_000


def save_segment(
    *,
    segment: Segment | None,
    name: str,
    note: str,
    definition: str,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Segment:
    """Saves a new segment, or changes ``segment``; a new definition goes into its log.

    ``shown`` is what the form showed, so that nobody undoes what they never saw. Locks every segment, so that no two
    people close a circle together. Records ``segment.saved``. Raises DomainError ``name_missing``, ``name_taken``,
    ``filter``, ``circle``, Overtaken.
    """
    typed = {
        "name": " ".join(name.split())[:_NAME],
        "note": note.strip()[:_NOTE],
        "definition": definition.strip(),
    }
    with transaction.atomic():
        every = {one.pk: one for one in lock_rows(Segment.objects.all())}
        saved = every.get(segment.pk) if segment else Segment(made_at=now)
        if saved is None:
            raise DomainError("not_found", "This segment was deleted meanwhile.")
        before = saved.definition
        stands = {key: getattr(saved, key) for key in typed}
        for key, value in settle(typed, shown=shown, stands=stands).items():
            setattr(saved, key, value)
        _refuse_name(saved, list(every.values()))
        node = _definition(saved)
        saved.definition = serialise(node)
        _refuse_circle(saved, node, list(every.values()))
        hold_named(node)
        saved.changed_at = now
        saved.save()
        said = say_filter(node)
        if saved.definition != before:
            SegmentDefinition.objects.create(
                segment=saved, at=now, definition=saved.definition, said=said, actor_label=actor.label[:200]
            )
        record_event(
            EventName.SEGMENT_SAVED,
            "segment",
            saved.pk,
            text=f"saved the segment {saved.name}: everybody who {said}"
            if saved.definition != before
            else f"saved the segment {saved.name}",
            data={"definition": saved.definition},
            actor=actor,
            now=now,
        )
    return saved


def _refuse_name(saved: Segment, every: list[Segment]) -> None:
    if not saved.name:
        raise DomainError("name_missing", "Name the segment.", {"name": "Name the segment."})
    if any(one.pk != saved.pk and one.name.lower() == saved.name.lower() for one in every):
        words = f"There is a segment {saved.name} already. Choose another name."
        raise DomainError("name_taken", words, {"name": words})


def _definition(saved: Segment) -> Node:
    try:
        node = parse(saved.definition)
        missing = missing_things(node, Things())
    except DomainError as refused:
        raise DomainError(refused.code, refused.message, {"definition": refused.message}) from None
    if missing:
        raise DomainError("filter", missing[0], {"definition": " ".join(missing)})
    return node


def _refuse_circle(saved: Segment, node: Node, every: list[Segment]) -> None:
    """Follows what the definition refers to, and what that refers to."""
    others = {one.reference: one for one in every if one.pk != saved.pk}
    coming, seen = list(refers_to(node)), set[str]()
    while coming:
        reference = coming.pop()
        if saved.pk and reference == saved.reference:
            words = (
                "This definition leads back to the segment itself. Take out the segment that refers to it."
            )
            raise DomainError("circle", words, {"definition": words})
        if reference in others and reference not in seen:
            seen.add(reference)
            coming += refers_to(parse(others[reference].definition))


def delete_segment(*, segment: Segment, actor: Actor, now: datetime) -> None:
    """Deletes a segment with its days and its log; the filters' words stay in the activity.

    Locks every segment. Records ``segment.deleted``. Raises Conflict ``in_use``, naming the segments, groups' criteria
    and mailing lists whose filters refer to it.
    """
    with transaction.atomic():
        lock_rows(Segment.objects.all())
        refuse_used(f"segment(segment:{segment.reference})", "segment")
        record_event(
            EventName.SEGMENT_DELETED,
            "segment",
            segment.pk,
            text=f"deleted the segment {segment.name}",
            data={"definition": segment.definition},
            actor=actor,
            now=now,
        )
        Segment.objects.filter(pk=segment.pk).delete()


def freeze_list(
    *,
    name: str,
    definition: str,
    people: Sequence[int] | None = None,
    said: str = "",
    actor: Actor,
    now: datetime,
) -> CustomerList:
    """Keeps whoever fits now as a list that stands still. Records ``list.frozen``.

    ``people``: those who were found in another way than by the filter, which then is the nearest that it can say;
    ``said``: who they are, after *everybody who*. Raises DomainError ``name_missing``, ``name_taken``, ``filter``,
    ``circle``.
    """
    wanted = " ".join(name.split())[:_NAME]
    if not wanted:
        raise DomainError("name_missing", "Name the list.", {"name": "Name the list."})
    node = parse(definition)
    taken = f"There is a list {wanted} already. Choose another name."
    try:
        with transaction.atomic():
            ids = find_ids(node, now) if people is None else people
            said = said or say_filter(node)
            kept = CustomerList.objects.create(
                name=wanted,
                definition=serialise(node),
                said=said,
                made_at=now,
                total=len(ids),
                actor_label=actor.label[:200],
            )
            CustomerListMember.objects.bulk_create(
                (CustomerListMember(list=kept, customer_id=one) for one in sorted(ids)), batch_size=_BATCH
            )
            record_event(
                EventName.LIST_FROZEN,
                "list",
                kept.pk,
                text=f"kept {len(ids):,} customers as the list {kept.name}: everybody who {said}",
                data={"definition": kept.definition},
                actor=actor,
                now=now,
            )
    except IntegrityError:
        if CustomerList.objects.filter(name__iexact=wanted).exists():
            raise DomainError("name_taken", taken, {"name": taken}) from None
        raise
    return kept


def delete_list(*, kept: CustomerList, actor: Actor, now: datetime) -> None:
    """Forgets a list; the customers stay. Records ``list.deleted``. Raises Conflict ``in_use``."""
    with transaction.atomic():
        lock_rows(CustomerList.objects.filter(pk=kept.pk))
        refuse_used(f"list(list:{kept.reference})", "list")
        record_event(
            EventName.LIST_DELETED,
            "list",
            kept.pk,
            text=f"deleted the list {kept.name}",
            data={"definition": kept.definition},
            actor=actor,
            now=now,
        )
        CustomerList.objects.filter(pk=kept.pk).delete()
