"""The compliance service."""

from django.urls import path

from tirage.backoffice.settings.compliance import views

urlpatterns = [
    path("settings/compliance/", views.compliance_settings, name="compliance_settings"),
    path("settings/compliance/try", views.try_compliance, name="try_compliance"),
]
