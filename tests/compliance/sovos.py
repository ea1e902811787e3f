"""A stand-in for ShipCompliant, written from the public description of its REST API (version 1).

It keeps sales orders by their key, judges them by two rules, taxes wine and freight, and knows two carriers' counters.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.compliance.serving import PASSWORD, USER, Answer, Call, ServiceThere, serving

RATE = 7.75


def _refuse(status: int, target: str, message: str, kind: str = "Validation") -> Answer:
    error = {"code": "1", "key": "", "message": message, "target": target, "type": kind, "statusCode": status}
    return Answer(status, {"errors": [error], "responseStatus": "Failure", "statusCode": status})


class ShipCompliantThere(ServiceThere):
    prefix = "/api/v1"

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.committed: set[str] = set()
        #: Product keys that are registered there.
        self.products: set[str] | None = None

    def state_of(self, key: str) -> str:
        if key not in self.orders:
            return "none"
        return "committed" if key in self.committed else "kept"

    def pieces_of(self, key: str) -> dict[str, int]:
        items = self.orders[key]["shipments"][0]["shipmentItems"]
        return {one["productKey"]: one["productQuantity"] for one in items}

    def counted(self, customer: str) -> int:
        mine = [key for key in self.committed if self.orders[key]["customerKey"] == customer]
        return sum(sum(self.pieces_of(key).values()) for key in mine)

    def unauthorised(self, call: Call) -> tuple[int, Any]:
        refused = _refuse(401, "Null", "Invalid user name or password.", "Authentication")
        return refused.status, refused.body

    def answer(self, call: Call) -> tuple[int, Any]:
        match call.method, *call.path.split("/"):
            case "POST", "salesOrders", "quote":
                return 200, self._judged(self._read(call.body))
            case "POST", "salesOrders", "check-compliance":
                return 200, self._judged(self._kept(call.body))
            case "POST", "salesOrders", "check-commit":
                if call.body["commitOption"] not in ("AllShipments", "CompliantShipments"):
                    raise _refuse(400, "SalesOrder", "CommitOption is unknown.")
                order = self._kept(call.body, commits=True)
                self.committed.add(order["salesOrderKey"])
                return 200, self._judged(order)
            case "GET", "salesOrders", key:
                return 200, {"salesOrder": self._found(key), "responseStatus": "Success", "statusCode": 200}
            case "DELETE", "salesOrders", key:
                self._found(key)
                del self.orders[key]
                self.committed.discard(key)
                return 200, {"responseStatus": "Success", "statusCode": 200}
            case "GET", "holdLocations", ("FedEx" | "UPS") as carrier:
                return 200, {"locations": self._places(carrier, call.query), "responseStatus": "Success"}
        raise _refuse(404, "Null", "Not found.", "Request")

    def _found(self, key: str) -> dict[str, Any]:
        if key not in self.orders:
            raise _refuse(404, "SalesOrder", "Sales order was not found.")
        return self.orders[key]

    def _read(self, body: dict[str, Any]) -> dict[str, Any]:
        order: dict[str, Any] = body["salesOrder"]
        for name in ("billTo", "customerKey", "orderType", "purchaseDate", "salesOrderKey", "shipments"):
            if not order.get(name):
                raise _refuse(400, "SalesOrder", f"{name} is required.")
        for shipment in order["shipments"]:
            for name in ("licenseRelationship", "shipDate", "shippingService", "shipmentStatus", "shipTo"):
                if not shipment.get(name):
                    raise _refuse(400, "Shipment", f"{name} is required.")
            if not shipment["shipTo"].get("street1"):
                raise _refuse(400, "Address", "Street1 is required.")
            for item in shipment["shipmentItems"]:
                if self.products is not None and item["productKey"] not in self.products:
                    raise _refuse(400, "Product", f"Product {item['productKey']} was not found.")
        return order

    def _kept(self, body: dict[str, Any], commits: bool = False) -> dict[str, Any]:
        order = self._read(body)
        key = order["salesOrderKey"]
        if key in self.orders and body.get("persistOption") != "OverrideExisting":
            raise _refuse(400, "SalesOrder", "Sales order already exists.")
        self.orders[key] = order
        if not commits:
            self.committed.discard(key)
        return order

    def _judged(self, order: dict[str, Any]) -> dict[str, Any]:
        shipment = order["shipments"][0]
        rules = self._rules(order, shipment)
        passed = all(one["complianceStatus"] == "Compliant" for one in rules)
        status = "Compliant" if passed else "NotCompliant"
        judged = {"key": shipment["shipmentKey"], "complianceStatus": status, "rules": rules}
        return {
            "salesOrder": {
                "key": order["salesOrderKey"],
                "complianceStatus": status,
                "shipments": [judged],
                "salesTaxRates": self._taxes(shipment),
            },
            "responseStatus": "Success",
            "statusCode": 200,
        }

    def _rules(self, order: dict[str, Any], shipment: dict[str, Any]) -> list[dict[str, Any]]:
        state = shipment["shipTo"]["state"]
        pieces = sum(item["productQuantity"] for item in shipment["shipmentItems"])
        others = sum(
            sum(self.pieces_of(key).values())
            for key in self.committed - {order["salesOrderKey"]}
            if self.orders[key]["customerKey"] == order["customerKey"]
        )
        over = others + pieces - self.most
        return [
            {
                "ruleType": "Prohibited",
                "ruleDescription": "Shipping to consumers",
                "complianceDescription": f"Wine may not be shipped to consumers in {state}.",
                "complianceStatus": "NotCompliant" if state in self.closed else "Compliant",
                "complianceDetails": [],
            },
            {
                "ruleType": "VolumeLimit",
                "ruleDescription": "Volume limit",
                "complianceDescription": "The customer's volume limit is exceeded.",
                "complianceStatus": "NotCompliant" if over > 0 else "Compliant",
                "complianceDetails": [{"type": "VolumeOverLimit", "value": f"{over} bottles"}]
                if over > 0
                else [],
            },
        ]

    def _taxes(self, shipment: dict[str, Any]) -> dict[str, Any]:
        products, total = [], 0.0
        for item in shipment["shipmentItems"]:
            off = sum(one["amount"] for one in item.get("discounts") or ())
            due = round((item["productQuantity"] * item["productUnitPrice"] - off) * RATE / 100 + 1e-9, 2)
            total += due
            products.append({"productKey": item["productKey"], "salesTaxRate": RATE, "salesTaxDue": due})
        freight = round(
            ((shipment.get("shipping") or 0) + (shipment.get("handling") or 0)) * RATE / 100 + 1e-9, 2
        )
        is_colorado = shipment["shipTo"]["state"] == "CO"
        return {
            "recommendedSalesTaxDue": round(total + freight, 2),
            "retailDeliveryFees": [{"name": "Retail Delivery Fee", "feeAmount": 0.29}] if is_colorado else [],
            "shipmentSalesTaxRates": [
                {
                    "shipmentKey": shipment["shipmentKey"],
                    "freightSalesTaxRate": {"salesTaxRate": RATE, "salesTaxDue": freight},
                    "productSalesTaxRates": products,
                }
            ],
        }

    def _places(self, carrier: str, query: dict[str, str]) -> list[dict[str, Any]]:
        wanted = ("zipCode", "streetAddress", "city", "countryCode", "stateOrProvince")
        if missing := [name for name in wanted if not query.get(name)]:
            raise _refuse(400, "HoldLocation", f"{missing[0]} is required.")
        hours = {"operationalHoursType": "OpenByHours", "openingTime": "09:00:00", "closingTime": "18:30:00"}
        near = [
            (f"{carrier} Ship Center", 1.2),
            (f"{carrier} at the Pharmacy", 0.4),
            (f"{carrier} Depot", 40.0),
        ]
        return [
            {
                "distanceMiles": miles,
                "companyName": name,
                "street1": "1 Depot Road",
                "street2": None,
                "city": query["city"],
                "stateCode": query["stateOrProvince"],
                "countryCode": query["countryCode"],
                "postalCode": query["zipCode"],
                "phoneNumber": "555-0100",
                "mondayHours": hours,
                "sundayHours": {
                    "operationalHoursType": "ClosedAllDay",
                    "openingTime": None,
                    "closingTime": None,
                },
            }
            for name, miles in near
            if miles <= float(query.get("searchRadius", 10))
        ]


@contextmanager
def connected(there: ShipCompliantThere, settings: Any) -> Iterator[ShipCompliantThere]:
    """It serves, and is the service in use."""
    with serving(there) as address:
        settings.TIRAGE_COMPLIANCE_SERVICE = "sovos"
        settings.TIRAGE_SOVOS_USER, settings.TIRAGE_SOVOS_PASSWORD = USER, PASSWORD
        settings.TIRAGE_SOVOS_BRAND = "ridge-house"
        settings.TIRAGE_SOVOS_API_BASE = address
        yield there
