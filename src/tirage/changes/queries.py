"""What an order would become, and the drafts that there are."""

from __future__ import annotations

from datetime import datetime

from tirage.changes.models import ChangeDraft
from tirage.changes.rules import ChangeQuote
from tirage.core.actors import Actor


def find_draft(reference: str, actor: Actor) -> ChangeDraft:
    """The draft with its order, customer, release, offer, method and card; customers see only those of their orders.

    Raises DomainError ``not_found``.
    """
    raise NotImplementedError


def quote_draft(draft: ChangeDraft, now: datetime) -> ChangeQuote:
    """The draft as it would be applied now. Reads only; at most ten statements."""
    raise NotImplementedError


def live_drafts(order_id: int) -> list[ChangeDraft]:
    """Drafts of an order that can still become a change, newest first."""
    raise NotImplementedError


def why_not_changeable(order_state: str) -> str:
    """Why an order in this state can't be changed, in words; empty when it can."""
    raise NotImplementedError
