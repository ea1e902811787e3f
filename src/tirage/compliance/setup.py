"""What the compliance service is asked for, and from where the winery ships; whether its key is good."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.compliance.models import ComplianceSetup
from tirage.compliance.protocol import ServiceBusy, ServiceRefused, ServiceSilent
from tirage.compliance.services import current_service
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_rows
from tirage.places.states import STATES

#: What each setting is called in the activity.
NAMES = {
    "checks_orders": "whether orders are checked",
    "asks_tax": "whether its tax is asked",
    "finds_places": "whether it is asked for carriers’ counters",
    "line1": "the street that wine ships from",
    "city": "the town that wine ships from",
    "state": "the state that wine ships from",
    "postal_code": "the ZIP that wine ships from",
}
_ZIP = re.compile(r"[0-9]{5}(-[0-9]{4})?")


@transaction.atomic
def save_setup(
    *, values: Mapping[str, Any], shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> ComplianceSetup:
    """Changes the named settings (keys of ``NAMES``); of those that were ``shown`` only what differs from it.

    Locks the setup. Records ``compliance.set``. Raises DomainError ``setup_invalid``, Overtaken.
    """
    ComplianceSetup.objects.get_or_create(pk=1)
    setup = lock_rows(ComplianceSetup.objects.filter(pk=1))[0]
    typed = {name: value for name, value in values.items() if name in NAMES}
    settled = settle(typed, shown=shown, stands={name: getattr(setup, name) for name in typed})
    changed = {name: value for name, value in settled.items() if getattr(setup, name) != value}
    for name, value in changed.items():
        setattr(setup, name, value)
    if problems := _problems(setup):
        raise DomainError("setup_invalid", "These settings can't be saved.", problems)
    if changed:
        setup.version += 1
        setup.save()
        text = "changed " + ", ".join(NAMES[name] for name in changed)
        record_event(EventName.COMPLIANCE_SET, "winery", 1, text=text, actor=actor, now=now)
    return setup


def _problems(setup: ComplianceSetup) -> dict[str, str]:
    problems = {}
    if setup.state and setup.state not in STATES:
        problems["state"] = "Choose a state of the United States."
    if setup.postal_code and not _ZIP.fullmatch(setup.postal_code):
        problems["postal_code"] = "Write a ZIP of five or nine figures, such as 94558."
    if setup.asks_tax:
        for name in ("line1", "city", "state", "postal_code"):
            if not getattr(setup, name):
                problems.setdefault(name, "Tax depends on where wine ships from: write the whole address.")
    return problems


def greet_service() -> str:
    """Asks the service whether the key is good; what it calls the account.

    Talks to it: no transaction may be open. Raises DomainError ``not_connected``, ``busy``, ``silent``, ``refused``.
    """
    service = current_service()
    if service is None:
        raise DomainError("not_connected", "No compliance service is connected.")
    try:
        return service.greet()
    except ServiceBusy:
        raise DomainError("busy", f"{service.name} is asked too often. Try again in a few minutes.") from None
    except ServiceSilent:
        words = f"{service.name} gives no answer. Try again later; orders wait meanwhile and aren’t lost."
        raise DomainError("silent", words) from None
    except ServiceRefused as refused:
        raise DomainError("refused", str(refused)) from None
