from django.apps import AppConfig


class LeavingConfig(AppConfig):
    name = "tirage.leaving"
    label = "leaving"
