from django.apps import AppConfig


class WishesConfig(AppConfig):
    name = "tirage.wishes"
    label = "wishes"

    def import_models(self) -> None:
        """Those of reallocation, too."""
        super().import_models()
        from tirage.wishes.reallocation import models  # noqa: F401
