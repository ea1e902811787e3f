"""The app that ships the shared templates, styles and scripts."""

from django.apps import AppConfig


class PartsConfig(AppConfig):
    """Components that both interfaces stand on; no models."""

    name = "tirage.parts"
    label = "parts"

    def ready(self) -> None:
        from tirage.parts.forms import use_own_words
        from tirage.parts.logs import guard_records

        use_own_words()
        guard_records()
