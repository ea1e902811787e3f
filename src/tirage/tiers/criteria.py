"""Criteria of groups: who belongs in one, in the filter language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row
from tirage.customers.models import Group
from tirage.customers.states import GroupKind
from tirage.segments.keeping import hold_named
from tirage.segments.naming import Things, missing_things, say_filter
from tirage.segments.queries import count_fitting
from tirage.segments.rules import Node, parse, serialise


def save_criteria(
    *,
    group: Group,
    criteria: str,
    keeps_members: bool,
    rank: int | None = None,
    internal_description: str | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Group:
    """Writes who belongs in an allocation group; empty criteria: nobody in particular. Nobody moves by it.

    ``keeps_members``: tiering moves nobody out of it. ``rank`` and ``internal_description`` None stay. ``shown``: what
    the form showed. Locks the group. Records ``group.saved``. Raises DomainError ``filter``, ``circle``,
    ``not_a_tier``, Overtaken.
    """
    typed: dict[str, Any] = {"criteria": criteria.strip(), "keeps_members": keeps_members}
    if rank is not None:
        typed["rank"] = rank
    if internal_description is not None:
        typed["internal_description"] = internal_description.strip()
    with transaction.atomic():
        locked = lock_row(Group.objects.filter(pk=group.pk))
        if locked is None:
            raise Conflict("group_gone", "This group no longer exists.")
        if locked.kind != GroupKind.ALLOCATION:
            words = "Criteria are for allocation groups: a customer can be in any number of standard groups."
            raise DomainError("not_a_tier", words, {"criteria": words})
        values = settle(typed, shown=shown, stands={key: getattr(locked, key) for key in typed})
        node = _node(values["criteria"], now)
        if node is not None:
            hold_named(node)
        values["criteria"] = serialise(node) if node is not None else ""
        changed = write_changed(locked, values)
        if changed:
            record_event(
                EventName.GROUP_SAVED,
                "group",
                locked.pk,
                text=_say(locked, node, changed),
                data={"criteria": locked.criteria},
                actor=actor,
                now=now,
            )
    return locked


def _node(text: str, now: datetime) -> Node | None:
    if not text:
        return None
    try:
        node = parse(text)
        missing = missing_things(node, Things())
        # A segment that leads back to itself is found when it is asked.
        count_fitting(node, now)
    except DomainError as refused:
        raise DomainError(refused.code, refused.message, {"criteria": refused.message}) from None
    if missing:
        raise DomainError("filter", missing[0], {"criteria": " ".join(missing)})
    return node


def groups_that_name(text: str) -> list[str]:
    """The groups whose criteria have ``text`` in them (``segments.keeping``)."""
    found = Group.objects.filter(criteria__contains=text).order_by("kind", "rank", "name")
    return [f"the criteria of {one.name}" for one in found]


def _say(group: Group, node: Node | None, changed: list[str]) -> str:
    if "criteria" in changed:
        who = f"everybody who {say_filter(node)}" if node is not None else "nobody in particular any more"
        return f"wrote down who belongs in {group.name}: {who}"
    if "keeps_members" in changed:
        what = "moves nobody out of" if group.keeps_members else "may move people out of"
        return f"decided that tiering {what} {group.name}"
    return f"changed the group {group.name}: {say_changed(changed)}"
