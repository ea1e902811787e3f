"""Finding the gateway that the settings name."""

from __future__ import annotations

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from tirage.payments.protocol import Gateway


@cache
def gateway_for(key: str) -> Gateway:
    """The gateway that stored a card or payment under ``key``."""
    return cast(Gateway, import_string(settings.TIRAGE_GATEWAYS[key])())


def current_gateway() -> Gateway:
    """The gateway for new cards and payments."""
    return gateway_for(settings.TIRAGE_GATEWAY)
