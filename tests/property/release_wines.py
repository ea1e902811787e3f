"""Money for named wines on release day: refunds that name lines, and staff's discounts that name a wine.

What they come to is read off their pages, as a person would; that no line gives back more than was paid for it is
reckoned here.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import precondition, rule

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
#: Shares are rounded each for itself.
ROUNDED = 3
#: One act for a wine: the name of a method below, and what it takes.
acts: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(st.just("refund_wine"), st.integers(1, 3), st.sampled_from(tuple(Bottles)), refunds_to),
    st.tuples(st.just("discount_wine"), st.sampled_from(tuple(OFF)), refunds_to),
)


class ReleaseDay(Running):
    """Everything that can happen on release day."""

    @precondition(lambda self: self.is_any("placed", "cancelled"))
    @rule(pick=picks, wine=wines, acts=st.lists(acts, min_size=1, max_size=3))
    def make_it_right(self, pick: int, wine: str, acts: list[tuple[Any, ...]]) -> None:
        """A complaint about one wine of an order, and often another one about the same."""
        reference = self.pick(pick, "placed", "cancelled")
        if reference is not None:
            one = self.house.orders[reference]
            wine = wine if wine in one.pieces else next(iter(one.pieces))
            for act, *details in acts:
                getattr(self, act)(reference, one, wine, *details)

    def refund_wine(
        self, reference: str, one: Bought, wine: str, pieces: int, bottles: Bottles, to: RefundTo
    ) -> None:
        """Money back for bottles of one wine, which come back, are kept, or are gone."""
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
        net = (quote.wine + quote.discount).minor
        self.gave_for(one, wine, net, quote.total.minor)
        if bottles is Bottles.KEPT:
            one.make_cheaper(wine, f"kept {pieces}", net)
        else:
            assert net <= one.take_off(wine, pieces, one.piece_minor[wine]) + ROUNDED
        if bottles is Bottles.GONE:
            self.house.on_hand[wine] -= pieces
        self.house.owes_less(one, quote.total.minor, to_credit=to is RefundTo.CREDIT)
        return None

    def discount_wine(self, reference: str, one: Bought, wine: str, off: str, to: RefundTo) -> None:
        """Staff make one wine of an order cheaper; what isn't worth it is refused."""
        facts: dict[str, Any] = {"actor": self.world.staff, "now": self.house.now}
        if one.state != "placed":
            return self.refused("not_changeable", lambda: open_draft(order_reference=reference, **facts))
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
            return None
        assert act().status == "applied"
        net = (quote.before.discount - quote.after.discount).minor
        one.make_cheaper(wine, "off", net)
        self.gave_for(one, wine, net, -quote.difference.minor)
        back = self.house.owes_less(one, -quote.difference.minor, to_credit=to is RefundTo.CREDIT)
        assert back == -quote.settlement.minor
        return None

    def gave_for(self, one: Bought, wine: str, net: int, total: int) -> None:
        """So much less wine, and with its tax so much less owed: never more in all than the line was sold for."""
        assert 0 <= net <= total <= net + net * TAX_PPM / 1_000_000 + 1
        one.given[wine] = one.given.get(wine, 0) + net
        assert one.given[wine] <= one.worth[wine] + 1, (wine, one)
