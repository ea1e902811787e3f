"""Where a member's wine goes and what is charged: chosen anew, by the member or by staff."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.clubs.entering import record_member
from tirage.clubs.models import ClubMember
from tirage.clubs.states import LIVE
from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.customers.models import Address
from tirage.payments.models import PaymentMethod
from tirage.standing.agreeing import Wanted, own_address, own_card
from tirage.standing.models import StandingOrder
from tirage.standing.states import LIVE as STANDING_LIVE
from tirage.standing.states import Amount


def change_ways(
    *, member: ClubMember, address_reference: str, card_reference: str, actor: Actor, now: datetime
) -> ClubMember:
    """Another card or address for a membership, and for the standing order that the club brought, from now on.

    What was agreed to stays as it is; the same ones change nothing. Locks membership, standing order. Records
    ``club.ways_changed``. Raises DomainError ``not_member``, ``address_missing``, ``card_missing``.
    """
    with transaction.atomic():
        locked = lock_row(ClubMember.objects.filter(pk=member.pk, state__in=[one.value for one in LIVE]))
        if locked is None:
            raise DomainError("not_member", "This membership has ended.")
        wanted = Wanted(Amount.FULL, None, address_reference, card_reference)
        address, card = own_address(locked.customer, wanted), own_card(locked.customer, wanted)
        changed = _set_ways(locked, address, card, now)
        live = [one.value for one in STANDING_LIVE]
        standing = lock_row(StandingOrder.objects.filter(pk=locked.standing_id or 0, state__in=live))
        if standing is not None:
            changed |= _set_ways(standing, address, card, now)
        if changed:
            what = _say(address, card, changed)
            own, of_other = f"chose {what} for", f"chose {what} of {{}} for"
            record_member(EventName.CLUB_WAYS_CHANGED, locked, own, of_other, actor, now)
    return locked


def _set_ways(
    row: ClubMember | StandingOrder, address: Address | None, card: PaymentMethod | None, now: datetime
) -> set[str]:
    """Writes both where they differ; which did."""
    changed = set()
    if row.card_id != (card.pk if card else None):
        changed.add("card")
    if row.address_id != (address.pk if address else None):
        changed.add("address")
    if changed:
        row.card, row.address, row.changed_at = card, address, now
        row.save(update_fields=["card", "address", "changed_at"])
    return changed


def _say(address: Address | None, card: PaymentMethod | None, changed: set[str]) -> str:
    of_card = f"the card {card.label}" if card else "the first card"
    of_address = f"the address {address.one_line}" if address else "the first address"
    return " and ".join(
        words for name, words in (("card", of_card), ("address", of_address)) if name in changed
    )
