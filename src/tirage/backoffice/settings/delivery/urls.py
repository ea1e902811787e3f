"""Where wine may go, how and for how much."""

from django.urls import path

from tirage.backoffice.settings.delivery import views

urlpatterns = [
    path("settings/delivery/", views.delivery, name="delivery"),
    path("settings/delivery/methods/new", views.method, name="delivery_method_new"),
    path("settings/delivery/methods/<slug:reference>/", views.method, name="delivery_method"),
    path("settings/delivery/methods/<slug:reference>/rates", views.rates, name="delivery_rates"),
    path(
        "settings/delivery/methods/<slug:reference>/remove",
        views.remove_method,
        name="delivery_method_remove",
    ),
    path("settings/delivery/zones/new", views.zone, name="delivery_zone_new"),
    path("settings/delivery/zones/<path:name>/", views.zone, name="delivery_zone"),
    path("settings/delivery/zones/<path:name>/remove", views.remove_zone, name="delivery_zone_remove"),
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
