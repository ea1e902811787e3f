"""Marking orders as shipped, one or many, and seeing to flagged ones; inside /winery/orders/."""

from django.urls import path

from tirage.backoffice.views import shipping

urlpatterns = [
    path("shipping/choose", shipping.choose, name="ship_choose"),
    path("shipping/<slug:reference>/", shipping.shipping, name="shipping"),
    path("shipping/<slug:reference>/run", shipping.run_shipping, name="ship_run"),
    path("<slug:reference>/ship", shipping.ship, name="order_ship"),
    path("<slug:reference>/attended", shipping.attended, name="order_attended"),
]
