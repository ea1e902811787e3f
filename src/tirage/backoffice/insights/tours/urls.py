"""Addresses of tours."""

from django.urls import path

from tirage.backoffice.insights.tours import views

urlpatterns = [
    path("insights/tours/", views.tours, name="tours"),
    path("insights/tours/new/", views.new_tour, name="new_tour"),
    path("insights/tours/<slug:reference>/", views.tour, name="road_tour"),
    path("insights/tours/<slug:reference>/edit/", views.edit_tour, name="edit_tour"),
    path("insights/tours/<slug:reference>/again/", views.choose_again, name="tour_again"),
    path("insights/tours/<slug:reference>/calendar/", views.tour_calendar, name="tour_calendar"),
    path("insights/tours/<slug:reference>/remove/", views.remove, name="remove_tour"),
    path("insights/tours/<slug:reference>/restore/", views.restore, name="restore_tour"),
]
