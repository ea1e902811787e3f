"""Finding the compliance service that the environment names, and what it is asked for."""

from __future__ import annotations

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from tirage.compliance.models import ComplianceSetup
from tirage.compliance.protocol import ComplianceService


def current_service() -> ComplianceService | None:
    """The service of this installation; None where there is none, or it has no keys. Asks nobody."""
    service = service_named(settings.TIRAGE_COMPLIANCE_SERVICE)
    return service if service and not service.lacks else None


def service_named(key: str) -> ComplianceService | None:
    path = settings.TIRAGE_COMPLIANCE_SERVICES.get(key)
    return _service(path) if path else None


@cache
def _service(path: str) -> ComplianceService:
    return cast(ComplianceService, import_string(path)())


def checking_service() -> ComplianceService | None:
    """The service that checks orders before they ship; no statement where none is connected."""
    service = current_service()
    return service if service and current_setup().checks_orders else None


def taxing_service() -> ComplianceService | None:
    """The service whose tax is asked; no statement where none is connected."""
    service = current_service()
    return service if service and current_setup().asks_tax else None


def current_setup() -> ComplianceSetup:
    """What is set, or what is meant where nobody has set anything."""
    return ComplianceSetup.objects.filter(pk=1).first() or ComplianceSetup(pk=1)
