"""The layout that mails are sent in: the built-in one or the winery's own, saved and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import Clash, Overtaken, is_same, settle
from tirage.core.locks import lock_rows
from tirage.core.models import Winery
from tirage.notifications.layout import Layout, LayoutRefused, Look, check_layout, compile_layout
from tirage.notifications.models import MailLayout

_BUILT_IN = Path(__file__).parent / "templates" / "notifications" / "layout.mjml"


@lru_cache(maxsize=1)
def built_in_layout() -> str:
    """The layout that comes with Tirage."""
    return _BUILT_IN.read_text(encoding="utf-8").strip()


def own_layout() -> str:
    """The winery's own; empty for none."""
    return MailLayout.objects.values_list("source", flat=True).first() or ""


def layout_of(winery: Winery, source: str | None = None) -> Layout:
    """What mails are put into, in the winery's colours; one statement.

    A saved layout that can't be read any more keeps no mail from leaving: then they go out in the built-in one. Raises
    LayoutRefused for a ``source`` that can't be used.
    """
    look = Look(winery.paper, winery.ink, winery.accent, winery.locale.replace("_", "-"))
    if source is not None:
        return compile_layout(source, look)
    try:
        return compile_layout(own_layout() or built_in_layout(), look)
    except LayoutRefused:
        return compile_layout(built_in_layout(), look)


@transaction.atomic
def save_layout(*, source: str, shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime) -> None:
    """The winery's own layout for all mails. Records ``mail_text.saved`` when it is another.

    ``shown``: the ``source`` that the page showed. Locks the winery. Raises DomainError ``mail_layout_invalid`` with
    what to do, Overtaken where somebody else saved another meanwhile.
    """
    stands = _locked_layout()
    wanted = source.replace("\r\n", "\n").strip()
    text = settle({"source": wanted}, shown=shown, stands={"source": stands})["source"]
    if is_same(text, stands):
        return
    try:
        check_layout(text)
    except LayoutRefused as refused:
        problem = {"source": str(refused)}
        raise DomainError("mail_layout_invalid", "Mails can’t be sent in this layout.", problem) from None
    MailLayout.objects.update_or_create(id=1, defaults={"source": text})
    _record("changed the layout of mails", actor, now)


@transaction.atomic
def restore_layout(*, shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime) -> None:
    """Back to the built-in layout. ``shown``, locks, records and raises as ``save_layout``."""
    stands = _locked_layout()
    if shown is not None and not is_same(shown["source"], stands):
        raise Overtaken({"source": Clash(shown["source"], stands, None)}, {"source": stands})
    removed, _ = MailLayout.objects.all().delete()
    if removed:
        _record("went back to the built-in layout of mails", actor, now)


def _locked_layout() -> str:
    """What stands, under the winery's lock, since there may be no row."""
    lock_rows(Winery.objects.filter(id=1))
    return own_layout() or built_in_layout()


def _record(text: str, actor: Actor, now: datetime) -> None:
    record_event(
        EventName.MAIL_TEXT_SAVED, "mail_text", 0, text=text, data={"kind": "layout"}, actor=actor, now=now
    )
