"""Two clubs: one with a standing order, one with a joining fee; who joined, paused and left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F, QuerySet

from tirage.clubs.joining import Joins, join_club, leave_club, pause_membership
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.plans import save_club
from tirage.clubs.states import FeeWay
from tirage.core.actors import Actor, ActorKind
from tirage.customers.models import Customer, Group
from tirage.customers.states import GroupKind
from tirage.demo.loader.context import Load
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.standing.models import StandingOrder
from tirage.standing.states import Amount
from tirage.standing.terms import current_terms

CLUB, MEMBERS = "Library circle", 9
TABLE, GUESTS, FEE = "Founders’ table", 3, 75_00


def leave_clubs(load: Load, able: QuerySet[Customer], by: Actor) -> None:
    """Of those with a card and an address who have no standing order yet, the newest."""
    has_one = StandingOrder.objects.values("customer")
    rows = able.exclude(pk__in=has_one).order_by("-signed_up_at", "-pk")
    people = list(rows[: MEMBERS + GUESTS])
    _library_circle(load, people[:MEMBERS], by)
    _founders_table(load, people[MEMBERS:], by)
    _mails_went_out()


def _library_circle(load: Load, people: Sequence[Customer], by: Actor) -> None:
    """A standing order of its own; one member has paused, one has left."""
    values: dict[str, object] = {
        "name": CLUB,
        "description": "Six bottles of each release, set aside before anybody else, and no shipping to pay.",
        "terms": "I am a member until I say otherwise. Leaving takes a word or a press.",
        "amount": Amount.CAPPED.value,
        "cap": 6,
        "free_shipping": True,
    }
    at = load.now - timedelta(days=70)
    club = _club(load, values, 70, by)
    joins = Joins(club.version, current_terms().version, adult_confirmed=True)
    members = [
        join_club(
            club=club,
            customer=customer,
            joins=joins,
            actor=own(customer),
            now=at + timedelta(days=2 + number, hours=5),
        )
        for number, customer in enumerate(people)
    ]
    if len(members) > 4:
        pause_membership(
            member=members[1], reason="The cellar is full", actor=own(members[1].customer), now=load.now
        )
        leave_club(member=members[3], reason="Moving abroad", actor=own(members[3].customer), now=load.now)


def _founders_table(load: Load, people: Sequence[Customer], by: Actor) -> None:
    """A joining fee, which came by check, and was waived once."""
    values: dict[str, object] = {
        "name": TABLE,
        "description": "Two dinners a year among the barrels, and a word before each release.",
        "terms": "I am a guest of the table for as long as I like. The fee pays for a chair with my name.",
        "amount": "",
        "cap": None,
        "fee_minor": FEE,
        "free_shipping": False,
    }
    club = _club(load, values, 40, by)
    fees = ((FeeWay.CHEQUE, "No. 2107"), (FeeWay.WAIVED, "Helped with the first harvest"))
    for number, customer in enumerate(people):
        way, note = fees[number % 2]
        joins = Joins(
            club.version,
            current_terms().version,
            adult_confirmed=True,
            said="At the harvest dinner",
            fee_way=way,
            fee_note=note,
        )
        at = load.now - timedelta(days=36 - 3 * number, hours=4)
        member = join_club(club=club, customer=customer, joins=joins, actor=by, now=at)
        _name_alike(load, member)


def _name_alike(load: Load, member: ClubMember) -> None:
    """Numbers that are the same in each load of one moment."""
    if member.fee_id is None:
        return
    Order.objects.filter(pk=member.fee_id).update(reference=load.reference("ORD"))
    for payment in Payment.objects.filter(order=member.fee_id):
        Payment.objects.filter(pk=payment.pk).update(reference=load.reference("PAY"))


def _club(load: Load, values: dict[str, object], days_ago: int, by: Actor) -> Club:
    group = Group.objects.create(
        reference=load.reference("GRP"),
        name=str(values["name"]),
        internal_description="Members of the club of that name",
        kind=GroupKind.STANDARD.value,
        free_shipping=bool(values.pop("free_shipping")),
        rank=50,
    )
    facts = {**values, "group": group.reference, "with_default": False, "is_open": True}
    return save_club(club=None, values=facts, actor=by, now=load.now - timedelta(days=days_ago))


def _mails_went_out() -> None:
    """Who joined weeks ago was welcomed then."""
    welcomes = SentMail.objects.filter(kind=MailKind.CLUB_JOINED.value, sent_at__isnull=True)
    for mail in welcomes:
        club = Club.objects.get(members__pk=mail.data["member_id"])
        SentMail.objects.filter(pk=mail.pk).update(
            sent_at=F("due_at"), subject=f"Welcome to {club.name}", attempts=1
        )


def own(customer: Customer) -> Actor:
    """The customer as who acts."""
    return Actor(ActorKind.CUSTOMER, customer.pk, customer.name)
