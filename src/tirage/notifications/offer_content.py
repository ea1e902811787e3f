"""What is said of offers: invitations, reminders, and the mails to the team when a wave opens or closes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tirage.checkout.models import CartLine
from tirage.core.models import Winery
from tirage.core.texts import say_names
from tirage.notifications.models import SentMail
from tirage.notifications.offer_link import offer_link
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, public_url
from tirage.notifications.wording import Say
from tirage.offers.models import Offer


def _offer_of(mail: SentMail) -> Offer:
    offer = Offer.objects.select_related("release").filter(pk=mail.data.get("offer_id")).first()
    if offer is None or mail.customer is None:
        raise NothingToSay("The offer is gone.")
    if offer.closes_at <= mail.due_at:
        raise NothingToSay("The offer has closed.")
    return offer


def _offer_values(mail: SentMail, winery: Winery, offer: Offer) -> Values:
    said = Say(winery)
    if mail.customer is None:
        raise NothingToSay("The customer is gone.")
    return {
        "offer.title": offer.title or offer.release.name,
        "offer.closes": said.moment(offer.closes_at),
        "offer.link": Link(offer_link(offer, mail.customer, mail.due_at), "See your allocation"),
    }


def _invitation(mail: SentMail, winery: Winery) -> Values:
    offer = _offer_of(mail)
    return _offer_values(mail, winery, offer) | {
        "offer.message": offer.message,
        "offer.opens": Say(winery).moment(offer.opens_at),
    }


def _reminder(mail: SentMail, winery: Winery) -> Values:
    return _offer_values(mail, winery, _offer_of(mail))


def _opening(mail: SentMail, winery: Winery) -> Values:
    offer = _offer_of(mail)
    return _offer_values(mail, winery, offer) | {"offer.opens": Say(winery).moment(offer.opens_at)}


def _cart_reminder(mail: SentMail, winery: Winery) -> Values:
    offer = _offer_of(mail)
    lines = CartLine.objects.filter(
        cart__customer=mail.customer_id, cart__release=offer.release_id, cart__kept_until=None, quantity__gt=0
    )
    chosen = lines.order_by("offer_item__position", "pk").values_list("quantity", "offer_item__sku__name")
    wines = [f"{quantity} {name}" for quantity, name in chosen]
    if not wines:
        raise NothingToSay("Nothing is in the cart any more.")
    return _offer_values(mail, winery, offer) | {"cart.wines": say_names(wines)}


def _wave(mail: SentMail, winery: Winery) -> Values:
    data = mail.data
    return {
        "release.name": data["release"],
        "wave.groups": say_names(data["groups"]),
        "wave.moment": Say(winery).moment(datetime.fromisoformat(data["moment"])),
        "wave.figures": Rows(
            [(name, words) for name, words in data["rows"]], [(name, words) for name, words in data["totals"]]
        ),
        "report.link": Link(public_url("backoffice:release_report", data["reference"]), "Look at the report"),
    }


OFFER_BUILDERS: dict[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.OFFER_INVITATION: _invitation,
    MailKind.OPENING_NEAR: _opening,
    MailKind.REMINDER_NOT_YET: _reminder,
    MailKind.REMINDER_CART: _cart_reminder,
    MailKind.REMINDER_LAST_DAY: _reminder,
    MailKind.WAVE_OPENED: _wave,
    MailKind.WAVE_CLOSED: _wave,
}
