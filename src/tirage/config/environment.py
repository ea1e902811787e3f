"""Settings from the environment: three readers and one error that names every problem at once."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class UnsafeSettings(RuntimeError):
    """The settings can't be run with; the message lists what to change."""


def read_text(name: str, default: str = "") -> str:
    """The variable, or the content of the file that ``NAME_FILE`` points to, or the default."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def read_flag(name: str, default: bool) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off."""
    raw = read_text(name).strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise UnsafeSettings(f"{name}={raw!r}: write true or false.")


def read_number(name: str, default: int) -> int:
    """A whole number."""
    raw = read_text(name).strip()
    try:
        return int(raw) if raw else default
    except ValueError:
        raise UnsafeSettings(f"{name}={raw!r}: write a whole number.") from None


def read_list(name: str) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in read_text(name).split(",") if word.strip()]


#: A connection prepares what it is told to, and nothing because it was repeated.
NEVER_BY_ITSELF = 1_000_000_000
#: How long a thread keeps its connection.
CONNECTION_SECONDS = 600


def read_database(url: str, *, pool_size: int, prepare: bool = True) -> dict[str, object]:
    """Django's database settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) or ":memory:",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                    "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        query = dict(parse_qsl(parts.query))
        options: dict[str, object] = {
            # The ORM's values are bound here, so that a list's filter is planned for its own values. Only the
            # hand-written statements (core.sql) are prepared, and planned once a connection: planning them for
            # each customer anew costs PostgreSQL more than running them.
            "server_side_binding": False,
            "prepare_threshold": NEVER_BY_ITSELF if prepare else None,
            "options": "-c plan_cache_mode=force_generic_plan" if prepare else "",
        }
        if "sslmode" in query:
            options["sslmode"] = query["sslmode"]
        if pool_size:
            options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.get("host") or parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 0 if pool_size else CONNECTION_SECONDS,
            "OPTIONS": options,
        }
    raise UnsafeSettings(
        f"TIRAGE_DATABASE_URL={url.rsplit('@', maxsplit=1)[-1]!r}: write sqlite:///absolute/path or postgresql://user@host/name."
    )
