"""The tax of a checkout by a service: the page and the button ask the same question, and get one answer.

Asked for what a carrier takes to an address in the United States. What the service doesn't answer is taxed by our own
tables, and the order waits in compliance until it was compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tirage.catalog.models import Sku
from tirage.checkout.queries import CheckoutQuote, bottles_of
from tirage.checkout.rules import OfferPage
from tirage.compliance.protocol import Due, Party, SoldBy
from tirage.compliance.protocol import Sale as AskedSale
from tirage.compliance.sales import item_of, sender_of
from tirage.compliance.services import Connected
from tirage.compliance.taxing import due_of, question_key, rule_of, taxing
from tirage.core.money import Money, share_minor
from tirage.core.winery import local_time
from tirage.customers.models import Customer
from tirage.taxes.protocol import added_minor
from tirage.taxes.rules import Sale, TaxRule, tax_lines

#: What of an address an answer depends on.
_PARTS = ("line1", "line2", "city", "state", "postal_code", "country")


class OtherQuestion(Exception):
    """What is ordered isn't what the service was asked about: it is asked again."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a service said of a checkout; ``due`` is None where it said nothing."""

    who: Connected
    key: str
    due: Due | None

    def taxed(
        self, page: OfferPage, quote: CheckoutQuote, customer_id: int, parts: Mapping[str, Any], now: datetime
    ) -> CheckoutQuote:
        """The quote with its taxes; as it is where the service said nothing. No statement.

        Raises OtherQuestion where it was asked about something else.
        """
        if _key(self.who, page, quote, customer_id, parts, now) != self.key:
            raise OtherQuestion
        way = quote.chosen
        if self.due is None or way is None:
            return quote
        return _with_rule(page, quote, rule_of(self.who.service, self.due, way.terms.tax, of=_amounts(quote)))


def ask_tax(
    page: OfferPage, quote: CheckoutQuote, customer: Customer, parts: Mapping[str, Any], now: datetime
) -> Told | None:
    """Asks the service about what the cart is quoted for; ``parts`` are the address's columns.

    None where nobody is asked. Talks to the service: no transaction may be open. No statement where none is connected.
    """
    who = taxing()
    if who is None or not _is_asked(quote, parts):
        return None
    key = _key(who, page, quote, customer.pk, parts, now)
    return Told(who, key, due_of(who, key, lambda: _sale(who, page, quote, customer, parts, now), now))


def tax_shown(
    page: OfferPage, quote: CheckoutQuote, customer: Customer, parts: Mapping[str, Any], now: datetime
) -> CheckoutQuote:
    """The quote as the page shows it: taxed by the service, where one is asked and answers."""
    told = ask_tax(page, quote, customer, parts, now)
    return told.taxed(page, quote, customer.pk, parts, now) if told else quote


def _is_asked(quote: CheckoutQuote, parts: Mapping[str, Any]) -> bool:
    """Prices with VAT in them aren't sales tax's; what is handed over is taxed where that is, by our own tables."""
    way = quote.chosen
    return (
        way is not None
        and way.id is not None
        and way.kind.is_sent
        and parts["country"] == "US"
        and not (way.terms.tax.included or way.terms.tax.relief)
    )


def _amounts(quote: CheckoutQuote) -> tuple[int, int, int]:
    """Wine after discounts, delivery, handling."""
    return (quote.wine + quote.discount).minor, quote.shipping.minor, 0


def _key(
    who: Connected,
    page: OfferPage,
    quote: CheckoutQuote,
    customer_id: int,
    parts: Mapping[str, Any],
    now: datetime,
) -> str:
    lines = page.cart.lines if page.cart else ()
    facts = [
        customer_id,
        local_time(now).date().isoformat(),
        [parts[name] or "" for name in _PARTS],
        sorted((line.item.sku_id, line.quantity, line.amount.minor) for line in lines),
        _amounts(quote),
    ]
    return question_key(who, facts)


def _sale(
    who: Connected,
    page: OfferPage,
    quote: CheckoutQuote,
    customer: Customer,
    parts: Mapping[str, Any],
    now: datetime,
) -> AskedSale:
    """The cart as the service is asked about it; one statement."""
    if page.cart is None:
        raise ValueError("a checkout needs a cart")
    lines, today = page.cart.lines, local_time(now).date()
    skus = Sku.objects.select_related("vintage__wine").in_bulk([line.item.sku_id for line in lines])
    offs = share_minor(-quote.discount.minor, [line.amount.minor for line in lines])
    recipient = _party(parts)
    return AskedSale(
        key=page.cart.reference,
        customer_key=customer.reference,
        sold_on=today,
        ships_on=today,
        sold_by=SoldBy.INTERNET,
        buyer=replace(
            recipient,
            first_name=customer.first_name or recipient.first_name,
            last_name=customer.last_name or recipient.last_name,
            company="",
        ),
        recipient=recipient,
        sender=sender_of(who.setup),
        items=tuple(
            item_of(
                skus[line.item.sku_id],
                quantity=line.quantity,
                unit_price_minor=line.item.price.minor,
                discount_minor=off,
            )
            for line, off in zip(lines, offs, strict=True)
        ),
        currency=quote.total.currency,
        shipping_minor=quote.shipping.minor,
    )


def _party(parts: Mapping[str, Any]) -> Party:
    first, _, last = str(parts["recipient"] or "").rpartition(" ")
    columns: dict[str, Any] = {name: parts[name] or "" for name in (*_PARTS, "company")}
    return Party(first_name=first or last, last_name=last, **columns)


def _with_rule(page: OfferPage, quote: CheckoutQuote, rule: TaxRule) -> CheckoutQuote:
    way = quote.chosen
    if way is None or page.cart is None:
        return quote
    wine, shipping, _ = _amounts(quote)
    taxes = tax_lines(rule, Sale(wine, shipping, bottles=bottles_of(page.cart)))
    tax = Money(added_minor(taxes), quote.total.currency)
    taxed = replace(way, tax=tax, taxes=taxes, terms=replace(way.terms, tax=rule))
    return replace(
        quote,
        chosen=taxed,
        methods=[taxed if one.reference == way.reference else one for one in quote.methods],
        tax=tax,
        taxes=taxes,
        total=quote.total - quote.tax + tax,
    )
