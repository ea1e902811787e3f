"""Addresses of Insights; each page's folder has its own, included here."""

from django.urls import include, path

from tirage.backoffice.insights import views

urlpatterns = [
    path("", include("tirage.backoffice.insights.clusters.urls")),
    path("", include("tirage.backoffice.insights.events.urls")),
    path("", include("tirage.backoffice.insights.tours.urls")),
    path("insights/", views.insights, name="insights"),
    path("", include("tirage.backoffice.insights.notes.urls")),
    path("insights/where-to-go/", views.quadrant, name="insight_quadrant"),
]
