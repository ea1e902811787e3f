from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "tirage.insights"
    label = "insights"
