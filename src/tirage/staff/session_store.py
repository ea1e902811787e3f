"""Django's database sessions, kept so that the database alone is no way in, and so that members can look at theirs.

The key is hashed, the data sealed (the set-up of a second factor keeps its secret there), and whose session it is and
which device it began on are columns. Reading one is one statement, as with Django's own.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from tirage.core.sealing import Unreadable, seal, unseal
from tirage.core.sessions import Device, device_columns, is_unnoted, kept_key, note_seen
from tirage.staff.models import StaffSession

#: What saving an existing session changes; when and where it began stays.
_CHANGING = ("session_data", "expire_date", "member", "seen_at")


class SessionStore(DatabaseStore):
    """``device`` is what the request says of itself; the middleware sets it."""

    device = Device()
    #: When the session was last written down as used; None until it is read.
    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        return StaffSession

    def encode(self, session_dict: dict[str, Any]) -> str:
        return seal(json.dumps(session_dict))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            return dict(json.loads(unseal(str(session_data))))
        except (Unreadable, ValueError):
            return {}

    def load(self) -> dict[str, Any]:
        live = StaffSession.objects.filter(
            session_key=kept_key(self.session_key or ""), expire_date__gt=timezone.now()
        )
        row = live.first()
        if row is None:
            self._session_key = None
            return {}
        self.seen_at = row.seen_at
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return StaffSession.objects.filter(session_key=kept_key(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        member = data.get(SESSION_KEY)
        return StaffSession(
            session_key=kept_key(self._get_or_create_session_key()),  # type: ignore[attr-defined]  # Django's own
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            member_id=int(member) if member else None,
            **device_columns(self.device, timezone.now()),
        )

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # Django's own
        row = self.create_model_instance(data)
        try:
            with transaction.atomic():
                if must_create:
                    row.save(force_insert=True)
                else:
                    row.save(force_update=True, update_fields=_CHANGING)
        except IntegrityError:
            if must_create:
                raise CreateError from None
            raise
        except DatabaseError:
            if not must_create:
                # Ended in the meantime: what is over isn't brought back by a page that was on its way.
                raise UpdateError from None
            raise
        self.seen_at = row.seen_at

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            StaffSession.objects.filter(session_key=kept_key(key)).delete()

    def note_use(self, *, now: datetime) -> bool:
        """Writes down that the session is used, once in ``SEEN_EVERY``; whether it did. At most one statement."""
        if self.session_key is None or self.seen_at is None or not is_unnoted(self.seen_at, now):
            return False
        mine = StaffSession.objects.filter(session_key=kept_key(self.session_key))
        return bool(note_seen(mine, address=self.device.address, now=now))

    @classmethod
    def clear_expired(cls) -> None:
        StaffSession.objects.filter(expire_date__lt=timezone.now()).delete()
