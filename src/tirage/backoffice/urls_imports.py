"""Pages that bring lists in."""

from django.urls import path

from tirage.backoffice.views import import_groups, imports

urlpatterns = [
    path("", imports.choose, name="import"),
    path("templates/<slug:kind>.<slug:ending>", imports.template, name="import_template"),
    path("<slug:reference>/", imports.show, name="import_run"),
    path("<slug:reference>/columns", imports.columns, name="import_columns"),
    path("<slug:reference>/groups", import_groups.make_groups, name="import_groups"),
    path("<slug:reference>/progress", imports.progress, name="import_progress"),
    path("<slug:reference>/start", imports.start, name="import_start"),
    path("<slug:reference>/cancel", imports.cancel, name="import_cancel"),
    path("<slug:reference>/problems.csv", imports.problems, name="import_problems"),
]
