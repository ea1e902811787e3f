"""Who was erased is recognised by a salted hash of the e-mail address, and by nothing else."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from tirage.customers.models import ErasedPerson
from tirage.tables.cleaning import identity

#: Addresses asked for at once.
_PORTION = 500


def remember_erased(emails: Iterable[str], *, now: datetime) -> None:
    """Keeps a hash of each address; an address that is known already stays as it is."""
    salt = _salt() or secrets.token_hex(16)
    rows = [ErasedPerson(salt=salt, hash=_hash(salt, one), at=now) for one in emails if one]
    ErasedPerson.objects.bulk_create(rows, ignore_conflicts=True)


def erased_among(emails: Iterable[str]) -> dict[str, datetime]:
    """Of these addresses those whose customer was erased, and when; a statement for each 500."""
    if not (salt := _salt()):
        return {}
    hashes = {_hash(salt, one): one for one in emails if one}
    keys, found = list(hashes), {}
    for start in range(0, len(keys), _PORTION):
        rows = ErasedPerson.objects.filter(hash__in=keys[start : start + _PORTION])
        found.update({hashes[one.hash]: one.at for one in rows})
    return found


def _salt() -> str:
    return ErasedPerson.objects.order_by("pk").values_list("salt", flat=True).first() or ""


def _hash(salt: str, email: str) -> str:
    return hashlib.sha256(f"{salt} {identity(email)}".encode()).hexdigest()
