"""Money for named wines on release day: refunds that name lines, and staff's discounts that name a wine.

What they come to is read off their pages, as a person would; that no line gives back more than was paid for it is
reckoned here.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule

from tests.property.release_bench import PRICES, TAX_PPM, picks, wines
from tests.property.release_day import Bought
from tests.property.release_team import Running
from tirage.changes.operations import (
    confirm_draft,
    drop_draft,
    edit_draft,
    open_draft,
    quote_line_refund,
    refund_lines,
)
from tirage.changes.queries import find_draft, quote_draft
from tirage.changes.rules import Bottles, StaffCharge, line_key
from tirage.changes.states import RefundTo
from tirage.orders.models import Order

refunds_to = st.sampled_from((RefundTo.ORIGINAL, RefundTo.CREDIT))
#: What staff take off a wine: a share of its price, or an amount.
OFF: dict[str, dict[str, int]] = {
    "a tenth": {"percent_bp": 10_00},
    "a third": {"percent_bp": 33_33},
    "all": {"percent_bp": 100_00},
    "15": {"amount_minor": -15_00},
    "90": {"amount_minor": -90_00},
    "500": {"amount_minor": -500_00},
}


class ReleaseDay(Running):
    """Everything that can happen on release day."""

    @rule(
        pick=picks,
        wine=wines,
        pieces=st.integers(1, 3),
        bottles=st.sampled_from(tuple(Bottles)),
        to=refunds_to,
    )
    def refund_wine(self, pick: int, wine: str, pieces: int, bottles: Bottles, to: RefundTo) -> None:
        """Money back for bottles of one wine, which come back, are kept, or are gone."""
        reference = self.pick(pick, "placed", "cancelled")
        if reference is None:
            return None
        one = self.house.orders[reference]
        wine = self.on_order(one, wine)
        asked = {line_key(self.sku_id(wine), PRICES[wine]): pieces}
        quote = quote_line_refund(order=Order.objects.get(reference=reference), pieces=asked, bottles=bottles)
        act = partial(
            refund_lines,
            order_reference=reference,
            pieces=asked,
            bottles=bottles,
            expected_minor=quote.total.minor,
            refund_to=to,
            reason="Corked",
            actor=self.world.staff,
            now=self.house.now,
        )
        there = one.pieces.get(wine, 0)
        takes_all = bottles is not Bottles.KEPT and pieces == sum(one.pieces.values())
        if one.state != "placed" or pieces > there or takes_all:
            return self.refused("not_refundable", act)
        act()
        self.gave_for(one, wine, (quote.wine + quote.discount).minor, quote.total.minor)
        if bottles is not Bottles.KEPT:
            one.pieces[wine] -= pieces
        if bottles is Bottles.GONE:
            self.house.on_hand[wine] -= pieces
        self.house.owes_less(one, quote.total.minor, to_credit=to is RefundTo.CREDIT)
        return None

    @rule(pick=picks, wine=wines, off=st.sampled_from(tuple(OFF)), to=refunds_to)
    def discount_wine(self, pick: int, wine: str, off: str, to: RefundTo) -> None:
        """Staff make one wine of an order cheaper; what isn't worth it is refused."""
        reference = self.pick(pick, "placed")
        if reference is None:
            return
        one = self.house.orders[reference]
        facts: dict[str, Any] = {"actor": self.world.staff, "now": self.house.now}
        draft = open_draft(order_reference=reference, **facts).reference
        charge = StaffCharge("discount", f"Off the {wine}", sku_id=self.sku_id(wine), **OFF[off])
        edit_draft(draft_reference=draft, add_charges=[charge], **facts)
        quote = quote_draft(find_draft(draft, self.world.staff), self.house.now)
        act = partial(
            confirm_draft,
            draft_reference=draft,
            expected_difference_minor=quote.difference.minor,
            expected_settlement_minor=quote.settlement.minor,
            refund_to=to,
            **facts,
        )
        if not one.pieces.get(wine) or not quote.can_confirm:
            self.refused("nothing_to_change" if quote.is_empty else "not_confirmable", act)
            drop_draft(draft_reference=draft, **facts)
            return
        assert act().status == "applied"
        net = (quote.before.discount - quote.after.discount).minor
        self.gave_for(one, wine, net, -quote.difference.minor)
        back = self.house.owes_less(one, -quote.difference.minor, to_credit=to is RefundTo.CREDIT)
        assert back == -quote.settlement.minor
        return

    @staticmethod
    def on_order(one: Bought, wine: str) -> str:
        """The wine if it was ordered, else the first that was."""
        return wine if wine in one.pieces else next(iter(one.pieces))

    def gave_for(self, one: Bought, wine: str, net: int, total: int) -> None:
        """So much less wine, and with its tax so much less owed: never more in all than the line was sold for."""
        assert 0 <= net <= total <= net + net * TAX_PPM / 1_000_000 + 1
        one.given[wine] = one.given.get(wine, 0) + net
        assert one.given[wine] <= one.worth[wine] + 1, (wine, one)
