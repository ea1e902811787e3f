from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "tirage.payments"
    label = "payments"
