"""What one order's compliance page says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString

from tirage.backoffice.compliance.words import check_state, service_words
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.states import CURRENT
from tirage.core.money import Money
from tirage.orders.models import Order


@dataclass(frozen=True, slots=True)
class SaidCheck:
    """One check as the page tells it."""

    check: ComplianceCheck
    state: SafeString
    service: str
    ships_on: date | None
    taxes: tuple[tuple[str, Money], ...] = ()

    @property
    def at(self) -> datetime:
        return self.check.decided_at or self.check.answered_at or self.check.made_at


def say_check(check: ComplianceCheck) -> SaidCheck:
    day = check.asked.get("ships_on") or ""
    try:
        ships_on = date.fromisoformat(day)
    except ValueError:
        ships_on = None
    return SaidCheck(check, check_state(check), service_words(check.service), ships_on)


def checks_of(order: Order) -> list[ComplianceCheck]:
    """All of an order's, the newest first; one statement."""
    return list(order.compliance_checks.order_by("-number"))


def current_of(checks: list[ComplianceCheck]) -> ComplianceCheck | None:
    """The one that counts now; an ended one where none does."""
    return next((one for one in checks if one.state in CURRENT), checks[0] if checks else None)
