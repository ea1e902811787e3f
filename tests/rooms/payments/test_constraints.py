"""The walls around money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy
from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.orders.models import Order
from tirage.payments.models import (
    Collection,
    Comparison,
    CreditEntry,
    Finding,
    PayLink,
    Payment,
    PaymentMethod,
)


def two_defaults(world: World) -> None:
    write_again(PaymentMethod.objects.get(pk=world.ana_card.pk), token="another")


def credited(world: World, **changes: Any) -> CreditEntry:
    facts: dict[str, Any] = {"amount_minor": 5_00, "balance_minor": 5_00, "reason": "Corked", "at": world.now}
    return CreditEntry.objects.create(
        customer=world.ana, currency="USD", actor_label="Olive", **{**facts, **changes}
    )


def captured_twice(world: World) -> None:
    """Two captures of one payment: the first is settled, the second under way."""
    paid = Payment.objects.get()
    for number, state in enumerate(("settled", "pending")):
        write_again(
            Payment.objects.get(pk=paid.pk),
            kind="capture",
            parent=paid,
            state=state,
            idempotency_key=f"capture-{number}",
            reference=f"PAY-AGAIN-{number}",
        )


def linked(world: World, **changes: Any) -> PayLink:
    facts: dict[str, Any] = {"amount_minor": 5_00, "currency": "USD", "made_at": world.now}
    return PayLink.objects.create(
        order=Order.objects.get(), expires_at=world.now, actor_label="Olive", **{**facts, **changes}
    )


def two_live_links(world: World) -> None:
    linked(world)
    linked(world, reference="LNK-22222222")


def collected(world: World, **changes: Any) -> Collection:
    facts: dict[str, Any] = {"amount_minor": 5_00, "currency": "USD", "opened_at": world.now}
    return Collection.objects.create(order=Order.objects.get(), **{**facts, **changes})


def two_open_collections(world: World) -> None:
    collected(world)
    collected(world, reference="COL-22222222")


def compared(world: World, **changes: Any) -> Comparison:
    facts: dict[str, Any] = {"gateway": "test", "since": world.now, "until": world.now + timedelta(days=1)}
    times = {"began_at": world.now, "changed_at": world.now, "actor_label": "Olive"}
    return Comparison.objects.create(**{**facts, **times, **changes})


def two_of_a_period(world: World) -> None:
    compared(world)
    compared(world)


def found(world: World, **changes: Any) -> Finding:
    facts: dict[str, Any] = {"gateway": "test", "gateway_reference": "tch_1", "kind": "stray_charge"}
    facts |= {"theirs_minor": 5_00, "currency": "USD", "happened_at": world.now, "found_at": world.now}
    return Finding.objects.create(**{**facts, "seen_at": world.now, **changes})


def looked_into_without_words(world: World) -> None:
    found(world, state="closed", resolution="looked_into", closed_at=world.now)


def found_twice(world: World) -> None:
    found(world)
    found(world)


BREACHES: dict[str, Breach] = {
    "payment_method_token_once": lambda world: PaymentMethod.objects.update(token="the same"),
    "payment_method_one_default": two_defaults,
    "payment_method_of_tests_is_not_kept": lambda world: PaymentMethod.objects.update(gateway="trial"),
    "payment_method_month": lambda world: PaymentMethod.objects.update(exp_month=13),
    "payment_kind_is_legal": lambda world: Payment.objects.update(kind="barter"),
    "payment_state_is_legal": lambda world: Payment.objects.update(state="hoped"),
    "payment_amount_positive": lambda world: Payment.objects.update(amount_minor=0),
    "payment_settled_has_its_time": lambda world: Payment.objects.update(settled_at=None),
    "payment_of_history_is_settled": lambda world: Payment.objects.update(gateway="history"),
    "payment_offline_has_its_kind": lambda world: Payment.objects.update(gateway="offline"),
    "payment_comp_has_its_reason": lambda world: Payment.objects.update(
        gateway="offline", offline_kind="comp"
    ),
    "credit_entry_moves_something": lambda world: credited(world, amount_minor=0),
    "credit_entry_never_negative": lambda world: credited(world, balance_minor=-1),
    "credit_entry_has_its_reason": lambda world: credited(world, reason=""),
    "payment_goes_back_to_its_parent": lambda world: Payment.objects.update(kind="refund"),
    "payment_captured_once": captured_twice,
    "pay_link_amount_positive": lambda world: linked(world, amount_minor=0),
    "pay_link_one_live": two_live_links,
    "collection_state_is_legal": lambda world: collected(world, state="hoped", closed_at=world.now),
    "collection_amount_positive": lambda world: collected(world, amount_minor=0),
    "collection_one_open": two_open_collections,
    "comparison_stage_is_legal": lambda world: compared(world, stage="hoped"),
    "comparison_begins_before_it_ends": lambda world: compared(world, until=world.now),
    "comparison_done_has_its_time": lambda world: compared(world, stage="done"),
    "comparison_one_of_a_period": two_of_a_period,
    "finding_kind_is_legal": lambda world: found(world, kind="hoped"),
    "finding_state_is_legal": lambda world: found(world, state="hoped"),
    "finding_resolution_is_legal": lambda world: found(
        world, state="closed", resolution="hoped", closed_at=world.now
    ),
    "finding_closed_has_its_end": lambda world: found(world, state="closed"),
    "finding_looked_into_has_its_reason": looked_into_without_words,
    "finding_amount_not_negative": lambda world: found(world, theirs_minor=-1),
    "finding_once": found_twice,
    "collection_closed_has_its_time": lambda world: collected(world, state="collected"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    assert_refused(name, lambda: BREACHES[name](world))


def test_what_has_ended_leaves_room_for_the_next(world: World) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    for number, ended in enumerate(({"used_at": world.now}, {"revoked_at": world.now}, {})):
        linked(world, reference=f"LNK-2222222{number}", **ended)
    for number, state in enumerate(("collected", "let_go", "open")):
        closed_at = None if state == "open" else world.now
        collected(world, reference=f"COL-2222222{number}", state=state, closed_at=closed_at)
    linked(world, reference="LNK-33333333", purpose="CHG-22222222")
    collected(world, reference="COL-33333333", purpose="CHG-22222222")
    assert (PayLink.objects.count(), Collection.objects.count()) == (4, 4)
