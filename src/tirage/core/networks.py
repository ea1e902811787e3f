"""By what limits tell visitors apart."""

from __future__ import annotations

import ipaddress


def network_of(ip: str) -> str:
    """The address that limits count by: an IPv6 household owns a /64, so its last half says nothing."""
    try:
        parsed = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
