"""A handful of people with a known name, so that each side of the shop can be seen at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.urls import reverse

from tirage.checkout.queries import load_offer_page
from tirage.core.actors import Actor
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.customers.sign_in import make_campaign_link
from tirage.demo.estate import ESTATE
from tirage.demo.loader.team import PASSWORD, STAFF
from tirage.demo.people import DemoPerson, Tier
from tirage.notifications.inviting import invite_customer
from tirage.offers.models import Offer
from tirage.offers.rules import OfferStatus
from tirage.payments.operations import give_credit

#: Test cards, by what they do; docs/payments.md has them all.
SUCCEEDS = "4242424242424242"
DECLINED = "4000000000000341"
AUTHENTICATES = "4000002760003184"


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """``waits``: has ordered before, but nothing in the release that is open today."""

    first_name: str
    last_name: str
    tier: Tier
    card: str
    what: str
    waits: bool = True
    is_suspended: bool = False

    @property
    def email(self) -> str:
        return f"{self.first_name}.{self.last_name}@mail.example.com".lower()


NAMED = {
    "full": NamedPerson(
        "Margaret", "Holm", Tier.RIDGE, SUCCEEDS, "a full allocation, a saved card and store credit"
    ),
    "ordered": NamedPerson(
        "Daniel",
        "Okafor",
        Tier.RIDGE,
        SUCCEEDS,
        "has ordered, wishes for more, has bottles set aside",
        waits=False,
    ),
    "declined": NamedPerson("Louis", "Ferrer", Tier.SLOPE, DECLINED, "the card will be declined"),
    "bank": NamedPerson("Yuki", "Tanabe", Tier.SLOPE, AUTHENTICATES, "the bank asks for a confirmation"),
    "later": NamedPerson("Grace", "Whitfield", Tier.FIELD, SUCCEEDS, "the offer opens later"),
    "waiting": NamedPerson(
        "Peter", "Sandoval", Tier.WAITING, SUCCEEDS, "in line on the waiting list, no offer"
    ),
    "suspended": NamedPerson(
        "Victor", "Lang", Tier.SLOPE, SUCCEEDS, "suspended, can't come in", is_suspended=True
    ),
}


def cast_people(people: Sequence[DemoPerson], now: datetime) -> tuple[list[DemoPerson], dict[int, str]]:
    """The people with the named ones in place of others of their tier, and who is who by person's number.

    The named joined long ago, so that they have a past here.
    """
    cast: dict[int, DemoPerson] = {}
    roles: dict[int, str] = {}
    for key, named in NAMED.items():
        person = next(
            one for one in people if one.tier is named.tier and one.number not in cast and one.addresses
        )
        cast[person.number] = _renamed(person, named, now)
        roles[person.number] = key
    changed = [cast.get(person.number, person) for person in people]
    return sorted(changed, key=lambda person: (person.signed_up_at, person.number)), roles


def _renamed(person: DemoPerson, named: NamedPerson, now: datetime) -> DemoPerson:
    name = f"{named.first_name} {named.last_name}"
    # San Francisco is reached by every way of delivery.
    home = replace(
        person.addresses[0],
        recipient=name,
        company="",
        line1="2480 Harrison Street",
        line2="",
        city="San Francisco",
        state="CA",
        postal_code="94110",
    )
    signed_up = min(person.signed_up_at, now - timedelta(days=900))
    return replace(
        person,
        first_name=named.first_name,
        last_name=named.last_name,
        email=named.email,
        zeal=1.0,
        thirst=0.75,
        note="",
        tags=(),
        is_suspended=named.is_suspended,
        suspended_because="Asked us to pause the account until further notice." if named.is_suspended else "",
        signed_up_at=signed_up,
        consented_at=signed_up,
        birth_date=person.birth_date,
        addresses=(home,),
    )


def sign_ins(site: str) -> list[str]:
    """What the demo says at its start: who can be tried, with links that sign them in, and the team's accounts."""
    now = read_clock()
    customers = {customer.email: customer for customer in Customer.objects.filter(email__in=_emails())}
    lines = ["Customers, each with a link that signs in:"]
    for named in NAMED.values():
        customer = customers.get(named.email)
        lines.append(f"  {named.first_name} {named.last_name}: {named.what}")
        if customer is None or named.is_suspended:
            lines.append(f"    {site}/  with {named.email}")
        else:
            lines.append(f"    {make_campaign_link(customer, '/', now=now)}")
    lines += ["", f"The team, at {site}{reverse('backoffice:home')}, all with the password “{PASSWORD}”:"]
    lines += [f"  {one.email:<28} {one.role.value.replace('_', '-')}" for one in STAFF]
    lines += ["", f"Every mail that the shop sends is at {site}/dev/mail/"]
    return lines


def invite_named(now: datetime) -> None:
    """Invitations to those of the named whose offer is open, so that the mail page has something to open."""
    for customer in Customer.objects.filter(email__in=_emails()).order_by("pk"):
        page = load_offer_page(customer, now)
        if page.offer is not None and page.status is OfferStatus.OPEN and customer.is_active:
            invite_customer(offer=Offer.objects.get(pk=page.offer.id), customer=customer, now=now)


def thank_named(actor: Actor, now: datetime) -> None:
    """Store credit for one of the named, so that the checkout has some to offer."""
    customer = Customer.objects.get(email=NAMED["full"].email)
    give_credit(
        customer=customer,
        amount=Money(35_00, ESTATE.currency),
        reason="Poured at our dinner in May",
        actor=actor,
        now=now,
    )


def _emails() -> list[str]:
    return [named.email for named in NAMED.values()]
