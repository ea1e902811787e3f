"""Lists at the newsletter service."""

from django.urls import path

from tirage.backoffice.settings.mailing import runs, views

urlpatterns = [
    path("settings/newsletters/", views.mailing_lists, name="mailing_lists"),
    path("settings/newsletters/new/", views.new_mailing_list, name="new_mailing_list"),
    path("settings/newsletters/runs/<slug:reference>/", runs.run_page, name="mailing_run"),
    path("settings/newsletters/runs/<slug:reference>/stop", runs.stop, name="stop_mailing_run"),
    path("settings/newsletters/runs/<slug:reference>/again", runs.again, name="mailing_run_again"),
    path("settings/newsletters/runs/<slug:reference>/progress", runs.progress, name="mailing_run_progress"),
    path("settings/newsletters/<slug:reference>/", views.mailing_list, name="mailing_list"),
    path("settings/newsletters/<slug:reference>/edit", views.edit_mailing_list, name="edit_mailing_list"),
    path("settings/newsletters/<slug:reference>/told", views.tell_mailing_list, name="tell_mailing_list"),
    path("settings/newsletters/<slug:reference>/sync", views.sync_mailing_list, name="sync_mailing_list"),
    path(
        "settings/newsletters/<slug:reference>/forget", views.forget_mailing_list, name="forget_mailing_list"
    ),
]
