from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    name = "tirage.fulfilment"
    label = "fulfilment"
