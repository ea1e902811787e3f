"""The back office. Every view here is guarded by ``staff_required``; a test walks this list and proves it."""

from django.urls import path

from tirage.backoffice.views import home, lists, orders

app_name = "backoffice"
urlpatterns = [
    path("", home.home, name="home"),
    path("lists/<slug:name>/columns", lists.choose_columns, name="columns"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:reference>/", orders.order, name="order"),
]
