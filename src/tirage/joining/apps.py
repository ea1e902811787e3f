from django.apps import AppConfig


class JoiningConfig(AppConfig):
    name = "tirage.joining"
    label = "joining"
