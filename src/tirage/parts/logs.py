"""One line of JSON per log entry, with the request's id and without the addresses that are a permission."""

from __future__ import annotations

import logging
import re

import structlog

#: Addresses whose last part is all that somebody needs: a mailed sign-in, a pay or card link, a bank's question.
_KEYS = re.compile(r"/(sign-in|in|pay|card|stripe/confirm)/(?!code/)[^/\s\"'?]+")


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
    """Takes the unguessable part out of addresses: who reads the log must not pay or sign in by it."""
    return {
        name: _KEYS.sub(r"/\1/…", value) if isinstance(value, str) else value for name, value in entry.items()
    }
