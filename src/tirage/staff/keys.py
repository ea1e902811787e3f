"""The keys of mailed links that set a password."""

from __future__ import annotations

from datetime import datetime

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator

from tirage.staff.models import StaffMember


class StandingTokens(EmailAwarePasswordResetTokenGenerator):
    """A key works once, and only for the member as they were when it was mailed."""

    def _make_hash_value(self, user: StaffMember, timestamp: datetime) -> str:
        return f"{super()._make_hash_value(user, timestamp)}|{user.standing}"
