from django.apps import AppConfig


class StandingConfig(AppConfig):
    name = "tirage.standing"
    label = "standing"
