"""Addresses of the test gateway: test orders need them in every shop."""

from django.urls import path

from tirage.integrations.test_gateway.views import authenticate

app_name = "test_gateway"
urlpatterns = [path("authenticate/<str:gateway_reference>/", authenticate, name="authenticate")]
