"""E-mail addresses: who a customer is, so written one way only."""

import re
import unicodedata
from dataclasses import dataclass

import idna

from tirage.tables.cleaning.characters import one_line
from tirage.tables.cleaning.text import clean_text, is_empty
from tirage.tables.errors import CellError

LONGEST = 254

_BRACKETED = re.compile(r"<([^<>@]*@[^<>]*)>")
_SEPARATORS = re.compile(r"[;,|\s<>()\[\]\"]+")
_LOCAL = re.compile(r"^[^\s@<>()\[\]\\,;:\"]{1,64}$")
_LABEL = re.compile(r"^[^\W_](?:[\w-]{0,61}[^\W_])?$")
_ENDING = re.compile(r"^[^\W\d_]{2,63}$|^xn--[a-z0-9-]{1,59}$")


@dataclass(frozen=True, slots=True)
class Emails:
    """The addresses of one cell: the first is the customer's identity, the others are kept as knowledge."""

    identity: str
    others: tuple[str, ...] = ()


def identity(email: str) -> str:
    """The one spelling a mailbox is known by, whoever wrote it: `" Ana.Ruiz@Example.COM. "` is `ana.ruiz@example.com`.

    A domain in letters beyond ASCII is written as the mail goes (`xn--…`, RFC 5891), since two such spellings are one
    mailbox, and two domains can look alike. What is no address comes back as it is but for case and form; the caller
    refuses it.
    """
    text = unicodedata.normalize("NFKC", one_line(email)).strip().lower()
    local, at, domain = text.rpartition("@")
    if not at:
        return text
    return f"{local.strip()}@{_domain(domain.strip())}"


def shown(email: str) -> str:
    """The address as people write it: a domain that isn't ASCII in its own letters."""
    local, at, domain = email.rpartition("@")
    if "xn--" not in domain:
        return email
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return email


def _domain(domain: str) -> str:
    domain = domain.rstrip(".。")
    if domain.isascii() and "xn--" not in domain:
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain


def parse_email(value: str) -> str | None:
    """The first address of the cell; `parse_emails` for all."""
    found = parse_emails(value)
    return found.identity if found else None


def parse_emails(value: str) -> Emails | None:
    """Addresses of "Ana <ANA@x.com>", "mailto:ana@x.com.", "ana@x.com; jo@x.com". None when empty.

    Raises CellError when one of them can't be an address: which of two is meant is for its owner to say.
    """
    if is_empty(value):
        return None
    plain = clean_text(unicodedata.normalize("NFKC", clean_text(value.replace("\n", " "))))
    text = plain.replace(" @", "@").replace("@ ", "@")
    # A slash before an @ stands between two addresses.
    before, _, after = text.rpartition("@")
    apart = f"{before.replace('/', ';')}@{after}" if before else text
    candidates = _BRACKETED.findall(text) or [part for part in _SEPARATORS.split(apart) if "@" in part]
    if not candidates:
        raise CellError(f"“{text}” is not an e-mail address: it has no @. Correct it.")
    found = list(dict.fromkeys(_checked(candidate) for candidate in candidates))
    return Emails(found[0], tuple(found[1:]))


def _checked(candidate: str) -> str:
    email = identity(re.sub(r"^mailto:", "", candidate.strip(), flags=re.IGNORECASE))
    email = email.split("?", 1)[0].strip(".,;:!?'`\"<>()[]")
    local, _, domain = email.partition("@")
    labels = domain.split(".")
    if "@" in domain:
        raise CellError(f"“{email}” is not an e-mail address: it has more than one @. Correct it.")
    if len(labels) < 2:
        raise CellError(f"“{email}” is not an e-mail address: it lacks an ending such as .com. Correct it.")
    well_formed = _LOCAL.match(local) and ".." not in local and not local.endswith(".")
    if not well_formed or not all(map(_LABEL.match, labels)) or not _ENDING.match(labels[-1]):
        raise CellError(f"“{email}” is not an e-mail address. Correct it.")
    if len(email) > LONGEST:
        raise CellError(f"This e-mail address has more than {LONGEST} characters. Correct it.")
    return email
