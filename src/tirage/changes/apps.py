from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "tirage.changes"
    label = "changes"
