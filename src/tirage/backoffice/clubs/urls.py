"""Clubs and their members."""

from django.urls import path

from tirage.backoffice.clubs import views

urlpatterns = [
    path("customers/clubs/", views.clubs, name="clubs"),
    path("customers/clubs/new/", views.edit_club, name="new_club"),
    path("customers/clubs/undo/<slug:reference>", views.undo, name="club_undo"),
    path("customers/clubs/<slug:reference>/", views.club, name="club"),
    path("customers/clubs/<slug:reference>/edit", views.edit_club, name="edit_club"),
    path("customers/clubs/<slug:reference>/join", views.add_member, name="club_add_member"),
    path("customers/clubs/members/<slug:reference>/", views.member_page, name="club_member"),
    path("customers/clubs/members/<slug:reference>/ways", views.choose_ways, name="club_member_ways"),
    path("customers/clubs/members/<slug:reference>/pause", views.pause_it, name="club_member_pause"),
    path("customers/clubs/members/<slug:reference>/resume", views.resume_it, name="club_member_resume"),
    path("customers/clubs/members/<slug:reference>/fee-back", views.give_back, name="club_fee_back"),
    path("customers/clubs/members/<slug:reference>/leave", views.leave_it, name="club_member_leave"),
]
