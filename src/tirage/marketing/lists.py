"""Choosing lists of the service, whom they are for and what is sent; letting go of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_row
from tirage.marketing.models import MailingList, SyncRun
from tirage.marketing.protocol import (
    FieldThere,
    ListThere,
    MailingService,
    ServiceBusy,
    ServiceRefused,
    ServiceSilent,
)
from tirage.marketing.rules import FIELDS, Ours
from tirage.marketing.states import Every, SyncState
from tirage.segments.keeping import hold_named
from tirage.segments.naming import Things, missing_things, say_filter
from tirage.segments.rules import parse, serialise

T = TypeVar("T")

PAUSES = {Every.HOUR: timedelta(hours=1), Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7)}


def known_there(service: MailingService) -> Sequence[ListThere]:
    """The lists that can be chosen. Raises DomainError ``service`` with why there are none to be seen just now."""
    return asked(service, service.lists)


def fields_there(service: MailingService, mailing: MailingList) -> Sequence[FieldThere]:
    """The fields of a list there. Raises DomainError ``service``."""
    return asked(service, lambda: service.fields(list_id=mailing.service_id))


def asked(service: MailingService, ask: Callable[[], T]) -> T:
    """What the service answers; its troubles as a DomainError ``service`` in words for the team."""
    if not service.is_connected:
        raise DomainError("service", f"{service.name} isn’t connected: there is no key to ask with.")
    try:
        return ask()
    except ServiceRefused as refused:
        raise DomainError("service", str(refused)) from None
    except (ServiceBusy, ServiceSilent):
        words = f"{service.name} doesn’t answer just now. Nothing was changed; try again in a moment."
        raise DomainError("service", words) from None


def choose_list(*, chosen: ListThere, service: MailingService, actor: Actor, now: datetime) -> MailingList:
    """Keeps a list of the service's as ours are; nothing is sent yet. Records ``mailing_list.saved``.

    Raises Conflict ``chosen_already``.
    """
    try:
        with transaction.atomic():
            mailing = MailingList.objects.create(
                service=service.key,
                service_id=chosen.id,
                name=chosen.name[:160],
                account=chosen.account[:160],
                made_at=now,
            )
            _record(
                EventName.MAILING_LIST_SAVED, mailing, f"chose the mailing list {mailing.name}", actor, now
            )
    except IntegrityError:
        raise Conflict("chosen_already", f"{chosen.name} is among your lists already.") from None
    return mailing


def save_list(
    *,
    mailing: MailingList,
    definition: str,
    fields: Mapping[str, str],
    every: str,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> MailingList:
    """Changes whom a list is for (a filter; empty: all who agreed), which field there gets which of ours, and how
    often it is synced by itself. Locks the list. Records ``mailing_list.saved``.

    Raises DomainError ``filter``, ``field_twice``, Overtaken.
    """
    typed = {"definition": definition.strip(), "every": every}
    typed |= {f"field_{ours.value}": fields.get(ours.value, "") for ours in Ours}
    with transaction.atomic():
        locked = lock_row(MailingList.objects.filter(pk=mailing.pk))
        if locked is None:
            raise DomainError("not_found", "Somebody let go of this list meanwhile.")
        stands = {"definition": locked.definition, "every": locked.every}
        stands |= {f"field_{ours.value}": locked.fields.get(ours.value, "") for ours in Ours}
        values = settle(typed, shown=shown, stands=stands)
        chosen = {ours.value: values[f"field_{ours.value}"] for ours in Ours}
        locked.fields = {name: key for name, key in chosen.items() if key}
        _refuse_twice(locked.fields)
        locked.definition = _cleaned(values["definition"])
        _set_pace(locked, Every(values["every"]), now)
        locked.save(update_fields=["definition", "fields", "every", "next_at"])
        _record(EventName.MAILING_LIST_SAVED, locked, f"changed the mailing list {locked.name}", actor, now)
    return locked


def _refuse_twice(fields: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for name, key in fields.items():
        if key in taken:
            words = f"{FIELDS[Ours(taken[key])][0]} goes into this field already. Choose another one."
            raise DomainError("field_twice", words, {f"field_{name}": words})
        taken[key] = name


def _cleaned(definition: str) -> str:
    if not definition:
        return ""
    try:
        node = parse(definition)
        missing = missing_things(node, Things())
    except DomainError as refused:
        raise DomainError(refused.code, refused.message, {"definition": refused.message}) from None
    if missing:
        raise DomainError("filter", missing[0], {"definition": " ".join(missing)})
    hold_named(node)
    return serialise(node)


def _set_pace(locked: MailingList, every: Every, now: datetime) -> None:
    if every.value == locked.every:
        return
    locked.every = every.value
    locked.next_at = now + PAUSES[every] if every in PAUSES else None


def say_audience(mailing: MailingList) -> str:
    """Whom a list is for, in words."""
    if not mailing.definition:
        return "everybody who agreed to mail"
    return f"everybody who agreed to mail and {say_filter(parse(mailing.definition))}"


def lists_that_name(text: str) -> list[str]:
    """The lists whose audience has ``text`` in it (``segments.keeping``)."""
    found = MailingList.objects.filter(definition__contains=text).order_by("name")
    return [f"the mailing list {one.name}" for one in found]


def forget_list(*, mailing: MailingList, actor: Actor, now: datetime) -> None:
    """Lets go of a list: it stays at the service as it is. Records ``mailing_list.forgotten``.

    Raises Conflict ``under_way`` while it is being synced.
    """
    with transaction.atomic():
        locked = lock_row(MailingList.objects.filter(pk=mailing.pk))
        if locked is None:
            return
        if SyncRun.objects.filter(list=locked, state=SyncState.RUNNING.value).exists():
            raise Conflict("under_way", "It is being synced. Stop that first.")
        words = f"let go of the mailing list {locked.name}"
        _record(EventName.MAILING_LIST_FORGOTTEN, locked, words, actor, now)
        locked.delete()


def _record(name: EventName, mailing: MailingList, words: str, actor: Actor, now: datetime) -> None:
    record_event(name, "mailing_list", mailing.pk, text=words, actor=actor, now=now)
