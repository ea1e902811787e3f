"""The addresses of a shop that has a key of Stripe's."""

from django.urls import include, path

from tirage.config import urls

urlpatterns = [path("stripe/", include("tirage.integrations.stripe.urls")), *urls.urlpatterns]
handler500 = urls.handler500
