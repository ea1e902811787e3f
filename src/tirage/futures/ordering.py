"""What an order en primeur was placed by: its terms, its mandate, and what is due when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery, local_time
from tirage.futures.models import Acceptance, Instalment
from tirage.offers.models import Campaign
from tirage.offers.plans import Plan
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod


def plan_of(campaign: Campaign) -> Plan:
    return Plan.read(campaign.plan, campaign.deposit_bp, campaign.instalments)


def note_ordered(
    *,
    order_id: int,
    release_id: int,
    owed_minor: int,
    payment_method_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Reaction to an order en primeur that is being written: keeps its terms, and its plan as instalments.

    In the transaction that writes the order, before any money is asked for.
    """
    campaign = Campaign.objects.get(release_id=release_id)
    _, *later = plan_of(campaign).amounts(owed_minor)
    card = PaymentMethod.objects.get(pk=payment_method_id) if payment_method_id and sum(later) else None
    Acceptance.objects.create(
        order_id=order_id,
        terms=campaign.terms,
        digest=campaign.terms_digest,
        mandate=say_mandate() if sum(later) else "",
        card=card,
        at=now,
    )
    parts = zip(plan_of(campaign).parts, later, strict=True)
    Instalment.objects.bulk_create(
        Instalment(order_id=order_id, number=number, amount_minor=minor, due_on=part.on)
        for number, (part, minor) in enumerate(parts, 1)
    )
    Order.objects.filter(pk=order_id).update(
        later_minor=sum(later),
        withdraw_until=_withdraw_until(campaign, now),
        cancel_fee_bp=campaign.cancel_fee_bp,
        cancels_to_credit=campaign.cancels_to_credit,
    )


def _withdraw_until(campaign: Campaign, now: datetime) -> date | None:
    """The last day on which all of it may be taken back; None where the terms give no days."""
    if not campaign.withdrawal_days:
        return None
    return local_time(now).date() + timedelta(days=campaign.withdrawal_days)


def say_mandate(what: str = "this order") -> str:
    """What a customer agrees to whose card is charged again later, for ``what``."""
    winery = current_winery()
    return (
        f"I allow {winery.legal_name or winery.name} to keep this card and to charge it for the later parts of {what}, "
        "each on or after its day and after a mail that announces it. I can name another card at any time."
    )


def say_plan(plan: Plan, total: Money) -> list[tuple[str, str]]:
    """When what is paid, in words: ``Today``, ``On March 1, 2027``, ``When it is released``."""
    locale = current_winery().locale
    now, *later = (Money(minor, total.currency) for minor in plan.amounts(total.minor))
    rows = [("Today", say_money(now, locale))]
    for part, amount in zip(plan.parts, later, strict=True):
        when = f"{part.on:%B} {part.on.day}, {part.on.year}" if part.on else "When it is released"
        rows.append((when, say_money(amount, locale)))
    return rows
