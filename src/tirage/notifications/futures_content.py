"""What the mails about wine en primeur say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.urls import reverse

from tirage.core.dated import say_date
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.customers.sign_in import CAMPAIGN_DAYS, make_campaign_link
from tirage.futures.models import Acceptance, Instalment, Settlement
from tirage.futures.states import SettlementState
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values
from tirage.notifications.wording import Say
from tirage.orders.queries import order_lines
from tirage.payments.queries import saved_cards


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


def _card(one: Instalment, mail: SentMail) -> str:
    kept = Acceptance.objects.filter(order=one.order).select_related("card").first()
    card = kept.card if kept else None
    if card is None or card.removed_at or card.has_expired(mail.due_at):
        card = saved_cards(one.order.customer_id, mail.due_at).first()
    return (
        f"We charge {card.label}."
        if card
        else "No card of yours is saved that works: save one there, or pay by a link."
    )


FUTURES_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.INSTALMENT_COMING: _coming,
    MailKind.SETTLEMENT_ASKED: _settlement,
    MailKind.SETTLEMENT_REMINDED: _settlement,
}
