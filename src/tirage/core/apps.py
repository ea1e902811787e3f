from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "tirage.core"
    label = "core"

    def ready(self) -> None:
        from django.db import connection

        if connection.vendor == "sqlite":
            from tirage.core.sqlite_moments import read_all_moments

            read_all_moments()
