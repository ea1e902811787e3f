from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "tirage.cli"
    label = "cli"
