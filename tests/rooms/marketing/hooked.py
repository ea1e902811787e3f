"""The addresses of a shop that has a key of Campaign Monitor's."""

from django.urls import include, path

from tirage.config import urls
from tirage.integrations.campaign_monitor.hooks import PREFIX

urlpatterns = [path(PREFIX, include("tirage.integrations.campaign_monitor.urls")), *urls.urlpatterns]
handler500 = urls.handler500
