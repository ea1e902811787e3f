"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, FormPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "settings.delivery"
    pages = (
        ListPage("delivery"),
        FormPage("delivery_method_new", proposes=True),
        FormPage("delivery_zone_new", proposes=True),
        FormPage("delivery_states", edits=("tax-CA", "tax-NY")),
        FormPage("delivery_destination_new", proposes=True),
        FormPage("delivery_method", about="method", edits=("description", "name")),
        FormPage("delivery_rates", about="method", edits=("price-0-0", "price-1-0")),
        FormPage("delivery_rates_new", about="method"),
        FormPage("delivery_rates_from", about="rate table", edits=("price-0-0", "price-1-0")),
        FormPage("delivery_rates_rules", about="rate table", edits=("minimum_minor", "maximum_minor")),
        ListPage("delivery_try"),
        FormPage("delivery_formats", edits=("bottles_1500x1", "weight_1500x1")),
        Act("delivery_rates_remove", about="rate table"),
        FormPage("delivery_import_rates"),
        Act("delivery_take_rates"),
        Act("delivery_method_remove", about="method"),
        FormPage("delivery_zone", about="zone", edits=("name",), named_by="name"),
        Act("delivery_zone_remove", about="zone"),
        FormPage("delivery_country", about="country", edits=("source", "name")),
        FormPage("delivery_destination", about="state", edits=("source", "tax_rate")),
        Part("delivery_export", about="table's file"),
        FormPage("delivery_import", about="table"),
        ListPage("delivery_limits"),
        FormPage("delivery_limit_new", proposes=True),
        FormPage("delivery_limit", about="limit", edits=("source", "amount")),
        Act("delivery_limit_remove", about="limit"),
        ListPage("delivery_limits_starting"),
        FormPage("delivery_limits_import"),
        Act("delivery_limits_take"),
        ListPage("delivery_laws"),
        FormPage("delivery_law_new", about="kind of law", proposes=True),
        FormPage("delivery_law", about="law", edits=("source", "words")),
        Act("delivery_law_remove", about="law"),
        Act("delivery_law_reported", about="law"),
        ListPage("delivery_laws_starting"),
        FormPage("delivery_laws_import"),
        Act("delivery_laws_take"),
        ListPage("delivery_duties"),
        FormPage("delivery_duty_new", proposes=True),
        FormPage("delivery_duty", about="duty", edits=("source", "name")),
        Act("delivery_duty_remove", about="duty"),
        ListPage("delivery_duties_starting"),
        FormPage("delivery_duties_import"),
        Act("delivery_duties_take"),
    )
