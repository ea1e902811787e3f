"""Rendered parts that are the same for many customers, made once: on a release day a group's pages hardly differ.

A part is a pure function of the facts it is given. Nothing of a request, and no token, may be among them.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import get_template
from django.utils.safestring import SafeString


@lru_cache(maxsize=4096)
def kept(template: str, **facts: Hashable) -> SafeString:
    """``template`` rendered with ``facts`` alone, from memory when these facts were seen before."""
    return SafeString(get_template(template).render(facts))
