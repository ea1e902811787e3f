"""A crowd: many threads at one door, each with its own connection to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Barrier, BrokenBarrierError, Event, Thread
from time import monotonic
from typing import Any

from django.db import connection, connections

from tests.world import World
from tirage.customers.models import Address, Customer, Membership
from tirage.payments.models import PaymentMethod


@dataclass
class Results:
    """What each of the crowd got: an answer or an exception."""

    answers: list[Any] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)


def rush(acts: Sequence[Callable[[], Any]]) -> Results:
    """Runs all acts at the same moment, each in its own thread and with its connection open."""
    results, start = Results(), Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait(30)
            results.answers.append(act())
        except Exception as refusal:
            results.refusals.append(refusal)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "somebody in the crowd never came back"
    return results


def gather(crowd: int, patience: float = 10) -> Callable[[], None]:
    """A meeting point: waits until so many have come, so that all act on what they saw before.

    They meet once; who doesn't come within ``patience`` seconds is not waited for.
    """
    meeting, met = Barrier(crowd), Event()

    def meet() -> None:
        if met.is_set():
            return
        try:
            meeting.wait(patience)
        except BrokenBarrierError:
            return
        finally:
            met.set()

    return meet


def until_somebody_waits(patience: float = 10) -> None:
    """Until another connection waits for a lock, ``patience`` seconds at most; asked in the caller's transaction."""
    end = monotonic() + patience
    with connection.cursor() as cursor:
        while monotonic() < end:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            Event().wait(0.02)


def without_wall(table: str, constraint: str) -> None:
    """Takes one of the database's walls away, for a control."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def rebuild_wall() -> None:
    """Puts the stock's wall back after a control, once its rows are gone."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_hold")
        cursor.execute("UPDATE inventory_stock SET sold = 0, held = 0")
        cursor.execute(
            "ALTER TABLE inventory_stock ADD CONSTRAINT stock_never_promised_twice"
            " CHECK (on_hand >= sold + held - expected)"
        )


def invite(world: World, count: int) -> list[Customer]:
    """So many more members of Estate, each with an address in New York and a card that works."""
    people = []
    for number in range(count):
        customer = Customer.objects.create(
            email=f"guest{number}@example.com",
            first_name="Guest",
            last_name=str(number),
            adult_confirmed_at=world.now,
            signed_up_at=world.now,
        )
        Membership.objects.create(customer=customer, group=world.estate, kind="allocation", since=world.now)
        home = Address.objects.get(pk=world.ben_home.pk)
        home.pk, home.reference, home.customer = None, f"ADR-GUEST{number:03d}", customer
        home.save(force_insert=True)
        card = PaymentMethod.objects.get(pk=world.ben_card.pk)
        _copy_card(card, customer, number)
        people.append(customer)
    return people


def _copy_card(card: PaymentMethod, customer: Customer, number: int) -> None:
    from tirage.integrations.test_gateway.models import TestCard

    known = TestCard.objects.get(token=card.token)
    known.pk, known.token, known.idempotency_key = None, f"card_guest_{number}", f"guest-{number}"
    known.customer_reference = customer.reference
    known.save(force_insert=True)
    card.pk, card.reference, card.customer, card.token = None, f"CRD-GUEST{number:03d}", customer, known.token
    card.save(force_insert=True)
