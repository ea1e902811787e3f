"""Addresses of clusters."""

from django.urls import path

from tirage.backoffice.insights.clusters import views

urlpatterns = [
    path("insights/clusters/", views.clusters, name="clusters"),
]
