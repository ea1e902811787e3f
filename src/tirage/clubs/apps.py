from django.apps import AppConfig


class ClubsConfig(AppConfig):
    name = "tirage.clubs"
    label = "clubs"
