"""Several calls at once on PostgreSQL. Each race has its control: without its guard, money moves twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, models
from django.db.models import F, Sum

from tests.gateways.contract import new_key, usd
from tests.gateways.test_test_gateway import NUMBERS, charge, fields, save
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway import bank
from tirage.integrations.test_gateway import gateway as gateway_module
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.integrations.test_gateway.models import TestCard, TestCharge, TestMovement
from tirage.payments.protocol import GatewayRefused, GatewayResult, Outcome

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT_ONCE = 6
LeaveWaiting = Callable[..., bool]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Runs every call in its own thread from the same moment; results and exceptions in the order of the calls."""
    barrier = Barrier(len(calls), timeout=20)

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait()
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@contextmanager
def without(model: type[models.Model], name: str) -> Iterator[None]:
    """Takes a constraint away; the rows go before it comes back."""
    constraint = next(found for found in model._meta.constraints if found.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        TestMovement.objects.all().delete()
        TestCharge.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def refund_of(reference: str, minor: int, key: str) -> Callable[[], GatewayResult]:
    return lambda: TestGateway().refund(gateway_reference=reference, amount=usd(minor), idempotency_key=key)


class TestOneKey:
    def charges_of_one_key(self) -> tuple[list[Any], int]:
        card, key = save(TestGateway()), new_key()
        results = at_once(*[lambda: charge(TestGateway(), card, idempotency_key=key)] * AT_ONCE)
        return results, TestCharge.objects.aggregate(all=Sum("captured_minor"))["all"]

    def test_one_key_charges_once(self) -> None:
        results, taken = self.charges_of_one_key()
        assert len(set(results)) == 1 and results[0].outcome is Outcome.SETTLED
        assert (TestCharge.objects.count(), taken) == (1, 120_00)

    def test_control_looking_before_inserting_charges_several_times(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked = Barrier(AT_ONCE, timeout=20)

        def look_then_insert(row: TestCharge) -> bool:
            if TestCharge.objects.filter(idempotency_key=row.idempotency_key).exists():
                return False
            looked.wait()
            row.save(force_insert=True)
            return True

        with without(TestCharge, "test_charge_key_once"):
            card, key = save(TestGateway()), new_key()
            monkeypatch.setattr(gateway_module, "insert_once", look_then_insert)
            at_once(*[lambda: charge(TestGateway(), card, idempotency_key=key)] * AT_ONCE)
            assert TestCharge.objects.filter(idempotency_key=key).count() == AT_ONCE

    def test_one_key_with_two_amounts_charges_one_of_them(self) -> None:
        card, key = save(TestGateway()), new_key()
        results = at_once(
            lambda: charge(TestGateway(), card, idempotency_key=key, amount=usd(1)),
            lambda: charge(TestGateway(), card, idempotency_key=key, amount=usd(2)),
        )
        assert sorted(type(result) is GatewayRefused for result in results) == [False, True]
        assert TestCharge.objects.count() == 1

    def test_one_key_saves_one_card(self) -> None:
        key = new_key()
        results = at_once(
            *[
                lambda: TestGateway().save_card(
                    customer_reference="CUS-1", details=fields(), idempotency_key=key
                )
            ]
            * AT_ONCE
        )
        assert len({card.token for card in results}) == TestCard.objects.count() == 1

    def test_one_key_refunds_once(self) -> None:
        paid = charge(TestGateway(), save(TestGateway())).gateway_reference
        results = at_once(*[refund_of(paid, 10_00, new_key())] * AT_ONCE)
        assert len(set(results)) == 1 and results[0].outcome is Outcome.SETTLED
        assert TestMovement.objects.count() == 1
        assert TestCharge.objects.get().refunded_minor == 10_00


class TestRefunds:
    def refunds(self) -> list[Any]:
        """Two refunds of 70 of a charge of 120, each with its own key."""
        paid = charge(TestGateway(), save(TestGateway())).gateway_reference
        return at_once(refund_of(paid, 70_00, new_key()), refund_of(paid, 70_00, new_key()))

    @pytest.fixture
    def looks_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        looked = Barrier(2, timeout=20)

        def look_then_refund(movement: TestMovement) -> None:
            found = TestCharge.objects.get(pk=movement.charge_id)
            if found.refunded_minor + movement.amount_minor > found.captured_minor:
                raise GatewayRefused("more than was captured can't be refunded")
            looked.wait()
            TestCharge.objects.filter(pk=found.pk).update(
                refunded_minor=F("refunded_minor") + movement.amount_minor
            )

        monkeypatch.setattr(gateway_module, "_change_charge", look_then_refund)

    def test_two_refunds_never_exceed_what_was_captured(self) -> None:
        results = self.refunds()
        assert sorted(type(result) is GatewayRefused for result in results) == [False, True]
        assert TestCharge.objects.get().refunded_minor == 70_00
        assert TestMovement.objects.count() == 1

    @pytest.mark.usefixtures("looks_first")
    def test_control_looking_first_gives_back_more_than_was_captured(self) -> None:
        with without(TestCharge, "test_charge_refunds_within_captured"):
            self.refunds()
            assert TestCharge.objects.get().refunded_minor == 140_00

    @pytest.mark.usefixtures("looks_first")
    def test_the_constraint_refuses_where_the_code_looked_first(self) -> None:
        results = self.refunds()
        assert sorted(type(result) is IntegrityError for result in results) == [False, True]
        assert TestCharge.objects.get().refunded_minor == 70_00


class TestOneOfTwo:
    def captures(self) -> list[Any]:
        """Two captures of 50 of an authorisation of 120, each with its own key."""
        gateway = TestGateway()
        held = gateway.authorise(
            token=save(gateway).token,
            amount=usd(120_00),
            idempotency_key=new_key(),
            description="",
            return_url="",
        ).gateway_reference

        def capture() -> GatewayResult:
            return TestGateway().capture(gateway_reference=held, amount=usd(50_00), idempotency_key=new_key())

        return at_once(capture, capture)

    def test_two_captures_capture_once(self) -> None:
        results = self.captures()
        assert sorted(type(result) is GatewayRefused for result in results) == [False, True]
        assert TestCharge.objects.get().captured_minor == 50_00

    def test_control_looking_first_captures_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        looked = Barrier(2, timeout=20)

        def look_then_capture(movement: TestMovement) -> None:
            assert TestCharge.objects.get(pk=movement.charge_id).captured_minor == 0
            looked.wait()
            TestCharge.objects.update(captured_minor=F("captured_minor") + movement.amount_minor)

        monkeypatch.setattr(gateway_module, "_change_charge", look_then_capture)
        assert [result.outcome for result in self.captures()] == [Outcome.SETTLED] * 2
        assert TestCharge.objects.get().captured_minor == 100_00

    def void_while_approving(
        self, monkeypatch: pytest.MonkeyPatch, leave: LeaveWaiting
    ) -> tuple[Any, bool, int]:
        """What the void said, whether the approval won, and what was taken; the void comes in between."""
        card = save(TestGateway(), fields(NUMBERS["authenticates_always"]))
        reference = charge(TestGateway(), card).gateway_reference
        voids: list[Any] = []

        def void() -> GatewayResult:
            return TestGateway().void(gateway_reference=reference, idempotency_key=new_key())

        def void_then_leave(found: TestCharge, **changes: str | int) -> bool:
            voids.extend(at_once(void))
            return leave(found, **changes)

        monkeypatch.setattr(bank, "_leave_waiting", void_then_leave)
        approved = bank.answer_authentication(gateway_reference=reference, approve=True, now=read_clock())
        return voids[0].outcome, approved, TestCharge.objects.get().captured_minor

    def test_an_approval_after_a_void_takes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = self.void_while_approving(monkeypatch, bank._leave_waiting)
        assert found == (Outcome.SETTLED, False, 0)

    def test_control_an_unconditional_approval_takes_what_was_voided(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def leave(charge: TestCharge, **changes: str | int) -> bool:
            return TestCharge.objects.filter(pk=charge.pk).update(**changes) == 1

        assert self.void_while_approving(monkeypatch, leave) == (Outcome.SETTLED, True, 120_00)
