"""One line of JSON per log entry, with the request's id, and without the addresses that are a permission.

Whoever reads a log must not sign in, pay, or set a password by it. Two walls, both here: records lose the keys as they
are made, whichever library makes them and however a server writes them down; and our own lines lose them once more.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog

#: Addresses whose last part is all that somebody needs: a mailed sign-in, a link to pay, to give a card or to see an
#: order's way, a bank's question, a new password, a wish to be left alone. A test walks the table of
#: addresses and finds the one that is missing here.
_KEYS = re.compile(
    r"(?<!/winery)(?<!%2[fF]winery)((?:/|%2[fF])(?:sign-in|in|join|pay|card|status|unsubscribe|stripe(?:/|%2[fF])confirm"
    r"|password(?:/|%2[fF])reset(?:/|%2[fF])key)(?:/|%2[fF]))(?!(?:code|passkey)(?:/|%2[fF]))"
    r"((?:(?!%2[fF])[^/\s\"'?&<>])+)"
)
#: The keys in the address of the request under way: in whatever words an error quotes them, they are left out.
_present: ContextVar[frozenset[str]] = ContextVar("tirage_keys", default=frozenset())
_SHORTEST = 8


def hide(text: str) -> str:
    """The text without the unguessable part of its addresses."""
    for key in _present.get():
        text = text.replace(key, "…")
    return _KEYS.sub(r"\1…", text)


def keep_secret(path: str) -> None:
    """Notes the keys in the address of the request that begins: they stand in no line written during it."""
    _present.set(frozenset(key for _, key in _KEYS.findall(path) if len(key) >= _SHORTEST))


def guard_records() -> None:
    """Every record of this process, whoever makes and writes it, loses its keys as it is made. Once a process."""
    make = logging.getLogRecordFactory()
    if not getattr(make, "hides", False):
        logging.setLogRecordFactory(_hiding(make))


def _hiding(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    plain = logging.Formatter()

    def make_hidden(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.msg = _hidden(record.msg) if isinstance(record.msg, str | dict) else hide(str(record.msg))
        record.args = _hidden(record.args)
        if record.exc_info and record.exc_info[1] is not None:
            # What a formatter of the standard library would write for itself.
            record.exc_text = hide(plain.formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = hide(record.stack_info)
        return record

    make_hidden.hides = True  # type: ignore[attr-defined]  # asked above, so that there is one wall and not two
    return make_hidden


def _hidden(value: Any) -> Any:
    """The value with every text in it hidden; what isn't a plain value is left, and hidden when it is written."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {name: _hidden(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_hidden(one) for one in value) if type(value) in (tuple, list) else value
    if isinstance(value, Exception):
        return hide(str(value))
    return value


def line_formatter() -> logging.Formatter:
    """Formats standard library and structlog records alike."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide_keys,
            structlog.processors.JSONRenderer(),
        ],
    )


def hide_keys(logger: object, method: str, entry: structlog.types.EventDict) -> structlog.types.EventDict:
    """Takes the unguessable part out of addresses, in every text of the entry."""
    return {name: _hidden(value) for name, value in entry.items()}


#: How a server's own log is written: its lines through the same formatter as everybody's.
SERVER_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "tirage.parts.logs.line_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "_granian": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "granian.access": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
