"""Pages that bring lists in."""

from django.urls import path

from tirage.backoffice.imports.views import groups, runs

urlpatterns = [
    path("settings/import/", runs.choose, name="import"),
    path("settings/import/templates/<slug:kind>.<slug:ending>", runs.template, name="import_template"),
    path("settings/import/<slug:reference>/", runs.show, name="import_run"),
    path("settings/import/<slug:reference>/columns", runs.columns, name="import_columns"),
    path("settings/import/<slug:reference>/groups", groups.make_groups, name="import_groups"),
    path("settings/import/<slug:reference>/progress", runs.progress, name="import_progress"),
    path("settings/import/<slug:reference>/answers", runs.answer, name="import_answers"),
    path("settings/import/<slug:reference>/start", runs.start, name="import_start"),
    path("settings/import/<slug:reference>/cancel", runs.cancel, name="import_cancel"),
    path("settings/import/<slug:reference>/problems.csv", runs.problems, name="import_problems"),
]
