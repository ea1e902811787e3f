"""What the test gateway, as a bank, says that it has."""

from __future__ import annotations

from tirage.core.money import Money
from tirage.integrations.test_gateway.gateway import TestGateway


def bank_totals() -> dict[str, Money]:
    """Taken and not given back, by the key of each payment."""
    return TestGateway.totals()


def charged_in_all() -> int:
    """The same of all payments together, in minor units."""
    return sum(amount.minor for amount in bank_totals().values())
