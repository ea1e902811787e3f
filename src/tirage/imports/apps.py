from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "tirage.imports"
    label = "imports"
