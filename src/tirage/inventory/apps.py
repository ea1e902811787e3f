from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "tirage.inventory"
    label = "inventory"
