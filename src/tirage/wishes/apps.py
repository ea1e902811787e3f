from django.apps import AppConfig


class WishesConfig(AppConfig):
    name = "tirage.wishes"
    label = "wishes"
