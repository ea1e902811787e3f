"""How checks of orders are said to the team."""

from __future__ import annotations

from django.conf import settings
from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import state_cell
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.services import service_named
from tirage.compliance.states import CheckState, Duty

STATES: dict[str, str] = {
    CheckState.WAITING: "Being asked",
    CheckState.UNANSWERED: "No answer yet",
    CheckState.REFUSED: "May not ship",
    CheckState.PASSED: "May ship",
    CheckState.DECIDED: "Let go by hand",
    CheckState.COMMITTED: "Shipped, reported",
    CheckState.VOIDED: "Called off",
    CheckState.REPLACED: "The order changed",
}
_TONES: dict[str, str] = {
    CheckState.WAITING: "pending",
    CheckState.UNANSWERED: "unknown",
    CheckState.REFUSED: "declined",
    CheckState.PASSED: "settled",
    CheckState.DECIDED: "settled",
    CheckState.COMMITTED: "settled",
    CheckState.VOIDED: "voided",
    CheckState.REPLACED: "voided",
}


def state_words(check: ComplianceCheck) -> str:
    """Its state; what the service hasn't heard yet isn't reported yet."""
    if check.duty == Duty.COMMIT:
        return "Shipped, being reported"
    if check.duty == Duty.VOID:
        return "Called off, being told"
    return STATES[check.state]


def check_state(check: ComplianceCheck) -> SafeString:
    """A dot and the state in words."""
    return state_cell("unknown" if check.duty and check.problem else _TONES[check.state], state_words(check))


def why(check: ComplianceCheck) -> str:
    """Why it waits, who decided, or what is in the way of telling; nothing where all is well."""
    if check.state == CheckState.REFUSED:
        return " ".join(check.reasons)
    if check.state == CheckState.DECIDED:
        return f"{check.decided_by}: {check.decided_words}"
    return check.problem


def service_words(key: str) -> str:
    """``Sovos ShipCompliant``; nothing for nobody."""
    service = service_named(key) if key in settings.TIRAGE_COMPLIANCE_SERVICES else None
    return service.name if service else ""
