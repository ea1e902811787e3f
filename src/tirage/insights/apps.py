from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "tirage.insights"
    label = "insights"

    def import_models(self) -> None:
        """Those of plans, too."""
        super().import_models()
        from tirage.insights import plan_models  # noqa: F401
