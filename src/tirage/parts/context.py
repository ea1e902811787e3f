"""What every page knows without asking: the winery, and the name of its request."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tirage.core.winery import current_winery
from tirage.parts.middleware import request_id


def winery(request: HttpRequest) -> dict[str, Any]:
    """``winery``, from memory nearly always (see ``core.winery``), and ``request_id`` for people to quote."""
    return {"winery": current_winery(), "request_id": request_id(request)}
