from django.apps import AppConfig


class MovingConfig(AppConfig):
    name = "tirage.moving"
    label = "moving"
