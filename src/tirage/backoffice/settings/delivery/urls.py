"""Where wine may go, how and for how much."""

from django.urls import path

from tirage.backoffice.settings.delivery import (
    duties,
    formats,
    labels,
    laws,
    limits,
    locations,
    months,
    rates,
    taxes,
    trying,
    views,
)

urlpatterns = [
    path("settings/delivery/", views.delivery, name="delivery"),
    path("settings/delivery/methods/new", views.method, name="delivery_method_new"),
    path("settings/delivery/methods/<slug:reference>/", views.method, name="delivery_method"),
    path("settings/delivery/methods/<slug:reference>/rates", rates.rates, name="delivery_rates"),
    path(
        "settings/delivery/methods/<slug:reference>/rates/new", rates.begin_rates, name="delivery_rates_new"
    ),
    path(
        "settings/delivery/methods/<slug:reference>/rates/<slug:day>", rates.rates, name="delivery_rates_from"
    ),
    path(
        "settings/delivery/methods/<slug:reference>/rates/<slug:day>/rules",
        rates.rules,
        name="delivery_rates_rules",
    ),
    path(
        "settings/delivery/methods/<slug:reference>/rates/<slug:day>/remove",
        rates.remove_rates,
        name="delivery_rates_remove",
    ),
    path("settings/delivery/formats", formats.formats, name="delivery_formats"),
    path("settings/delivery/try", trying.try_rates, name="delivery_try"),
    path("settings/delivery/rates/import", rates.import_rates, name="delivery_import_rates"),
    path("settings/delivery/rates/take", rates.take_rates, name="delivery_take_rates"),
    path(
        "settings/delivery/methods/<slug:reference>/remove",
        views.remove_method,
        name="delivery_method_remove",
    ),
    path("settings/delivery/zones/new", views.zone, name="delivery_zone_new"),
    path("settings/delivery/zones/<path:name>/", views.zone, name="delivery_zone"),
    path("settings/delivery/zones/<path:name>/remove", views.remove_zone, name="delivery_zone_remove"),
    path("settings/delivery/limits", limits.limits, name="delivery_limits"),
    path("settings/delivery/limits/new", limits.limit, name="delivery_limit_new"),
    path("settings/delivery/limits/starting", limits.starting, name="delivery_limits_starting"),
    path("settings/delivery/limits/import", limits.import_limits, name="delivery_limits_import"),
    path("settings/delivery/limits/take", limits.take_limits, name="delivery_limits_take"),
    path("settings/delivery/limits/<slug:reference>/", limits.limit, name="delivery_limit"),
    path(
        "settings/delivery/limits/<slug:reference>/remove", limits.remove_limit, name="delivery_limit_remove"
    ),
    path("settings/delivery/locations", locations.locations, name="delivery_locations"),
    path("settings/delivery/locations/new", locations.location, name="delivery_location_new"),
    path("settings/delivery/locations/import", locations.import_locations, name="delivery_locations_import"),
    path("settings/delivery/locations/take", locations.take_locations, name="delivery_locations_take"),
    path("settings/delivery/locations/<slug:reference>/", locations.location, name="delivery_location"),
    path("settings/delivery/laws", laws.laws, name="delivery_laws"),
    path("settings/delivery/laws/new/<slug:kind>", laws.new_law, name="delivery_law_new"),
    path("settings/delivery/laws/starting", laws.starting, name="delivery_laws_starting"),
    path("settings/delivery/laws/import", laws.import_laws, name="delivery_laws_import"),
    path("settings/delivery/laws/take", laws.take_laws, name="delivery_laws_take"),
    path("settings/delivery/laws/labels/import", labels.import_labels, name="delivery_labels_import"),
    path("settings/delivery/laws/labels/take", labels.take_labels, name="delivery_labels_take"),
    path("settings/delivery/laws/<slug:reference>/", laws.law, name="delivery_law"),
    path("settings/delivery/laws/<slug:reference>/remove", laws.remove_law, name="delivery_law_remove"),
    path("settings/delivery/laws/<slug:reference>/reported", laws.reported, name="delivery_law_reported"),
    path("settings/delivery/duties", duties.duties, name="delivery_duties"),
    path("settings/delivery/duties/new", duties.duty, name="delivery_duty_new"),
    path("settings/delivery/duties/starting", duties.starting, name="delivery_duties_starting"),
    path("settings/delivery/duties/import", duties.import_duties, name="delivery_duties_import"),
    path("settings/delivery/duties/take", duties.take_duties, name="delivery_duties_take"),
    path("settings/delivery/duties/<slug:reference>/", duties.duty, name="delivery_duty"),
    path("settings/delivery/duties/<slug:reference>/remove", duties.remove_duty, name="delivery_duty_remove"),
    path("settings/delivery/taxes", taxes.taxes, name="delivery_taxes"),
    path("settings/delivery/taxes/months", months.months, name="delivery_months"),
    path(
        "settings/delivery/taxes/months/<slug:table>.<slug:kind>",
        months.month_file,
        name="delivery_month_file",
    ),
    path("settings/delivery/taxes/origin", taxes.setup, name="delivery_tax_setup"),
    path("settings/delivery/taxes/rates/new", taxes.rate, name="delivery_tax_rate_new"),
    path(
        "settings/delivery/taxes/rates/starting", taxes.starting_of_rates, name="delivery_tax_rates_starting"
    ),
    path("settings/delivery/taxes/rates/import", taxes.import_rates, name="delivery_tax_rates_import"),
    path("settings/delivery/taxes/rates/take", taxes.take_rates, name="delivery_tax_rates_take"),
    path("settings/delivery/taxes/rates/<slug:reference>/", taxes.rate, name="delivery_tax_rate"),
    path(
        "settings/delivery/taxes/rates/<slug:reference>/remove",
        taxes.remove_rate,
        name="delivery_tax_rate_remove",
    ),
    path("settings/delivery/taxes/fees/new", taxes.fee, name="delivery_tax_fee_new"),
    path("settings/delivery/taxes/fees/starting", taxes.starting_of_fees, name="delivery_tax_fees_starting"),
    path("settings/delivery/taxes/fees/import", taxes.import_fees, name="delivery_tax_fees_import"),
    path("settings/delivery/taxes/fees/take", taxes.take_fees, name="delivery_tax_fees_take"),
    path("settings/delivery/taxes/fees/<slug:reference>/", taxes.fee, name="delivery_tax_fee"),
    path(
        "settings/delivery/taxes/fees/<slug:reference>/remove",
        taxes.remove_fee,
        name="delivery_tax_fee_remove",
    ),
    path("settings/delivery/states", views.states, name="delivery_states"),
    path("settings/delivery/places/new", views.destination, name="delivery_destination_new"),
    path("settings/delivery/places/<slug:country>/", views.destination, name="delivery_country"),
    path(
        "settings/delivery/places/<slug:country>/<slug:state>/",
        views.destination,
        name="delivery_destination",
    ),
    path("settings/delivery/export/<slug:table>.<slug:kind>", views.export, name="delivery_export"),
    path("settings/delivery/import/<slug:table>", views.import_table, name="delivery_import"),
]
