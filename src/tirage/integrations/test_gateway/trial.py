"""The test gateway as test orders have it: in every shop, whatever its own gateway is, and in books apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.integrations.test_gateway.listing import TRIAL_CHARGES
from tirage.payments.protocol import GatewayFact, Listed, ListedPage


class TrialGateway(TestGateway):
    """Takes test cards for test orders. No wine is given for them, so it is never switched off."""

    key = "trial"
    card_prefix, charge_prefix = "ttc", TRIAL_CHARGES

    def describe(self, *, now: datetime) -> Sequence[GatewayFact]:
        """See the protocol."""
        return [GatewayFact("Gateway", "Of test orders: test cards only, and no money moves")]

    def list_page(self, *, since: datetime, until: datetime, cursor: str = "") -> ListedPage:
        """Nothing: what is tried isn't compared with the books."""
        return ListedPage([], "")

    def look_up(self, *, gateway_reference: str) -> Listed | None:
        """See ``list_page``."""
        return None

    def _refuse_when_retired(self) -> None:
        return
