"""A sale in ShipCompliant's words, and its answers in ours."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from tirage.compliance.protocol import Due, FeeDue, Item, Party, Place, Sale, SoldBy, TaxDue, Verdict
from tirage.core.money import exponent

#: One order is one shipment there: we don't send it in parts.
SHIPMENT = "1"
#: Its codes of carriers' services; ground where the speed isn't known.
_SERVICES = {"fedex": "FEX", "ups": "UPS", "gls": "GSO"}
_DOORS = {
    SoldBy.INTERNET: "Internet",
    SoldBy.TELEPHONE: "Phone",
    SoldBy.CLUB: "Club",
    SoldBy.IN_PERSON: "InPerson",
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: What a detail of a rule that failed means, by its type.
_DETAILS = {
    "BrandNameNotRegistered": "the brand isn’t registered there: {value}",
    "LabelNotRegistered": "the label isn’t registered there: {value}",
    "NextShipDate": "it may ship from {value}",
    "VolumeOverLimit": "over the limit by {value}",
}


def sale_out(sale: Sale, *, status: str = "PaymentAccepted") -> dict[str, Any]:
    """The sale as its ``salesOrder``."""
    return {
        "salesOrderKey": sale.key,
        "customerKey": sale.customer_key,
        "orderType": _DOORS[sale.sold_by],
        "fulfillmentType": "Club" if sale.sold_by is SoldBy.CLUB else "Daily",
        "purchaseDate": _moment(sale.sold_on),
        "salesTaxCollected": _amount(sale.tax_minor, sale.currency),
        "billTo": _party_out(sale.buyer),
        "shipments": [_shipment_out(sale, status)],
    }


def _shipment_out(sale: Sale, status: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "shipmentKey": SHIPMENT,
        "licenseRelationship": settings.TIRAGE_SOVOS_LICENSE,
        "shipDate": _moment(sale.ships_on),
        "shippingService": _SERVICES.get(sale.carrier, settings.TIRAGE_SOVOS_SERVICE),
        "shipmentStatus": status,
        "shipping": _amount(sale.shipping_minor, sale.currency),
        "handling": _amount(sale.handling_minor, sale.currency),
        "giftNote": sale.gift_note,
        "shipTo": _party_out(sale.recipient),
        "shipmentItems": [_item_out(item, sale.currency) for item in sale.items],
    }
    if settings.TIRAGE_SOVOS_FULFILLMENT:
        told["fulfillmentHouse"] = settings.TIRAGE_SOVOS_FULFILLMENT
    if sale.tracking:
        told["packages"] = [{"trackingNumber": sale.tracking}]
    return told


def _item_out(item: Item, currency: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "brandKey": settings.TIRAGE_SOVOS_BRAND,
        "productKey": item.code,
        "productQuantity": item.quantity,
        "productUnitPrice": _amount(item.unit_price_minor, currency),
    }
    if item.discount_minor:
        off = {"amount": _amount(item.discount_minor, currency), "code": "discount", "type": "Amount"}
        told["discounts"] = [off]
    return told


def _party_out(party: Party) -> dict[str, Any]:
    zip1, _, zip2 = party.postal_code.partition("-")
    told = {
        "firstName": party.first_name,
        "lastName": party.last_name,
        "company": party.company,
        "street1": party.line1,
        "street2": party.line2,
        "city": party.city,
        "state": party.state,
        "zip1": zip1.strip(),
        "zip2": zip2.strip(),
        "country": party.country,
        "phone": party.phone,
        "email": party.email,
    }
    return told | ({"dateOfBirth": _moment(party.born)} if party.born else {})


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _amount(minor: int, currency: str) -> float:
    return float(Decimal(minor).scaleb(-exponent(currency)))


def _minor(amount: Any, currency: str) -> int:
    return round(Decimal(str(amount)).scaleb(exponent(currency)))


def verdict_in(answer: dict[str, Any], sale: Sale) -> Verdict:
    """Raises KeyError, TypeError or ValueError for what is no verdict: an order without one hasn't passed."""
    order = answer["salesOrder"]
    status, shipments = order["complianceStatus"], order["shipments"]
    if status not in ("Compliant", "NotCompliant", "Bypassed") or not isinstance(shipments, list):
        raise ValueError(f"an unknown verdict: {status}")
    passed = status != "NotCompliant" and all(
        one["complianceStatus"] in ("Compliant", "Bypassed") for one in shipments
    )
    failed = [
        rule
        for one in shipments
        for rule in one.get("rules") or ()
        if rule.get("complianceStatus") == "NotCompliant"
    ]
    reasons = tuple(dict.fromkeys(_say_rule(rule) for rule in failed))
    if not passed and not reasons:
        reasons = ("ShipCompliant doesn’t let it ship, and names no rule.",)
    rates = order.get("salesTaxRates")
    return Verdict(passed, () if passed else reasons, answer, due_in(rates, sale) if rates else None)


def _say_rule(rule: dict[str, Any]) -> str:
    what = str(rule.get("complianceDescription") or rule.get("ruleDescription") or rule.get("ruleType") or "")
    details = [
        _DETAILS[str(one.get("type"))].format(value=one.get("value"))
        for one in rule.get("complianceDetails") or ()
        if str(one.get("type")) in _DETAILS and one.get("value")
    ]
    words = f"{what.rstrip('.')} ({'; '.join(details)})" if details else what.rstrip(".")
    return f"{words or 'A rule that it doesn’t name'}."[:300]


def due_in(rates: dict[str, Any], sale: Sale) -> Due:
    """The tax of its ``salesTaxRates``: rates by product and freight, as one jurisdiction, since it names none."""
    place, taxes = sale.recipient.state, []
    prices = {item.code: item.amount_minor for item in sale.items}
    for shipment in rates.get("shipmentSalesTaxRates") or ():
        freight = shipment.get("freightSalesTaxRate")
        if freight and freight.get("salesTaxDue"):
            base = sale.shipping_minor + sale.handling_minor
            taxes.append(_tax_in(freight, place, "shipping", base, sale.currency))
        for product in shipment.get("productSalesTaxRates") or ():
            if product.get("salesTaxDue"):
                base = prices.get(str(product.get("productKey")), 0)
                taxes.append(_tax_in(product, place, "wine", base, sale.currency))
    fees = tuple(
        FeeDue(str(fee.get("name") or "Retail delivery fee"), _minor(fee["feeAmount"], sale.currency))
        for fee in rates.get("retailDeliveryFees") or ()
        if fee.get("feeAmount")
    )
    return Due(_minor(rates["recommendedSalesTaxDue"], sale.currency), tuple(taxes), fees)


def _tax_in(found: dict[str, Any], place: str, kind: str, base: int, currency: str) -> TaxDue:
    # A percentage: 7.75 is 7.75 %.
    rate = Decimal(str(found.get("salesTaxRate") or 0)) / 100
    return TaxDue(place, kind, base, rate, _minor(found["salesTaxDue"], currency))


def place_in(found: dict[str, Any]) -> Place:
    hours = [_say_hours(day, found.get(f"{day}Hours") or {}) for day in _DAYS]
    return Place(
        name=str(found.get("companyName") or ""),
        line1=str(found["street1"] or ""),
        line2=str(found.get("street2") or ""),
        city=str(found["city"] or ""),
        state=str(found["stateCode"] or ""),
        postal_code=str(found["postalCode"] or ""),
        country=str(found.get("countryCode") or "US"),
        miles=float(found.get("distanceMiles") or 0),
        telephone=str(found.get("phoneNumber") or ""),
        hours=tuple(filter(None, hours)),
    )


def _say_hours(day: str, hours: dict[str, Any]) -> str:
    opens, closes = hours.get("openingTime"), hours.get("closingTime")
    if not opens or not closes:
        return ""
    return f"{day.capitalize()} {_clock(str(opens))} to {_clock(str(closes))}"


def _clock(text: str) -> str:
    """``9:00 am`` of ``09:00:00``; what is written otherwise stays as it is."""
    try:
        return datetime.strptime(text[:5], "%H:%M").strftime("%I:%M %p").lstrip("0").lower()  # noqa: DTZ007 - a time of day
    except ValueError:
        return text
