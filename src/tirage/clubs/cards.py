"""Cards of memberships that will be charged and can't be: told days before, once for each trouble."""

from __future__ import annotations

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
    card = card_of_member(member, now)
    if card is None:
        return "none"
    if card.has_expired(now):
        return f"expired {card.reference}"
    return f"expiring {card.reference}" if card.has_expired(now + SOON) else ""


def card_of_member(member: ClubMember, now: datetime) -> PaymentMethod | None:
    """The card that the club's standing order charges: the one that it names, else the customer's first."""
    cards = saved_cards(member.customer_id, now)
    named = member.standing.card_id if member.standing else member.card_id
    return (cards.filter(pk=named) if named else cards).first()


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
