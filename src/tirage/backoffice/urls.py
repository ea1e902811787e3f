"""The back office, one place after the other. Every view is guarded by ``staff_required``; a test proves it."""

from django.urls import include, path

app_name = "backoffice"
urlpatterns = [
    path("", include("tirage.backoffice.home.urls")),
    path("", include("tirage.backoffice.tour.urls")),
    path("", include("tirage.backoffice.waiting.urls")),
    path("", include("tirage.backoffice.standing.urls")),
    path("", include("tirage.backoffice.clubs.urls")),
    path("", include("tirage.backoffice.segments.urls")),
    path("", include("tirage.backoffice.insights.urls")),
    path("", include("tirage.backoffice.tiers.urls")),
    path("", include("tirage.backoffice.merging.urls")),
    path("", include("tirage.backoffice.leaving.urls")),
    path("", include("tirage.backoffice.customers.urls")),
    path("", include("tirage.backoffice.futures.urls")),
    path("", include("tirage.backoffice.cellar.urls")),
    path("", include("tirage.backoffice.rehearsals.urls")),
    path("", include("tirage.backoffice.forecasts.urls")),
    path("", include("tirage.backoffice.releases.urls")),
    path("", include("tirage.backoffice.moving.urls")),
    path("", include("tirage.backoffice.imports.urls")),
    path("", include("tirage.backoffice.payments.collecting.urls")),
    path("", include("tirage.backoffice.payments.offline.urls")),
    path("", include("tirage.backoffice.payments.findings.urls")),
    path("", include("tirage.backoffice.payments.urls")),
    path("", include("tirage.backoffice.changes.urls")),
    path("", include("tirage.backoffice.compliance.urls")),
    path("", include("tirage.backoffice.packing.urls")),
    path("", include("tirage.backoffice.orders.urls")),
    path("", include("tirage.backoffice.wishes.urls")),
    path("", include("tirage.backoffice.settings.urls")),
    path("", include("tirage.backoffice.frame.urls")),
]
