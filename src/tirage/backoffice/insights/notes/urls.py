"""Addresses of the analyst's notes and of the empty quarters."""

from django.urls import path

from tirage.backoffice.insights.notes import views

urlpatterns = [
    path("insights/notes/", views.notes, name="insight_notes"),
    path("insights/notes/mail", views.mail, name="insight_notes_mail"),
    path("insights/notes/look", views.look, name="insight_look"),
    path("insights/notes/searches/<slug:reference>/stop", views.stop, name="insight_look_stop"),
    path("insights/notes/searches/<slug:reference>/progress/", views.progress, name="insight_look_progress"),
    path("insights/notes/<slug:reference>/", views.note, name="insight_note"),
    path("insights/notes/<slug:reference>/done", views.done, name="insight_note_done"),
    path("insights/notes/<slug:reference>/dismiss", views.dismiss, name="insight_note_dismiss"),
    path("insights/notes/<slug:reference>/take-up", views.take_up, name="insight_note_take_up"),
    path("insights/empty-quarters/", views.quarters, name="empty_quarters"),
]
