"""The waiting list."""

from django.urls import path

from tirage.backoffice.waiting import bulk, views

urlpatterns = [
    path("customers/waiting/", views.waiting_list, name="waiting_list"),
    *(address for act in bulk.BULK for address in act.urls()),
    path("customers/waiting/next", views.invite_next, name="invite_next"),
    path("customers/waiting/new/", views.new_place, name="new_place"),
    path("customers/waiting/<slug:reference>/", views.place, name="place"),
    path("customers/waiting/<slug:reference>/promote", views.place_promote, name="place_promote"),
    path("customers/waiting/<slug:reference>/back", views.place_back, name="place_back"),
]
