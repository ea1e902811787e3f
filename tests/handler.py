"""The middleware of the test clients, made once: every new client made its own, and looked for all static files."""

from __future__ import annotations

from typing import Any

from django.conf import Settings, settings
from django.test.client import ClientHandler

_MADE = ("_view_middleware", "_template_response_middleware", "_exception_middleware", "_middleware_chain")


def share_middleware() -> None:
    """Under settings that nobody has changed, clients share what is made here, before a test has patched any."""
    handlers: Any = ClientHandler
    chosen: Any = settings
    load = handlers.load_middleware
    first = ClientHandler()
    load(first)
    shared = {name: getattr(first, name) for name in _MADE}

    def load_once(self: ClientHandler, is_async: bool = False) -> None:
        if is_async or not isinstance(chosen._wrapped, Settings):
            load(self, is_async)
        else:
            vars(self).update(shared)

    handlers.load_middleware = load_once
