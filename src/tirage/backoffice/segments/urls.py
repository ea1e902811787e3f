"""Addresses of filters, segments and lists."""

from django.urls import path

from tirage.backoffice.segments import views

urlpatterns = [
    path("customers/segments/", views.segments, name="segments"),
    path("customers/segments/build/", views.build, name="build_filter"),
    path("customers/segments/new/", views.new_segment, name="new_segment"),
    path("customers/segments/lists/new/", views.new_list, name="new_list"),
    path("customers/segments/lists/<slug:reference>/", views.customer_list, name="customer_list"),
    path("customers/segments/lists/<slug:reference>/delete/", views.delete_list, name="delete_list"),
    path("customers/segments/<slug:reference>/", views.segment, name="segment"),
    path("customers/segments/<slug:reference>/edit/", views.edit_segment, name="edit_segment"),
    path("customers/segments/<slug:reference>/delete/", views.delete_segment, name="delete_segment"),
    path("customers/<slug:reference>/segments/", views.customer_segments, name="customer_segments"),
]
