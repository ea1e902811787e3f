from django.apps import AppConfig


class FuturesConfig(AppConfig):
    name = "tirage.futures"
    label = "futures"
