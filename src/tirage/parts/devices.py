"""Devices: what a request says of its own, how a session's is put in words, and cookies by which one is known again."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from tirage.core.sessions import Device, DeviceSession
from tirage.parts.client import client_address

#: Letters of a User-Agent that are looked at: real ones are shorter, and patterns read them.
_AGENT = 300
#: Addresses that nobody has on the internet: a proxy or a colleague in the winery's own network.
_AT_HOME = tuple(
    ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def device_of(request: HttpRequest) -> Device:
    """The device that a request comes from."""
    return Device(request.headers.get("User-Agent", "")[:_AGENT], client_address(request))


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """A session as its owner reads it. ``where`` says what the address allows: no more than its network."""

    reference: str
    name: str
    where: str
    since: datetime
    seen_at: datetime
    is_this: bool


def describe_devices(rows: Iterable[DeviceSession], *, this: Any, request: HttpRequest) -> list[DeviceWords]:
    """The sessions in words, that of this device first; ``this`` is its primary key."""
    here = client_address(request)
    found = [
        DeviceWords(
            row.reference,
            say_agent(row.agent),
            say_where(row.address, here),
            row.since,
            row.seen_at,
            row.pk == this,
        )
        for row in rows
    ]
    return sorted(found, key=lambda device: not device.is_this)


@lru_cache(maxsize=512)
def say_agent(agent: str) -> str:
    """``Safari on iPhone``, ``Firefox on Windows``; of a device that hides what it is, that."""
    from ua_parser import parse

    known = parse(agent[:_AGENT])
    browser = known.user_agent.family if known.user_agent else ""
    system = known.os.family if known.os else ""
    device = known.device.family if known.device else ""
    if device in {"iPhone", "iPad"}:
        system = device
    browser = browser.removesuffix(" Mobile").removeprefix("Mobile ").removesuffix(" WebView")
    system = {"Mac OS X": "a Mac", "Chrome OS": "a Chromebook", "iPhone": "an iPhone", "iPad": "an iPad"}.get(
        system, system
    )
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"A browser on {system}" if system else "A browser that doesn’t say what it is")


def say_where(address: str, here: str) -> str:
    """Roughly where, as far as an address tells without asking anybody: the network, and whether it is this one.

    Lists that know towns by address age within months and name the wrong ones; a wrong town frightens people.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "From an unknown network"
    if address == here:
        return f"From the network that you use now ({_network(parsed)})"
    if parsed.is_loopback:
        return "From the winery’s own machine"
    if any(parsed in network for network in _AT_HOME if network.version == parsed.version):
        return f"From a network at the winery ({_network(parsed)})"
    return f"From the network {_network(parsed)}"


def _network(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The part that a household or an office keeps: all but the last number, of IPv6 the first four."""
    if isinstance(address, ipaddress.IPv4Address):
        return f"{str(address).rpartition('.')[0]}.x"
    return f"{ipaddress.ip_network((address, 64), strict=False).network_address}x"


@dataclass(frozen=True, slots=True)
class DeviceCookie:
    """A signed, long-lived cookie where somebody has signed in. It gives no rights: tries are counted by it.

    (OWASP calls it a device cookie.)
    """

    name: str
    salt: str
    path: str
    life: timedelta

    def remember(self, response: HttpResponseBase, facts: list[Any]) -> None:
        """Makes the device known by ``facts``, which say whose it is and what ends it."""
        response.set_cookie(
            self.name,
            signing.dumps(facts, salt=self.salt),
            max_age=self.life,
            path=self.path,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )

    def read(self, request: HttpRequest) -> tuple[list[Any], str] | None:
        """The facts, and a name for the device that nobody else has; None for a cookie that isn't ours or has ended."""
        raw = request.COOKIES.get(self.name, "")
        try:
            facts = signing.loads(raw, salt=self.salt, max_age=self.life)
        except (signing.BadSignature, ValueError):
            return None
        return list(facts), hashlib.sha256(raw.encode()).hexdigest()[:32]
