"""Pages of moving in: what there is to bring, runs over the history, its sums and the name under it."""

from django.urls import path

from tirage.backoffice.moving import runs, views

urlpatterns = [
    path("settings/move-in/", views.move_in, name="move_in"),
    path("settings/move-in/start", runs.start, name="move_start"),
    path("settings/move-in/take-back", runs.take_files_back, name="move_take_back"),
    path("settings/move-in/sums/", views.sums, name="move_sums"),
    path("settings/move-in/sums/behind", views.behind, name="move_behind"),
    path("settings/move-in/sign", views.sign, name="move_sign"),
    path("settings/move-in/open", views.reopen, name="move_open"),
    path("settings/move-in/runs/<slug:reference>/", runs.run, name="move_run"),
    path("settings/move-in/runs/<slug:reference>/progress", runs.progress, name="move_progress"),
    path("settings/move-in/runs/<slug:reference>/stop", runs.stop, name="move_stop"),
    path("settings/move-in/runs/<slug:reference>/go-on", runs.go_on, name="move_go_on"),
]
