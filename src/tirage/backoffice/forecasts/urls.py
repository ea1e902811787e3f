"""Addresses of what a release is expected to take."""

from django.urls import path

from tirage.backoffice.forecasts import views

urlpatterns = [
    path("releases/<slug:reference>/forecast/", views.forecast, name="forecast"),
    path("releases/<slug:reference>/forecast/maximums/", views.suggest_maximums, name="suggest_maximums"),
]
