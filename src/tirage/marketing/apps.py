from django.apps import AppConfig


class MarketingConfig(AppConfig):
    name = "tirage.marketing"
    label = "marketing"
