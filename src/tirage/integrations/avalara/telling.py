"""A sale as a transaction of AvaTax, and its answers in ours."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings

from tirage.compliance.protocol import Due, Item, Party, Sale, SoldBy, TaxDue, Verdict
from tirage.core.money import exponent

#: Its tax codes: still, sparkling and fortified wine; shipping by a common carrier; handling.
STILL, SPARKLING, FORTIFIED = "PA2020300", "PA2020301", "PA2020302"
SHIPPING, HANDLING = "FR020100", "OH010000"
_WINES = frozenset({STILL, SPARKLING, FORTIFIED})
#: Kinds of failure in words, where the line says none.
_FAILURES = {
    "BelowLegalDrinkingAge": "The buyer or the recipient is below the legal age.",
    "ShippingProhibitedToAddress": "Wine may not be shipped to this address.",
    "MissingRequiredLicense": "The license that this state asks for is missing.",
    "VolumeLimitExceeded": "It is more than this state lets the customer receive.",
}
_UNJUDGED = {
    "UnsupportedTaxCode": "Avalara can’t judge this wine: its tax code isn’t one of theirs.",
    "UnsupportedAddress": "Avalara can’t judge shipments to this address.",
    "InvalidLine": "Avalara could not read this wine.",
}


def transaction_out(sale: Sale, *, kind: str) -> dict[str, Any]:
    """The sale as a ``CreateTransactionModel``, not committed; ``kind`` is ``SalesOrder`` for a mere question."""
    return {
        "type": kind,
        "companyCode": settings.TIRAGE_AVALARA_COMPANY,
        "code": sale.key,
        "date": sale.sold_on.isoformat(),
        "customerCode": sale.customer_key,
        "currencyCode": sale.currency,
        "purchaseOrderNo": sale.key,
        "commit": False,
        "addresses": {"shipFrom": _address_out(sale.sender), "shipTo": _address_out(sale.recipient)},
        "lines": list(_lines_out(sale)),
        "parameters": list(_parameters_out(sale)),
    }


def _lines_out(sale: Sale) -> Iterable[dict[str, Any]]:
    for number, item in enumerate(sale.items, 1):
        yield {
            "number": str(number),
            "itemCode": item.code[:50],
            "description": item.name[:255],
            "quantity": item.quantity,
            "amount": _amount(item.amount_minor, sale.currency),
            "taxCode": tax_code(item),
            "parameters": list(_bottle_out(item)),
        }
    rest = (("shipping", sale.shipping_minor, SHIPPING), ("handling", sale.handling_minor, HANDLING))
    for name, minor, code in rest:
        if minor:
            yield {
                "number": name,
                "itemCode": name.upper(),
                "description": name.capitalize(),
                "quantity": 1,
                "amount": _amount(minor, sale.currency),
                "taxCode": code,
            }


def tax_code(item: Item) -> str:
    if item.is_fortified:
        return FORTIFIED
    return SPARKLING if item.is_sparkling else STILL


def _bottle_out(item: Item) -> Iterable[dict[str, str]]:
    yield {"name": "ContainerSize", "value": str(item.millilitres), "unit": "millilitre".capitalize()}
    yield {"name": "PackSize", "value": str(item.units), "unit": "Count"}
    if item.alcohol_percent is not None:
        yield {"name": "AlcoholContent", "value": str(item.alcohol_percent), "unit": "Percentage"}


def _parameters_out(sale: Sale) -> Iterable[dict[str, str]]:
    yield {"name": "AlcoholRouteType", "value": "DTC"}
    yield {"name": "RecipientName", "value": sale.recipient.name or sale.buyer.name}
    yield {"name": "ShipDate", "value": sale.ships_on.isoformat()}
    if sale.sold_by is SoldBy.IN_PERSON:
        yield {"name": "SalesLocation", "value": "OnSite"}
    if sale.buyer.born:
        yield {"name": "PurchaserDOB", "value": sale.buyer.born.isoformat()}
    if sale.recipient.born:
        yield {"name": "RecipientDOB", "value": sale.recipient.born.isoformat()}
    if sale.carrier:
        yield {"name": "CarrierCode", "value": sale.carrier.upper()}
    if sale.tracking:
        yield {"name": "TrackingNumber", "value": sale.tracking}


def _address_out(party: Party) -> dict[str, str]:
    return {
        "line1": party.line1[:50],
        "line2": party.line2[:100],
        "city": party.city[:50],
        "region": party.state,
        "postalCode": party.postal_code,
        "country": party.country,
    }


def _amount(minor: int, currency: str) -> float:
    return float(Decimal(minor).scaleb(-exponent(currency)))


def _minor(amount: Any, currency: str) -> int:
    return round(Decimal(str(amount)).scaleb(exponent(currency)))


def due_in(answer: dict[str, Any], sale: Sale) -> Due:
    """The tax of a transaction by jurisdiction; lines without tax aren't told. Raises KeyError and the like for what
    can't be read."""
    total = _minor(answer["totalTax"], sale.currency)
    taxes = [
        TaxDue(
            jurisdiction=str(detail.get("jurisName") or detail.get("taxName") or ""),
            kind="wine" if str(line["lineNumber"]).isdigit() else "shipping",
            base_minor=_minor(detail.get("taxableAmount") or 0, sale.currency),
            rate=Decimal(str(detail.get("rate") or 0)),
            amount_minor=_minor(detail["tax"], sale.currency),
        )
        for line in answer["lines"]
        for detail in line.get("details") or ()
        if detail.get("tax")
    ]
    return Due(total, tuple(taxes))


def verdict_in(answer: dict[str, Any], sale: Sale, due: Due | None) -> Verdict:
    """What the verification says of the wines. Shipping and handling are no alcohol, so that they can't be judged
    stands against nothing; a wine that can't be judged hasn't passed. Raises KeyError and the like for no verdict."""
    compliant = answer["compliant"]
    if not isinstance(compliant, bool):
        raise TypeError("compliant is no verdict")
    names = {str(number): item.name for number, item in enumerate(sale.items, 1)}
    judged = {str(line["lineNumber"]): line for line in answer.get("lines") or ()}
    against = {number: line for number, line in judged.items() if number in names and _is_against(line)}
    missing = [names[number] for number in names if number not in judged]
    reasons = [f"{names[number]}: {_say_line(line)}" for number, line in against.items()]
    reasons += [f"{name}: Avalara says nothing of this wine." for name in missing]
    if not compliant and not reasons and not _only_unjudged(judged, names):
        words = str(answer.get("failureMessages") or answer.get("message") or "it names no rule")
        reasons = [f"Avalara doesn’t let it ship: {words}"[:300]]
    return Verdict(not reasons, tuple(reasons), answer, due)


def _is_against(line: dict[str, Any]) -> bool:
    return bool(line["resultCode"] != "Compliant")


def _only_unjudged(judged: dict[str, dict[str, Any]], names: dict[str, str]) -> bool:
    """Whether all that stands against it are lines that are no wine, and aren't judged therefore."""
    others = [line for number, line in judged.items() if number not in names and _is_against(line)]
    return bool(others) and all(line["resultCode"] == "UnsupportedTaxCode" for line in others)


def _say_line(line: dict[str, Any]) -> str:
    said = str(line.get("failureMessages") or "").strip()
    codes = [str(code) for code in line.get("failureCodes") or ()]
    known = " ".join(_FAILURES[code] for code in codes if code in _FAILURES)
    unjudged = _UNJUDGED.get(str(line["resultCode"]), "")
    return (said or known or unjudged or str(line.get("message") or ", ".join(codes) or "refused"))[:250]
