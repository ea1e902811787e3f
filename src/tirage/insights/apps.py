from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "tirage.insights"
    label = "insights"

    def import_models(self) -> None:
        """Those of plans and notes, too."""
        super().import_models()
        from tirage.insights import note_models, plan_models  # noqa: F401
