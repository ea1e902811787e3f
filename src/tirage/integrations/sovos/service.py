"""Sovos ShipCompliant as a compliance service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote as in_path
from urllib.parse import urlencode

from django.conf import settings

from tirage.compliance.protocol import Due, Party, Place, Sale, ServiceSilent, Verdict
from tirage.integrations.sovos.client import NAME, Refused, ask
from tirage.integrations.sovos.telling import due_in, place_in, sale_out, verdict_in

#: Its names of carriers that keep parcels.
_CARRIERS = {"fedex": "FedEx", "ups": "UPS"}
#: An address that its post office writes otherwise is judged as it was meant.
_ADDRESSES = {"ignoreStreetLevelErrors": True, "rejectIfAddressSuggested": False}
T = TypeVar("T")


class ShipCompliant:
    key = "sovos"
    name = f"Sovos {NAME}"
    finds_places = True
    quotes_fees = True

    @property
    def lacks(self) -> Sequence[str]:
        wanted = {
            "TIRAGE_SOVOS_USER": settings.TIRAGE_SOVOS_USER,
            "TIRAGE_SOVOS_PASSWORD": settings.TIRAGE_SOVOS_PASSWORD,
            "TIRAGE_SOVOS_BRAND": settings.TIRAGE_SOVOS_BRAND,
        }
        return [f"{name} isn’t set." for name, value in wanted.items() if not value]

    def greet(self) -> str:
        """Asks for an order that can't be: what is said of it tells whether the sign-in is good."""
        try:
            ask("GET", "salesOrders/tirage-none")
        except Refused as refused:
            if refused.status != 404:
                raise
        return settings.TIRAGE_SOVOS_USER

    def quote(self, sale: Sale, *, seconds: float) -> Due:
        told = {"salesOrder": sale_out(sale), "addressOption": _ADDRESSES}
        answer = ask("POST", "salesOrders/quote", told, seconds=seconds)
        return _read(lambda: due_in(answer["salesOrder"]["salesTaxRates"], sale))

    def check(self, sale: Sale) -> Verdict:
        told = {
            "salesOrder": sale_out(sale),
            "addressOption": _ADDRESSES,
            "persistOption": "OverrideExisting",
        }
        answer = ask("POST", "salesOrders/check-compliance", told)
        return _read(lambda: verdict_in(answer, sale))

    def commit(self, sale: Sale) -> None:
        """Checked and committed in one call: what has shipped is reported whatever the check says, and an order that
        was never checked there is made."""
        told = {
            "salesOrder": sale_out(sale, status="Shipped"),
            "addressOption": _ADDRESSES,
            "commitOption": "AllShipments",
            "persistOption": "OverrideExisting",
        }
        answer = ask("POST", "salesOrders/check-commit", told)
        if _read(lambda: str(answer["salesOrder"]["key"])) != sale.key:
            raise ServiceSilent

    def void(self, key: str) -> None:
        try:
            ask("DELETE", f"salesOrders/{in_path(key, safe='')}")
        except Refused as refused:
            if refused.status != 404:
                raise

    def places(self, near: Party, *, carrier: str, miles: int, seconds: float) -> Sequence[Place]:
        if carrier not in _CARRIERS:
            return []
        asked = {
            "zipCode": near.postal_code,
            "streetAddress": near.line1,
            "city": near.city,
            "stateOrProvince": near.state,
            "countryCode": near.country,
            "searchRadius": miles,
        }
        answer = ask("GET", f"holdLocations/{_CARRIERS[carrier]}?{urlencode(asked)}", seconds=seconds)
        found = _read(lambda: [place_in(one) for one in answer.get("locations") or ()])
        return sorted(found, key=lambda place: place.miles)


def _read(read: Callable[[], T]) -> T:
    """What can't be read is no answer."""
    try:
        return read()
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as problem:
        raise ServiceSilent from problem
