from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "tirage.staff"
    label = "staff"
