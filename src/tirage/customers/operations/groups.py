"""Acts on groups and on who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row, lock_rows
from tirage.core.reactions import react
from tirage.core.texts import say_count, say_names
from tirage.core.uses import count_uses
from tirage.customers.models import MOST_WORDS, Customer, Group, Membership, PastMembership
from tirage.customers.operations.people import locked_customer
from tirage.customers.states import GroupKind


def save_group(
    *,
    group: Group | None,
    name: str,
    kind: str,
    internal_description: str = "",
    discount_bp: int = 0,
    free_shipping: bool = False,
    rank: int = 100,
    is_test: bool = False,
    is_default: bool | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Group:
    """Makes a group (``group`` None) or changes one; the kind of a group with members or offers stays.

    ``discount_bp``: basis points, 0 to 10000. ``is_default`` None leaves it open whether new customers join. Of what
    was ``shown`` only what differs from it is changed. Locks the group. Before a group becomes a test group, or a real
    one, it reacts with ``group.changing_sides``, which may refuse. Raises DomainError ``group_invalid``,
    ``group_in_use``, Overtaken. Records ``group.saved`` with what changed.
    """
    typed: dict[str, Any] = {
        "name": name.strip(),
        "kind": kind,
        "internal_description": internal_description.strip(),
        "discount_bp": discount_bp,
        "free_shipping": free_shipping,
        "rank": rank,
        "is_test": is_test,
    }
    with transaction.atomic():
        is_new = group is None
        if is_default is not None:
            # Who new customers join is one choice among all of them; all are locked, in their order.
            lock_rows(Group.objects.all())
        saved = Group() if group is None else _locked_group(group)
        stands = {} if is_new else {field: getattr(saved, field) for field in (*typed, "is_default")}
        if is_default is not None:
            typed["is_default"] = is_default
        values = settle(typed, shown=shown, stands=stands)
        is_default = values.pop("is_default", saved.is_default)
        problems = _problems(group, values["name"], values["kind"], values["discount_bp"], values["rank"])
        if problems:
            raise DomainError("group_invalid", "The group can't be saved like this.", problems)
        if not is_new and values["kind"] != saved.kind:
            _refuse_kind_change(saved)
        if not is_new and values["is_test"] != saved.is_test:
            react("group.changing_sides", group_id=saved.pk, is_test=values["is_test"], now=now)
        changed = write_changed(saved, values)
        if is_new or changed:
            what = "made the group" if is_new else "changed the group"
            fields = "" if is_new else f": {say_changed(changed, _SAID)}"
            _record_group(EventName.GROUP_SAVED, saved, f"{what} {saved.name}{fields}", None, actor, now)
        if is_default != saved.is_default:
            set_default_group(group=saved if is_default else None, actor=actor, now=now)
            saved.is_default = is_default
    return saved


_SAID = {"discount_bp": "discount", "is_test": "whether it is a test group"}


def set_default_group(
    *, group: Group | None, shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> None:
    """New customers join ``group`` from now on; None: no group.

    ``shown``: the reference of the ``default_group`` that a page showed, empty for none. Locks the groups. Raises
    Overtaken. Records ``group.saved`` when it is another one than before.
    """
    with transaction.atomic():
        groups = lock_rows(Group.objects.all())
        stands = next((one.reference for one in groups if one.is_default), "")
        typed = {"default_group": group.reference if group else ""}
        settled = settle(typed, shown=shown, stands={"default_group": stands})["default_group"]
        if settled == stands:
            return
        Group.objects.filter(is_default=True).update(is_default=False)
        if group is not None:
            Group.objects.filter(pk=group.pk).update(is_default=True)
            _record_group(
                EventName.GROUP_SAVED,
                group,
                f"let new customers join {group.name}",
                None,
                actor,
                now,
            )


def delete_group(*, group: Group, actor: Actor, now: datetime) -> None:
    """Deletes a group that never had members, offers or orders left in it.

    Raises DomainError ``group_in_use`` with what uses it. Records ``group.deleted``.
    """
    with transaction.atomic():
        locked = _locked_group(group)
        uses = group_uses(locked)
        if uses:
            message = f"{locked.name} can't be deleted: {say_names(uses)} still belong to it."
            raise DomainError("group_in_use", message)
        _record_group(
            EventName.GROUP_DELETED,
            locked,
            f"deleted the group {locked.name}",
            None,
            actor,
            now,
        )
        locked.delete()


def group_uses(group: Group) -> list[str]:
    """What keeps a group from being deleted, in words, whichever room it is in."""
    uses = []
    for model, count in count_uses(group, ignoring=(PastMembership,)).items():
        name = _USE_NAMES.get(model.__name__, str(model._meta.verbose_name))
        uses.append(say_count(count, name, name + "s"))
    return uses


_USE_NAMES = {"Membership": "member", "MoveRun": "bulk move", "MoveRow": "customer of a bulk move"}


def add_to_group(
    *, customer: Customer, group: Group, why: str = "", actor: Actor, now: datetime
) -> Membership:
    """Puts the customer into ``group`` and keeps the others; ``why`` stands in the history. Sends nothing.

    Locks the customer. Raises DomainError ``second_allocation_group`` when the group is an allocation group and
    the customer is in another one. Records ``group.joined``; being in it already changes nothing.
    """
    with transaction.atomic():
        locked = locked_customer(customer)
        present = {membership.group_id: membership for membership in _memberships(locked)}
        if group.pk in present:
            return present[group.pk]
        refuse_second_allocation_group(locked, group, [membership.group for membership in present.values()])
        membership = new_membership(locked, group, why, actor, now)
        _record_group(
            EventName.GROUP_JOINED, group, f"put {locked.name} into {group.name}", locked, actor, now
        )
    return membership


def new_membership(customer: Customer, group: Group, why: str, actor: Actor, now: datetime) -> Membership:
    """The customer in the group from now on, with who put them there and why."""
    return Membership.objects.create(
        customer=customer,
        group=group,
        kind=group.kind,
        since=now,
        joined_by=actor.label[:MOST_WORDS],
        joined_why=why[:MOST_WORDS],
    )


def refuse_second_allocation_group(customer: Customer, group: Group, present: Iterable[Group]) -> None:
    """Raises DomainError when joining would give the customer two allocation groups."""
    if group.kind != GroupKind.ALLOCATION:
        return
    for other in present:
        if other.kind == GroupKind.ALLOCATION and other.pk != group.pk:
            raise DomainError(
                "second_allocation_group",
                f"{customer.name} is in the allocation group {other.name}, and a customer can be in one only. "
                f"Use Move to group to change from {other.name} to {group.name}.",
            )


def move_to_group(
    *, customer: Customer, group: Group, why: str = "", actor: Actor, now: datetime
) -> Membership:
    """Puts the customer into ``group`` and takes the customer out of all others; ``why`` stands in the history.
    Sends nothing.

    Locks the customer. Records ``group.moved`` unless nothing changes. For many customers see ``draft_move``.
    """
    with transaction.atomic():
        locked = locked_customer(customer)
        present = _memberships(locked)
        left = [membership.group.name for membership in present if membership.group_id != group.pk]
        kept = next(
            (membership for membership in present if membership.group_id == group.pk),
            None,
        )
        if kept is not None and not left:
            return kept
        others = Membership.objects.filter(customer=locked).exclude(group=group)
        others.end(now, by=actor.label, why=why)
        membership = kept or new_membership(locked, group, why, actor, now)
        _record_group(
            EventName.GROUP_MOVED,
            group,
            say_moved(group.name, left, locked.name),
            locked,
            actor,
            now,
        )
    return membership


def say_moved(group: str, left: list[str], customer: str = "the customer") -> str:
    """The activity's sentence for a move, after its actor's name; of many, the name comes when it is told."""
    return f"put {customer} into {group}" + (f", out of {say_names(sorted(left))}" if left else "")


def remove_from_group(
    *, customer: Customer, group: Group, why: str = "", actor: Actor, now: datetime
) -> None:
    """Takes the customer out of ``group``; ``why`` stands in the history. Locks the customer. Records ``group.left``
    when something changed.
    """
    with transaction.atomic():
        locked = locked_customer(customer)
        inside = Membership.objects.filter(customer=locked, group=group)
        gone = inside.end(now, by=actor.label, why=why)
        if gone:
            _record_group(
                EventName.GROUP_LEFT,
                group,
                f"took {locked.name} out of {group.name}",
                locked,
                actor,
                now,
            )


def _memberships(customer: Customer) -> list[Membership]:
    return list(Membership.objects.filter(customer=customer).select_related("group"))


def _locked_group(group: Group) -> Group:
    locked = lock_row(Group.objects.filter(pk=group.pk))
    if locked is None:
        raise Conflict("group_gone", "This group no longer exists.")
    return locked


def _problems(group: Group | None, name: str, kind: str, discount_bp: int, rank: int) -> dict[str, str]:
    problems = {}
    same_name = Group.objects.filter(name__iexact=name)
    if not name:
        problems["name"] = "Give the group a name. Customers never see it."
    elif len(name) > 80:
        problems["name"] = "Shorten the name to 80 characters."
    elif same_name.exclude(pk=group.pk if group else 0).exists():
        problems["name"] = f"There is already a group named {name}."
    if kind not in {item.value for item in GroupKind}:
        problems["kind"] = "Choose standard or allocation."
    if not 0 <= discount_bp <= 10_000:
        problems["discount"] = "A discount is between 0 and 100 %."
    if not 0 <= rank <= 32_767:
        problems["rank"] = "A rank is a whole number from 0 to 32767."
    return problems


def _refuse_kind_change(group: Group) -> None:
    uses = group_uses(group)
    if uses:
        message = f"The kind can't change any more: {say_names(uses)} belong to {group.name}. Make a new group instead."
        raise DomainError("group_invalid", message, {"kind": message})


def _record_group(
    name: EventName,
    group: Group,
    text: str,
    customer: Customer | None,
    actor: Actor,
    now: datetime,
) -> None:
    record_event(
        name,
        "group",
        group.pk,
        text=text,
        customer_id=customer.pk if customer else None,
        actor=actor,
        now=now,
    )
