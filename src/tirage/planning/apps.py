from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "tirage.planning"
    label = "planning"
