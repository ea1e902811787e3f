"""A stand-in for AvaTax and its verification of alcohol shipments, written from their public documentation.

It keeps transactions by their code in their states, and registrations beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.compliance.serving import PASSWORD, USER, Answer, Call, ServiceThere, serving

WINES = {"PA2020300", "PA2020301", "PA2020302"}
#: By jurisdiction; parts of one.
RATES = {"CALIFORNIA": 0.06, "NAPA": 0.0175}


def _refuse(status: int, code: str, message: str) -> Answer:
    detail = {"code": code, "message": message, "faultCode": "Client", "severity": "Error"}
    return Answer(status, {"error": {"code": code, "message": message, "details": [detail]}})


class AvalaraThere(ServiceThere):
    prefix = "/api/v2"

    def __init__(self) -> None:
        super().__init__()
        self.transactions: dict[str, dict[str, Any]] = {}
        self.registered: set[str] = set()

    def state_of(self, key: str) -> str:
        found = self.transactions.get(key)
        states = {"Saved": "kept", "Committed": "committed", "Cancelled": "void"}
        return states[found["status"]] if found else "none"

    def pieces_of(self, key: str) -> dict[str, int]:
        lines = self.transactions[key]["model"]["lines"]
        return {one["itemCode"]: one["quantity"] for one in lines if one["taxCode"] in WINES}

    def counted(self, customer: str) -> int:
        mine = [key for key in self.registered if self.transactions[key]["model"]["customerCode"] == customer]
        return sum(sum(self.pieces_of(key).values()) for key in mine)

    def unauthorised(self, call: Call) -> tuple[int, Any]:
        if call.path == "utilities/ping":
            return 200, {"version": "26.11.0", "authenticated": False, "authenticationType": "None"}
        refused = _refuse(401, "AuthenticationException", "Authentication failed.")
        return refused.status, refused.body

    def answer(self, call: Call) -> tuple[int, Any]:
        match call.method, *call.path.split("/"):
            case "GET", "utilities", "ping":
                return 200, {"version": "26.11.0", "authenticated": True, "authenticatedUserName": "ridge"}
            case "POST", "transactions", "create":
                return 201, self._create(call.body, call.query)
            case "POST", "transactions", "createoradjust":
                return 200, self._create(call.body["createTransactionModel"], call.query, adjusts=call.body)
            case method, "companies", "DEFAULT", "transactions", key, *rest:
                return self._act(method, self._found(key), "/".join(rest), call.body)
        raise _refuse(404, "EntityNotFoundError", "Not found.")

    def _act(self, method: str, found: dict[str, Any], what: str, body: Any) -> tuple[int, Any]:
        key = found["code"]
        match method, what:
            case "POST", "commit":
                if found["status"] == "Cancelled":
                    raise _refuse(400, "InvalidDocumentStatus", "A voided document can't be committed.")
                found["status"] = "Committed"
                return 200, self._shown(found)
            case "POST", "void":
                if found["status"] == "Cancelled":
                    raise _refuse(400, "DocumentCancelled", "The document was voided before.")
                if body != {"code": "DocVoided"}:
                    raise _refuse(400, "ValueRequiredError", "Field code is required.")
                found["status"] = "Cancelled"
                return 200, self._shown(found)
            case "GET", "shipment/verify":
                if found["status"] == "Cancelled":
                    raise _refuse(409, "InvalidTransaction", "The document was voided.")
                return 200, self._verified(found)
            case "PUT", "shipment/registration":
                self.registered.add(key)
                return 204, None
            case "DELETE", "shipment/registration":
                self.registered.discard(key)
                return 204, None
        raise _refuse(404, "EntityNotFoundError", "Not found.")

    def _found(self, key: str) -> dict[str, Any]:
        if key not in self.transactions:
            raise _refuse(404, "EntityNotFoundError", f"Document with code {key} not found.")
        return self.transactions[key]

    def _create(
        self, model: dict[str, Any], query: dict[str, str], adjusts: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        if not model.get("lines"):
            raise _refuse(400, "MissingLine", "A minimum of one line must be provided.")
        if len(model["code"]) > 50:
            raise _refuse(400, "StringLengthError", "Field code must be at most 50 characters.")
        if adjusts is not None and adjusts.get("adjustmentReason") != "Other":
            raise _refuse(400, "EnumerationValueRequired", "AdjustmentReason is required.")
        to = model["addresses"]["shipTo"]
        if not (to["line1"] and to["city"] and to["postalCode"]):
            raise _refuse(400, "InvalidAddress", "The address is not deliverable.")
        made = {"code": model["code"], "type": model["type"], "model": model, "status": "Temporary"}
        if model["type"] == "SalesInvoice":
            made["status"] = "Committed" if model["commit"] else "Saved"
            known = self.transactions.get(model["code"])
            if known and adjusts is None:
                raise _refuse(400, "DocumentCodeConflict", "The document exists.")
            self.transactions[model["code"]] = made
        return self._shown(made, details="Details" in query.get("$include", ""))

    def _shown(self, found: dict[str, Any], details: bool = False) -> dict[str, Any]:
        lines = []
        for line in found["model"]["lines"]:
            parts = [
                {
                    "jurisName": name,
                    "rate": rate,
                    "taxableAmount": line["amount"],
                    "tax": round(line["amount"] * rate + 1e-9, 2),
                }
                for name, rate in RATES.items()
            ]
            tax = round(sum(one["tax"] for one in parts), 2)
            shown = {"lineNumber": line["number"], "lineAmount": line["amount"], "tax": tax}
            lines.append(shown | ({"details": parts} if details else {}))
        return {
            "code": found["code"],
            "type": found["type"],
            "status": found["status"],
            "totalTax": round(sum(line["tax"] for line in lines), 2),
            "lines": lines,
        }

    def _verified(self, found: dict[str, Any]) -> dict[str, Any]:
        model = found["model"]
        named = {one["name"]: one["value"] for one in model["parameters"]}
        if named.get("AlcoholRouteType") not in ("DTC", "Retailer DTC") or not named.get("RecipientName"):
            raise _refuse(409, "InvalidTransaction", "AlcoholRouteType and RecipientName are required.")
        lines = [self._verified_line(found, line) for line in model["lines"]]
        codes = sorted({code for line in lines for code in line["failureCodes"]})
        judged = [line for line in lines if line["resultCode"] != "UnsupportedTaxCode"]
        passed = all(line["resultCode"] == "Compliant" for line in judged)
        return {
            "compliant": passed,
            "message": "Compliant" if passed else "Not compliant",
            "failureMessages": "",
            "failureCodes": codes,
            "warningCodes": ["UnsupportedTaxCode"] if len(judged) < len(lines) else [],
            "lines": lines,
        }

    def _verified_line(self, found: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
        said = {
            "lineNumber": line["number"],
            "resultCode": "Compliant",
            "failureMessages": "",
            "failureCodes": [],
        }
        if line["taxCode"] not in WINES:
            return said | {"resultCode": "UnsupportedTaxCode"}
        named = {one["name"]: one for one in line.get("parameters") or ()}
        if named.get("ContainerSize", {}).get("unit") != "Millilitre" or named["PackSize"]["unit"] != "Count":
            return said | {"resultCode": "InvalidLine", "failureCodes": ["MissingRequiredField"]}
        model = found["model"]
        if model["addresses"]["shipTo"]["region"] in self.closed:
            return said | {"resultCode": "NotCompliant", "failureCodes": ["ShippingProhibitedToAddress"]}
        others = self.counted(model["customerCode"])
        if found["code"] in self.registered:
            others -= sum(self.pieces_of(found["code"]).values())
        if others + sum(self.pieces_of(found["code"]).values()) > self.most:
            return said | {"resultCode": "NotCompliant", "failureCodes": ["VolumeLimitExceeded"]}
        return said


@contextmanager
def connected(there: AvalaraThere, settings: Any) -> Iterator[AvalaraThere]:
    """It serves, and is the service in use."""
    with serving(there) as address:
        settings.TIRAGE_COMPLIANCE_SERVICE = "avalara"
        settings.TIRAGE_AVALARA_ACCOUNT, settings.TIRAGE_AVALARA_LICENSE_KEY = USER, PASSWORD
        settings.TIRAGE_AVALARA_COMPANY = "DEFAULT"
        settings.TIRAGE_AVALARA_API_BASE = address
        yield there
