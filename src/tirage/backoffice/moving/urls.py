"""Pages of moving in: what there is to bring, runs over the history, its sums and the name under it."""

from django.urls import path

from tirage.backoffice.moving import people, runs, views

urlpatterns = [
    path("customers/<slug:reference>/own-data.json", people.own_data_file, name="own_data"),
    path("settings/move-in/", views.move_in, name="move_in"),
    path("settings/move-in/start", runs.start, name="moving_start"),
    path("settings/move-in/cards", runs.look_cards_up, name="moving_cards"),
    path("settings/move-in/take-back", runs.take_files_back, name="moving_take_back"),
    path("settings/move-in/sums/", views.sums, name="moving_sums"),
    path("settings/move-in/sums/behind", views.behind, name="moving_behind"),
    path("settings/move-in/releases/", views.releases, name="moving_releases"),
    path("settings/move-in/sign", views.sign, name="moving_sign"),
    path("settings/move-in/open", views.reopen, name="moving_open"),
    path("settings/move-in/runs/<slug:reference>/", runs.run, name="moving_run"),
    path("settings/move-in/runs/<slug:reference>/progress", runs.progress, name="moving_progress"),
    path("settings/move-in/runs/<slug:reference>/stop", runs.stop, name="moving_stop"),
    path("settings/move-in/runs/<slug:reference>/go-on", runs.go_on, name="moving_go_on"),
]
