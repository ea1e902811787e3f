"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, FormPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "settings.delivery"
    pages = (
        ListPage("delivery"),
        FormPage("delivery_method_new"),
        FormPage("delivery_zone_new"),
        FormPage("delivery_states"),
        FormPage("delivery_destination_new"),
        FormPage("delivery_method", about="method"),
        FormPage("delivery_rates", about="method"),
        Act("delivery_method_remove", about="method"),
        FormPage("delivery_zone", about="zone"),
        Act("delivery_zone_remove", about="zone"),
        FormPage("delivery_country", about="country"),
        FormPage("delivery_destination", about="state"),
        Part("delivery_export", about="table's file"),
        FormPage("delivery_import", about="table"),
    )
