from django.apps import AppConfig


class TaxesConfig(AppConfig):
    name = "tirage.taxes"
    label = "taxes"
