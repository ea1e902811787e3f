from django.apps import AppConfig


class MergingConfig(AppConfig):
    name = "tirage.merging"
    label = "merging"
