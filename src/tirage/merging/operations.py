"""Merging two customers who are one person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.reactions import react
from tirage.core.sql import run
from tirage.customers.models import Customer, FormerCustomer
from tirage.customers.operations.people import locked_customer
from tirage.customers.permissions import EPOCHS, change_mailbox, close_account, end_sign_ins
from tirage.customers.rules import search_text_of
from tirage.joining.models import WaitingPlace
from tirage.merging import acts
from tirage.merging.acts import Merge
from tirage.merging.facts import look_at, refuse_under_way
from tirage.merging.references import apply_rules, refuse_what_is_left, rows_of
from tirage.merging.rules import Side, settled
from tirage.merging.wishes import move_wishes
from tirage.orders.statements import recount_customer
from tirage.wishes.models import Wish

_CHANGED = "Something of one of both has changed since the page was opened. Nothing was merged: look at both once more."


def merge_customers(
    *,
    stays: Customer,
    ends: Customer,
    chosen: Mapping[str, Side],
    also_signs_in: bool = False,
    digest: str | None = None,
    actor: Actor,
    now: datetime,
) -> Customer:
    """Makes one customer of two: everything of ``ends`` is of ``stays`` from then on, and ``ends`` is no more.

    ``chosen``: by the names of ``rules.CHOICES`` whose it is, where they differ; what isn't named is as proposed.
    ``also_signs_in``: whoever reads the e-mail address that isn't chosen may sign in all the same; otherwise that
    mailbox is nobody's. Its sessions, codes, links, links to pay and cart end; bottles that were set aside, orders,
    payments, credit, cards and histories stay as they are. What one person can't have twice is kept with the record
    (``FormerCustomer.left_over``). ``digest`` is the page's (``facts.Both.digest``): anything else than it showed is
    refused.

    Locks both customers' ClubMembers, StandingOrders, Orders and Carts, the stock of carts that end, WaitingPlaces,
    the Customers and their Wishes. Records ``customer.merged``. Raises DomainError ``same_customer``; Conflict
    ``customer_gone``, ``under_way``, ``changed_meanwhile``.
    """
    if stays.pk == ends.pk:
        raise DomainError("same_customer", "These are one customer already. Choose another one.")
    try:
        with transaction.atomic():
            return _merge(Merge(stays, ends, dict(chosen), actor, now), also_signs_in, digest)
    except IntegrityError as clash:
        # Somebody gave one of both something between two locks; the constraint that says no has undone all of it.
        raise Conflict("changed_meanwhile", _CHANGED) from clash


def _merge(merge: Merge, also_signs_in: bool, digest: str | None) -> Customer:
    carts = acts.lock_in_order(merge)
    _refuse_changed(merge, digest)
    refuse_under_way(merge.stays, merge.ends)
    acts.end_standing_order(merge)
    acts.end_carts(merge, carts)
    _lock_both(merge)
    refuse_under_way(merge.stays, merge.ends)
    if rows_of("checkout.Cart.customer", merge.ends.pk).filter(kept_until__isnull=True).exists():
        raise Conflict("changed_meanwhile", _CHANGED)
    both = look_at(merge.stays, merge.ends)
    merge.chosen = settled(both.stays.person, both.ends.person, merge.chosen)
    # While it is known still where both were counted.
    react("customers.touched", customer_ids=[merge.stays.pk, merge.ends.pk])
    before = _as_it_was(merge.ends)
    _move_everything(merge)
    refuse_what_is_left(merge.ends.pk)
    run("DELETE FROM customers_customer WHERE id = %s", [merge.ends.pk])
    other_email = _become_one(merge)
    FormerCustomer.objects.create(
        former_id=merge.ends.pk,
        reference=merge.ends.reference,
        customer=merge.stays,
        name=merge.ends.name,
        email=merge.ends.email,
        other_email=other_email,
        also_signs_in=other_email if also_signs_in else "",
        at=merge.now,
        actor_label=merge.actor.label[:200],
        left_over={"customer": before, "rows": _plain(merge.left_over)},
    )
    _record(merge, also_signs_in, other_email)
    recount_customer(merge.stays.pk)
    merge.stays.refresh_from_db()
    return merge.stays


def _refuse_changed(merge: Merge, digest: str | None) -> None:
    """Before anything is done: what is shown by a page is what is merged."""
    if digest is None:
        return
    there = {one.pk: one for one in Customer.objects.filter(pk__in=[merge.stays.pk, merge.ends.pk])}
    if len(there) == 2 and look_at(there[merge.stays.pk], there[merge.ends.pk]).digest != digest:
        raise Conflict("changed_meanwhile", _CHANGED)


def _lock_both(merge: Merge) -> None:
    """The last locks in their order; the customers as they are by now. Raises Conflict ``customer_gone``."""
    ids = [merge.stays.pk, merge.ends.pk]
    lock_rows(WaitingPlace.objects.filter(customer__in=ids))
    locked = {one.pk: one for one in lock_rows(Customer.objects.filter(pk__in=ids))}
    if len(locked) < 2:
        raise Conflict("customer_gone", "One of both was merged meanwhile. Look at the one that is left.")
    merge.stays, merge.ends = locked[merge.stays.pk], locked[merge.ends.pk]
    lock_rows(Wish.objects.filter(customer__in=ids))


def _move_everything(merge: Merge) -> None:
    for act in (
        acts.move_orders,
        acts.move_credit,
        acts.move_cards,
        acts.move_addresses,
        acts.move_memberships,
        acts.move_rows_of_moves,
        acts.move_looks,
        acts.move_clubs,
        acts.move_places_in_line,
        acts.leave_newsletters,
        move_wishes,
    ):
        act(merge)
    for key in ("checkout.Cart.customer", "standing.StandingOrder.customer"):
        merge.move(key)
    merge.left_over += apply_rules(merge.stays.pk, merge.ends.pk)


def _become_one(merge: Merge) -> str:
    """Writes what was chosen onto the one that stays, the other's row being gone; the e-mail address not chosen."""
    stays, ends, chosen = merge.stays, merge.ends, merge.chosen
    of = {name: ends if side is Side.ENDS else stays for name, side in chosen.items()}
    email = of["email"].email
    other_email = ends.email if email == stays.email else stays.email
    stays.first_name, stays.last_name = of["name"].first_name, of["name"].last_name
    stays.phone, stays.birth_date = of["phone"].phone, of["birth_date"].birth_date
    stays.marketing_consent_at = of["consent"].marketing_consent_at
    stays.marketing_left_at = of["consent"].marketing_left_at
    stays.marketing_source = of["consent"].marketing_source
    stays.adult_confirmed_at = _earlier(stays.adult_confirmed_at, ends.adult_confirmed_at)
    stays.signed_up_at = min(stays.signed_up_at, ends.signed_up_at)
    if not stays.stored_at:
        stays.storage_warehouse, stays.storage_account = ends.storage_warehouse, ends.storage_account
    stays.source = stays.source or ends.source
    stays.note = "\n".join(dict.fromkeys(note for note in (stays.note, ends.note) if note))
    stays.credit_minor += ends.credit_minor
    if stays.other_email in ("", email):
        stays.other_email = other_email
    if email != stays.email:
        change_mailbox(stays, email)
    if stays.is_active and not ends.is_active:
        close_account(stays, ends.status_reason, merge.now)
    stays.search_text = search_text_of(stays)
    stays.save()
    return other_email


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


def _as_it_was(customer: Customer) -> Any:
    return _plain(Customer.objects.filter(pk=customer.pk).values().get())


def _plain(value: object) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _record(merge: Merge, also_signs_in: bool, other_email: str) -> None:
    signs_in = f"; {other_email} signs in too" if also_signs_in else ""
    record_event(
        EventName.CUSTOMER_MERGED,
        "customer",
        merge.stays.pk,
        text=f"merged {merge.ends.name} ({merge.ends.reference}, {merge.ends.email}) into {merge.stays.name}{signs_in}",
        data={
            "former": merge.ends.reference,
            "chosen": {name: side.value for name, side in merge.chosen.items()},
        },
        customer_id=merge.stays.pk,
        actor=merge.actor,
        now=merge.now,
    )


def let_sign_in_no_more(*, former: FormerCustomer, actor: Actor, now: datetime) -> str:
    """The e-mail address of an account that was merged is nobody's from now on, and all sign-ins end, since nobody
    knows by which of both addresses they came; the address, empty when it didn't sign in.

    Locks the customer. Records ``customer.updated``.
    """
    with transaction.atomic():
        customer = locked_customer(former.customer)
        email = FormerCustomer.objects.filter(pk=former.pk).values_list("also_signs_in", flat=True).get()
        if email:
            FormerCustomer.objects.filter(pk=former.pk).update(also_signs_in="")
            end_sign_ins(customer)
            customer.save(update_fields=[*EPOCHS])
            record_event(
                EventName.CUSTOMER_UPDATED,
                "customer",
                customer.pk,
                text=f"let {email} sign in as {customer.name} no more",
                customer_id=customer.pk,
                actor=actor,
                now=now,
            )
    return email
