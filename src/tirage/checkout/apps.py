from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "tirage.checkout"
    label = "checkout"
