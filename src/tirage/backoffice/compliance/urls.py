"""Orders that wait until they may ship."""

from django.urls import path

from tirage.backoffice.compliance import views

urlpatterns = [
    path("compliance/", views.compliance, name="compliance"),
    path("orders/<slug:reference>/compliance", views.order_compliance, name="order_compliance"),
    path("orders/<slug:reference>/compliance/again", views.again, name="order_compliance_again"),
]
