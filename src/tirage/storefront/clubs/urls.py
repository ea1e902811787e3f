"""Clubs to join, and one's own."""

from django.urls import path

from tirage.storefront.clubs import views

urlpatterns = [
    path("account/clubs/", views.clubs, name="clubs"),
    path("account/clubs/<str:reference>/", views.join, name="join_club"),
    path("account/clubs/<str:reference>/fee", views.fee, name="club_fee"),
    path("account/clubs/<str:reference>/pause", views.pause_it, name="pause_club"),
    path("account/clubs/<str:reference>/resume", views.resume_it, name="resume_club"),
    path("account/clubs/<str:reference>/leave", views.leave_it, name="leave_club"),
]
