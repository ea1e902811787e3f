"""Refusals that a person reads."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """A business act was refused and nothing has changed.

    ``code`` is for programs, ``message`` for the person reading it (it says what to do next),
    ``fields`` names form fields with their own message.
    """

    def __init__(self, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return self.message


class NotAllowed(DomainError):
    """The person may not do this, whatever the state of things."""

    def __init__(self, message: str = "You don't have permission to do this.") -> None:
        super().__init__("not_allowed", message)


class Conflict(DomainError):
    """Somebody else was faster; look again and decide again."""
