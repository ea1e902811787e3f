"""The address that Campaign Monitor tells us at; there while a key of its is set."""

from django.urls import path

from tirage.integrations.campaign_monitor import views

app_name = "campaign_monitor"
urlpatterns = [path("<slug:list_id>/<slug:secret>", views.told, name="told")]
