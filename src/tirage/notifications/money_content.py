"""What the mails about money to pay say: pay links, charges that failed, cards that are needed, thanks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tirage.changes.models import ChangeDraft
from tirage.changes.queries import quote_draft, with_order
from tirage.changes.rules import ChangeQuote
from tirage.changes.states import LIVE
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, order_values, public_url
from tirage.notifications.wording import Say
from tirage.payments.models import Collection, PayLink, Payment
from tirage.payments.operations import card_link_url, pay_link_url
from tirage.payments.states import CollectionState, PaymentKind


def _link_of(mail: SentMail) -> PayLink:
    link = PayLink.objects.select_related("order").filter(pk=mail.data.get("pay_link_id")).first()
    if link is None:
        raise NothingToSay("The pay link is gone.")
    return link


def _pay(link: PayLink, winery: Winery) -> Values:
    said = Say(winery)
    amount = said.money(Money(link.amount_minor, link.currency))
    return {
        "pay.amount": amount,
        "pay.what": say_what_for(link.order.reference, link.purpose if link.order.placed_at else ""),
        "pay.link": Link(pay_link_url(link), f"Pay {amount}"),
        "pay.until": said.moment(link.expires_at),
    }


def say_what_for(order_reference: str, purpose: str) -> str:
    """``your order ORD-…``, or the change of it."""
    return f"the change of your order {order_reference}" if purpose else f"your order {order_reference}"


def _pay_needs_customer(mail: SentMail, winery: Winery) -> Values:
    return _pay(_link_of(mail), winery)


def _pay_balance(mail: SentMail, winery: Winery) -> Values:
    link = _link_of(mail)
    return order_values(link.order, winery) | _pay(link, winery)


def _pay_change(mail: SentMail, winery: Winery) -> Values:
    """Reckoned as of when the mail was due: what is mailed is what was made."""
    link = _link_of(mail)
    live = [state.value for state in LIVE]
    draft = with_order(ChangeDraft.objects.filter(reference=link.purpose, state__in=live)).first()
    said = _wines if draft and draft.is_new_order else _differences
    rows = said(quote_draft(draft, mail.due_at), Say(winery)) if draft else []
    to_pay = Say(winery).money(Money(link.amount_minor, link.currency))
    return _pay(link, winery) | {
        "order.reference": link.order.reference,
        "pay.lines": Rows(rows, [("To pay", to_pay)]),
    }


def _wines(quote: ChangeQuote, said: Say) -> list[tuple[str, str]]:
    """What is ordered, and what is charged besides."""
    lines = [(f"{line.after} × {line.title}", said.money(line.amount_after)) for line in quote.lines]
    return lines + [
        (charge.description or charge.kind.capitalize(), said.money(charge.after)) for charge in quote.charges
    ]


def _differences(quote: ChangeQuote, said: Say) -> list[tuple[str, str]]:
    """Every line, charge and word that changes."""
    lines = [
        (f"{line.title}: {line.before} → {line.after}", said.money(line.difference))
        for line in quote.lines
        if line.change
    ]
    charges = [
        (charge.description or charge.kind.capitalize(), said.money(charge.difference))
        for charge in quote.charges
        if charge.difference
    ]
    return lines + charges + [(field.label, field.after) for field in quote.fields]


def _card_link(mail: SentMail) -> Values:
    if mail.customer is None:
        raise NothingToSay("The customer is gone.")
    return {"card.link": Link(card_link_url(mail.customer, mail.due_at), "Give us another card")}


def _charge_failed(mail: SentMail, winery: Winery) -> Values:
    collection = Collection.objects.filter(pk=mail.data.get("collection_id")).first()
    if collection is None:
        raise NothingToSay("There is nothing to collect any more.")
    again = f"We try again on {Say(winery).day(collection.next_at)}. " if collection.next_at else ""
    return (
        _pay(_link_of(mail), winery)
        | _card_link(mail)
        | {
            "payment.message": collection.message or "Your bank declined this card.",
            "payment.next": f"{again}You can also pay now:" if again else "You can pay here:",
        }
    )


def _card_needed(mail: SentMail, winery: Winery) -> Values:
    said = Say(winery)
    owed = Collection.objects.select_related("order").filter(
        order__customer=mail.customer, state=CollectionState.OPEN.value
    )
    sentences = [
        f"{said.money(Money(one.amount_minor, one.currency))} for "
        f"{say_what_for(one.order.reference, one.purpose)} wait to be paid."
        for one in owed.order_by("id")
    ]
    return _card_link(mail) | {"payment.owed": " ".join(sentences)}


def _received(mail: SentMail, winery: Winery) -> Values:
    payments = Payment.objects.select_related("order", "payment_method")
    payment = payments.filter(pk=mail.data.get("payment_id")).first()
    if payment is None:
        raise NothingToSay("The payment is gone.")
    order, card = payment.order, payment.payment_method
    return {
        "pay.amount": Say(winery).money(Money(payment.amount_minor, payment.currency)),
        "pay.what": say_what_for(order.reference, payment.purpose),
        "payment.by": f" by {card.label}{_until_then(payment)}" if card else "",
        "order.link": Link(public_url("storefront:order", order.reference), "See your order"),
    }


def _until_then(payment: Payment) -> str:
    """What is only set aside hasn't been taken: the customer looks for it on the card's statement in vain."""
    is_aside = payment.kind == PaymentKind.AUTHORISE
    return ", where it is set aside and taken when your wine ships" if is_aside else ""


MONEY_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.PAYMENT_NEEDS_CUSTOMER: _pay_needs_customer,
    MailKind.PAY_LINK_CHANGE: _pay_change,
    MailKind.PAY_LINK_ORDER: _pay_change,
    MailKind.PAY_LINK_BALANCE: _pay_balance,
    MailKind.CHARGE_FAILED: _charge_failed,
    MailKind.CARD_NEEDED: _card_needed,
    MailKind.PAYMENT_RECEIVED: _received,
}
