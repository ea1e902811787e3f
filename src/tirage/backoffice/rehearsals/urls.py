"""Addresses of rehearsals."""

from django.urls import path

from tirage.backoffice.rehearsals import views

urlpatterns = [
    path("releases/<slug:reference>/rehearsals/", views.rehearsals, name="rehearsals"),
    path("releases/<slug:reference>/rehearsals/start", views.rehearsal_start, name="rehearsal_start"),
    path("releases/rehearsals/<slug:reference>/", views.rehearsal, name="rehearsal"),
    path("releases/rehearsals/<slug:reference>/what-if/", views.what_if, name="what_if"),
    path("releases/rehearsals/<slug:reference>/stop", views.rehearsal_stop, name="rehearsal_stop"),
    path("releases/rehearsals/<slug:reference>/remove", views.rehearsal_remove, name="rehearsal_remove"),
    path(
        "releases/rehearsals/<slug:reference>/progress/", views.rehearsal_progress, name="rehearsal_progress"
    ),
]
