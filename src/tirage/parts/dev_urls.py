"""Addresses that exist only where ``TIRAGE_DEV_PAGES`` is on: urls.py leaves them out elsewhere."""

from django.urls import path

from tirage.parts.dev import show_parts, show_room

urlpatterns = [
    path("dev/parts", show_parts, name="dev_parts"),
    path("dev/parts/<slug:room>", show_room, name="dev_room"),
]
