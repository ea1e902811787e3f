"""The one rate that a destination had becomes a row of the table of taxes: all is taxed as before, to the cent."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tirage.taxes.book import current_book
from tirage.taxes.models import TaxRate
from tirage.taxes.protocol import TaxKind, TaxPlace, added_minor
from tirage.taxes.rules import Sale, TaxRule, tax_lines

BEFORE, AFTER = "0014_days_of_pickups", "0015_taxes_of_tables"
#: Country, state, millionths, whether delivery is taxed, whether somebody looked it up.
PLACES = (
    ("US", "CA", 72_500, False, True),
    ("US", "NY", 88_750, True, False),
    ("US", "NH", 0, False, True),
    ("US", "OR", 0, False, False),
    ("GB", "", 200_000, True, True),
    ("CA", "", 50_000, True, True),
    ("CA", "BC", 0, False, False),
)
SALE = Sale(216_37, 28_19)
DAY = date(2026, 11, 30)


def to(name: str) -> Any:
    """The models of delivery and taxes at a migration, and the database there."""
    executor = MigrationExecutor(connection)
    executor.migrate([("delivery", name)])
    nodes = [("delivery", name), ("taxes", "0004_elsewhere")]
    return MigrationExecutor(connection).loader.project_state(nodes).apps


def as_it_was(country: str, state: str) -> int:
    """What the place's own rate came to: the state's, or its country's where the state was no destination."""
    rates = {(one[0], one[1]): one for one in PLACES}
    _, _, ppm, on_shipping, _ = rates.get((country, state)) or rates[country, ""]
    return added_minor(tax_lines(TaxRule(ppm, on_shipping), SALE))


@pytest.mark.django_db(transaction=True)
def test_every_place_is_taxed_as_before() -> None:
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        old = to(BEFORE)
        for country, state, ppm, on_shipping, checked in PLACES:
            old.get_model("delivery", "Destination").objects.create(
                country=country,
                state=state,
                name=f"Place {country} {state}",
                is_open=True,
                tax_rate_ppm=ppm,
                taxes_shipping=on_shipping,
                source="A letter",
                checked_on=DAY if checked else None,
            )
        sonoma = {
            "county": "Sonoma",
            "name": "Sonoma, whole",
            "rate_ppm": 90_000,
            "reference": "TXR-SONOMA22",
        }
        old.get_model("taxes", "TaxRate").objects.create(country="US", state="CA", **sonoma)
    finally:
        MigrationExecutor(connection).migrate(leaves)
    book = current_book()

    def owed(country: str, state: str, postal_code: str = "") -> int:
        rule = book.rule(TaxPlace(country, state, postal_code=postal_code), DAY)
        return added_minor(tax_lines(rule, SALE))

    for country, state, *_ in PLACES:
        assert owed(country, state) == as_it_was(country, state), (country, state)
    assert owed("CA", "ON") == as_it_was("CA", "ON") > 0, "a province of a country with one rate"
    assert owed("US", "CA", "95448") == 19_47, "where a row holds it holds alone, as before"
    assert owed("US", "CA", "94110") == as_it_was("US", "CA")
    rows = TaxRate.objects.filter(elsewhere=True)
    assert set(rows.values_list("country", "state")) == {
        *((country, state) for country, state, *_ in PLACES if state != "OR")
    }
    british = rows.get(country="GB")
    assert (british.kind, british.source, british.checked_on) == (TaxKind.SALES, "A letter", DAY)


@pytest.mark.django_db(transaction=True)
def test_prices_with_vat_in_them_keep_theirs() -> None:
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        old = to(BEFORE)
        old.get_model("taxes", "TaxSetup").objects.create(
            pk=1, revision="old", country="FR", prices_include_vat=True
        )
        old.get_model("delivery", "Destination").objects.create(
            country="DE", name="Germany", is_open=True, tax_rate_ppm=190_000
        )
    finally:
        MigrationExecutor(connection).migrate(leaves)
    before = tax_lines(TaxRule(190_000, False, included=True), SALE)
    (line,) = tax_lines(current_book().rule(TaxPlace("DE"), DAY), SALE)
    assert (line.amount_minor, line.base_minor, line.name, line.included) == (
        before[0].amount_minor,
        before[0].base_minor,
        "VAT 19 %",
        True,
    )
