"""What was ordered."""

from django.urls import path

from tirage.storefront.orders.views import asking, cancelling, cellar, orders

urlpatterns = [
    path("cellar/", cellar.cellar, name="cellar"),
    path("cellar/file/", cellar.cellar_file, name="cellar_file"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<str:reference>/", orders.order, name="order"),
    path("orders/<str:reference>/calendar/", orders.order_calendar, name="order_calendar"),
    path("orders/<str:reference>/ask/", asking.ask, name="ask_change"),
    path("orders/<str:reference>/cancel/", cancelling.cancel, name="cancel_order"),
    path("orders/<str:reference>/receipt/", orders.receipt, name="receipt"),
]
