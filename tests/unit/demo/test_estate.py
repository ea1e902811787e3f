"""The demo winery's wines, offers and shipping tables hold together."""

import pytest

from tirage.demo import estate, shipping, words
from tirage.demo.people import Tier
from tirage.demo.words import DemoItem, DemoOffer, Stage
from tirage.places import STATES, StateKind, validate_address_parts

OFFERS = [(release, offer) for release in words.RELEASES for offer in release.offers]


def test_every_sku_hangs_on_a_vintage_of_a_wine() -> None:
    assert 15 <= len(estate.SKUS) <= 20
    assert len({sku.code for sku in estate.SKUS}) == len(estate.SKUS)
    for sku in estate.SKUS:
        assert estate.wine(sku.wine) and estate.vintage(sku.vintage).year == sku.year
        assert estate.sku(sku.code) is sku
    assert {one.key for one in estate.VINTAGES} == {sku.vintage for sku in estate.SKUS}


def test_prices_and_formats_span_what_the_demo_promises() -> None:
    prices = [sku.price_minor for sku in estate.SKUS]
    assert (min(prices), max(prices)) == (45_00, 650_00)
    assert {(sku.millilitres, sku.units) for sku in estate.SKUS} == {(750, 1), (750, 3), (1500, 1), (3000, 1)}


def test_no_more_is_bottled_than_was_made() -> None:
    for vintage in estate.VINTAGES:
        litres = sum(
            sku.bottled * sku.units * sku.millilitres / 1000
            for sku in estate.SKUS
            if sku.vintage == vintage.key
        )
        assert 0.5 * vintage.cases_made * 9 <= litres <= vintage.cases_made * 9, vintage.key


def test_vintages_have_notes_and_believable_alcohol() -> None:
    for vintage in estate.VINTAGES:
        assert 2 <= vintage.note.count(".") <= 5
        assert 110 <= vintage.alcohol_tenths <= 150


def test_the_estate_has_an_address_that_would_be_accepted() -> None:
    line1, city, state, postal_code, country = estate.ESTATE.address
    assert (
        validate_address_parts(country=country, line1=line1, city=city, state=state, postal_code=postal_code)
        == []
    )


def test_there_are_four_finished_releases_one_open_and_one_draft() -> None:
    stages = [release.stage for release in words.RELEASES]
    assert stages == [*[Stage.FINISHED] * 4, Stage.OPEN, Stage.DRAFT]
    for release in words.RELEASES:
        opens = [release.opens_in_days + offer.opens_later_days for offer in release.offers]
        assert max(opens) < release.closes_in_days
        assert (release.closes_in_days <= 0) == (release.stage is Stage.FINISHED)
        assert (min(opens) < 0) == (release.stage in (Stage.FINISHED, Stage.OPEN))
        assert (max(opens) < 0) == (release.stage is Stage.FINISHED)


@pytest.mark.parametrize(("release", "offer"), OFFERS, ids=[f"{r.name} {o.tier}" for r, o in OFFERS])
def test_the_limits_of_an_offer_can_be_met(release: words.DemoRelease, offer: DemoOffer) -> None:
    assert len({item.sku for item in offer.items}) == len(offer.items)
    for item in offer.items:
        _check_item(item)
    most = sum(item.maximum * estate.sku(item.sku).units for item in offer.items)
    assert offer.bottles_minimum <= most
    assert offer.bottles_maximum is None or offer.bottles_maximum >= offer.bottles_minimum
    if release.stage is not Stage.DRAFT:
        assert offer.title and offer.message and offer.confirmation


def _check_item(item: DemoItem) -> None:
    assert estate.sku(item.sku)
    assert 0 <= item.minimum <= item.maximum
    assert item.default <= item.maximum
    assert item.maximum + item.wish > 0
    assert item.minimum % item.multiple == item.maximum % item.multiple == item.default % item.multiple == 0


def test_every_offer_goes_to_an_allocation_group() -> None:
    allocation = {group.tier for group in words.GROUPS if group.kind == "allocation"}
    assert {offer.tier for _, offer in OFFERS} <= allocation
    assert {group.tier for group in words.GROUPS} == set(Tier) - {Tier.NONE}
    assert [group.tier for group in words.GROUPS if group.is_default] == [Tier.WAITING]
    assert [group.discount_bp for group in words.GROUPS if group.tier is Tier.EMPLOYEE] == [3_000]


def test_words_for_customers_keep_their_voice() -> None:
    for _, offer in OFFERS:
        for text in (offer.title, offer.message, offer.confirmation):
            assert "!" not in text and "  " not in text and text == text.strip()


def test_every_state_is_a_destination_with_a_date_and_a_warning() -> None:
    found = shipping.destinations()
    assert {one.state for one in found} == set(STATES) and len(found) == len(STATES)
    for one in found:
        assert 0 <= one.tax_rate_ppm <= 130_000
        assert "Sample" in one.source and one.checked_on.year == 2026
        assert one.is_open or one.remark
        assert not one.is_open or one.zone in shipping.zones()
        if STATES[one.state].kind is StateKind.STATE:
            assert one.zone
    assert 40 <= sum(one.is_open for one in found) <= 50


def test_rates_grow_with_the_bottles_and_reach_the_largest_offer() -> None:
    largest = max(
        sum(
            item.maximum * estate.sku(item.sku).units * estate.sku(item.sku).millilitres * 1000 // 750
            for item in offer.items
        )
        for _, offer in OFFERS
    )
    keys = {(rate.method, rate.zone) for rate in shipping.rates()}
    for key in keys:
        ladder = [rate for rate in shipping.rates() if (rate.method, rate.zone) == key]
        assert [rate.up_to_milli for rate in ladder] == sorted({rate.up_to_milli for rate in ladder})
        assert [rate.price_minor for rate in ladder] == sorted(rate.price_minor for rate in ladder)
        assert ladder[-1].up_to_milli >= largest
    assert {method for method, _ in keys} == {method.key for method in shipping.methods()}
    assert {zone for _, zone in keys} == set(shipping.zones())


def test_every_open_state_can_be_reached_by_a_method_all_may_choose() -> None:
    rated = {(rate.method, rate.zone) for rate in shipping.rates()}
    for place in shipping.destinations():
        if place.is_open:
            assert any(
                method.kind == "ship"
                and method.visibility == "all"
                and place.state not in method.closed_states
                and (method.key, place.zone) in rated
                for method in shipping.methods()
            ), place.name


def test_what_is_not_shipped_names_where_it_is_handed_over() -> None:
    for method in shipping.methods():
        assert (method.kind == "ship") == (method.handover is None)
