"""Forty customers with a past of everything that a condition asks for, drawn by a seed."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from tests.world import World
from tirage.checkout.models import Cart, OfferLook
from tirage.clubs.models import Club, ClubMember
from tirage.customers.models import (
    Address,
    Customer,
    Membership,
    PastMembership,
    PastSuspension,
    Tag,
)
from tirage.insights.models import Placement
from tirage.inventory.models import Hold
from tirage.notifications.models import OfferInvitation, SentMail
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
from tirage.orders.statements import recount_customer, recount_orders
from tirage.payments.models import Payment, PaymentMethod
from tirage.segments.models import CustomerList, CustomerListMember, SavedPlace, Segment
from tirage.wishes.models import Wish

PEOPLE = 40
#: Country, state, ZIP, county, metro area, latitude, longitude.
SPOTS: tuple[tuple[str, str, str, str, str, float | None, float | None], ...] = (
    ("US", "CA", "94110", "06075", "41860", 37.7509, -122.4153),
    ("US", "NY", "10012", "36061", "35620", 40.7255, -73.9983),
    ("US", "OR", "97209", "41051", "38900", 45.5314, -122.6839),
    ("FR", "", "", "", "", 44.8404, -0.5805),
    ("", "", "", "", "", None, None),
)
HOMES = (("CA", "94110"), ("CA", "94109-1234"), ("NY", "10012"), ("OR", "97209"), ("CA", "00000"))


class Crowd:
    """Draws and writes; ``things`` are the keys that conditions can name, by what they are."""

    def __init__(self, world: World, seed: int = 7) -> None:
        self.world, self.now, self.lot = world, world.now, random.Random(seed)
        #: Draws what came to be asked for later, so that the rest is drawn as before.
        self.later = random.Random(seed + 1)
        self.groups = [world.premier, world.estate, world.employees]
        self.skus = [world.cabernet, world.magnum, world.chardonnay, world.syrah_pack]
        self.offers = [*self._earlier(), world.premier_offer, world.estate_offer]
        self.people = [self._person(number) for number in range(PEOPLE)]
        for person in self.people:
            self._live(person)
        recount_orders(0, 2**62)
        for person in Customer.objects.all():
            recount_customer(person.pk)
        self._settle()
        self.things = self._things()

    def moment(self, days: int = 900) -> datetime:
        """Some moment of the past, often close to a day's end in the winery's zone."""
        return self.now - timedelta(days=self.lot.randrange(days), hours=self.lot.randrange(24))

    def _earlier(self) -> list[Offer]:
        found = []
        for number in range(2):
            opens = self.now - timedelta(days=300 * (number + 1))
            release = Release.objects.create(name=f"Earlier {number}", made_at=opens)
            for group in self.groups[:2]:
                offer = Offer.objects.create(
                    release=release, group=group, is_active=number == 0, activated_at=opens,
                    deactivated_at=None if number == 0 else opens + timedelta(days=3),
                    opens_at=opens, closes_at=opens + timedelta(days=7),
                )  # fmt: skip
                for sku in self.skus[:3]:
                    OfferItem.objects.create(offer=offer, sku=sku, purchase_maximum=self.lot.randrange(1, 6))
                found.append(offer)
        return found

    def _person(self, number: int) -> Customer:
        suspended = self.lot.random() < 0.2
        return Customer.objects.create(
            email=f"crowd{number}@example.com",
            last_name=f"Crowd {number}",
            birth_date=self.lot.choice(
                [
                    None,
                    date(1964, 2, 29),
                    (self.now + timedelta(days=self.lot.randrange(-5, 30))).date().replace(year=1970),
                ]
            ),
            status="suspended" if suspended else "active",
            suspended_at=self.moment(400) if suspended and self.lot.random() < 0.7 else None,
            marketing_consent_at=self.moment() if self.lot.random() < 0.5 else None,
            signed_up_at=self.lot.choice(
                [self.moment(), self.now - timedelta(days=365 * 2 - self.lot.randrange(-3, 20))]
            ),
            source=self.lot.choice(["tasting room", "web", "friend, of a friend"]),
            credit_minor=self.lot.choice([0, 0, 50_00, 199_99]),
        )

    def _live(self, person: Customer) -> None:
        lot = self.lot
        if lot.random() < 0.8:
            state, code = lot.choice(HOMES)
            for is_default in (True, False):
                Address.objects.create(
                    customer=person, recipient="Somebody", line1="1 Street", city="Town", state=state,
                    postal_code=code, is_default=is_default, removed_at=self.moment() if lot.random() < 0.1 else None,
                )  # fmt: skip
                state, code = lot.choice(HOMES)
        self._belong(person)
        for number in range(lot.choice([0, 0, 1, 2])):
            months = self.now.year * 12 + self.now.month - 1 + lot.randrange(-2, 4)
            PaymentMethod.objects.create(
                customer=person, gateway="test", token=f"t{person.pk}-{number}", brand="Visa", last4="4242",
                exp_month=months % 12 + 1, exp_year=months // 12, saved_at=self.now, kept=lot.random() < 0.8,
                removed_at=self.now if lot.random() < 0.2 else None,
            )  # fmt: skip
        for _ in range(lot.choice([0, 1, 1, 2, 4])):
            self._order(person)
        for offer in lot.sample(self.offers, lot.randrange(3)):
            self._wish(person, offer)
        for offer in self.later.sample(self.offers, self.later.randrange(3)):
            self._look(person, offer)
        if self.later.random() < 0.5:
            self._mail(person)

    def _belong(self, person: Customer) -> None:
        for group in self.lot.sample(self.groups, self.lot.randrange(3)):
            if group.kind == "allocation" and person.memberships.filter(kind="allocation").exists():
                continue
            Membership.objects.create(customer=person, group=group, kind=group.kind, since=self.moment(700))
        for group in self.lot.sample(self.groups, self.lot.randrange(3)):
            since = self.moment()
            until = since + timedelta(days=self.lot.randrange(1, 300))
            PastMembership.objects.create(customer=person, group=group, since=since, until=until)
        if self.lot.random() < 0.2:
            since = self.moment()
            PastSuspension.objects.create(customer=person, since=since, until=since + timedelta(days=200))
        if self.lot.random() < 0.3:
            item = OfferItem.objects.filter(offer=self.lot.choice(self.offers))[0]
            CustomAllowance.objects.create(
                customer=person, offer_item=item, purchase_maximum=self.lot.choice([0, 1, 9])
            )

    def _order(self, person: Customer) -> None:
        lot, at = self.lot, self.moment()
        state = lot.choice(["placed", "shipped", "shipped", "cancelled", "pending", "abandoned"])
        offer = lot.choice([None, *self.offers])
        order = Order.objects.create(
            customer=person, state=state, currency="USD", made_at=at, offer=offer,
            release=offer.release if offer else None,
            placed_at=at if state in ("placed", "shipped", "cancelled") else None,
            shipped_at=at if state == "shipped" else None,
        )  # fmt: skip
        change = OrderChange.objects.create(
            order=order, number=1, kind="placing", at=at, actor_label="Crowd", difference_minor=0
        )
        for sku in lot.sample(self.skus, lot.randrange(1, 4)):
            self._lines(order, change, sku, state)
        if state != "cancelled" and lot.random() < 0.4:
            OrderCharge.objects.create(
                order=order, change=change, kind="discount", amount_minor=-lot.randrange(1, 50_00)
            )
            OrderCharge.objects.create(order=order, change=change, kind="shipping", amount_minor=30_00)
        if state in ("placed", "shipped"):
            self._pay(order, at)

    def _lines(self, order: Order, change: OrderChange, sku: Any, state: str) -> None:
        pieces = self.lot.randrange(1, 7)
        facts: dict[str, Any] = {
            "order": order,
            "change": change,
            "sku": sku,
            "unit_price_minor": sku.price_minor,
        }
        OrderLine.objects.create(quantity=pieces, **facts)
        back = pieces if state == "cancelled" else self.lot.choice([0, 0, 1, pieces])
        if back:
            OrderLine.objects.create(quantity=-back, **facts)

    def _pay(self, order: Order, at: datetime) -> None:
        facts: dict[str, Any] = {
            "order": order,
            "gateway": "test",
            "currency": "USD",
            "made_at": at,
            "settled_at": at,
        }
        kind = self.lot.choice(["charge", "authorise"])
        paid = Payment.objects.create(
            kind=kind, state="settled", amount_minor=400_00, idempotency_key=f"p{order.pk}", **facts
        )
        back = 0
        if kind == "charge" and self.lot.random() < 0.5:
            back = self.lot.choice([20_00, 100_00, 400_00])
            state = self.lot.choice(["settled", "settled", "declined"])
            Payment.objects.create(
                kind="refund", state=state, parent=paid, amount_minor=back, idempotency_key=f"r{order.pk}", **facts
            )  # fmt: skip
            back = back if state == "settled" else 0
        Order.objects.filter(pk=order.pk).update(paid_minor=400_00 - back if kind == "charge" else 0)

    def _wish(self, person: Customer, offer: Offer) -> None:
        item = self.lot.choice(list(OfferItem.objects.filter(offer=offer)))
        state = self.lot.choice(["open", "granted", "declined"])
        at = self.moment()
        Wish.objects.create(
            customer=person, offer_item=item, kind="promise", state=state, asked=3,
            granted=self.lot.randrange(1, 4) if state == "granted" else 0, agreed_at=at, made_at=at, changed_at=at,
        )  # fmt: skip

    def _look(self, person: Customer, offer: Offer) -> None:
        """Invited, looked, or put something into the cart, which may have lapsed."""
        lot = self.later
        if lot.random() < 0.6:
            OfferInvitation.objects.create(offer=offer, customer=person, at=self.now)
        if lot.random() < 0.6:
            OfferLook.objects.create(offer=offer, customer=person, first_at=self.now)
        if lot.random() < 0.6 and not person.carts.filter(release=offer.release).exists():
            cart = Cart.objects.create(customer=person, release=offer.release, changed_at=self.now)
            Hold.objects.create(
                stock=self.world.stock(lot.choice(self.skus)), holder=cart.reference, quantity=1,
                expires_at=self.now + timedelta(minutes=lot.choice([-1, 0, 9])),
            )  # fmt: skip

    def _mail(self, person: Customer) -> None:
        """Refused for good, by the mailbox of now or a former one; perhaps another was taken since."""
        at = self.now - timedelta(days=self.later.randrange(2, 90))
        box = self.later.choice([person.email, person.email, "former@example.com"])
        SentMail.objects.create(
            customer=person, kind="order_receipt", to="", due_at=at, ended="refused", refused_by=box
        )
        if self.later.random() < 0.4:
            sent = at + timedelta(days=self.later.choice([-1, 1]))
            SentMail.objects.create(customer=person, kind="order_receipt", to="", due_at=sent, sent_at=sent)

    def _settle(self) -> None:
        """Where the map has them: most at a ZIP, some in a city abroad, some nowhere."""
        for number, person in enumerate(self.people):
            country, state, code, county, metro, latitude, longitude = SPOTS[number % len(SPOTS)]
            at = {"latitude": latitude, "longitude": longitude}
            Placement.objects.update_or_create(
                customer=person,
                defaults={
                    "country": country, "state": state, "zip_code": code, "county": county, "metro": metro, **at,
                    "precision": "zip" if latitude else "nothing", "coverage": "placed" if latitude else "not_placed",
                    "reason": "" if latitude else "no_address", "placed_at": self.now,
                },
            )  # fmt: skip

    def _things(self) -> dict[str, list[str]]:
        tag = Tag.objects.create(name="friend, (of) the_house ~ü")
        tag.customers.add(*self.people[::3])
        kept = CustomerList.objects.create(
            name="Kept", definition="all(tier())", said="", made_at=self.now, total=9, actor_label="Crowd"
        )
        CustomerListMember.objects.bulk_create(
            CustomerListMember(list=kept, customer=person) for person in self.people[::4]
        )
        spenders = Segment.objects.create(
            name="Spenders",
            definition="all(spent(from:300),not(suspended()))",
            made_at=self.now,
            changed_at=self.now,
        )
        around = Segment.objects.create(
            name="Spenders around",
            definition=f"any(segment(segment:{spenders.reference}),state(state:CA))",
            made_at=self.now,
            changed_at=self.now,
        )
        club = Club.objects.create(
            name="Crowd’s club", terms="Terms.", group=self.groups[0], made_at=self.now
        )
        for number, person in enumerate(self.people):
            states = (["active"], ["paused"], ["left"], ["left", "active"], [], [])[number % 6]
            for state in states:
                ClubMember.objects.create(
                    club=club, customer=person, state=state, joined_at=self.now, changed_at=self.now,
                    left_at=self.now if state == "left" else None, version=1, words="Terms.",
                )  # fmt: skip
        west = SavedPlace.objects.create(
            name="West", outline=[[35, -125], [48, -125], [44, -120], [35, -119]], made_at=self.now,
            actor_label="Crowd",
        )  # fmt: skip
        return {
            "area": ["state-CA", "metro-35620", "county-41051", "zip-94110", "country-FR", "country-US"],
            "place": [west.reference, "MAP-NOBODYS"],
            "club": [club.reference, "CLB-NOBODYS"],
            "group": [group.reference for group in self.groups],
            "sku": [sku.code for sku in self.skus],
            "wine": [sku.vintage.wine.reference for sku in self.skus],
            "vintage": [f"{sku.vintage.wine.reference}.{sku.vintage.year}" for sku in self.skus],
            "release": [offer.release.reference for offer in self.offers],
            "tag": [tag.name],
            "list": [kept.reference],
            "segment": [spenders.reference, around.reference, "SEG-NOBODYS"],
            "state": ["CA", "NY", "OR"],
            "source": ["tasting room", "friend, of a friend"],
        }
