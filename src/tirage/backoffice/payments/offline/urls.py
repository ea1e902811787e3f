"""Money that came by other roads than a gateway."""

from django.urls import path

from tirage.backoffice.payments.offline import views

urlpatterns = [
    path("orders/<slug:reference>/payment", views.record_payment, name="order_payment"),
]
