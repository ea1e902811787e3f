"""The reasons that staff choose from when they cancel an order. An order keeps the words of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import Clash, Overtaken, is_same, settle
from tirage.core.locks import lock_rows
from tirage.orders.models import CancelReason, OrderChange
from tirage.orders.states import ChangeKind

LONGEST = 80
MOST = 40


@dataclass(frozen=True, slots=True)
class ReasonValues:
    """A reason as somebody wants it; ``id`` is None for a new one."""

    id: int | None
    name: str


def uses_of_reasons(names: Collection[str]) -> Counter[str]:
    """How many cancelled orders say each of ``names``, with or without words after it."""
    cancelled = OrderChange.objects.filter(kind=ChangeKind.CANCEL.value).values_list("reason", flat=True)
    uses: Counter[str] = Counter()
    for said in cancelled:
        begun = [name for name in names if said == name or said.startswith(f"{name}: ")]
        uses.update(sorted(begun, key=len)[-1:])
    return uses


@transaction.atomic
def save_cancel_reasons(
    *,
    reasons: Sequence[ReasonValues],
    removed: Collection[int] = (),
    shown: Mapping[int, str] | None = None,
    actor: Actor,
    now: datetime,
) -> bool:
    """Adds, renames and orders the reasons as given, and removes those of ``removed``; False: nothing was to change.

    Whatever isn't named stays, at the end: somebody else may have added it. A reason that cancelled orders have stays
    too, so that they can be counted by it. Renaming leaves the words of cancelled orders as they are.

    ``shown``: the names that a page showed by id, in their order; of these only what differs from it is changed: what
    others renamed, moved or removed meanwhile stays so. Locks the reasons; records ``settings.saved``. Raises
    DomainError ``reasons_invalid`` with ``fields`` by the position in ``reasons`` (or the id, when one can't be
    removed), Conflict ``reasons_moved_on``, Overtaken with names ``<position>``, ``remove-<id>`` and ``order``.
    """
    known = {reason.pk: reason for reason in lock_rows(CancelReason.objects.all())}
    wanted = [ReasonValues(values.id, " ".join(values.name.split())) for values in reasons]
    if shown is not None:
        wanted = _settle(wanted, removed, shown, known)
    if {values.id for values in wanted if values.id} - known.keys():
        raise Conflict("reasons_moved_on", "Somebody has just changed the reasons. Look at them again.")
    _refuse_used(known, [pk for pk in removed if pk in known])
    mentioned = {values.id for values in wanted} | set(removed)
    in_order = sorted(known.values(), key=lambda one: one.position)
    wanted += [ReasonValues(one.pk, one.name) for one in in_order if one.pk not in mentioned]
    _refuse_wrong(wanted)
    text = _write(known, wanted, [pk for pk in removed if pk in known])
    if text:
        record_event(EventName.SETTINGS_SAVED, "winery", 1, text=text, actor=actor, now=now)
    return bool(text)


def _settle(
    wanted: Sequence[ReasonValues],
    removed: Collection[int],
    shown: Mapping[int, str],
    known: Mapping[int, CancelReason],
) -> list[ReasonValues]:
    """The lines with what others made of them meanwhile, in the order that somebody gave them. Raises Overtaken."""
    settled: list[ReasonValues] = []
    clashes: dict[str, Clash] = {}
    for position, values in enumerate(wanted):
        if values.id is None or values.id not in shown:
            settled.append(values)
        elif values.id not in known:
            if not is_same(values.name, shown[values.id]):
                clashes[str(position)] = Clash(shown[values.id], None, values.name)
        else:
            try:
                name = settle(
                    {"name": values.name},
                    shown={"name": shown[values.id]},
                    stands={"name": known[values.id].name},
                )["name"]
                settled.append(ReasonValues(values.id, name))
            except Overtaken as refused:
                clashes[str(position)] = refused.clashes["name"]
    for pk in removed:
        if pk in known and pk in shown and not is_same(known[pk].name, shown[pk]):
            clashes[f"remove-{pk}"] = Clash(shown[pk], known[pk].name, None)
    stands = sorted(known, key=lambda pk: known[pk].position)
    mine = [values.id for values in settled if values.id is not None]
    both = [pk for pk in stands if pk in mine]
    before = [pk for pk in shown if pk in both]
    if [pk for pk in mine if pk in before] == before != both:
        # Left in its order by this person, and put into another by somebody else.
        by_id = {values.id: values for values in settled}
        settled = [by_id[pk] for pk in both] + [values for values in settled if values.id is None]
    elif before != both and mine != both:
        clashes["order"] = Clash(before, both, mine)
    if clashes:
        raise Overtaken(clashes, {str(pk): known[pk].name for pk in stands})
    return settled


def _say_used(count: int) -> str:
    if count == 1:
        return gettext("1 canceled order has this reason, so it stays.")
    return gettext("%s canceled orders have this reason, so it stays.") % f"{count:,}"


def _refuse_used(known: Mapping[int, CancelReason], removed: Sequence[int]) -> None:
    uses = uses_of_reasons([known[pk].name for pk in removed])
    problems = {f"remove-{pk}": _say_used(count) for pk in removed if (count := uses[known[pk].name])}
    if problems:
        raise DomainError("reasons_invalid", "Nothing was saved.", problems)


def _refuse_wrong(wanted: Sequence[ReasonValues]) -> None:
    if not wanted:
        raise DomainError(
            "reasons_invalid", gettext("Keep one reason at least: no order can be canceled without.")
        )
    if len(wanted) > MOST:
        raise DomainError("reasons_invalid", f"There can be {MOST} reasons at most.")
    problems, seen = {}, set()
    for position, values in enumerate(wanted):
        if not values.name:
            problems[str(position)] = "Write a reason, or remove it."
        elif len(values.name) > LONGEST:
            problems[str(position)] = f"At most {LONGEST} letters."
        elif values.name.casefold() in seen:
            problems[str(position)] = "This reason is there already."
        seen.add(values.name.casefold())
    if problems:
        raise DomainError("reasons_invalid", "Nothing was saved.", problems)


def _write(known: Mapping[int, CancelReason], wanted: Sequence[ReasonValues], removed: Sequence[int]) -> str:
    """Writes what differs; what was done, in words."""
    gone = [known[pk].name for pk in removed]
    renamed = {one.id: one.name for one in wanted if one.id and known[one.id].name != one.name}
    words = [f"renamed “{known[pk].name}” to “{name}”" for pk, name in renamed.items()]
    CancelReason.objects.filter(pk__in=removed).delete()
    for pk in renamed:
        # Out of each other's way first: two may swap their names, and a name is there once.
        CancelReason.objects.filter(pk=pk).update(name=f"\N{BULLET}{pk}")
    moved = False
    for position, values in enumerate(wanted, start=1):
        if values.id is None:
            CancelReason.objects.create(name=values.name, position=position)
            words.append(f"added “{values.name}”")
            continue
        moved |= known[values.id].position != position
        CancelReason.objects.filter(pk=values.id).update(name=values.name, position=position)
    words += [f"removed “{name}”" for name in gone]
    if moved and not words:
        words.append("put them in another order")
    return f"reasons to cancel: {', '.join(words)}" if words else ""
