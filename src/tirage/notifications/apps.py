from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "tirage.notifications"
    label = "notifications"

    def import_models(self) -> None:
        """Those of reminders, too."""
        super().import_models()
        from tirage.notifications import mailbox_models, reminder_models  # noqa: F401
