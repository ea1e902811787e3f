from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "tirage.notifications"
    label = "notifications"
