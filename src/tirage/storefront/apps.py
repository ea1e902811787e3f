from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "tirage.storefront"
    label = "storefront"
