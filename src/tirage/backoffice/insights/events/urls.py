"""Addresses of events."""

from django.urls import path

from tirage.backoffice.insights.events import acts, views

urlpatterns = [
    path("insights/events/", views.event_plans, name="event_plans"),
    path("insights/events/new/", views.new_event_plan, name="new_event_plan"),
    path("insights/events/<slug:reference>/", views.event_plan, name="event_plan"),
    path("insights/events/<slug:reference>/edit/", views.edit_event_plan, name="edit_event_plan"),
    path("insights/events/<slug:reference>/calendar/", views.event_calendar, name="event_calendar"),
    path("insights/events/<slug:reference>/venues/", acts.add_venue, name="add_event_venue"),
    path(
        "insights/events/<slug:reference>/venues/<slug:venue>/remove/",
        acts.remove_venue,
        name="remove_event_venue",
    ),
    path("insights/events/<slug:reference>/place/", acts.place, name="place_event"),
    path("insights/events/<slug:reference>/guests/", acts.keep_guests, name="keep_event_guests"),
    path("insights/events/<slug:reference>/remove/", acts.remove, name="remove_event_plan"),
    path("insights/events/<slug:reference>/restore/", acts.restore, name="restore_event_plan"),
]
