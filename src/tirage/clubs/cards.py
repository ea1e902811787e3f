"""Cards of memberships that will be charged and can't be: told days before, once for each trouble."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from tirage.clubs.models import ClubMember
from tirage.clubs.states import MemberState
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.turns import take_turns
from tirage.payments.models import PaymentMethod
from tirage.payments.queries import saved_cards

#: A card that ends within so long is told of: a month, so that none ends untold.
SOON = timedelta(days=31)


def card_trouble(member: ClubMember, now: datetime) -> str:
    """``none``, ``expired CRD-…``, ``expiring CRD-…``; empty where the card that is charged will do."""
    return trouble_of(card_of_member(member, now), now)


def trouble_of(card: PaymentMethod | None, now: datetime) -> str:
    """The trouble with a card that is to be charged, as ``card_trouble``."""
    if card is None:
        return "none"
    if card.has_expired(now):
        return f"expired {card.reference}"
    return f"expiring {card.reference}" if card.has_expired(now + SOON) else ""


def say_trouble(card: PaymentMethod | None, trouble: str, *, is_named: bool = False) -> str:
    """The trouble as a sentence goes on with it; ``is_named``: the member chose a card once. Empty without one."""
    if not trouble:
        return ""
    if card is None:
        return "the card that you chose is no longer saved" if is_named else _NONE
    end = "has expired" if trouble.startswith("expired") else "expires soon"
    return f"the card that we would charge, {card.label}, {end}"


_NONE = "no card of yours is saved that we could charge"


def named_card_id(member: ClubMember) -> int | None:
    """The card that a membership names, on its standing order where it has one; None: the customer's first."""
    return member.standing.card_id if member.standing else member.card_id


def card_of_member(member: ClubMember, now: datetime) -> PaymentMethod | None:
    """The card that the club's standing order charges: the one that it names, else the customer's first."""
    return pick_card(member, list(saved_cards(member.customer_id, now)))


def pick_card(member: ClubMember, cards: Sequence[PaymentMethod]) -> PaymentMethod | None:
    """The card of a membership among those that its customer has saved, the first first."""
    named = named_card_id(member)
    return next((one for one in cards if named in (None, one.pk)), None)


def tell_of_cards(*, now: datetime) -> int:
    """Mails active members of clubs that order by themselves whose card is missing, has expired or will soon.

    Once for each trouble of each card; what is mended may be told of again. Run by the schedule; how many were told.
    """
    members = ClubMember.objects.filter(state=MemberState.ACTIVE.value, standing__isnull=False)
    ids = members.exclude(club__amount="").order_by("pk").values_list("pk", flat=True)
    return sum(take_turns(partial(_tell, pk, now) for pk in ids))


def _tell(member_id: int, now: datetime) -> bool:
    with transaction.atomic():
        member = lock_row(ClubMember.objects.filter(pk=member_id, state=MemberState.ACTIVE.value))
        trouble = card_trouble(member, now) if member else ""
        if member is None or trouble == member.card_told:
            return False
        ClubMember.objects.filter(pk=member_id).update(card_told=trouble)
        if not trouble:
            return False
        react("club.card", member_id=member_id, customer_id=member.customer_id, now=now)
    return True
