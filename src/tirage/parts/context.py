"""What every page knows without asking: the winery."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tirage.core.winery import current_winery


def winery(request: HttpRequest) -> dict[str, Any]:
    """``winery`` for templates; from memory nearly always, see ``core.winery``."""
    return {"winery": current_winery()}
