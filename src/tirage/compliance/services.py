"""Finding the compliance service that the environment names, and what it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Connected:
    """A service, and what it is asked for."""

    service: ComplianceService
    setup: ComplianceSetup


def connected() -> Connected | None:
    """The service that orders are judged by, before they ship or for their tax; no statement where there is none."""
    service = current_service()
    if service is None:
        return None
    setup = current_setup()
    return Connected(service, setup) if setup.checks_orders or setup.asks_tax else None


def checking_service() -> ComplianceService | None:
    """The service that is asked about orders; no statement where none is connected."""
    found = connected()
    return found.service if found else None


def current_setup() -> ComplianceSetup:
    """What is set, or what is meant where nobody has set anything."""
    return ComplianceSetup.objects.filter(pk=1).first() or ComplianceSetup(pk=1)
