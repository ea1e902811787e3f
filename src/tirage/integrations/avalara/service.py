"""Avalara as a compliance service: a sale is a sales invoice of AvaTax, kept uncommitted until it has shipped.

Tax is that of the transaction; whether it may ship is verified of the kept transaction; what counts against a state's
limits is *registered* on its own, after which the transaction is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote as in_path

from django.conf import settings

from tirage.compliance.protocol import (
    Due,
    Party,
    Place,
    Sale,
    ServiceRefused,
    ServiceSilent,
    Verdict,
)
from tirage.integrations.avalara.client import NAME, Refused, ask
from tirage.integrations.avalara.telling import due_in, transaction_out, verdict_in

#: What it calls a transaction that isn't there.
_GONE = frozenset({"EntityNotFoundError", "DocumentNotFoundError", "TransactionNotFound"})
_IS_VOID = frozenset({"InvalidDocumentStatusForCancel", "DocumentCancelled"})
T = TypeVar("T")


class Avalara:
    key = "avalara"
    name = NAME
    finds_places = False
    quotes_fees = False

    @property
    def lacks(self) -> Sequence[str]:
        wanted = {
            "TIRAGE_AVALARA_ACCOUNT": settings.TIRAGE_AVALARA_ACCOUNT,
            "TIRAGE_AVALARA_LICENSE_KEY": settings.TIRAGE_AVALARA_LICENSE_KEY,
            "TIRAGE_AVALARA_COMPANY": settings.TIRAGE_AVALARA_COMPANY,
        }
        return [f"{name} isn’t set." for name, value in wanted.items() if not value]

    def greet(self) -> str:
        """Its ping answers everybody, and says whether the key was known."""
        answer = ask("GET", "utilities/ping")
        if answer.get("authenticated") is not True:
            raise ServiceRefused(
                f"{NAME} doesn’t know the key. Set TIRAGE_AVALARA_ACCOUNT and TIRAGE_AVALARA_LICENSE_KEY."
            )
        return str(answer.get("authenticatedUserName") or settings.TIRAGE_AVALARA_COMPANY)

    def quote(self, sale: Sale, *, seconds: float) -> Due:
        told = transaction_out(sale, kind="SalesOrder")
        answer = ask("POST", "transactions/create?$include=Details", told, seconds=seconds)
        return _read(lambda: due_in(answer, sale))

    def check(self, sale: Sale) -> Verdict:
        kept = self._keep(sale, "Checked before it ships")
        due = _read(lambda: due_in(kept, sale))
        answer = ask("GET", f"{_at(sale.key)}/shipment/verify")
        return _read(lambda: verdict_in(answer, sale, due))

    def commit(self, sale: Sale) -> None:
        """Three calls, each of which may be made again: kept as it went, registered, committed."""
        self._keep(sale, "As it has shipped")
        ask("PUT", f"{_at(sale.key)}/shipment/registration")
        answer = ask("POST", f"{_at(sale.key)}/commit", {"commit": True})
        if answer.get("status") != "Committed":
            raise ServiceSilent

    def void(self, key: str) -> None:
        """No more counted against limits, then void; one that isn't there, or is void already, is fine."""
        try:
            ask("DELETE", f"{_at(key)}/shipment/registration")
        except Refused as refused:
            # What was never registered may be unknown there, or in a state that knows no registration.
            if refused.status not in (404, 409):
                raise
        try:
            ask("POST", f"{_at(key)}/void", {"code": "DocVoided"})
        except Refused as refused:
            if not (refused.status == 404 or refused.codes & (_GONE | _IS_VOID)):
                raise

    def places(self, near: Party, *, carrier: str, miles: int, seconds: float) -> Sequence[Place]:
        return []

    def _keep(self, sale: Sale, why: str) -> dict[str, Any]:
        """Makes the transaction, or adjusts the one that is there."""
        told = {
            "adjustmentReason": "Other",
            "adjustmentDescription": why,
            "createTransactionModel": transaction_out(sale, kind="SalesInvoice"),
        }
        return ask("POST", "transactions/createoradjust?$include=Details", told)


def _at(key: str) -> str:
    company = in_path(settings.TIRAGE_AVALARA_COMPANY, safe="")
    return f"companies/{company}/transactions/{in_path(key, safe='')}"


def _read(read: Callable[[], T]) -> T:
    """What can't be read is no answer."""
    try:
        return read()
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as problem:
        raise ServiceSilent from problem
