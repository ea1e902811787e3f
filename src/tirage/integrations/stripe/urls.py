"""Addresses of Stripe; there while the shop has a key of Stripe's."""

from django.urls import path

from tirage.integrations.stripe import views

app_name = "stripe"
urlpatterns = [
    path("setup/", views.setup, name="setup"),
    path("confirm/<str:slug>/", views.confirm, name="confirm"),
    path("webhook/", views.webhook, name="webhook"),
]
