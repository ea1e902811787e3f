"""What every list page shares."""

from django.urls import path

from tirage.backoffice.frame import views

urlpatterns = [
    path("lists/<slug:name>/columns", views.choose_columns, name="columns"),
    path("lists/<slug:name>/choice", views.choose_rows, name="choice"),
]
