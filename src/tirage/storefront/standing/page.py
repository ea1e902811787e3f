"""What the page of a standing order prints: what was agreed to, and what the next release would bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.checkout.rules import ItemView
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.offers.rules import OfferStatus
from tirage.parts.faults import Fault
from tirage.standing.models import StandingLine
from tirage.standing.planning import address_of, allot, card_of, offer_for, page_for, plan_line, promise_of
from tirage.standing.queries import live_standing
from tirage.standing.rules import say_amount
from tirage.standing.states import Amount, Outcome, RunState
from tirage.storefront.offer.wines import item_name, label_url


@dataclass(frozen=True, slots=True)
class WineRow:
    """One wine of a release to come; ``quantity`` of ``most`` pieces are ordered."""

    id: int
    name: str
    size: str
    price: str
    price_minor: int
    units: int
    label_url: str
    most: int
    multiple: int
    quantity: int
    limit: str
    problem: str


@dataclass(frozen=True, slots=True)
class Coming:
    """A release whose run is to come, or has brought something."""

    line: StandingLine
    rows: Sequence[WineRow]
    #: Why nothing comes as it stands.
    problem: str
    can_choose: bool
    is_skipped: bool
    amount: str


def standing_words(
    customer: Customer,
    now: datetime,
    *,
    typed: Mapping[int, int] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The context of the page."""
    standing = live_standing(customer)
    if standing is None:
        return {"standing": None, "coming": []}
    lines = standing.lines.select_related("run__release", "order", "standing", "cart").order_by(
        "-run__begins_at"
    )[:3]
    coming = [_coming(line, now, typed or {}, wrong or {}) for line in lines]
    card, address = card_of(standing, now), address_of(standing)
    return {
        "standing": standing,
        "agreement": standing.agreements.order_by("-pk").first(),
        "ordered": say_amount(Amount(standing.amount), standing.cap)
        .replace("my ", "your ")
        .replace("for me", "for you"),
        "card": card.label if card else "",
        "address": f"{address.recipient}, {address.one_line}" if address else "",
        "coming": coming,
        "faults": [
            Fault(row.problem, f"b{row.id}", row.name) for one in coming for row in one.rows if row.problem
        ],
    }


def _coming(line: StandingLine, now: datetime, typed: Mapping[int, int], wrong: Mapping[str, str]) -> Coming:
    is_over = line.run.state in (RunState.RUNNING, RunState.FINISHED)
    is_open = not is_over and line.outcome in (Outcome.WAITING, Outcome.LEFT_OUT, Outcome.SKIPPED)
    offer = offer_for(line.customer_id, line.run.release_id, now) if is_open else None
    page = page_for(line.customer_id, offer, now) if offer else None
    rows: Sequence[WineRow] = ()
    problem = ""
    if page and page.status is not OfferStatus.CLOSED:
        planned = plan_line(line, line.standing, now, by_stock=False)
        chosen = planned.wines or promise_of(line.promised)
        problem = planned.asks
        rows = [
            _row(item, typed.get(item.offer_item_id, chosen.get(item.offer_item_id, (0, 0))[0]), wrong)
            for item in page.items
            if allot(item).allowance
        ]
    money = Money(line.wine_minor, current_winery().currency)
    return Coming(
        line=line,
        rows=rows,
        problem=problem,
        can_choose=bool(rows) and is_open,
        is_skipped=line.outcome == Outcome.SKIPPED,
        amount=say_money(money, current_winery().locale),
    )


def _row(item: ItemView, quantity: int, wrong: Mapping[str, str]) -> WineRow:
    wine = allot(item)
    return WineRow(
        id=item.offer_item_id,
        name=item_name(item),
        size=item.format_name,
        price=say_money(item.price, current_winery().locale),
        price_minor=item.price.minor,
        units=item.units,
        label_url=label_url(item.label_digest),
        most=wine.allowance,
        multiple=wine.multiple,
        quantity=quantity,
        limit=f"of {wine.allowance}" + (f", in {wine.multiple}s" if wine.multiple > 1 else ""),
        problem=wrong.get(f"item-{item.offer_item_id}", ""),
    )
