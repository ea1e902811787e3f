"""What the mails about wine en primeur say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from django.db.models import Max, Min, Sum
from django.urls import reverse

from tirage.core.dated import say_date
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.core.winery import local_time
from tirage.customers.models import Customer
from tirage.customers.sign_in import CAMPAIGN_DAYS, make_campaign_link
from tirage.futures.cards import ending_cards, kept_card
from tirage.futures.models import Arrears, CutLine, Instalment, Lot, Settlement, StorageMonth, Transfer
from tirage.futures.people import owed_now
from tirage.futures.states import CutOutcome, SettlementState, TransferState
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, order_of, order_values
from tirage.notifications.wording import Say
from tirage.orders.models import Order
from tirage.orders.queries import order_lines
from tirage.payments.models import PayLink, Payment, PaymentMethod
from tirage.payments.operations.links import pay_link_url
from tirage.payments.queries import saved_cards
from tirage.payments.states import PaymentKind


def _coming(mail: SentMail, winery: Winery) -> Values:
    found = Instalment.objects.select_related("order__customer").filter(pk=mail.data.get("instalment_id"))
    one = found.first()
    if (
        one is None
        or one.called_at
        or not one.amount_minor
        or one.due_on is None
        or one.order.state != "placed"
    ):
        raise NothingToSay("The instalment has been asked for, or isn't owed any more.")
    order, say = one.order, Say(winery)
    path = reverse("storefront:order", args=[order.reference])
    link = make_campaign_link(order.customer, path, CAMPAIGN_DAYS, now=mail.due_at)
    return {
        "order.reference": order.reference,
        "instalment.amount": say.money(Money(one.amount_minor, order.currency)),
        "instalment.day": f"{one.due_on:%B} {one.due_on.day}, {one.due_on.year}",
        "instalment.card": _card(one, mail),
        "instalment.left": say.money(Money(order.later_minor - one.amount_minor, order.currency)),
        "instalment.link": Link(link, "See my order"),
    }


def _settlement(mail: SentMail, winery: Winery) -> Values:
    """Where wine goes; nothing once it was said."""
    found = Settlement.objects.select_related("order__customer", "order__release")
    one = found.filter(pk=mail.data.get("settlement_id"), state=SettlementState.ASKED.value).first()
    if one is None:
        raise NothingToSay("The customer has chosen already, or is asked no more.")
    order = one.order
    path = reverse("storefront:settle", args=[order.reference])
    link = make_campaign_link(order.customer, path, CAMPAIGN_DAYS, now=mail.due_at)
    pieces: dict[str, int] = {}
    for line in order_lines(order):
        name = f"{line.name}, {line.format_name}"
        pieces[name] = pieces.get(name, 0) + line.quantity
    return {
        "order.reference": order.reference,
        "settlement.release": order.release.name if order.release else "",
        "settlement.wines": Rows([(f"{count} × {name}", "") for name, count in pieces.items() if count]),
        "settlement.until": say_date(one.due_on),
        "settlement.note": one.note,
        "settlement.link": Link(link, "Say where it goes"),
    }


def _early_receipt(mail: SentMail, winery: Winery) -> Values:
    """In bond: what was paid, what comes when, and what isn't in the price."""
    order, say = order_of(mail), Say(winery)
    later = Instalment.objects.filter(order=order, amount_minor__gt=0).order_by("number")
    parts = [
        (f"On {say_date(one.due_on)}" if one.due_on else "When it is released", one.amount_minor)
        for one in later
    ]
    now_minor = order.owed_minor - sum(minor for _, minor in parts)
    lots = Lot.objects.filter(commitments__line__order=order)
    days = lots.aggregate(first=Min("window_from"), last=Max("window_until"))
    window = " to ".join(dict.fromkeys(f"{day:%B %Y}" for day in days.values() if day))
    return order_values(order, winery) | {
        "early.plan": Rows(
            [(when, say.money(Money(minor, order.currency))) for when, minor in [("Now", now_minor), *parts]]
        ),
        "early.window": window,
        "offer.confirmation_message": order.offer.confirmation_message if order.offer else "",
    }


def _transfer(mail: SentMail) -> tuple[Transfer, Values]:
    rows = Transfer.objects.select_related("order__customer", "lot__sku", "receiver")
    one = rows.filter(pk=mail.data.get("transfer_id")).first()
    if one is None:
        raise NothingToSay("There is no such gift any more.")
    return one, {
        "transfer.wine": f"{one.pieces} × {one.lot.sku.name}, {one.lot.sku.format_name}",
        "transfer.giver": one.order.customer.name,
    }


def _transfer_offered(mail: SentMail, winery: Winery) -> Values:
    """What waits for the customer's signature; nothing once they have answered."""
    one, values = _transfer(mail)
    customer = Customer.objects.filter(email=one.to_email).first()
    if one.state != TransferState.PROPOSED or customer is None:
        raise NothingToSay("The offer was answered or taken back already.")
    path = reverse("storefront:transfer", args=[one.reference])
    link = make_campaign_link(customer, path, CAMPAIGN_DAYS, now=mail.due_at)
    return values | {
        "transfer.message": one.message,
        "transfer.until": say_date(local_time(one.expires_at).date()),
        "transfer.link": Link(link, "Look at it"),
    }


def _transfer_told(mail: SentMail, winery: Winery) -> Values:
    one, values = _transfer(mail)
    outcome = {
        TransferState.APPROVED: "It is done: the wine is among the futures of who gets it, with its certificate.",
        TransferState.REFUSED: "It was refused, and stays where it was.",
        TransferState.WITHDRAWN: "The offer was taken back.",
        TransferState.EXPIRED: "The time for it was over, and the wine stays where it was.",
    }.get(TransferState(one.state))
    to = mail.customer
    if outcome is None or to is None:
        raise NothingToSay("Nothing has become of this offer yet.")
    link = make_campaign_link(to, reverse("storefront:futures"), CAMPAIGN_DAYS, now=mail.due_at)
    return values | {
        "transfer.outcome": " ".join(part for part in (outcome, one.reason) if part),
        "transfer.link": Link(link, "My futures"),
    }


def _cut_done(mail: SentMail, winery: Winery) -> Values:
    """What went off an order, and its money; nothing of what was taken back meanwhile, since nothing can be."""
    rows = CutLine.objects.select_related("cut__lot__sku", "order__customer", "change")
    one = rows.filter(pk=mail.data.get("line_id"), change__isnull=False).first()
    if one is None or one.change is None:
        raise NothingToSay("Nothing was taken off this order.")
    order, say = one.order, Say(winery)
    back = Payment.objects.filter(order=order, kind=PaymentKind.REFUND.value, made_at=one.change.at)
    back_minor = int(back.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    rest_minor = -one.change.difference_minor - back_minor
    money = [say.money(Money(minor, order.currency)) for minor in (back_minor, rest_minor)]
    off = one.change.lines.filter(sku=one.cut.lot.sku_id).aggregate(sum=Sum("quantity"))["sum"] or 0
    return _cut(one, mail, -int(off)) | {
        "cut.money": " ".join(
            words
            for minor, words in (
                (back_minor, f"{money[0]} go back to where they came from."),
                (rest_minor, f"{money[1]} that were still to come of its price aren’t asked for any more."),
            )
            if minor > 0
        ),
    }


def _cut_proposed(mail: SentMail, winery: Winery) -> Values:
    """Another wine that waits for an answer; nothing once it was given."""
    rows = CutLine.objects.select_related("cut__lot__sku", "cut__substitute", "order__customer")
    one = rows.filter(pk=mail.data.get("line_id"), outcome=CutOutcome.PROPOSED.value).first()
    sku = one.cut.substitute if one else None
    if one is None or sku is None or one.cut.substitute_until is None:
        raise NothingToSay("The customer has answered already.")
    price = Say(winery).money(Money(one.cut.substitute_minor or 0, one.order.currency))
    path = reverse("storefront:instead", args=[one.reference])
    link = make_campaign_link(one.order.customer, path, CAMPAIGN_DAYS, now=mail.due_at)
    return _cut(one, mail, one.offered) | {
        "cut.instead": f"{one.offered} × {sku.name}, {sku.format_name}, at {price} each",
        "cut.until": say_date(one.cut.substitute_until),
        "cut.link": Link(link, "Look and decide"),
    }


def _cut(one: CutLine, mail: SentMail, pieces: int) -> Values:
    path = reverse("storefront:order", args=[one.order.reference])
    link = make_campaign_link(one.order.customer, path, CAMPAIGN_DAYS, now=mail.due_at)
    return {
        "order.reference": one.order.reference,
        "cut.wine": f"{one.cut.lot.sku.name}, {one.cut.lot.sku.format_name}",
        "cut.lost": f"{pieces:,} of {one.had:,}",
        "cut.reason": one.cut.reason,
        "cut.link": Link(link, "See my order"),
    }


def _card_ending(mail: SentMail, winery: Winery) -> Values:
    """Nothing once another card was named, or nothing is to come."""
    say, customer = Say(winery), mail.customer
    endings = ending_cards(mail.due_at, customer=customer) if customer else []
    one = next((one for one in endings if one.card and one.card.pk == mail.data.get("card_id")), None)
    if one is None or one.card is None or customer is None:
        raise NothingToSay("The card was replaced already, or isn’t charged any more.")
    link = make_campaign_link(customer, reverse("storefront:later_card"), CAMPAIGN_DAYS, now=mail.due_at)
    return {
        "card.label": one.card.label,
        "card.end": one.end,
        "card.due": Rows(
            [
                (
                    f"On {say_date(part.on)}, order {part.order.reference}",
                    say.money(part.amount) if part.amount else "Delivery, duty and taxes",
                )
                for part in one.due
            ]
        ),
        "card.link": Link(link, "Name another card"),
    }


def _storage_charged(mail: SentMail, winery: Winery) -> Values:
    """The months that were charged in one go, from what, and the way to the wine."""
    data, say = mail.data, Say(winery)
    order = Order.objects.select_related("customer").filter(pk=data.get("order_id")).first()
    if order is None:
        raise NothingToSay("The order is gone.")
    at = datetime.fromisoformat(data["at"])
    months = StorageMonth.objects.filter(order=order, draft="", made_at=at, amount_minor__gt=0)

    def money(minor: int) -> str:
        return say.money(Money(minor, order.currency))

    path = reverse("storefront:settle", args=[order.reference])
    link = make_campaign_link(order.customer, path, CAMPAIGN_DAYS, now=mail.due_at)
    return {
        "order.reference": order.reference,
        "storage.until": say_date(date.fromisoformat(data["until"])),
        "storage.months": Rows(
            [
                (f"{one.month:%B %Y}: {one.lot.sku.name}, {one.how}", money(one.amount_minor))
                for one in months.select_related("lot__sku").order_by("month", "pk")
            ],
            [("In all", money(data["total_minor"]))],
        ),
        "storage.paid": _say_paid(order, data["credit_minor"], data["total_minor"], mail, winery),
        "storage.link": Link(link, "Send for my wine"),
    }


def _say_paid(order: Order, credit_minor: int, total_minor: int, mail: SentMail, winery: Winery) -> str:
    say, rest = Say(winery), total_minor - credit_minor
    credit = say.money(Money(credit_minor, order.currency))
    words = [f"{credit} came from your store credit."] if credit_minor else []
    if rest:
        card = _charged(order, mail)
        amount = say.money(Money(rest, order.currency))
        by = (
            f"are charged to your {card.label}"
            if card
            else "are still to be paid; a mail of its own has the link"
        )
        words.append(f"{amount} {by}.")
    return " ".join(words)


def _in_arrears(mail: SentMail, winery: Winery) -> Values:
    """Nothing once it is paid."""
    rows = Arrears.objects.select_related("order__customer").filter(ended_at__isnull=True)
    one = rows.filter(pk=mail.data.get("arrears_id")).first()
    owed = owed_now(one.order) if one else None
    if one is None or owed is None or owed.minor <= 0:
        raise NothingToSay("It is paid, or not owed any more.")
    path = reverse("storefront:order", args=[one.order.reference])
    own = Link(make_campaign_link(one.order.customer, path, CAMPAIGN_DAYS, now=mail.due_at), "See my order")
    pay = PayLink.objects.filter(pk=mail.data.get("pay_link_id")).first()
    return {
        "order.reference": one.order.reference,
        "arrears.amount": Say(winery).money(owed),
        "arrears.until": say_date(one.until),
        "arrears.link": Link(pay_link_url(pay), "Pay now") if pay else own,
    }


def _charged(order: Order, mail: SentMail) -> PaymentMethod | None:
    """The card that later parts of an order are charged to, as things stand."""
    card = kept_card(order.pk)
    if card is None or card.removed_at or card.has_expired(mail.due_at):
        card = saved_cards(order.customer_id, mail.due_at).first()
    return card


def _card(one: Instalment, mail: SentMail) -> str:
    card = _charged(one.order, mail)
    return (
        f"We charge {card.label}."
        if card
        else "No card of yours is saved that works: save one there, or pay by a link."
    )


FUTURES_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.INSTALMENT_COMING: _coming,
    MailKind.CARD_ENDING: _card_ending,
    MailKind.STORAGE_CHARGED: _storage_charged,
    MailKind.IN_ARREARS: _in_arrears,
    MailKind.EARLY_RECEIPT: _early_receipt,
    MailKind.TRANSFER_OFFERED: _transfer_offered,
    MailKind.TRANSFER_TOLD: _transfer_told,
    MailKind.CUT_DONE: _cut_done,
    MailKind.CUT_PROPOSED: _cut_proposed,
    MailKind.SETTLEMENT_ASKED: _settlement,
    MailKind.SETTLEMENT_REMINDED: _settlement,
}
