from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "tirage.orders"
    label = "orders"
