"""Pages of moving out, everything as one file; and of erasing a customer."""

from django.urls import path

from tirage.backoffice.leaving import erasing, views

urlpatterns = [
    path("customers/erasing/", erasing.asks, name="erasure_asks"),
    path("customers/erasing/<slug:reference>/refuse", erasing.refuse, name="refuse_erasing"),
    path("customers/<slug:reference>/erase/", erasing.erase, name="erase"),
    path("settings/move-out/", views.move_out, name="move_out"),
    path("settings/move-out/begin", views.begin, name="move_out_begin"),
    path("settings/move-out/<slug:reference>/progress", views.progress, name="move_out_progress"),
    path("settings/move-out/<slug:reference>/everything.zip", views.fetch, name="move_out_file"),
    path("settings/move-out/<slug:reference>/let-go", views.let_go, name="move_out_let_go"),
]
