"""The first page, and the search over everything."""

from django.urls import path

from tirage.backoffice.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
]
