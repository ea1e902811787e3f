"""Views that take a file of the team's, and how large it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])
#: What a multipart form is larger than its file.
AROUND = 1024 * 1024


def takes_file(most: int) -> Callable[[View], View]:
    """Lets who may open the view send a file of at most so many bytes; every other view takes forms only."""

    def mark(view: View) -> View:
        view.most_bytes = most + AROUND  # type: ignore[attr-defined]  # read before the request is
        return view

    return mark


def most_bytes(view: Callable[..., Any]) -> int:
    """Bytes that a request to the view may have besides those of any form; 0 where it takes no file."""
    return int(getattr(view, "most_bytes", 0))
