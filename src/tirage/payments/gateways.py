"""Finding the gateway that the settings name, and noting how it answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from tirage.core.clock import read_clock
from tirage.core.heartbeats import gateway_beat, note_failure, note_success
from tirage.payments.protocol import CardRefused, Gateway, GatewayRefused, GatewayResult, GatewayTimeout
from tirage.payments.states import TRIAL

#: The calls of the protocol that ask somebody.
_ASKING = (
    *(
        "save_card",
        "take_over",
        "remove_card",
        "charge",
        "authorise",
        "capture",
        "void",
        "refund",
        "find",
        "fetch",
    ),
)


@cache
def gateway_for(key: str) -> Gateway:
    """The gateway that stored a card or payment under ``key``."""
    kind = import_string(settings.TIRAGE_GATEWAYS[key])
    # What is tried is in no figure, so nobody watches how it answers.
    return cast(Gateway, (kind if key == TRIAL else _watched(kind))())


def gateway_key(*, test: bool) -> str:
    """The gateway for a new payment: the shop's own, or that of test orders."""
    return TRIAL if test else str(settings.TIRAGE_GATEWAY)


def current_gateway() -> Gateway:
    """The gateway for new cards and payments."""
    return gateway_for(settings.TIRAGE_GATEWAY)


def _watched(kind: type[Any]) -> type[Any]:
    """The same gateway, of which each answer, and each silence, is noted (``core/heartbeats.py``)."""
    return type(kind.__name__, (kind,), {name: _noting(kind, name) for name in _ASKING})


def _noting(kind: type[Any], name: str) -> Callable[..., Any]:
    @wraps(getattr(kind, name))
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = getattr(super(type(self), self), name)(*args, **kwargs)
        except (GatewayRefused, CardRefused):
            # A no is an answer.
            _note(self.key, name, "refused")
            raise
        except Exception as problem:
            _note(self.key, name, "no answer", problem)
            raise
        _note(self.key, name, answer.outcome.value if isinstance(answer, GatewayResult) else "done")
        return answer

    return call


def _note(key: str, name: str, result: str, problem: Exception | None = None) -> None:
    now = read_clock()
    if problem is None:
        note_success(gateway_beat(key), now)
    else:
        words = "no answer in time" if isinstance(problem, GatewayTimeout) else type(problem).__name__
        note_failure(gateway_beat(key), words, now)
    note_success(f"call {key} {name} {result}", now)
