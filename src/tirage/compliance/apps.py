from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "tirage.compliance"
    label = "compliance"
