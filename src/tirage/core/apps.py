from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "tirage.core"
    label = "core"
