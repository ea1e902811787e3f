from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "tirage.customers"
    label = "customers"
