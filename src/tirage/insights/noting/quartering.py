"""Empty quarters of the list as it stands: gathered by ZIP for ``rules.quarters``."""

from __future__ import annotations

import re

from tirage.core.winery import current_winery
from tirage.insights.noting.scene import Scene
from tirage.insights.rules.quarters import EmptyQuarter, Quarter, empty_quarters
from tirage.insights.statements import _counted, _not_of, rows_of, within
from tirage.places import all_zips, find_zip, income_of_zip
from tirage.segments.compiling.scope import Sql


def find_empty_quarters(scene: Scene) -> list[EmptyQuarter]:
    """The emptiest ZIPs with unmet wishes nearby; customers of now, wishes of the twelve months. For the worker."""
    held = dict(
        rows_of(
            Sql(
                "SELECT p.zip_code, count(*) FROM insights_placement p"
                " WHERE p.country = 'US' AND p.zip_code <> '' AND"
            )
            + _counted(None, scene.tests)
            + Sql("GROUP BY p.zip_code")
        )
    )
    unmet = dict(
        rows_of(
            Sql(
                "SELECT p.zip_code, sum(CAST(w.asked - w.granted AS bigint) * k.units)"
                " FROM wishes_wish w JOIN offers_offeritem i ON i.id = w.offer_item_id"
                " JOIN offers_offer f ON f.id = i.offer_id JOIN catalog_sku k ON k.id = i.sku_id"
                " JOIN insights_placement p ON p.customer_id = w.customer_id"
                " WHERE w.state NOT IN ('withdrawn', 'test') AND w.asked > w.granted"
                " AND p.country = 'US' AND p.zip_code <> '' AND"
            )
            + within("w.made_at", scene.period)
            + _not_of(scene.tests, "f.group_id")
            + Sql("AND")
            + _counted(None, scene.tests)
            + Sql("GROUP BY p.zip_code")
        )
    )
    quarters = [
        Quarter(
            one.zip,
            one.latitude,
            one.longitude,
            income,
            int(held.get(one.zip, 0)),
            int(unmet.get(one.zip, 0)),
        )
        for one in all_zips()
        if one.latitude is not None and one.longitude is not None and (income := income_of_zip(one.zip))
    ]
    return empty_quarters(quarters, winery=winery_point())


def winery_point() -> tuple[float, float] | None:
    """Where the winery is, by the last ZIP in its postal address; None where it names none that is on the map."""
    for code in reversed(re.findall(r"\b\d{5}\b", current_winery().postal_address)):
        place = find_zip(code)
        if place and place.latitude is not None and place.longitude is not None:
            return place.latitude, place.longitude
    return None
