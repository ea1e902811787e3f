"""Signing up, and waiting in line."""

from django.urls import path

from tirage.storefront.joining import views

urlpatterns = [
    path("join/", views.join, name="join"),
    path("join/asked/", views.asked, name="join_asked"),
    path("join/<str:token>/", views.confirm, name="join_confirm"),
    path("waiting/", views.waiting, name="waiting"),
    path("waiting/accept", views.accept, name="waiting_accept"),
    path("waiting/leave", views.leave, name="waiting_leave"),
]
