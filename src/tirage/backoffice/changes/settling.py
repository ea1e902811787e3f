"""How the money of a change can be settled: one way per button, each saying exactly what it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from tirage.backoffice.frame.cells import money_cell
from tirage.backoffice.payments.words import how
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import PAY_LINK
from tirage.changes.rules import ChangeQuote, OfflineMoney
from tirage.changes.states import DraftState, Maker, RefundTo, SettleBy
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import charge_kind
from tirage.payments.queries import GivingBack, cards_of_tests, giving_back, saved_cards
from tirage.payments.states import OfflineKind, PaymentKind
from tirage.staff.permissions import Permission, may

#: What a button's ``settle`` says; a card's is followed by its reference.
CARD, LINK, OFFLINE, GIFT, CREDIT = "card", "link", "offline", "gift", "credit"
BACK, BACK_TO_CREDIT, PLAIN = "back", "back-to-credit", "plain"
_CAME: list[tuple[str, Any]] = [
    (OfflineKind.CHEQUE.value, gettext_lazy("A check")),
    (OfflineKind.TRANSFER.value, "A bank transfer"),
    (OfflineKind.CASH.value, "Cash"),
]
#: What a button does besides moving money.
_CHANGE, _PLACE = "change the order", "place the order"
_MAY_NOT_GIVE_BACK = "Refunding is for owners and managers. The change is kept: ask one of them to settle it."


@dataclass(frozen=True, slots=True)
class Way:
    """One way to settle: ``value`` goes with its button, ``label`` names it, ``button`` says what it does.

    ``refused`` says why it can't be taken now; ``asks`` opens what else it wants to know (offline or gift).
    """

    value: str
    label: str
    button: str
    note: str = ""
    refused: str = ""
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """The ways, the one that is open, what would go back to where, and why nothing can be settled (``refused``)."""

    ways: tuple[Way, ...] = ()
    chosen: str = ""
    back: tuple[GivingBack, ...] = ()
    refused: str = ""


class OfflineForm(forms.Form):
    """What came by other roads; part of the change's own form."""

    offline_kind = forms.ChoiceField(label="What came", choices=_CAME, required=False)
    offline_note = forms.CharField(
        label="Note",
        max_length=300,
        required=False,
        help_text=gettext_lazy("The check’s number, the transfer’s reference."),
    )
    gift_reason = forms.CharField(label="Why it is a gift", max_length=300, required=False)


def settling_of(
    draft: ChangeDraft, quote: ChangeQuote, member: Any, now: datetime, chosen: str = ""
) -> Settling:
    """How this member of the team can settle the change now. One statement, none where no money moves."""
    if refused := _why_not(draft, quote, member):
        return Settling(refused=refused)
    if quote.to_pay:
        ways = (
            tuple(_cards(saved_cards(draft.order.customer_id, now), draft, money_cell(quote.to_pay), now))
            if draft.maker == Maker.CUSTOMER
            else _ways_to_pay(draft, quote, member, now)
        )
        return Settling(ways=ways, chosen=_open_one(ways, chosen))
    if quote.to_give_back:
        back = giving_back(draft.order_id, quote.to_give_back)
        ways = _ways_back(quote.to_give_back, back)
        if quote.credit_only:
            ways = tuple(way for way in ways if way.value == BACK_TO_CREDIT)
        if draft.order.is_test:
            ways = tuple(way for way in ways if way.value != BACK_TO_CREDIT)
        return Settling(ways=ways, chosen=_open_one(ways, chosen), back=tuple(back))
    if draft.is_new_order:
        return Settling(ways=(Way(PLAIN, "", "Place the order", "It costs nothing."),), chosen=PLAIN)
    return Settling(ways=(Way(PLAIN, "", "Change the order", _why_no_money(quote)),), chosen=PLAIN)


def _act(draft: ChangeDraft) -> str:
    return _PLACE if draft.is_new_order else _CHANGE


def _why_not(draft: ChangeDraft, quote: ChangeQuote, member: Any) -> str:
    if not may(member, Permission.CHANGE_ORDERS):
        return "You may look at changes, but not make them."
    if draft.is_new_order and not may(member, Permission.ORDER_FOR_CUSTOMERS):
        return "You may look at it, but not order for customers."
    if draft.state == DraftState.PAYING:
        return "The payment is under way. Nothing else can happen to the order until the bank has answered."
    if draft.maker == Maker.CUSTOMER and draft.state != DraftState.WAITING:
        return f"{draft.order.customer.name} settles it."
    if quote.moved_on:
        return "Look at what happened meanwhile first, then go on."
    if quote.is_empty:
        return "There is no wine on it yet." if draft.is_new_order else "Nothing is changed yet."
    if quote.blocking:
        return "It can be settled once nothing stands against it."
    if quote.to_give_back and not may(member, Permission.REFUND):
        return _MAY_NOT_GIVE_BACK
    return ""


def _why_no_money(quote: ChangeQuote) -> str:
    if quote.difference:
        return "No money moves now: the order isn’t fully paid, and what it comes to is taken when it is due."
    return "The order comes to what it came to before; no money moves."


def _open_one(ways: Sequence[Way], chosen: str) -> str:
    """The way that was chosen, else the first that can be taken."""
    open_ones = [way.value for way in ways if not way.refused]
    if chosen in open_ones:
        return chosen
    return open_ones[0] if open_ones else ""


# More to pay


def _ways_to_pay(draft: ChangeDraft, quote: ChangeQuote, member: Any, now: datetime) -> tuple[Way, ...]:
    amount, customer = money_cell(quote.to_pay), draft.order.customer
    if draft.order.is_test:
        return tuple(_cards(cards_of_tests(draft.order_id), draft, amount, now))
    cards = list(saved_cards(customer.pk, now))
    return (
        *_cards(cards, draft, amount, now),
        *_credit(draft, quote.to_pay, amount),
        _link(draft, amount),
        *_offline(draft, member, amount),
    )


def _cards(cards: Iterable[PaymentMethod], draft: ChangeDraft, amount: str, now: datetime) -> list[Way]:
    takes = charge_kind() is PaymentKind.CHARGE
    refused_id = draft.payment_method_id if draft.state == DraftState.WAITING else None
    found = []
    for card in cards:
        again = " again" if card.pk == refused_id else ""
        act = f"Charge {amount} to {card.label}" if takes else f"Set {amount} aside on {card.label}"
        found.append(
            Way(
                f"{CARD}:{card.reference}",
                card.label,
                f"{act}{again} and {_act(draft)}",
                f"valid to {card.exp_month:02d}/{card.exp_year}",
                "This card has expired." if card.has_expired(now) else "",
            )
        )
    return found


def _credit(draft: ChangeDraft, owed: Money, amount: str) -> list[Way]:
    customer = draft.order.customer
    if not customer.credit_minor:
        return []
    has = Money(customer.credit_minor, owed.currency)
    short = "" if has >= owed else f"{money_cell(has)} are not enough for {amount}."
    words = f"{money_cell(has)} are there"
    return [Way(CREDIT, "Store credit", f"Take {amount} from store credit and {_act(draft)}", words, short)]


def _link(draft: ChangeDraft, amount: str) -> Way:
    customer, again = draft.order.customer, draft.waiting_code == PAY_LINK
    happens = "is placed" if draft.is_new_order else "changes"
    note = f"The order {happens} by itself once it is paid; the bottles are held until then."
    return Way(
        LINK,
        f"A pay link by mail to {customer.email}",
        f"Mail {customer.name} {'a new' if again else 'a'} pay link for {amount}",
        f"The link before ends. {note}" if again else note,
    )


def _offline(draft: ChangeDraft, member: Any, amount: str) -> list[Way]:
    found = []
    if may(member, Permission.RECORD_PAYMENTS):
        button = f"Record {amount} as paid and {_act(draft)}"
        found.append(Way(OFFLINE, gettext("It came by check, transfer or in cash"), button, asks=OFFLINE))
    if may(member, Permission.GIVE_AWAY):
        button = f"Give {amount} away and {_act(draft)}"
        found.append(Way(GIFT, "A gift of the house", button, "Nobody pays it.", asks=GIFT))
    return found


# Less to pay


def _ways_back(amount: Money, back: Sequence[GivingBack]) -> tuple[Way, ...]:
    words = money_cell(amount)
    places = [how(one.payment) for one in back]
    where = "" if not places else places[0] if len(places) == 1 else f"{len(places)} payments"
    there = [f"{money_cell(one.amount)} to {how(one.payment)}" for one in back]
    found = [
        Way(BACK, "Where it came from", f"Refund {words} to {where} and change the order", ", ".join(there))
    ]
    credit = Way(BACK_TO_CREDIT, "Store credit", f"Give {words} as store credit and change the order")
    return (*(found if places else []), credit)


# What a button asked for


def settle_arguments(value: str, post: Any, customer: Customer) -> dict[str, Any] | None:
    """A button's value as arguments of ``confirm_draft``; None for what nobody offers."""
    kind, _, reference = value.partition(":")
    if kind == CARD:
        card = PaymentMethod.objects.filter(
            customer=customer, reference=reference, removed_at__isnull=True
        ).first()
        return {"settle_by": SettleBy.CARD, "payment_method": card} if card else None
    if kind in (OFFLINE, GIFT):
        return _offline_arguments(kind, post)
    simple: dict[str, dict[str, Any]] = {
        LINK: {"settle_by": SettleBy.LINK},
        CREDIT: {"settle_by": SettleBy.CREDIT},
        BACK: {"refund_to": RefundTo.ORIGINAL},
        BACK_TO_CREDIT: {"refund_to": RefundTo.CREDIT},
        PLAIN: {},
    }
    return simple.get(kind)


def _offline_arguments(kind: str, post: Any) -> dict[str, Any] | None:
    form = OfflineForm(post)
    if not form.is_valid():
        return None
    values = form.cleaned_data
    money = (
        OfflineMoney(OfflineKind.COMP.value, values["gift_reason"])
        if kind == GIFT
        else OfflineMoney(values["offline_kind"] or OfflineKind.CHEQUE.value, values["offline_note"])
    )
    return {"settle_by": SettleBy.OFFLINE, "offline": money}
