"""Settings that name somebody or something on a network: mail addresses, hosts, public addresses. No Django."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from ipaddress import ip_address
from urllib.parse import urlsplit

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


@dataclass(frozen=True, slots=True)
class Sender:
    """A mailbox: ``address`` as mail servers take it, ``name`` as people read it, which may be empty."""

    name: str
    address: str


def read_sender(text: str) -> Sender:
    """``cellar@winery.com``, ``Name <cellar@winery.com>`` or ``"Name, Ltd." <cellar@winery.com>``.

    Raises ValueError, in words, for what is no mailbox or several.
    """
    text = text.strip()
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("it has a line break or another letter that isn't seen.")
    name, address = _parts_of(text)
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > 64:
        raise ValueError(
            "write one address, such as cellar@your-winery.com or Your winery <cellar@your-winery.com>."
        )
    host = ascii_host(domain)
    if host is None or "." not in host:
        raise ValueError(f"{domain!r} is no domain that mail can come from.")
    try:
        mailbox = Address(display_name=name, addr_spec=f"{local}@{host}")
    except (MessageError, ValueError):
        raise ValueError("it can't be read as an address.") from None
    return Sender(mailbox.display_name, mailbox.addr_spec)


def _parts_of(text: str) -> tuple[str, str]:
    """Display name and address; what stands before the last ``<`` is the name, with its commas, quoted or not."""
    if not text.endswith(">"):
        return "", text
    before, _, address = text[:-1].rpartition("<")
    if "<" in before and not before.strip().startswith('"'):
        raise ValueError("it names several addresses; a sender is one.")
    before = before.strip()
    if before.startswith('"'):
        name = getaddresses([f"{before} <a@b.example>"])[0][0]
        if not name:
            raise ValueError("the quotes around its name don't match.")
        return name, address.strip()
    return before, address.strip()


def ascii_host(host: str) -> str | None:
    """A host name as the network knows it, lower case, ``bücher.example`` as ``xn--…``; None for what is none."""
    try:
        plain = host.strip().lower().encode("idna").decode("ascii") if not host.isascii() else host.lower()
    except UnicodeError:
        return None
    labels = plain.removesuffix(".").split(".")
    return plain if len(plain) <= 253 and all(_LABEL.fullmatch(label) for label in labels) else None


def is_host(text: str) -> bool:
    """Whether it is a host name or an address of a machine, without scheme and port."""
    try:
        return bool(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        return ascii_host(text) is not None


def ascii_site(url: str) -> str:
    """``https://Bücher.example`` as browsers ask for it, ``https://xn--…``; what can't be read as it is."""
    try:
        parts = urlsplit(url)
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return url
    if not host or parts.username is not None or ":" in host:
        return url
    return parts._replace(netloc=host if port is None else f"{host}:{port}").geturl()


def ascii_allowed(host: str) -> str:
    """A host that is served as requests name it; ``.name`` is all below it."""
    dot = "." if host.startswith(".") else ""
    return dot + (ascii_host(host.removeprefix(".")) or host.removeprefix("."))


def site_problem(url: str) -> str:
    """Why ``url`` can't be a public address of the form ``https://host[:port]``; empty when it can."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it can't be read as an address."
    if port == 0:
        return "no browser opens port 0."
    if parts.scheme not in {"http", "https"} or not host or not is_host(host):
        return "write a whole address, such as https://shop.your-winery.com."
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        return "write scheme and host alone: the shop can't live below a path of another site."
    return ""


def allowed_host_problem(host: str) -> str:
    """Why ``host`` can't stand among the hosts that are served; empty when it can. ``.name`` is all below it."""
    if host == "*":
        return "name the hosts you serve, separated by commas, never *."
    if "://" in host or "/" in host:
        return f"{host!r} is an address; write the host's name alone, such as shop.your-winery.com."
    if not is_host(host.removeprefix(".")):
        return f"{host!r} is no host name; a port doesn't belong to it."
    return ""
