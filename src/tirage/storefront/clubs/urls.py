"""Clubs to join, and one's own."""

from django.urls import path

from tirage.storefront.clubs import views
from tirage.storefront.clubs.ways import ways

urlpatterns = [
    path("account/clubs/", views.clubs, name="clubs"),
    path("account/clubs/<str:reference>/", views.join, name="join_club"),
    path("account/clubs/<str:reference>/fee", views.fee, name="club_fee"),
    path("account/clubs/<str:reference>/ways/", ways, name="club_ways"),
    path("account/clubs/<str:reference>/pause", views.pause_it, name="pause_club"),
    path("account/clubs/<str:reference>/resume", views.resume_it, name="resume_club"),
    path("account/clubs/<str:reference>/leave", views.leave_it, name="leave_club"),
]
