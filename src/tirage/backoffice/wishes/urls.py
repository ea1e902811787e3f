"""Wishes."""

from django.urls import path

from tirage.backoffice.wishes import views

urlpatterns = [
    path("wishes/", views.wishes, name="wishes"),
    *views.DECLINING.urls(),
]
