from django.apps import AppConfig


class TiersConfig(AppConfig):
    name = "tirage.tiers"
    label = "tiers"
