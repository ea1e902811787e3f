"""Addresses of merging two customers."""

from django.urls import path

from tirage.backoffice.merging import views

urlpatterns = [
    path("customers/duplicates/", views.duplicates, name="duplicates"),
    path("customers/<slug:reference>/merge/", views.merge, name="merge"),
    path("customers/<slug:reference>/merged/<slug:former>/", views.end_alias, name="end_alias"),
]
