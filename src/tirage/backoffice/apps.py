from importlib import import_module

from django.apps import AppConfig

#: Places that show something of theirs on the customer's or the order's page, in their ``panels.py``.
PLACES_WITH_PANELS = (
    "customers",
    "segments",
    "tiers",
    "orders",
    "payments",
    "payments.collecting",
    "changes",
    "futures",
    "compliance",
    "packing",
    "wishes",
    "standing",
    "clubs",
    "moving",
    "leaving",
)


class BackofficeConfig(AppConfig):
    name = "tirage.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        for place in PLACES_WITH_PANELS:
            import_module(f"{self.name}.{place}.panels")
