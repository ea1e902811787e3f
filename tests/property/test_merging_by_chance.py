"""Customers merged after a release day by chance: nothing is lost, nothing is made up, the doctor finds nothing."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, run_state_machine_as_test

from tests.bank import bank_totals
from tests.property.release_bench import ONLY_WITH_A_WORKER, OPEN, PEOPLE, make_scarce
from tests.property.release_wines import ReleaseDay
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict
from tirage.customers.models import Customer
from tirage.inventory.models import Stock
from tirage.merging.operations import merge_customers
from tirage.merging.rules import CHOICES, Side
from tirage.orders.models import Order
from tirage.payments.models import CreditEntry, Payment

sides = st.fixed_dictionaries({name: st.sampled_from(Side) for name in CHOICES})


@pytest.fixture
def scarce(world: World) -> World:
    return make_scarce(world)


def books() -> dict[str, Any]:
    """What a merge leaves as it was: orders, money, credit and bottles sold, but for whose they are."""
    orders = Order.objects.order_by("pk").values_list("pk", "state", "owed_minor", "paid_minor")
    return {
        "orders": list(orders),
        "payments": list(Payment.objects.order_by("pk").values_list("pk", "state", "amount_minor")),
        "entries": list(CreditEntry.objects.order_by("pk").values_list("pk", "amount_minor")),
        "credit": Customer.objects.aggregate(sum=Sum("credit_minor")),
        "lifetime": Customer.objects.aggregate(sum=Sum("lifetime_minor"), orders=Sum("orders_count")),
        "sold": list(Stock.objects.order_by("pk").values_list("pk", "on_hand", "sold")),
        "bank": sorted((key, amount.minor) for key, amount in bank_totals().items()),
    }


class MergedAfterwards(ReleaseDay):
    """A release day, at the end of which two become one, and then all three."""

    plan: tuple[tuple[str, str, str], dict[str, Side]] | None = None

    @initialize(people=st.sampled_from(list(permutations(PEOPLE))), chosen=sides)
    def intend(self, people: tuple[str, str, str], chosen: dict[str, Side]) -> None:
        self.plan = (people, chosen)

    def teardown(self) -> None:
        try:
            if self.plan is not None:
                self.merge_all(*self.plan)
        finally:
            super().teardown()

    def merge_all(self, people: tuple[str, str, str], chosen: dict[str, Side]) -> None:
        stays, *others = (self.customer(name) for name in people)
        for ends in others:
            before, is_open = books(), Payment.objects.filter(order__customer=ends, state__in=OPEN).exists()
            try:
                merge_customers(
                    stays=Customer.objects.get(pk=stays.pk),
                    ends=Customer.objects.get(pk=ends.pk),
                    chosen=chosen,
                    actor=self.world.staff,
                    now=self.house.now,
                )
            except Conflict:
                assert is_open, "nothing else was in the way"
            else:
                assert not Customer.objects.filter(pk=ends.pk).exists()
            assert books() == before
            assert {finding.check.name for finding in run_checks(self.house.now)} <= ONLY_WITH_A_WORKER


@pytest.mark.chance
def test_merged_after_a_day_by_chance(scarce: World) -> None:
    thorough = settings().max_examples > 100
    tried = settings(
        max_examples=100 if thorough else 6,
        stateful_step_count=30 if thorough else 20,
        suppress_health_check=list(HealthCheck),
    )

    class ThisDay(MergedAfterwards):
        def __init__(self) -> None:
            super().__init__(scarce)

    run_state_machine_as_test(ThisDay, settings=tried)
