"""What the mails about clubs say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.urls import reverse

from tirage.clubs.cards import card_of_member, named_card_id, say_trouble, trouble_of
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.states import MemberState
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.customers.sign_in import CAMPAIGN_DAYS, make_campaign_link
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values
from tirage.notifications.wording import Say


def _joined(mail: SentMail, winery: Winery) -> Values:
    member = _member(mail, MemberState.ACTIVE, MemberState.PAUSED)
    fee = ""
    if member.fee and member.fee.paid_minor > 0:
        paid = Say(winery).money(Money(member.fee.paid_minor, member.fee.currency))
        fee = f"The joining fee of {paid} is paid."
    return _of(member.club, member.customer, mail) | {"club.words": member.words, "club.fee": fee}


def _paused(mail: SentMail, winery: Winery) -> Values:
    return _step(mail, MemberState.PAUSED)


def _resumed(mail: SentMail, winery: Winery) -> Values:
    return _step(mail, MemberState.ACTIVE)


def _left(mail: SentMail, winery: Winery) -> Values:
    return _step(mail, MemberState.LEFT)


def _step(mail: SentMail, state: MemberState) -> Values:
    member = _member(mail, state)
    return _of(member.club, member.customer, mail) | {"club.reason": member.reason}


def _refused(mail: SentMail, winery: Winery) -> Values:
    club = Club.objects.filter(pk=mail.data.get("club_id")).first()
    if club is None or mail.customer is None:
        raise NothingToSay("The club or the customer is gone.")
    if (
        ClubMember.objects.filter(club=club, customer=mail.customer)
        .exclude(state=MemberState.LEFT.value)
        .exists()
    ):
        raise NothingToSay("They have joined meanwhile, or are paying.")
    path = (
        reverse("storefront:join_club", args=[club.reference])
        if club.is_open
        else reverse("storefront:clubs")
    )
    link = make_campaign_link(mail.customer, path, CAMPAIGN_DAYS, now=mail.due_at)
    return {
        "club.name": club.name,
        "club.link": Link(link, "Try again"),
        "club.reason": str(mail.data.get("why", "")),
    }


def _fee_back(mail: SentMail, winery: Winery) -> Values:
    member = _member(mail, *MemberState)
    amount = Money(int(mail.data["amount_minor"]), mail.data["currency"])
    return _of(member.club, member.customer, mail) | {
        "club.amount": Say(winery).money(amount),
        "club.reason": str(mail.data.get("reason", "")),
    }


def _card(mail: SentMail, winery: Winery) -> Values:
    member = _member(mail, MemberState.ACTIVE)
    card = card_of_member(member, mail.due_at)
    trouble = trouble_of(card, mail.due_at)
    if not trouble:
        raise NothingToSay("The card will do.")
    path = reverse("storefront:club_ways", args=[member.club.reference])
    link = make_campaign_link(member.customer, path, CAMPAIGN_DAYS, now=mail.due_at)
    return {
        "club.name": member.club.name,
        "club.link": Link(link, "Choose the card"),
        "club.problem": say_trouble(card, trouble, is_named=named_card_id(member) is not None),
    }


def _member(mail: SentMail, *states: MemberState) -> ClubMember:
    found = ClubMember.objects.select_related("club", "customer", "fee").filter(pk=mail.data.get("member_id"))
    member = found.first()
    if member is None or member.state not in states:
        raise NothingToSay("The membership has moved on.")
    return member


def _of(club: Club, customer: Customer, mail: SentMail) -> Values:
    link = make_campaign_link(customer, reverse("storefront:clubs"), CAMPAIGN_DAYS, now=mail.due_at)
    return {"club.name": club.name, "club.link": Link(link, "See my clubs")}


CLUB_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.CLUB_JOINED: _joined,
    MailKind.CLUB_PAUSED: _paused,
    MailKind.CLUB_RESUMED: _resumed,
    MailKind.CLUB_LEFT: _left,
    MailKind.CLUB_REFUSED: _refused,
    MailKind.CLUB_FEE_BACK: _fee_back,
    MailKind.CLUB_CARD: _card,
}
