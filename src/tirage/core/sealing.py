"""Secrets that have to be read again are kept sealed: whoever has the database alone reads none of them.

Sealed with a key drawn from the site's secret key, opened with that of any former one (``TIRAGE_OLD_SECRET_KEYS``).
What only has to be recognised (codes, links, passwords) is hashed instead.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tirage.core.errors import DomainError

_PURPOSE = b"tirage.core.sealing"


class Unreadable(DomainError):
    """Sealed with a key that isn't among the site's any more, or not sealed at all."""

    def __init__(self) -> None:
        super().__init__(
            "unreadable",
            "A secret in the database was sealed with another key. Put the former one into TIRAGE_OLD_SECRET_KEYS.",
        )


def seal(text: str) -> str:
    """``text`` so that only this site reads it: with the present key, authenticated, different each time."""
    return seal_bytes(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed. Raises Unreadable."""
    return unseal_bytes(sealed.encode()).decode()


def seal_bytes(data: bytes) -> bytes:
    """As ``seal``."""
    return _keys().encrypt(data)


def unseal_bytes(sealed: bytes) -> bytes:
    """As ``unseal``."""
    try:
        return _keys().decrypt(sealed)
    except InvalidToken:
        raise Unreadable from None


def seal_again(sealed: str) -> str:
    """The same secret, sealed with the present key. Raises Unreadable."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def seal_for_address(text: str, purpose: str) -> str:
    """Sealed as a part of a web address: letters that go there, and the same each time (AES-SIV, RFC 5297)."""
    sealed = _same(settings.SECRET_KEY).encrypt(text.encode(), [purpose.encode()])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal_from_address(sealed: str, purpose: str) -> str:
    """What was sealed for that purpose. Raises Unreadable."""
    try:
        data = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars="-_", validate=True)
    except ValueError:
        raise Unreadable from None
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        with suppress(InvalidTag, ValueError):
            return _same(secret).decrypt(data, [purpose.encode()]).decode()
    raise Unreadable


@lru_cache(maxsize=4)
def _same(secret: str) -> AESSIV:
    drawn = HKDF(algorithm=SHA256(), length=64, salt=None, info=_PURPOSE + b".address").derive(
        secret.encode()
    )
    return AESSIV(drawn)


def _keys() -> MultiFernet:
    return _drawn((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _drawn(secrets: tuple[str, ...]) -> MultiFernet:
    """The first seals; each opens."""
    return MultiFernet([Fernet(_draw(secret)) for secret in secrets])


def _draw(secret: str) -> bytes:
    drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(drawn)
