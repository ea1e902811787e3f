"""What the placeholders of each mail say, read when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import reverse

from tirage.catalog.models import Sku
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows, Value
from tirage.notifications.states import MailKind
from tirage.notifications.wording import Say
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.orders.queries import order_charges, order_lines
from tirage.wishes.models import Wish

Values = dict[str, Value]


class NothingToSay(Exception):
    """What the mail was about is gone; ``str()`` says what."""


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
    return {"customer.first_name": customer.first_name or "there", "customer.name": customer.name}


def public_url(name: str, *args: Any) -> str:
    """The public address of a page of the shop."""
    return settings.SITE_URL + reverse(name, args=args)


def _data(mail: SentMail, name: str) -> str:
    try:
        return str(mail.data[name])
    except KeyError:
        raise NothingToSay(f"The mail has lost its {name}.") from None


def _sign_in(mail: SentMail, winery: Winery) -> Values:
    return {"code": _data(mail, "code"), "link": Link(_data(mail, "link"), "Sign in")}


def _order(mail: SentMail) -> Order:
    order = (
        Order.objects.select_related("offer", "method", "customer")
        .filter(pk=mail.data.get("order_id"))
        .first()
    )
    if order is None:
        raise NothingToSay("The order is gone.")
    return order


def order_values(order: Order, winery: Winery) -> Values:
    """Lines net of the ledger, charges, total, address."""
    said = Say(winery)
    lines = [
        (f"{line.quantity} × {line.name}, {line.format_name}", said.money(line.amount))
        for line in order_lines(order)
    ]
    charges = [
        (charge.description or charge.kind.capitalize(), said.money(charge.amount))
        for charge in order_charges(order)
    ]
    total = said.money(Money(order.owed_minor, order.currency))
    return {
        "order.reference": order.reference,
        "order.lines": Rows(lines + charges, [("Total", total)]),
        "order.total": total,
        "order.address": ", ".join(part for part in (order.recipient, order.one_line_address) if part),
        "order.delivery": order.method.name if order.method else "",
        "order.link": Link(public_url("storefront:order", order.reference), "See your order"),
    }


def _receipt(mail: SentMail, winery: Winery) -> Values:
    order = _order(mail)
    message = order.offer.confirmation_message if order.offer else ""
    return order_values(order, winery) | {"offer.confirmation_message": message}


def _payment_failed(mail: SentMail, winery: Winery) -> Values:
    return order_values(_order(mail), winery) | {
        "payment.message": _data(mail, "message"),
        "shop.link": Link(public_url("storefront:offer"), "Go to your bottles"),
    }


def _needs_customer(mail: SentMail, winery: Winery) -> Values:
    return order_values(_order(mail), winery) | {
        "payment.link": Link(_data(mail, "url"), "Confirm the payment"),
    }


def _bottles_back(mail: SentMail, winery: Winery) -> Values:
    skus = Sku.objects.filter(pk__in=mail.data.get("sku_ids", [])).order_by("name")
    names = [f"{sku.name}, {sku.format_name}" for sku in skus]
    if not names:
        raise NothingToSay("The wines are gone.")
    return {
        "wines": " and ".join(names),
        "shop.link": Link(public_url("storefront:offer"), "Go to the offer"),
    }


def _wish(mail: SentMail, winery: Winery) -> Values:
    wish = Wish.objects.select_related("offer_item__sku").filter(pk=mail.data.get("wish_id")).first()
    if wish is None:
        raise NothingToSay("The wish is gone.")
    sku = wish.offer_item.sku
    return {
        "wish.wine": f"{sku.name}, {sku.format_name}",
        "wish.quantity": Say(winery).bottles(wish.asked),
        "wish.reason": wish.reason,
        "wishes.link": Link(public_url("storefront:wishes"), "See your wishes"),
    }


def _invitation(mail: SentMail, winery: Winery) -> Values:
    offer = Offer.objects.select_related("release").filter(pk=mail.data.get("offer_id")).first()
    if offer is None:
        raise NothingToSay("The offer is gone.")
    said = Say(winery)
    return {
        "offer.title": offer.title or offer.release.name,
        "offer.message": offer.message,
        "offer.opens": said.moment(offer.opens_at),
        "offer.closes": said.moment(offer.closes_at),
        "offer.link": Link(_data(mail, "link"), "See your allocation"),
    }


def _staff_invitation(mail: SentMail, winery: Winery) -> Values:
    return _staff_password(mail, winery) | {
        "inviter": _data(mail, "inviter"),
        "link": Link(_data(mail, "url"), "Set your password"),
    }


def _staff_password(mail: SentMail, winery: Winery) -> Values:
    return {"member.name": _data(mail, "name"), "link": Link(_data(mail, "url"), "Set a new password")}


_BUILDERS: dict[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.SIGN_IN_CODE: _sign_in,
    MailKind.ORDER_RECEIPT: _receipt,
    MailKind.PAYMENT_FAILED: _payment_failed,
    MailKind.PAYMENT_NEEDS_CUSTOMER: _needs_customer,
    MailKind.BOTTLES_BACK: _bottles_back,
    MailKind.WISH_MADE: _wish,
    MailKind.WISH_DECLINED: _wish,
    MailKind.OFFER_INVITATION: _invitation,
    MailKind.STAFF_INVITATION: _staff_invitation,
    MailKind.STAFF_PASSWORD: _staff_password,
}
