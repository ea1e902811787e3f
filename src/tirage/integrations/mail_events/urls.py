"""The address that a mail provider tells us at; there while a secret for it is set."""

from django.urls import path

from tirage.integrations.mail_events import views

app_name = "mail_events"
urlpatterns = [path("", views.told, name="told")]
