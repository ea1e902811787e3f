"""What the placeholders of each mail say, read when it is sent."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from tirage.catalog.models import Sku
from tirage.core.models import Winery
from tirage.core.texts import say_names
from tirage.customers.models import Customer
from tirage.customers.sign_in import make_campaign_link
from tirage.notifications.change_content import CHANGE_BUILDERS, say_change_window
from tirage.notifications.club_content import CLUB_BUILDERS
from tirage.notifications.futures_content import FUTURES_BUILDERS
from tirage.notifications.joining_content import JOINING_BUILDERS
from tirage.notifications.models import SentMail
from tirage.notifications.money_content import MONEY_BUILDERS
from tirage.notifications.note_content import NOTE_BUILDERS
from tirage.notifications.offer_content import OFFER_BUILDERS
from tirage.notifications.packing_content import PACKING_BUILDERS
from tirage.notifications.pickup_content import PICKUP_BUILDERS
from tirage.notifications.rules import Large, Link
from tirage.notifications.shipping_content import SHIPPING_BUILDERS, say_when_charged
from tirage.notifications.standing_content import STANDING_BUILDERS
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, data_of, order_of, order_values, public_url
from tirage.notifications.wish_content import WISH_BUILDERS


def values_of(mail: SentMail, winery: Winery) -> Values:
    """The value of every placeholder of ``mail``. Raises NothingToSay."""
    values: Values = {
        "winery.name": winery.name,
        "winery.support_email": winery.support_email,
        "winery.support_phone": winery.support_phone,
    }
    if mail.customer:
        values |= customer_values(mail.customer)
    return values | _BUILDERS[MailKind(mail.kind)](mail, winery)


def customer_values(customer: Customer) -> Values:
    return {"customer.first_name": customer.greeting or "there", "customer.name": customer.name}


def _sign_in(mail: SentMail, winery: Winery) -> Values:
    return {"code": Large(data_of(mail, "code")), "link": Link(data_of(mail, "link"), "Sign in")}


def _sign_in_link(mail: SentMail, winery: Winery) -> Values:
    days = int(data_of(mail, "days"))
    link = make_campaign_link(_customer(mail), reverse("storefront:offer"), days, now=mail.due_at)
    return {"days": str(days), "link": Link(link, "Sign in")}


def _customer(mail: SentMail) -> Customer:
    """Links that sign in are made when their mail is sent: for who the customer is then, to that mailbox."""
    if mail.customer is None:
        raise NothingToSay("The customer is gone.")
    return mail.customer


def _receipt(mail: SentMail, winery: Winery) -> Values:
    order = order_of(mail)
    message = order.offer.confirmation_message if order.offer else ""
    return order_values(order, winery) | {
        "offer.confirmation_message": message,
        "order.payment": say_when_charged(order, mail.due_at),
        "order.changes": say_change_window(order, winery, mail.due_at),
    }


def _payment_failed(mail: SentMail, winery: Winery) -> Values:
    return order_values(order_of(mail), winery) | {
        "payment.message": data_of(mail, "message"),
        "shop.link": Link(public_url("storefront:offer"), "Go to your bottles"),
    }


def _bottles_back(mail: SentMail, winery: Winery) -> Values:
    skus = Sku.objects.filter(pk__in=mail.data.get("sku_ids", [])).order_by("name")
    names = [f"{sku.name}, {sku.format_name}" for sku in skus]
    if not names:
        raise NothingToSay("The wines are gone.")
    return {
        "wines": say_names(names),
        "shop.link": Link(public_url("storefront:offer"), "Go to the offer"),
    }


def _staff_invitation(mail: SentMail, winery: Winery) -> Values:
    return _staff_password(mail, winery) | {
        "inviter": data_of(mail, "inviter"),
        "link": Link(data_of(mail, "url"), "Set your password"),
    }


def _staff_password(mail: SentMail, winery: Winery) -> Values:
    return {"member.name": data_of(mail, "name"), "link": Link(data_of(mail, "url"), "Set a new password")}


_BUILDERS: dict[MailKind, Callable[[SentMail, Winery], Values]] = {
    **MONEY_BUILDERS,
    **CHANGE_BUILDERS,
    **SHIPPING_BUILDERS,
    **PACKING_BUILDERS,
    **PICKUP_BUILDERS,
    **WISH_BUILDERS,
    **JOINING_BUILDERS,
    **STANDING_BUILDERS,
    **CLUB_BUILDERS,
    **FUTURES_BUILDERS,
    **OFFER_BUILDERS,
    **NOTE_BUILDERS,
    MailKind.SIGN_IN_CODE: _sign_in,
    MailKind.SIGN_IN_LINK: _sign_in_link,
    MailKind.ORDER_RECEIPT: _receipt,
    MailKind.PAYMENT_FAILED: _payment_failed,
    MailKind.BOTTLES_BACK: _bottles_back,
    MailKind.STAFF_INVITATION: _staff_invitation,
    MailKind.STAFF_PASSWORD: _staff_password,
}
