"""What the mails about changed and cancelled orders and money given back say: bottles, words and money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext

from tirage.changes.models import ChangeDraft
from tirage.changes.states import Maker
from tirage.changes.window import is_over, last_day
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.core.winery import start_of_day
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, data_of, order_of, order_values, public_url
from tirage.notifications.wording import Say
from tirage.orders.models import Order
from tirage.orders.queries import ChangeView, MovedLine, order_changes
from tirage.orders.states import ChangeKind
from tirage.payments.models import Payment
from tirage.payments.queries import authorised_minor
from tirage.payments.states import CREDIT, OFFLINE, OFFLINE_WORDS, OfflineKind, PaymentKind, PaymentState

#: What changes besides wine and money, as customers call it. What staff set aside is nobody else's business.
_NAMES = {"address": "Address", "method": "Delivery", "ship_on": "Not before", "gift_note": "Gift note"}
_LATER = "Your bank may take a few days to show it."


def _order_changed(mail: SentMail, winery: Winery) -> Values:
    order = order_of(mail)
    draft = ChangeDraft.objects.filter(pk=mail.data.get("draft_id")).first()
    change = _change(order, lambda one: one.id == mail.data.get("change_id"))
    if draft is None:
        raise NothingToSay("The change is gone.")
    did = "Your order is changed as you asked:"
    return order_values(order, winery) | {
        "change.by": did if draft.maker == Maker.CUSTOMER else "We have changed your order:",
        "change.lines": _what_changed(change, Say(winery)),
        "change.money": _say_settled(draft, change, Say(winery), mail.due_at),
    }


def say_change_window(order: Order, winery: Winery, now: datetime) -> str:
    """For the receipt: until when customers change the order themselves; nothing where they can't."""
    if not winery.customers_change_orders or is_over(order.release, now):
        return ""
    last = last_day(order.release)
    until = f"the end of {Say(winery).day(start_of_day(last))}" if last else "it ships"
    return f"You can change it yourself until {until}."


def _change(order: Order, is_it: Callable[[ChangeView], bool]) -> ChangeView:
    found = next((one for one in reversed(order_changes(order)) if is_it(one)), None)
    if found is None:
        raise NothingToSay("The change is gone.")
    return found


def _what_changed(change: ChangeView, said: Say) -> Rows:
    wines = [(f"{_verb(line)}: {_title(line)}", said.money(line.amount)) for line in change.lines]
    charges = [
        (charge.description or charge.kind.capitalize(), said.money(charge.amount))
        for charge in change.charges
    ]
    words = [(_NAMES[name], after) for name, (_, after) in change.details.items() if name in _NAMES]
    difference = [("Difference", said.money(change.difference))] if change.difference else []
    return Rows(wines + charges + words, difference)


def _verb(line: MovedLine) -> str:
    return "Added" if line.quantity > 0 else "Taken off"


def _title(line: MovedLine) -> str:
    return f"{abs(line.quantity)} × {line.name}, {line.format_name}"


def _say_settled(draft: ChangeDraft, change: ChangeView, said: Say, now: datetime) -> str:
    """How the difference was settled: paid, set aside, given back, or left for when the wine ships."""
    asked = [PaymentKind.CHARGE.value, PaymentKind.AUTHORISE.value]
    paid = Payment.objects.select_related("payment_method").filter(
        order_id=draft.order_id, purpose=draft.reference, kind__in=asked, state=PaymentState.SETTLED.value
    )
    if payment := paid.order_by("id").last():
        return say_change_money(payment, said)
    if back := _say_given_back(draft.order_id, change.at, said):
        return back
    is_less_to_come = change.difference.minor < 0 and authorised_minor(draft.order_id, now)
    return "That much less is taken when the wine ships." if is_less_to_come else ""


def say_change_money(payment: Payment, said: Say) -> str:
    """``$190.00 were charged to Visa ending in 4242.``"""
    amount = said.money(Money(payment.amount_minor, payment.currency))
    if payment.gateway == CREDIT:
        return f"{amount} were paid from your store credit."
    if payment.gateway == OFFLINE:
        how = OfflineKind(payment.offline_kind)
        verb = "are" if how is OfflineKind.COMP else "were paid by"
        return f"{amount} {verb} {gettext(OFFLINE_WORDS[how])}."
    if payment.kind == PaymentKind.AUTHORISE:
        return f"{amount} are set aside on {_card(payment)}, and taken when the wine ships."
    return f"{amount} were charged to {_card(payment)}."


def _say_given_back(order_id: int, at: datetime, said: Say) -> str:
    """Refunds that were begun with a change, by their moment; what became of them at the bank is told elsewhere."""
    return _sentences(_say_refund(refund, said) for refund in _refunds(order_id).filter(made_at=at))


def _refunds(order_id: int) -> QuerySet[Payment]:
    """Money that goes back, as far as no bank has refused it."""
    refunds = Payment.objects.select_related("payment_method").filter(
        order_id=order_id, kind=PaymentKind.REFUND.value
    )
    return refunds.exclude(state=PaymentState.DECLINED.value).order_by("id")


def _say_refund(refund: Payment, said: Say) -> str:
    amount = said.money(Money(refund.amount_minor, refund.currency))
    if refund.gateway == CREDIT:
        return f"{amount} are in your store credit now."
    if refund.offline_kind == OfflineKind.COMP:
        return f"{amount} of our gift are taken back with it."
    if refund.gateway == OFFLINE:
        return f"We refund {amount} the way you paid."
    return f"{amount} go back to {_card(refund)}. {_LATER}"


def _sentences(said: Iterable[str]) -> str:
    """One after the other; what each would end with is said once, at the end."""
    found = list(said)
    short = [one.removesuffix(f" {_LATER}") for one in found]
    return " ".join([*short, _LATER] if short != found else short)


def _card(payment: Payment) -> str:
    card = payment.payment_method
    return card.long_label if card else "your card"


def _order_cancelled(mail: SentMail, winery: Winery) -> Values:
    order, said = order_of(mail), Say(winery)
    change = _change(order, lambda one: one.kind == ChangeKind.CANCEL)
    return {
        "order.reference": order.reference,
        "order.link": Link(public_url("storefront:order", order.reference), "See your order"),
        "cancel.lines": Rows([(_title(line), said.money(-line.amount)) for line in change.lines]),
        "cancel.money": _say_given_back(order.pk, change.at, said) or _say_let_go(order, said),
        "cancel.reason": data_of(mail, "reason"),
    }


def _say_let_go(order: Order, said: Say) -> str:
    """What was only set aside is not taken; money that is kept for now isn't spoken of."""
    aside = Payment.objects.filter(
        order=order, kind=PaymentKind.AUTHORISE.value, state=PaymentState.SETTLED.value
    ).exists()
    return f"Nothing is charged: what was set aside on your card is let go. {_LATER}" if aside else ""


def _money_given_back(mail: SentMail, winery: Winery) -> Values:
    order, said = order_of(mail), Say(winery)
    refunds = list(_refunds(order.pk).filter(pk__in=mail.data.get("payment_ids", [])))
    if not refunds:
        raise NothingToSay("The bank refused the refund.")
    change_id = mail.data.get("change_id")
    change = _change(order, lambda one: one.id == change_id) if change_id else None
    amount = Money(sum(refund.amount_minor for refund in refunds), order.currency)
    return {
        "order.reference": order.reference,
        "order.link": Link(public_url("storefront:order", order.reference), "See your order"),
        "refund.amount": said.money(amount),
        "refund.money": _sentences(_say_refund(refund, said) for refund in refunds),
        "refund.lines": _what_changed(change, said) if change else "",
        "refund.reason": data_of(mail, "reason"),
    }


CHANGE_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.ORDER_CHANGED: _order_changed,
    MailKind.ORDER_CANCELLED: _order_cancelled,
    MailKind.MONEY_GIVEN_BACK: _money_given_back,
}
