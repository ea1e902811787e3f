"""Entries for the customer's own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from tirage.parts.calendar import MEDIA_TYPE, Entry, calendar_file


def uid_of(about: str) -> str:
    """The name of an entry for ever; ``about`` is what it is about in this shop."""
    return f"{about}@{urlsplit(settings.SITE_URL).hostname}"


def address_of(name: str, *args: str) -> str:
    """The public address of a page, which an entry leads to."""
    return str(settings.SITE_URL + reverse(name, args=args))


def calendar_answer(name: str, entries: Sequence[Entry], *, now: datetime) -> HttpResponse:
    """The file, named ``name``; a telephone that knows calendars asks where to put it."""
    response = HttpResponse(calendar_file(entries, now=now), content_type=MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response
