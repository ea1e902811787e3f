from django.apps import AppConfig


class TestGatewayConfig(AppConfig):
    name = "tirage.integrations.test_gateway"
    label = "test_gateway"
