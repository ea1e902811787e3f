"""Deleting what was never open: drafts of offers and of whole releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.uses import are_used
from tirage.offers.models import CustomAllowance, GridDraft, Offer, OfferItem, Release
from tirage.offers.operations.releases import locked_offer, locked_release


@dataclass(frozen=True, slots=True)
class Hanging:
    """What goes with a draft: how many offers, items, and limits of single customers."""

    offers: int
    items: int
    allowances: int

    @property
    def key(self) -> str:
        """What a page that showed it sends back."""
        return f"{self.offers}.{self.items}.{self.allowances}"


def hanging_on(offers: Sequence[Offer]) -> Hanging:
    """What is deleted with ``offers``; two statements."""
    keys = [offer.pk for offer in offers]
    return Hanging(
        len(keys),
        OfferItem.objects.filter(offer__in=keys).count(),
        CustomAllowance.objects.filter(offer_item__offer__in=keys).count(),
    )


def is_draft(offers: Sequence[Offer]) -> bool:
    """Whether no customer has seen any of ``offers``, bought, holds, wishes for or was invited to anything of it."""
    if not all(offer.was_never_seen for offer in offers):
        return False
    rows = Offer.objects.filter(pk__in=[offer.pk for offer in offers])
    items = OfferItem.objects.filter(offer__in=rows.values("pk"))
    return not are_used(rows, ignoring=(OfferItem,)) and not are_used(items, ignoring=(CustomAllowance,))


def delete_offer(*, offer: Offer, seen: str, actor: Actor, now: datetime) -> None:
    """Deletes an offer that was never open, with its items and the limits of single customers.

    ``seen`` is the ``Hanging.key`` that the actor was shown. Locks the offer. Raises DomainError ``offer_kept`` when it
    is no draft (any more), Conflict ``hanging_changed``. Records ``offer.deleted`` on its release.
    """
    with transaction.atomic():
        locked = locked_offer(offer)
        _delete([locked], seen)
        text = f"deleted the draft of the offer to {locked.group.name} in {locked.release.name}"
        record_event(EventName.OFFER_DELETED, "release", locked.release_id, text=text, actor=actor, now=now)


def delete_release(*, release: Release, seen: str, actor: Actor, now: datetime) -> None:
    """Deletes a release of which nothing was ever open, with its offers.

    Locks the release, then its offers. Raises DomainError ``offer_kept``, ``release_kept``, Conflict
    ``hanging_changed``. Records ``release.deleted``.
    """
    with transaction.atomic():
        locked = locked_release(release)
        _delete(lock_rows(Offer.objects.filter(release=locked)), seen)
        if are_used(Release.objects.filter(pk=locked.pk), ignoring=(GridDraft,)):
            raise DomainError(
                "release_kept", "Carts or orders belong to this release. It stays in the books."
            )
        key, text = locked.pk, f"deleted the release {locked.name}"
        locked.delete()
        record_event(EventName.RELEASE_DELETED, "release", key, text=text, actor=actor, now=now)


def _delete(offers: Sequence[Offer], seen: str) -> None:
    if not is_draft(offers):
        raise DomainError(
            "offer_kept",
            "An offer that was open, or that somebody was invited to, stays in the books. Deactivate it instead.",
        )
    if hanging_on(offers).key != seen:
        raise Conflict(
            "hanging_changed", "It has changed since you looked. Look again at what would be deleted."
        )
    Offer.objects.filter(pk__in=[offer.pk for offer in offers]).delete()
