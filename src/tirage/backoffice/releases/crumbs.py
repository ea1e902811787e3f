"""The way back from pages of releases."""

from __future__ import annotations

from django.urls import reverse


def release_crumbs() -> list[tuple[str, str]]:
    """Where releases begin."""
    return [("Releases", reverse("backoffice:releases"))]
