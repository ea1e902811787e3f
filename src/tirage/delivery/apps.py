from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "tirage.delivery"
    label = "delivery"
