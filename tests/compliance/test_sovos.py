"""ShipCompliant keeps the contract, and does what only it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.compliance.contract import CABERNET, ServiceContract, a_sale
from tests.compliance.sovos import ShipCompliantThere, connected
from tirage.compliance.protocol import ServiceRefused, ServiceSilent
from tirage.integrations.sovos.service import ShipCompliant
from tirage.integrations.sovos.telling import verdict_in

pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.fixture
def there(settings: Any) -> Iterator[ShipCompliantThere]:
    with connected(ShipCompliantThere(), settings) as one:
        yield one


@pytest.fixture
def service(there: ShipCompliantThere) -> ShipCompliant:
    return ShipCompliant()


class TestShipCompliant(ServiceContract):
    # 190 and 250 of wine, 25 of shipping, at 7.75 %, each rounded: 14.73 + 19.38 + 1.94
    total_minor = 36_05


def test_a_sale_is_told_in_its_words(service: ShipCompliant, there: ShipCompliantThere) -> None:
    service.check(a_sale())
    order = there.orders["ORD-7K2M9QXA"]
    shipment = order["shipments"][0]
    assert (order["orderType"], order["salesTaxCollected"]) == ("Internet", 35.96)
    assert order["billTo"]["dateOfBirth"] == "1980-02-29T00:00:00Z"
    assert (shipment["shipTo"]["zip1"], shipment["shipTo"]["zip2"]) == ("94559", "1234")
    assert (shipment["shippingService"], shipment["shipping"]) == ("FEX", 25.0)
    assert shipment["shipmentItems"][0] == {
        "brandKey": "ridge-house",
        "productKey": "CAB23",
        "productQuantity": 2,
        "productUnitPrice": 100.0,
        "discounts": [{"amount": 10.0, "code": "discount", "type": "Amount"}],
    }


def test_shipped_is_told_with_its_number(service: ShipCompliant, there: ShipCompliantThere) -> None:
    service.commit(a_sale(tracking="771234"))
    shipment = there.orders["ORD-7K2M9QXA"]["shipments"][0]
    assert shipment["shipmentStatus"] == "Shipped" and shipment["packages"] == [{"trackingNumber": "771234"}]


def test_a_fee_of_the_law_is_told_beside_the_tax(service: ShipCompliant, there: ShipCompliantThere) -> None:
    sale = a_sale()
    due = service.quote(replace(sale, recipient=replace(sale.recipient, state="CO")), seconds=5)
    assert [(fee.name, fee.amount_minor) for fee in due.fees] == [("Retail Delivery Fee", 29)]


def test_limits_are_said_with_how_much_it_is_over(service: ShipCompliant, there: ShipCompliantThere) -> None:
    there.most = 2
    assert service.check(a_sale()).reasons == (
        "The customer's volume limit is exceeded (over the limit by 1 bottles).",
    )


def test_a_wine_that_is_not_registered_is_named(service: ShipCompliant, there: ShipCompliantThere) -> None:
    there.products = {"CAB23"}
    assert service.check(a_sale(items=(CABERNET,))).passed
    with pytest.raises(ServiceRefused, match="ShipCompliant refused: Product CAB23M was not found"):
        service.check(a_sale())


def test_counters_come_nearest_first_with_their_hours(
    service: ShipCompliant, there: ShipCompliantThere
) -> None:
    found = service.places(a_sale().recipient, carrier="fedex", miles=10, seconds=5)
    assert [place.name for place in found] == ["FedEx at the Pharmacy", "FedEx Ship Center"]
    assert found[0].hours == ("Monday 9:00 am to 6:30 pm",) and found[0].postal_code == "94559-1234"
    assert len(service.places(a_sale().recipient, carrier="ups", miles=50, seconds=5)) == 3
    assert service.places(a_sale().recipient, carrier="gls", miles=10, seconds=5) == []


def test_a_failure_may_come_with_a_good_status(service: ShipCompliant, there: ShipCompliantThere) -> None:
    error = {"message": "The service is being updated.", "type": "Server", "target": "Null"}
    there.troubles = [(200, {"responseStatus": "Failure", "errors": [error]})]
    with pytest.raises(ServiceSilent):
        service.check(a_sale())
    there.troubles = [(200, {"responseStatus": "Failure", "errors": [{**error, "type": "Validation"}]})]
    with pytest.raises(ServiceRefused, match="being updated"):
        service.check(a_sale())


@pytest.mark.parametrize("status", ["Compliant", "NotCompliant"])
def test_one_shipment_that_fails_fails_the_order(status: str) -> None:
    shipments = [{"key": "1", "complianceStatus": "NotCompliant", "rules": None}]
    answer = {"salesOrder": {"key": "1", "complianceStatus": status, "shipments": shipments}}
    verdict = verdict_in(answer, a_sale())
    assert not verdict.passed and verdict.reasons == (
        "ShipCompliant doesn’t let it ship, and names no rule.",
    )
