from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "tirage.offers"
    label = "offers"
