"""Standing orders and their runs."""

from django.urls import path

from tirage.backoffice.standing import runs, views

urlpatterns = [
    path("customers/standing/", views.standing_list, name="standing_orders"),
    path("customers/standing/new/", views.new_standing, name="new_standing"),
    path("customers/standing/runs/", runs.runs, name="standing_runs"),
    path("customers/standing/runs/<slug:reference>/", runs.run_page, name="standing_run"),
    path("customers/standing/runs/<slug:reference>/start", runs.start, name="standing_start"),
    path("customers/standing/runs/<slug:reference>/stop", runs.stop, name="standing_stop"),
    path("customers/standing/runs/<slug:reference>/again", runs.again, name="standing_again"),
    path("customers/standing/runs/<slug:reference>/look", runs.look, name="standing_look"),
    path("customers/standing/runs/<slug:reference>/progress", runs.progress, name="standing_progress"),
    path("customers/standing/<slug:reference>/", views.standing_page, name="standing_order"),
    path("customers/standing/<slug:reference>/pause", views.pause_it, name="standing_order_pause"),
    path("customers/standing/<slug:reference>/resume", views.resume_it, name="standing_order_resume"),
    path("customers/standing/<slug:reference>/end", views.end_it, name="standing_order_end"),
]
