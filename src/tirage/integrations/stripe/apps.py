from django.apps import AppConfig


class StripeConfig(AppConfig):
    name = "tirage.integrations.stripe"
    label = "stripe"
