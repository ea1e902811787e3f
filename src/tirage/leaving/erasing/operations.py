"""Erasing a customer: the account closes and its own rows say nothing any more, all at once; the rest follows."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from tirage.changes.models import ChangeDraft
from tirage.checkout.models import Cart, CartLine
from tirage.clubs.models import ClubMember
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row, lock_rows
from tirage.core.models import Event
from tirage.core.reactions import react
from tirage.core.runs import in_the_name_of
from tirage.customers.models import Address, Customer, Membership, TierPin
from tirage.customers.permissions import close_account
from tirage.futures.models import Transfer
from tirage.inventory.operations import lock_stock, release_holds
from tirage.joining.models import WaitingPlace
from tirage.joining.states import LIVE as LIVE_PLACES
from tirage.joining.states import PlaceState
from tirage.leaving.erasing.asking import close_ask
from tirage.leaving.erasing.finding import find_words
from tirage.leaving.erasing.obstacles import find_obstacles
from tirage.leaving.erasing.table import (
    BLANKS,
    GONE,
    LABELS,
    MOVED_PERSON,
    OTHER_PATHS,
    PERSON,
    every_model,
    owned_models,
    owner_path,
)
from tirage.leaving.models import Erasure
from tirage.moving.models import MovedRow
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailEnd
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.standing.models import StandingOrder

TASK = "tirage.leaving.tasks.go_on_erasing"
#: What the list says instead of a name.
NAME = "Erased customer"


def alias_of(customer: Customer) -> str:
    """What stands for the customer's e-mail addresses: nobody's, and no other erased customer's."""
    return f"{customer.reference.lower()}@erased.invalid"


def hash_of(email: str) -> str:
    """An address that can be known again by who has it and the installation's key, and read by nobody."""
    return hmac.new(settings.SECRET_KEY.encode(), email.lower().encode(), sha256).hexdigest()[:40]


def erase_customer(
    *, customer: Customer, typed: str, why: str, queue: bool = True, actor: Actor, now: datetime
) -> Erasure:
    """Makes the customer unrecognisable, for good. ``typed`` is the customer's reference, written out.

    With this transaction the account is closed, signs in nowhere and its own rows say nothing; the worker has the
    processor forget its cards, takes it off newsletters, deletes kept files and looks through every other table.
    Sums, ledgers and what tax was reckoned by stay as they are.

    Locks ClubMembers, StandingOrders, Transfers, Orders, Carts, their stock, WaitingPlaces, the Customer. Records
    ``customer.erased``. Raises DomainError ``not_typed``, ``why_missing``, ``why_names``; Conflict ``not_yet`` with
    what stands in the way, ``changed_meanwhile``.
    """
    why = why.strip()[:200]
    if typed.strip().upper() != customer.reference:
        words = f"Type {customer.reference} to say that it is this customer."
        raise DomainError("not_typed", words, {"typed": words})
    if not why:
        raise DomainError("why_missing", "Say why.", {"why": "Say why, without the customer’s name."})
    with transaction.atomic():
        locked = _locked(customer)
        found = find_words(locked, alias_of(locked))
        if found.pattern(is_own=True).search(why):
            said = "Leave out name and address: the reason stays."
            raise DomainError("why_names", said, {"why": said})
        react("customers.touched", customer_ids=[locked.pk])
        erasure = Erasure.objects.create(
            customer_id=locked.pk,
            customer_reference=locked.reference,
            why=why,
            words={**found.as_json(), "hash": hash_of(locked.email)},
            made_at=now,
            changed_at=now,
            **in_the_name_of(actor),
        )
        _end_everything(locked, actor, now)
        _erase_rows(locked, now)
        _erase_person(locked, now)
        record_event(
            EventName.CUSTOMER_ERASED,
            "customer",
            locked.pk,
            text=f"erased {locked.reference}: {why}",
            data={"erasure": erasure.reference},
            customer_id=locked.pk,
            actor=actor,
            now=now,
        )
        if queue:
            queue_job(TASK, erasure.reference)
    return erasure


def _locked(customer: Customer) -> Customer:
    """Everything that could bring the customer new business, locked, and nothing of it open."""
    lock_rows(ClubMember.objects.filter(customer=customer))
    lock_rows(StandingOrder.objects.filter(customer=customer))
    lock_rows(Transfer.objects.filter(Q(receiver=customer) | Q(order__customer=customer)))
    lock_rows(Order.objects.filter(customer=customer))
    carts = lock_rows(Cart.objects.filter(customer=customer))
    lock_stock(set(CartLine.objects.filter(cart__in=carts).values_list("offer_item__sku", flat=True)))
    lock_rows(WaitingPlace.objects.filter(customer=customer))
    locked = lock_row(Customer.objects.filter(pk=customer.pk))
    if locked is None:
        raise Conflict("changed_meanwhile", "This customer was merged meanwhile. Look at who is left.")
    # Whoever places an order holds their cart: one that came between two locks may be at it.
    if Cart.objects.filter(customer=customer).exclude(pk__in=[one.pk for one in carts]).exists():
        raise Conflict("changed_meanwhile", "The customer is buying just now. Look again in a minute.")
    if obstacles := find_obstacles(locked):
        raise Conflict("not_yet", " ".join(one.words for one in obstacles))
    return locked


def _end_everything(customer: Customer, actor: Actor, now: datetime) -> None:
    for cart in Cart.objects.filter(customer=customer).order_by("pk"):
        release_holds(holder=cart.reference)
        cart.delete()
    Membership.objects.filter(customer=customer).end(now, by=actor.label, why="erased")
    places = WaitingPlace.objects.filter(customer=customer, state__in=[one.value for one in LIVE_PLACES])
    places.update(state=PlaceState.LEFT.value, changed_at=now)
    mails = SentMail.objects.filter(customer=customer, sent_at__isnull=True, ended="")
    mails.update(ended=MailEnd.WITHHELD.value)
    cards = PaymentMethod.objects.filter(customer=customer)
    cards.filter(removed_at__isnull=True).update(removed_at=now)
    cards.update(is_default=False)
    Address.objects.filter(customer=customer).update(is_default=False)
    Address.objects.filter(customer=customer, removed_at__isnull=True).update(removed_at=now)
    TierPin.objects.filter(customer=customer).delete()
    close_ask(customer.pk, actor, now)


def rows_of_customer(label: str, customer_id: int) -> Iterable[QuerySet[Any]]:
    """The customer's rows of a table, by each way that leads to them."""
    model = next(one for one in every_model() if one._meta.label == label)
    for path in (owner_path(model), *OTHER_PATHS.get(label, ())):
        yield model._base_manager.filter(**{path: customer_id})


def _erase_rows(customer: Customer, now: datetime) -> None:
    """What the tables say of the customer's own rows; of names only the customer's own."""
    for label in sorted(GONE):
        for rows in rows_of_customer(label, customer.pk):
            rows.delete()
    for model in owned_models():
        names = [one.name for one in model._meta.concrete_fields if one.name in LABELS]
        for rows in rows_of_customer(model._meta.label, customer.pk):
            for name in names:
                rows.filter(**{name: customer.name}).update(**{name: NAME})
    for label, blanks in BLANKS.items():
        for rows in rows_of_customer(label, customer.pk):
            _blank(rows, blanks)
    ChangeDraft.objects.filter(order__customer=customer, maker="customer").update(actor_label=NAME)
    _label_acts(customer)
    _erase_moved_rows(customer)
    events = Event.objects.filter(
        Q(customer_id=customer.pk)
        | Q(subject_kind="order", subject_id__in=Order.objects.filter(customer=customer).values("pk"))
    )
    events.update(text="", data={})


def _blank(rows: QuerySet[Any], blanks: dict[str, Any]) -> None:
    """Only what says something: an empty column stays empty."""
    for name, value in blanks.items():
        empty = {name: value} if value in ({}, []) else {f"{name}__isnull": True} if value is None else None
        there = rows.exclude(**empty) if empty else rows.exclude(**{name: ""})
        there.update(**{name: value})


def _label_acts(customer: Customer) -> None:
    """What the customer did is in no name."""
    for model in every_model():
        columns = {one.name for one in model._meta.concrete_fields}
        if {"actor_kind", "actor_id", "actor_label"} <= columns:
            acts = model._base_manager.filter(actor_kind="customer", actor_id=customer.pk)
            acts.update(actor_label=NAME)


def _erase_moved_rows(customer: Customer) -> None:
    """Rows of a former system's files keep what makes the order, under nobody's name."""
    alias = alias_of(customer)
    for row in MovedRow.objects.filter(moved__order__customer=customer).iterator(chunk_size=500):
        kept = {name: value for name, value in row.data.items() if name not in MOVED_PERSON}
        MovedRow.objects.filter(pk=row.pk).update(data=kept | {"email": alias})


def _erase_person(customer: Customer, now: datetime) -> None:
    close_account(customer, "Erased", now)
    for name, value in PERSON.items():
        setattr(customer, name, value)
    customer.last_name, customer.email = NAME, alias_of(customer)
    customer.marketing_consent_at, customer.marketing_left_at = None, now
    customer.erased_at = now
    customer.save()
