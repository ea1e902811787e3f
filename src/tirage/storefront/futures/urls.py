"""Wine that isn't bottled yet."""

from django.urls import path

from tirage.storefront.futures import views

urlpatterns = [
    path("account/futures/", views.futures, name="futures"),
    path("account/futures/<str:reference>/certificate/", views.certificate, name="certificate"),
    path("certificates/<str:reference>/", views.check, name="check_certificate"),
]
