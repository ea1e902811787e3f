"""Which database, and how long each kind of work may keep it: from ``TIRAGE_DATABASE_URL`` to Django's settings."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from psycopg.pq import Conninfo

from tirage.config.environment import UnsafeSettings
from tirage.core.postgresql.silence import impatient

#: A connection prepares what it is told to, and nothing because it was repeated.
NEVER_BY_ITSELF = 1_000_000_000
#: How long a thread keeps its connection.
CONNECTION_SECONDS = 600
#: Milliseconds that a statement may take, may wait for a lock, and a transaction may do nothing, by kind of work. One
#: forgotten transaction must not stop the shop, and a page that takes longer has lost its visitor anyway.
LIMITS = {
    "page": (15_000, 5_000, 15_000),
    "job": (600_000, 30_000, 60_000),
    "migration": (0, 10_000, 0),
}
#: Seconds that PostgreSQL may say nothing at all, longer than its own limits, before it is given up on this side: it
#: stands still and keeps no limit. A migration may take hours.
SILENCE = {"page": 17.0, "job": 620.0, "migration": 0.0}
#: Unless the address says otherwise: a server that is away, or switched off, is noticed in seconds.
REACHING = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "tcp_user_timeout": "15000",
}
#: What the address names in its own places.
IN_ITS_PLACE = {"host", "port", "dbname", "user", "password"}


def read_database(
    url: str, *, work: str, pool_size: int, prepare: bool = True, silence: float | None = None
) -> dict[str, object]:
    """Django's database settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?option=value``.

    ``work`` is ``page``, ``job`` or ``migration``; ``silence`` replaces its seconds of SILENCE. Every
    option that libpq knows may stand behind the question mark.
    Raises UnsafeSettings for what isn't understood.
    """
    if work not in LIMITS:
        raise UnsafeSettings(f"TIRAGE_DATABASE_WORK={work!r}: write page, job or migration.")
    parts = _parts_of(url)
    if parts.scheme == "sqlite":
        return _sqlite(parts)
    if parts.scheme in {"postgresql", "postgres"}:
        waits = SILENCE[work] if silence is None else silence
        return _postgresql(parts, work, pool_size, prepare=prepare, silence=waits)
    shown = url.rsplit("@", maxsplit=1)[-1]
    raise UnsafeSettings(
        f"TIRAGE_DATABASE_URL={shown!r}: write sqlite:///absolute/path or postgresql://user@host/name."
    )


def _parts_of(url: str) -> SplitResult:
    """Never quotes what it refuses: a password may stand anywhere in it."""
    try:
        parts = urlsplit(url)
        port, broken = parts.port, bool(parts.fragment)
    except ValueError:
        port, broken = None, True
    if broken or port == 0:
        raise UnsafeSettings(
            "TIRAGE_DATABASE_URL: it can't be read as an address. In user and password write the letters "
            "@ : / ? # [ ] % as %40 %3A %2F %3F %23 %5B %5D %25; a port is a number."
        )
    return parts


def _sqlite(parts: SplitResult) -> dict[str, object]:
    if parts.netloc or len(parts.path) < 2 or "\0" in unquote(parts.path):
        raise UnsafeSettings("TIRAGE_DATABASE_URL: write sqlite:////absolute/path, with the file's name.")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": unquote(parts.path[1:]),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
            ),
        },
    }


def _postgresql(
    parts: SplitResult, work: str, pool_size: int, *, prepare: bool, silence: float
) -> dict[str, object]:
    asked = _asked(parts)
    options: dict[str, object] = {
        # The ORM's values are bound here, so that a list's filter is planned for its own values. Only the
        # hand-written statements (core.sql) are prepared, and planned once a connection: planning them for
        # each customer anew costs PostgreSQL more than running them.
        "server_side_binding": False,
        "silence": silence,
        "prepare_threshold": NEVER_BY_ITSELF if prepare else None,
        **REACHING,
        **{name: value for name, value in asked.items() if name not in IN_ITS_PLACE},
        "options": " ".join(filter(None, [_limits(work) if prepare else "", asked.get("options", "")])),
    }
    if pool_size:
        options["pool"] = {
            "min_size": 1,
            "max_size": pool_size,
            "timeout": 10,
            "connection_class": impatient(silence),
        }
    name = asked.get("dbname") or unquote(parts.path[1:])
    if not name and "service" not in asked:
        raise UnsafeSettings("TIRAGE_DATABASE_URL: name the database, postgresql://user:password@host/name.")
    return {
        "ENGINE": "tirage.core.postgresql",
        "NAME": name,
        "USER": asked.get("user") or unquote(parts.username or ""),
        "PASSWORD": asked.get("password") or unquote(parts.password or ""),
        "HOST": asked.get("host") or parts.hostname or "",
        "PORT": asked.get("port") or str(parts.port or ""),
        "CONN_MAX_AGE": 0 if pool_size else CONNECTION_SECONDS,
        # A worker asks before each job whether its connection is still there; a page looks (parts/outages.py).
        "CONN_HEALTH_CHECKS": work == "job",
        "OPTIONS": options,
    }


def _asked(parts: SplitResult) -> dict[str, str]:
    """What stands behind the question mark; an option that libpq doesn't know would do nothing, and is refused."""
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    if unknown := sorted(set(asked) - known):
        raise UnsafeSettings(
            f"TIRAGE_DATABASE_URL: PostgreSQL has no connection option {', '.join(unknown)}. "
            "Options are spelled as in its manual, such as sslmode, sslrootcert or connect_timeout."
        )
    return asked


def _limits(work: str) -> str:
    statement, lock, idle = LIMITS[work]
    values = {
        "plan_cache_mode": "force_generic_plan",
        # Long statements of many conditions would take longer to compile to machine code than to run.
        "jit": "off",
        "statement_timeout": statement,
        "lock_timeout": lock,
        "idle_in_transaction_session_timeout": idle,
    }
    return " ".join(f"-c {name}={value}" for name, value in values.items())
