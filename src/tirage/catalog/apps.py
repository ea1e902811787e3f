from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "tirage.catalog"
    label = "catalog"
