"""What a mail says may have stopped being true while it waited: looked at once more before it is sent.

A mail server that was away for a day must not tell of bottles that are gone, of links that are dead or of offers that
have closed. Such a mail is let go, and the customer's activity says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet

from tirage.catalog.models import Sku
from tirage.core.winery import current_winery
from tirage.customers.sign_in import request_lets_in
from tirage.inventory.queries import stock_figures
from tirage.joining.models import WaitingPlace
from tirage.joining.states import PlaceState
from tirage.notifications.models import SentMail
from tirage.notifications.reminding import still_due
from tirage.notifications.states import MailKind
from tirage.offers.models import Offer
from tirage.payments.models import PayLink
from tirage.payments.operations import state_of_link
from tirage.payments.states import LinkState

_ENDED_LINK = {
    LinkState.PAID: "It has been paid meanwhile.",
    LinkState.EXPIRED: "The link to pay had run out before it could be sent. Make a new one.",
    LinkState.REVOKED: "The link to pay has ended meanwhile. Make a new one if something is still owed.",
}


def why_untrue(mail: SentMail, now: datetime) -> str:
    """Why the mail must not go out any more, for the team; empty while it may."""
    check = _CHECKS.get(MailKind(mail.kind))
    return check(mail, now) if check else ""


def _code(mail: SentMail, now: datetime) -> str:
    """Mails that were queued before requests were named have their life alone."""
    request_id = mail.data.get("request_id")
    if request_id is None or request_lets_in(request_id, now=now):
        return ""
    return "Its code had been used, or had ended, before it could be sent."


def _pay_link(mail: SentMail, now: datetime) -> str:
    links = PayLink.objects.select_related("order__customer")
    link = links.filter(pk=mail.data.get("pay_link_id")).first()
    state = state_of_link(link, now) if link else LinkState.REVOKED
    return "" if state is LinkState.LIVE else _ENDED_LINK[state]


def _card(mail: SentMail, now: datetime) -> str:
    """The link to replace a card counts its days from when the mail was due."""
    if now < mail.due_at + timedelta(days=current_winery().pay_link_days):
        return ""
    return "The link for another card had run out before it could be sent."


def _offer(mail: SentMail, now: datetime) -> str:
    offer = Offer.objects.filter(pk=mail.data.get("offer_id")).first()
    if offer is None or not offer.is_active or offer.closes_at <= now:
        return "The offer has closed meanwhile."
    if not offer.group.memberships.filter(customer=mail.customer_id).exists():
        return "The customer isn't in the offer's group any more."
    return ""


def _opening(mail: SentMail, now: datetime) -> str:
    """An offer that was put off after the mail was queued opens another day."""
    offer = Offer.objects.filter(pk=mail.data.get("offer_id")).first()
    if offer and offer.opens_at > now + timedelta(hours=1):
        return "The offer was put off before it could be sent."
    return _offer(mail, now)


def _bottles(mail: SentMail, now: datetime) -> str:
    """Of several wines the mail names those that are still there."""
    mail.data = {**mail.data, "sku_ids": list(_free_again(mail, now).values_list("pk", flat=True))}
    return "" if mail.data["sku_ids"] else "The bottles are gone again, or their offer has closed."


def _place(mail: SentMail, now: datetime) -> str:
    place = WaitingPlace.objects.filter(pk=mail.data.get("place_id")).first()
    if place and place.state == PlaceState.INVITED and place.expires_at and place.expires_at > now:
        return ""
    return "The place in line was answered, or its days were over, before it could be sent."


def _free_again(mail: SentMail, now: datetime) -> QuerySet[Sku]:
    """The wines of a mail about bottles that are back which its customer may still take."""
    asked = [int(pk) for pk in mail.data.get("sku_ids", [])]
    free = [pk for pk, figures in stock_figures(asked, now).items() if figures.available > 0]
    open_now = Offer.objects.filter(is_active=True, opens_at__lte=now, closes_at__gt=now)
    offered = open_now.filter(group__memberships__customer=mail.customer_id).values("items__sku")
    return Sku.objects.filter(pk__in=free).filter(pk__in=offered)


_CHECKS: Mapping[MailKind, Callable[[SentMail, datetime], str]] = {
    MailKind.SIGN_IN_CODE: _code,
    MailKind.PAY_LINK_BALANCE: _pay_link,
    MailKind.PAY_LINK_CHANGE: _pay_link,
    MailKind.PAY_LINK_ORDER: _pay_link,
    MailKind.PAYMENT_NEEDS_CUSTOMER: _pay_link,
    MailKind.CHARGE_FAILED: _pay_link,
    MailKind.CARD_NEEDED: _card,
    MailKind.OFFER_INVITATION: _offer,
    MailKind.OPENING_NEAR: _opening,
    MailKind.REMINDER_NOT_YET: still_due,
    MailKind.REMINDER_CART: still_due,
    MailKind.REMINDER_LAST_DAY: still_due,
    MailKind.BOTTLES_BACK: _bottles,
    MailKind.PLACE_OFFERED: _place,
}
