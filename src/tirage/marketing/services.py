"""Finding the newsletter service that the settings name."""

from __future__ import annotations

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from tirage.marketing.protocol import MailingService


def current_service() -> MailingService:
    """The service of this installation, connected or not."""
    return _service(settings.TIRAGE_MAILING_SERVICE)


@cache
def _service(path: str) -> MailingService:
    return cast(MailingService, import_string(path)())
