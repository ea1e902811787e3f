"""What is said before wine is bought that isn't bottled yet: its plan, what may come later, its terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.catalog.models import Sku
from tirage.checkout.rules import CampaignFacts, CartView
from tirage.core.money import say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Address
from tirage.futures.estimating import Bought, Estimated, Range, current_estimates, estimate
from tirage.futures.ordering import say_mandate, say_plan
from tirage.offers.models import Campaign
from tirage.storefront.checkout.till import Till


@dataclass(frozen=True, slots=True)
class Later:
    """What may be asked for where the wine goes to one place, in words."""

    place: str
    all: str
    delivery: str
    duty: str
    tax: str
    is_own: bool
    source: str


def plan_rows(campaign: CampaignFacts | None, cart: CartView) -> list[tuple[str, str]]:
    """When what is paid; empty where all is paid now."""
    return say_plan(campaign.plan, cart.total) if campaign and campaign.plan.parts else []


def bond_words(till: Till, now: datetime) -> dict[str, Any]:
    """The context of ``bond.html``; three statements, none where bottles are sold that are there."""
    offer = till.page.offer
    if offer is None or offer.campaign is None:
        return {"bond": None}
    kept = Campaign.objects.get(release_id=offer.release_id)
    return {
        "bond": {
            "terms": [part.strip() for part in kept.terms.split("\n\n") if part.strip()],
            "digest": kept.terms_digest,
            "agreed": till.choice.terms == kept.terms_digest,
            "mandate": say_mandate() if offer.campaign.plan.parts else "",
            "withdrawal_days": kept.withdrawal_days,
            "cancelling": _say_cancelling(kept),
            "later": _later(till.cart, offer.discount_bp, till.addresses, now),
        }
    }


def _say_cancelling(kept: Campaign) -> str:
    """What becomes of wine that somebody wants to give back after those days; empty where the terms say it all."""
    fee = f"{kept.cancel_fee_bp / 100:g} % of its price" if kept.cancel_fee_bp else ""
    if not fee and not kept.cancels_to_credit:
        return ""
    back = "as store credit" if kept.cancels_to_credit else "to your card"
    what = f"it costs {fee}, and the rest is" if fee else "what you paid is"
    return f"If you take wine back {'later' if kept.withdrawal_days else 'from your order'}, {what} given back {back}."


def _later(cart: CartView, discount_bp: int, addresses: Sequence[Address], now: datetime) -> list[Later]:
    skus = {line.item.sku_id for line in cart.lines}
    strengths = dict(Sku.objects.filter(pk__in=skus).values_list("pk", "vintage__alcohol_percent"))
    wines = [
        Bought(
            line.amount.minor - line.amount.minor * discount_bp // 10_000,
            line.item.equivalents_milli * line.quantity,
            line.item.millilitres * line.quantity,
            strengths.get(line.item.sku_id),
        )
        for line in cart.lines
    ]
    own = {(one.country, state) for one in addresses for state in (one.state, "")}
    found = [
        _words(estimate(row, wines, cart.subtotal.currency), is_own=(row.country, row.state) in own)
        for row in current_estimates(now)
    ]
    return sorted(found, key=lambda one: (not one.is_own, one.place))


def _words(found: Estimated, *, is_own: bool) -> Later:
    return Later(
        found.place,
        say_range(found.all),
        say_range(found.delivery),
        say_range(found.duty),
        say_range(found.tax),
        is_own,
        f"{found.source}, as of {found.first_day:%B} {found.first_day.day}, {found.first_day.year}",
    )


def say_range(one: Range) -> str:
    """``$40.00 to $60.00``, ``none``."""
    locale = current_winery().locale
    if not one.high:
        return "none"
    if one.low == one.high:
        return say_money(one.low, locale)
    return f"{say_money(one.low, locale)} to {say_money(one.high, locale)}"
