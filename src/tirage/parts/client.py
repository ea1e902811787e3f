"""Who sent a request: the one answer for every limit that counts by address."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The visitor's address as the outermost trusted proxy wrote it down; empty when nobody knows.

    What stands further left in ``X-Forwarded-For`` was sent by the visitor and proves nothing, so it is never believed.
    """
    proxies = settings.TIRAGE_TRUSTED_PROXIES
    if proxies:
        forwarded = [
            part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
        ]
        if len(forwarded) >= proxies and (address := _address(forwarded[-proxies])):
            return address
    return _address(str(request.META.get("REMOTE_ADDR", "")))


def _address(text: str) -> str:
    """``203.0.113.7`` for that and for ``203.0.113.7:4711``; ``2001:db8::1`` for ``[2001:db8::1]:4711``."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    bare = bare.partition(":")[0] if bare.count(":") == 1 else bare
    try:
        return str(ipaddress.ip_address(bare.partition("%")[0]))
    except ValueError:
        return ""
