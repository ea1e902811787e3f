"""Addresses of the tour through a release."""

from django.urls import path

from tirage.backoffice.tour import views

urlpatterns = [
    path("tour/", views.tour_page, name="tour"),
    path("tour/step/", views.tour_step, name="tour_step"),
    path("tour/leave/", views.tour_leave, name="tour_leave"),
]
