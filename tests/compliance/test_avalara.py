"""Avalara keeps the contract, and does what only it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.compliance.avalara import AvalaraThere, connected
from tests.compliance.contract import CABERNET, ServiceContract, a_sale
from tests.compliance.serving import Trouble
from tirage.compliance.protocol import ServiceRefused, ServiceSilent
from tirage.integrations.avalara.service import Avalara
from tirage.integrations.avalara.telling import tax_code, verdict_in

pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.fixture
def there(settings: Any) -> Iterator[AvalaraThere]:
    with connected(AvalaraThere(), settings) as one:
        yield one


@pytest.fixture
def service(there: AvalaraThere) -> Avalara:
    return Avalara()


class TestAvalara(ServiceContract):
    # By line and jurisdiction, each rounded: 11.40 + 3.33, 15.00 + 4.38, 1.50 + 0.44
    total_minor = 36_05


def test_a_sale_is_told_in_its_words(service: Avalara, there: AvalaraThere) -> None:
    service.check(a_sale())
    model = there.transactions["ORD-7K2M9QXA"]["model"]
    assert (model["type"], model["commit"], model["date"]) == ("SalesInvoice", False, "2026-09-01")
    assert {one["name"]: one["value"] for one in model["parameters"]} == {
        "AlcoholRouteType": "DTC",
        "RecipientName": "Ana Costa",
        "ShipDate": "2026-09-08",
        "PurchaserDOB": "1980-02-29",
        "RecipientDOB": "1980-02-29",
        "CarrierCode": "FEDEX",
    }
    cabernet, magnum, shipping = model["lines"]
    assert (cabernet["amount"], cabernet["taxCode"]) == (190.0, "PA2020300")
    assert cabernet["parameters"][-1] == {"name": "AlcoholContent", "value": "14.2", "unit": "Percentage"}
    assert magnum["parameters"][0] == {"name": "ContainerSize", "value": "1500", "unit": "Millilitre"}
    assert (shipping["number"], shipping["amount"], shipping["taxCode"]) == ("shipping", 25.0, "FR020100")


def test_wines_are_taxed_by_their_kind() -> None:
    assert tax_code(CABERNET) == "PA2020300"
    assert tax_code(replace(CABERNET, is_sparkling=True)) == "PA2020301"
    assert tax_code(replace(CABERNET, is_fortified=True)) == "PA2020302"


def test_it_is_registered_before_it_is_committed(service: Avalara, there: AvalaraThere) -> None:
    there.troubles = [None, None, Trouble.CUT]
    with pytest.raises(ServiceSilent):
        service.commit(a_sale())
    assert there.state_of("ORD-7K2M9QXA") == "kept" and there.registered == {"ORD-7K2M9QXA"}
    service.commit(a_sale())
    assert there.state_of("ORD-7K2M9QXA") == "committed"


def test_a_cut_void_is_made_whole_by_the_next(service: Avalara, there: AvalaraThere) -> None:
    service.commit(a_sale())
    there.troubles = [None, Trouble.CUT]
    with pytest.raises(ServiceSilent):
        service.void("ORD-7K2M9QXA")
    service.void("ORD-7K2M9QXA")
    assert there.state_of("ORD-7K2M9QXA") == "void" and there.registered == set()


def test_a_key_without_the_subscription_is_said_so(service: Avalara, there: AvalaraThere) -> None:
    body = {"error": {"code": "SubscriptionRequired", "details": {"message": "AvaAlcohol is required."}}}
    there.troubles = [None, (403, body)]
    with pytest.raises(ServiceRefused, match="subscription"):
        service.check(a_sale())


def test_freight_that_is_not_judged_stands_against_nothing() -> None:
    wine = {"lineNumber": "1", "resultCode": "Compliant"}
    freight = {"lineNumber": "shipping", "resultCode": "UnsupportedTaxCode"}
    sale = a_sale(items=(CABERNET,))
    assert verdict_in({"compliant": False, "lines": [wine, freight]}, sale, None).passed
    assert not verdict_in({"compliant": False, "lines": [wine]}, sale, None).passed


def test_a_wine_that_is_not_judged_has_not_passed() -> None:
    sale = a_sale()
    unjudged = {"lineNumber": "1", "resultCode": "UnsupportedAddress"}
    verdict = verdict_in({"compliant": True, "lines": [unjudged]}, sale, None)
    assert verdict.reasons == (
        "Estate Cabernet 2023: Avalara can’t judge shipments to this address.",
        "Estate Cabernet 2023, 1.5 l: Avalara says nothing of this wine.",
    )
