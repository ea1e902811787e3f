from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "tirage.reports"
    label = "reports"
