"""What every gateway's list must tell. A test module subclasses it beside ``GatewayContract``'s hooks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateways.contract import GatewayContract, new_key, usd
from tirage.payments.protocol import Gateway, GatewayRefused, Listed, ListedKind, ListedState, Outcome

EVER: dict[str, Any] = {"since": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}


def whole_list(gateway: Gateway, **period: Any) -> list[Listed]:
    """Every line of a period."""
    lines: list[Listed] = []
    page = gateway.list_page(**(EVER | period))
    while True:
        assert len(page.lines) <= 100 and page.unread == 0
        lines += page.lines
        if not page.cursor:
            return lines
        page = gateway.list_page(**(EVER | period), cursor=page.cursor)


class ListingContract(GatewayContract):
    """Subclass it in place of ``GatewayContract``."""

    def more(self, gateway: Gateway, count: int) -> None:
        """That many more charges, quickly."""
        card = self.save(gateway)
        for _ in range(count):
            gateway.charge(**self.call(card, minor=1_00))

    def test_charges_holds_and_refunds_are_listed_with_our_keys(self, gateway: Gateway) -> None:
        card, charge_key, refund_key, held_key = self.save(gateway), new_key(), new_key(), new_key()
        paid = gateway.charge(**self.call(card, key=charge_key))
        asked: dict[str, Any] = {"gateway_reference": paid.gateway_reference, "amount": usd(20_00)}
        back = gateway.refund(**asked, idempotency_key=refund_key)
        held = gateway.authorise(**self.call(card, minor=50_00, key=held_key))
        by_key = {line.idempotency_key: line for line in whole_list(gateway)}
        charge, refund, hold = by_key[charge_key], by_key[refund_key], by_key[held_key]
        assert (charge.kind, charge.state) == (ListedKind.CHARGE, ListedState.MOVED)
        assert (charge.amount, charge.refunded_minor) == (usd(120_00), 20_00)
        assert charge.gateway_reference == paid.gateway_reference
        assert (charge.token, charge.description) == (card.token, "Order ORD-1")
        assert (refund.kind, refund.state, refund.amount) == (
            ListedKind.REFUND,
            ListedState.MOVED,
            usd(20_00),
        )
        assert refund.gateway_reference == back.gateway_reference
        assert refund.charge_reference == paid.gateway_reference
        assert (hold.state, hold.amount) == (ListedState.SET_ASIDE, usd(50_00))
        assert gateway.look_up(gateway_reference=held.gateway_reference) == hold
        assert gateway.look_up(gateway_reference=paid.gateway_reference) == charge
        assert gateway.look_up(gateway_reference=back.gateway_reference) == refund

    def test_a_capture_and_a_void_change_their_line(self, gateway: Gateway) -> None:
        taken, gone = self.authorise(gateway), self.authorise(gateway)
        asked: dict[str, Any] = {"gateway_reference": taken.gateway_reference, "amount": usd(70_00)}
        gateway.capture(**asked, idempotency_key=new_key())
        gateway.void(gateway_reference=gone.gateway_reference, idempotency_key=new_key())
        by_reference = {line.gateway_reference: line for line in whole_list(gateway)}
        line = by_reference[taken.gateway_reference]
        assert (line.state, line.amount) == (ListedState.MOVED, usd(70_00))
        gone_line = gateway.look_up(gateway_reference=gone.gateway_reference)
        assert gone_line is not None and gone_line.state is ListedState.GONE
        assert by_reference.get(gone.gateway_reference, gone_line).state is ListedState.GONE

    def test_more_than_a_page_comes_whole_and_once(self, gateway: Gateway) -> None:
        self.more(gateway, 101)
        references = [line.gateway_reference for line in whole_list(gateway)]
        assert len(references) == len(set(references)) == 101

    def test_a_period_leaves_out_what_was_made_outside_of_it(self, gateway: Gateway) -> None:
        self.charge(gateway)
        (line,) = whole_list(gateway)
        second = timedelta(seconds=1)
        assert whole_list(gateway, since=line.made_at, until=line.made_at + second) == [line]
        assert whole_list(gateway, since=line.made_at + second) == []
        assert whole_list(gateway, until=line.made_at - second) == []

    def test_what_nobody_knows_is_not_there(self, gateway: Gateway) -> None:
        assert gateway.look_up(gateway_reference="no-such-charge") is None
        with pytest.raises(GatewayRefused):
            gateway.adopt(gateway_reference="no-such-charge")

    def forget(self, gateway: Gateway) -> None:
        """The books were restored to a state before everything."""

    @pytest.mark.parametrize("kind", ["charge", "authorise"])
    def test_what_was_adopted_moves_like_our_own(self, gateway: Gateway, kind: str) -> None:
        made = self.charge(gateway) if kind == "charge" else self.authorise(gateway)
        self.forget(gateway)
        for _ in range(2):
            gateway.adopt(gateway_reference=made.gateway_reference)
        if kind == "charge":
            asked: dict[str, Any] = {"gateway_reference": made.gateway_reference, "amount": usd(120_00)}
            result = gateway.refund(**asked, idempotency_key=new_key())
        else:
            result = gateway.void(gateway_reference=made.gateway_reference, idempotency_key=new_key())
        assert result.outcome is Outcome.SETTLED
