"""What the pages of pay links print. Whoever has the link sees what it asks for, and nothing else of the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.catalog.rules import full_title
from tirage.changes.collecting import payable_minor
from tirage.changes.models import ChangeDraft
from tirage.changes.queries import quote_draft, with_order
from tirage.changes.rules import ChangeQuote, FieldChange
from tirage.changes.states import DraftState
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.customers.ages import is_under_age
from tirage.orders.queries import order_charges, order_lines
from tirage.orders.states import ChangeKind, OrderState
from tirage.payments.models import PayLink, Payment
from tirage.payments.operations import due_minor, state_of_link
from tirage.payments.queries import saved_cards
from tirage.payments.states import LinkState, PaymentKind, PaymentState
from tirage.storefront.checkout.till import NEW, card_words

#: What a change says of itself; where the wine goes and what a gift card reads isn't everybody's business.
_SHOWN_FIELDS = frozenset({"method", "ship_on"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks for now. ``ending`` says why nothing can be paid by it; empty when it can."""

    amount: Money
    ending: str
    quote: ChangeQuote | None


def asked_by(link: PayLink, now: datetime) -> Asked:
    """Endings are those of the link's state, ``settled`` (nothing is owed any more), ``changed`` and ``too_young``."""
    amount = Money(link.amount_minor, link.currency)
    state = state_of_link(link, now)
    if state is not LinkState.LIVE:
        return Asked(amount, state.value, None)
    payable = Money(payable_minor(link, now), link.currency)
    if not link.purpose:
        return Asked(payable, _ending_of_balance(link, payable, now), None)
    quote = _quote(link, now) if payable else None
    fits = quote and not quote.moved_on and not quote.blocking and quote.settlement.minor == amount.minor
    too_young = quote and any(problem.code == "too_young" for problem in quote.blocking)
    return Asked(amount, "" if fits else "too_young" if too_young else "changed", quote)


def _ending_of_balance(link: PayLink, payable: Money, now: datetime) -> str:
    """Nothing more is taken for wine that still waits, from somebody who is known to be too young for it."""
    order = link.order
    if not payable:
        return "settled"
    waits = order.state == OrderState.PLACED
    place = {"country": order.country, "state": order.ship_state}
    return "too_young" if waits and is_under_age(order.customer.birth_date, now, **place) else ""


def _quote(link: PayLink, now: datetime) -> ChangeQuote | None:
    waiting = ChangeDraft.objects.filter(reference=link.purpose, state=DraftState.WAITING.value)
    draft = with_order(waiting).first()
    return quote_draft(draft, now) if draft else None


def pay_words(link: PayLink, asked: Asked, card: str, now: datetime) -> dict[str, Any]:
    """The context of the page: what is paid for in words and figures, and the cards to choose from."""
    cards = card_words(list(saved_cards(link.order.customer_id, now)), now)
    usable = [one["reference"] for one in cards if not one["has_expired"]]
    return {
        "amount": asked.amount,
        "is_change": bool(link.purpose) and link.order.state != OrderState.DRAFT,
        "is_new": link.order.state == OrderState.DRAFT,
        "reference": link.order.reference,
        "until": link.expires_at,
        "ends_with_offer": asked.quote is not None and asked.quote.ends_with_offer,
        "cards": cards,
        # At first a card is proposed; one that was chosen and is gone has nothing in its place.
        "chosen": card if card in [*usable, NEW] or (card and usable) else (usable[0] if usable else NEW),
        **_what_for(link, asked, now),
    }


def _what_for(link: PayLink, asked: Asked, now: datetime) -> dict[str, Any]:
    if asked.quote is None:
        return _balance_words(link, now)
    return _new_words(asked.quote) if link.order.state == OrderState.DRAFT else _change_words(asked.quote)


def _new_words(quote: ChangeQuote) -> dict[str, Any]:
    """What was put together on the telephone, as it will stand on the order."""
    locale = current_winery().locale
    lines = [
        {"name": line.title, "quantity": line.after, "amount": say_money(line.amount_after, locale)}
        for line in quote.lines
    ]
    sums = [(charge.description or charge.kind.capitalize(), charge.after) for charge in quote.charges]
    return {"lines": lines, "sums": [(name, say_money(amount, locale)) for name, amount in sums]}


def _balance_words(link: PayLink, now: datetime) -> dict[str, Any]:
    order, locale = link.order, current_winery().locale
    lines = [
        {
            "name": full_title(line.name, line.format_name),
            "quantity": line.quantity,
            "amount": say_money(line.amount, locale),
        }
        for line in order_lines(order)
    ]
    sums = [
        (charge.description or charge.kind.capitalize(), charge.amount) for charge in order_charges(order)
    ]
    sums.append(("Total", Money(order.owed_minor, order.currency)))
    if order.paid_minor:
        sums.append(("Paid so far", Money(-order.paid_minor, order.currency)))
    if order.later_minor:
        sums.append(("Later, by your plan", Money(-order.later_minor, order.currency)))
    if aside := order.called_minor - due_minor(order, now):
        sums.append(("Set aside, taken when it ships", Money(-aside, order.currency)))
    return {"lines": lines, "sums": [(name, say_money(amount, locale)) for name, amount in sums]}


def _change_words(quote: ChangeQuote) -> dict[str, Any]:
    locale = current_winery().locale
    wines = [
        (line.title, f"{line.before} → {line.after}", say_money(line.difference, locale))
        for line in quote.lines
        if line.change
    ]
    charges = [
        (charge.description or charge.kind.capitalize(), "", say_money(charge.difference, locale))
        for charge in quote.charges
        if charge.difference
    ]
    return {
        "differences": wines + charges,
        "fields": [_field(field) for field in quote.fields],
        "before": say_money(quote.before.owed, locale),
        "after": say_money(quote.after.owed, locale),
    }


def _field(field: FieldChange) -> tuple[str, str]:
    return field.label, f"{field.before} → {field.after}" if field.name in _SHOWN_FIELDS else "changes"


def refused_words(link: PayLink) -> str:
    """What the bank said of the latest try by this link, which the page says again after a visit to the bank."""
    tries = Payment.objects.filter(
        order_id=link.order_id, purpose=link.purpose, parent__isnull=True, made_at__gt=link.made_at
    )
    latest = tries.order_by("-id").first()
    if latest is None or latest.state != PaymentState.DECLINED:
        return ""
    return f"{latest.message or 'Your bank declined this card.'} Nothing was charged."


def paid_words(link: PayLink) -> dict[str, Any]:
    """Thanks: what was paid last for it, and how; whether that made a change of the order."""
    payments = Payment.objects.select_related("payment_method").filter(
        order_id=link.order_id,
        purpose=link.purpose,
        state=PaymentState.SETTLED.value,
        parent__isnull=True,
        settled_at__gte=link.made_at,
    )
    payment = payments.order_by("-id").first()
    if payment is None:
        return {}
    card = payment.payment_method
    made = ChangeDraft.objects.filter(reference=link.purpose, state=DraftState.APPLIED.value)
    return {
        "is_made": bool(link.purpose) and made.exists(),
        "is_new": made.filter(change__kind=ChangeKind.PLACING.value).exists(),
        "paid": Money(payment.amount_minor, payment.currency),
        "is_aside": payment.kind == PaymentKind.AUTHORISE,
        "by": card.long_label if card else "",
    }
