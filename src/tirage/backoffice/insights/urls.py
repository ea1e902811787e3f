"""Addresses of Insights; each page's folder has its own, included here."""

from django.urls import include, path

from tirage.backoffice.insights import places, views

urlpatterns = [
    path("", include("tirage.backoffice.insights.clusters.urls")),
    path("", include("tirage.backoffice.insights.events.urls")),
    path("", include("tirage.backoffice.insights.tours.urls")),
    path("insights/", views.insights, name="insights"),
    path("", include("tirage.backoffice.insights.notes.urls")),
    path("insights/export/<slug:kind>/", views.export, name="insights_export"),
    path("insights/places/", places.saved_places, name="saved_places"),
    path("insights/places/new/", places.new_place, name="draw_place"),
    path("insights/places/<slug:reference>/delete/", places.delete_place, name="delete_saved_place"),
    path("insights/where-to-go/", views.quadrant, name="insight_quadrant"),
]
