"""The world with something on every page: what the tests of all pages look at.

Ben's order is being changed by the team, owes something that his card was declined for, and has a wish beside it;
Ana's is being changed by herself. ``known`` names each thing that an address can be about, with the words of the
address; ``foreign`` are somebody else's, or two that don't belong together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django_tasks_db.models import DBTaskResult
from fido2.utils import websafe_encode

from tests.passkeys import SoftDevice
from tests.rooms.changes.journey import bought, draft_of
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.delivery.holding import counter, held_by
from tests.rooms.delivery.limiting import law, limited
from tests.rooms.fulfilment.packed import staged
from tests.rooms.futures import campaign as early
from tests.rooms.futures.cut import cuvee, planned
from tests.rooms.futures.formats import magnums
from tests.rooms.futures.settled import arrive, ask
from tests.rooms.insights import told
from tests.rooms.insights.plans import planned_event, planned_tour
from tests.rooms.moving.journey import looked_ahead
from tests.rooms.payments.owing import owe_more
from tests.rooms.planning.plans import kept_rehearsal
from tests.rooms.taxes.dutiable import duty
from tests.rooms.taxes.tables import fee, rate
from tests.web.conftest import client_of
from tests.web.storefront.conftest import signed_in_as
from tests.world import World, build_world
from tirage.catalog.models import Label
from tirage.checkout.operations import set_cart
from tirage.checkout.operations.setting_aside import SetAside, set_bottles_aside
from tirage.clubs.joining import Joins, join_club
from tirage.clubs.models import ClubMember, MemberStep
from tirage.clubs.plans import save_club
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.sales import fingerprint_of
from tirage.core.actors import system
from tirage.core.bulk import draft_run
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun, Winery
from tirage.core.money import Money
from tirage.core.references import new_reference
from tirage.core.runs import in_the_name_of
from tirage.core.sessions import Device
from tirage.core.winery import forget_winery
from tirage.customers.consent import unsubscribe_url
from tirage.customers.models import Address, Customer, FormerCustomer, MoveRun, Passkey
from tirage.customers.operations import create_customer
from tirage.customers.sessions import begin_session
from tirage.customers.sign_in import make_campaign_link, request_sign_in
from tirage.delivery.models import Destination, Rate, RateTable, Zone
from tirage.delivery.rates.operations import begin_table
from tirage.fulfilment.models import ShipRun
from tirage.futures.for_customers import set_aside_for
from tirage.futures.holding import certificate_for
from tirage.futures.models import Arrears, Cut, CutLine, Lot, Transfer
from tirage.futures.portfolios import save_portfolio
from tirage.imports.models import ImportRun
from tirage.imports.operations import check_import, recognise_import
from tirage.insights.noting.settling import dismiss_note
from tirage.joining.signing_up import sign_up
from tirage.joining.waiting import put_in_line
from tirage.leaving.erasing.asking import ask_erasing
from tirage.leaving.models import EverythingExport
from tirage.marketing.models import MailingList, Subscriber, SyncLine, SyncRun
from tirage.offers.grid.drafts import propose_maximums
from tirage.offers.models import CustomAllowance, GridDraft, Offer, OfferItem, Release
from tirage.orders.models import Order
from tirage.orders.status_links import status_link
from tirage.payments.models import Collection, Finding, Payment
from tirage.payments.operations import card_link_url, make_pay_link, pay_link_url
from tirage.planning.models import Rehearsal
from tirage.planning.rehearsing import rehearse, start_what_if
from tirage.planning.simulation.plan import Changes
from tirage.reports.models import Goal
from tirage.segments.measuring import measure_segments
from tirage.segments.operations import freeze_list, save_segment
from tirage.segments.places import save_place
from tirage.staff.models import StaffMember
from tirage.staff.states import Role
from tirage.standing.agreeing import Wanted, agree
from tirage.standing.models import StandingRun
from tirage.standing.running import plan_release, plan_run
from tirage.standing.states import Amount
from tirage.standing.terms import save_terms
from tirage.taxes.operations import save_business_number
from tirage.wishes.models import GrantRun, Policy, Wish
from tirage.wishes.reallocation.models import Reallocation

Words = dict[str, str]


@dataclass(slots=True)
class Stage:
    """Clients by who sits at them: a role, ``ana``, ``ben`` or ``stranger``."""

    world: World
    clients: dict[str, Client] = field(default_factory=dict)
    known: dict[str, Words] = field(default_factory=dict)
    foreign: dict[str, Words] = field(default_factory=dict)


def build_stage() -> Stage:
    """Everything, around the present moment."""
    stage = Stage(build_world(read_clock()))
    stage.clients = {"stranger": Client(), **{role.value: client_of(role) for role in Role}}
    for name, customer in (("ana", stage.world.ana), ("ben", stage.world.ben)):
        stage.clients[name] = signed_in_as(customer)
    _trade(stage)
    _run(stage)
    return stage


def _everything(world: World) -> EverythingExport:
    """A file of everything that was deleted by now."""
    return EverythingExport.objects.create(
        state="gone",
        made_at=world.now,
        changed_at=world.now,
        **in_the_name_of(world.staff),
    )


def _given_up(now: datetime) -> DBTaskResult:
    """A job that failed at each of its tries."""
    return DBTaskResult.objects.create(
        status="FAILED",
        task_path="tirage.customers.tasks.move_group",
        args_kwargs={"args": ["MOV-NONESUCH"], "kwargs": {}},
        backend_name="default",
        run_after=now,
        finished_at=now - timedelta(hours=1),
        worker_ids=["one"] * 6,
        traceback="ValueError: gone",
        exception_class_path="builtins.ValueError",
    )


def _trade(stage: Stage) -> None:
    """Orders, changes, payments, a wish, a cart, links; and the words that name what was there before."""
    world, now = stage.world, stage.world.now
    Winery.objects.update(customers_cancel_orders=True)
    for customer, name in ((world.ana, "Weinhaus Costa GmbH"), (world.ben, "Weinhaus Baker GmbH")):
        save_business_number(
            customer_id=customer.pk,
            country="DE",
            number="136695976",
            name=name,
            actor=world.staff,
            now=now,
        )
    forget_winery()
    order = bought(world, world.ben, {"CAB23": 2})
    own = bought(world, world.ana, {"CAB23": 2})
    draft = draft_of(world, order, world.staff, add={world.cabernet: 1})
    own_draft = draft_of(world, own, customer_actor(world.ana), add={world.chardonnay: 3})
    order = owe_more(order, 50_00, now)
    collection = Collection.objects.create(
        order=order,
        payment_method=world.ben_card,
        amount_minor=50_00,
        currency="USD",
        attempts=1,
        decline_code="insufficient_funds",
        opened_at=now,
        next_at=now + timedelta(days=1),
    )
    # Among four zones two people at one form can choose thrice.
    for zone in (Zone.objects.create(name="Islands"), Zone.objects.create(name="North")):
        Rate.objects.bulk_create(
            Rate(table=one.table, zone=zone, up_to_milli=one.up_to_milli, price_minor=one.price_minor)
            for one in Rate.objects.filter(zone=world.west).select_related("table")
        )
    Destination.objects.create(country="GB", name="United Kingdom", zone=world.east)
    signing_in = request_sign_in(
        email=world.ana.email, next_path="", ip="203.0.113.7", actor=customer_actor(world.ana), now=now
    )
    link = make_pay_link(
        order_id=order.pk, purpose="", amount=Money(50_00, "USD"), mail=False, actor=world.staff, now=now
    )
    item = world.item(world.estate_offer, world.cabernet)
    Wish.objects.create(
        customer=world.ben,
        offer_item=item,
        kind="request",
        asked=2,
        made_at=now,
        changed_at=now,
    )
    CustomAllowance.objects.create(
        customer=world.ben, offer_item=item, purchase_minimum=0, purchase_maximum=6, wish_maximum=6
    )
    FormerCustomer.objects.create(
        former_id=1_000_000,
        reference="CUS-FORMER",
        customer=world.ben,
        name="B. Baker",
        email="baker@example.com",
        also_signs_in="baker@example.com",
        at=now,
        actor_label="Olive",
    )
    label = Label.objects.create(digest="c" * 64, media_type="image/svg+xml", data=b"<svg/>")
    magnum = world.item(world.premier_offer, world.magnum)
    set_cart(customer=world.ana, quantities={magnum.pk: 1}, actor=customer_actor(world.ana), now=now)
    payments = Payment.objects.filter(kind="charge", state="settled")
    payment, own_payment = (payments.get(order=one) for one in (order, own))
    # A bank declined it at once: the change waits for another card.
    tried = Payment.objects.create(
        order=own,
        payment_method=world.ana_card,
        gateway="test",
        purpose=own_draft.reference,
        kind="charge",
        state="declined",
        amount_minor=190_00,
        currency="USD",
        idempotency_key="stage-declined",
        actor_label="Ana Alvarez",
        made_at=now,
    )
    found = Finding.objects.create(
        gateway="test",
        gateway_reference="tch_of_the_stage",
        kind="stray_charge",
        theirs_minor=50_00,
        currency="USD",
        their_state="moved",
        description=f"{order.reference} ORD-22222222",
        token=world.ben_card.token,
        happened_at=now,
        found_at=now,
        seen_at=now,
    )
    draft_offer = _draft_offer(world, now)
    _spelled_twice(world.ana_home, world.ben_home)
    vintage = {"reference": world.cabernet.vintage.wine.reference, "year": "2023"}
    stage.known = {
        "": {},
        "customer": {"reference": world.ben.reference},
        "suspended": {"reference": world.dora.reference},
        "customer's address": {"reference": world.ben.reference, "address": world.ben_home.reference},
        "former": {"reference": world.ben.reference, "former": "CUS-FORMER"},
        "group": {"reference": world.estate.reference},
        "wine": {"reference": vintage["reference"]},
        "vintage": vintage,
        "sku": {"code": world.cabernet.code},
        "release": {"reference": _goal(world).reference},
        "release's report": {"reference": world.release.reference, "part": "wines", "kind": "csv"},
        "release's file": {"reference": world.release.reference, "kind": "csv"},
        "grid draft": {"reference": world.release.reference, "draft": _grid_draft(world).reference},
        "reallocation": {"reference": _given_on(world).reference},
        "draft release": {"reference": draft_offer.release.reference},
        "draft offer": {"reference": draft_offer.reference},
        "offer": {"reference": world.estate_offer.reference},
        "file kind": {"kind": "csv"},
        "offer's mail": {"reference": world.estate_offer.reference, "kind": "reminder_not_yet"},
        "offer's file": {"reference": world.estate_offer.reference, "kind": "csv"},
        "allowance": {
            "reference": world.estate_offer.reference,
            "customer": world.ben.reference,
            "code": world.cabernet.code,
        },
        "order": {"reference": order.reference},
        "payment": {"reference": payment.reference},
        "collection": {"reference": collection.reference},
        "finding": {"reference": found.reference},
        "change": {"reference": draft.reference},
        "member": {"reference": StaffMember.objects.get(role=Role.HOSPITALITY.value).reference},
        "mail": {"kind": "order_receipt"},
        "job": {"number": str(_given_up(now).pk)},
        "method": {"reference": world.ground.reference},
        "zone": {"name": world.west.name},
        "rate table": _rate_table(world),
        "limit": {"reference": limited(world.florida, 45).reference},
        "location": {"reference": _held_nearby(world)},
        "law": {"reference": law(world.florida, "signature").reference},
        "kind of law": {"kind": "alcohol"},
        "duty": {"reference": duty().reference},
        "month's file": {"table": "states", "kind": "csv"},
        "tax rate": {"reference": rate(world, "WA", "Washington", 6.5).reference},
        "tax fee": {"reference": fee(world, "CO", "Retail delivery fee", 28).reference},
        "country": {"country": "GB"},
        "state": {"country": "US", "state": "CA"},
        "table": {"table": "destinations"},
        "table's file": {"table": "destinations", "kind": "csv"},
        "import's template": {"kind": "customers", "ending": "csv"},
        "list": {"name": "customers"},
        "own order": {"reference": own.reference},
        "own change": {"reference": own_draft.reference},
        "own payment": {"reference": own_payment.reference},
        "change's payment": {"reference": tried.reference},
        "own address": {"reference": world.ana_home.reference},
        "own card": {"reference": world.ana_card.reference},
        "own device": device_of(world.ana),
        "own passkey": passkey_of(world.ana),
        "unsubscribe link": {"token": unsubscribe_url(world.ben).rstrip("/").rpartition("/")[2]},
        "pay link": {"token": pay_link_url(link).rstrip("/").rpartition("/")[2]},
        "card link": {"token": card_link_url(world.ben, now).rstrip("/").rpartition("/")[2]},
        "campaign link": {
            "token": make_campaign_link(world.ana, "/offer/", 7, now=now)
            .partition("/in/")[2]
            .partition("/")[0]
        },
        "sign-in link": {"token": signing_in.link_token},
        "label": {"digest": label.digest},
        **_newsletters(world),
        **_in_line(world, now),
        **_standing(world),
        **_early(world),
        "order in compliance": _in_compliance(own, now),
        **staged(world, world.ana, world.ben),
    }
    own = Order.objects.get(reference=stage.known["own order"]["reference"])
    stage.known["status link"] = {"token": status_link(own).rstrip("/").rpartition("/")[2]}
    stage.known["own set aside"] = {"reference": _set_aside(world, world.ana, world.premier_offer)}
    lot = Lot.objects.get(reference=stage.known["lot"]["reference"])
    foreign = _given(lot, order, "somebody@example.com")
    stage.foreign = {
        "own transfer": {"reference": foreign.reference},
        "own packed order": stage.known["somebody's packed order"],
        "own futures": {"reference": order.reference},
        "own settlement": {"reference": order.reference},
        "own substitute": {"reference": order.reference},
        "own set aside": {"reference": _set_aside(world, world.ben, world.estate_offer)},
        "own order": {"reference": order.reference},
        "own change": {"reference": draft.reference},
        "own payment": {"reference": payment.reference},
        "change's payment": {"reference": payment.reference},
        "customer's address": {"reference": world.ana.reference, "address": world.ben_home.reference},
        "former": {"reference": world.ana.reference, "former": "CUS-FORMER"},
        "allowance": stage.known["allowance"] | {"reference": world.premier_offer.reference},
        "grid draft": stage.known["grid draft"] | {"reference": draft_offer.release.reference},
        "vintage": {"reference": world.chardonnay.vintage.wine.reference, "year": "2023"},
        "state": {"country": "GB", "state": "CA"},
        "own address": {"reference": world.ben_home.reference},
        "own card": {"reference": world.ben_card.reference},
        "own device": device_of(world.ben),
        "own passkey": passkey_of(world.ben),
    }


def _given(lot: Lot, order: Order, to_email: str, receiver: Customer | None = None) -> Transfer:
    """A piece of it that waits for an answer, or for the team's."""
    at = order.made_at
    signed = {"receiver": receiver, "receiver_signature": "Ben Baker", "accepted_at": at} if receiver else {}
    return Transfer.objects.create(
        order=order,
        lot=lot,
        pieces=1,
        to_email=to_email,
        state="accepted" if receiver else "proposed",
        proposed_at=at,
        giver_signature=order.customer.name,
        expires_at=at + timedelta(days=60),
        **signed,
    )


def _in_arrears(order: Order, at: datetime) -> Arrears:
    return Arrears.objects.create(
        order=order, cause="balance", amount_minor=360_00, since=at, until=(at + timedelta(days=14)).date()
    )


def _early(world: World) -> dict[str, Words]:
    """Wine that isn't bottled yet, of which Ben has six bottles by a plan; its offer has closed."""
    futures = early.begin(world)
    magnums(futures)
    early.plan(futures)
    late = _in_arrears(early.order_of(early.buy(futures, world.ben, 12)), world.now)
    item = OfferItem.objects.get(offer=futures.offer)
    aside = set_aside_for(
        customer=world.ben,
        offer=futures.offer,
        pieces={item.pk: 1},
        kept_until=world.now + timedelta(days=14),
        actor=world.staff,
        now=world.now,
    )
    Offer.objects.filter(pk=futures.offer.pk).update(group=world.premier)
    own = early.order_of(early.buy(futures, world.ana, 3))
    certificate = certificate_for(own, now=world.now)
    Offer.objects.filter(pk=futures.offer.pk).update(
        opens_at=world.now - timedelta(days=9), closes_at=world.now - timedelta(days=2)
    )
    kept, _ = save_portfolio(
        customer=world.ana,
        portfolio=None,
        name="For my daughter",
        pieces={(own.pk, futures.lot.pk): 2},
        actor=world.staff,
        now=world.now,
    )
    given = _given(futures.lot, own, world.ben.email, receiver=world.ben)
    _given(futures.lot, own, "nobody.yet@example.com")
    arrived = arrive(futures, 6)
    arrive(futures, 3)
    (settlement,) = ask(futures, own)
    cut = planned(futures, 12)
    return {
        "cut": {"reference": cut.reference},
        "arrears": {"reference": late.reference},
        "early aside": {"reference": aside.reference},
        "lot": {"reference": futures.lot.reference},
        "arrival": {"reference": arrived.reference},
        "settlement": {"reference": settlement.reference},
        "own settlement": {"reference": own.reference},
        "own substitute": {"reference": _instead(futures, own)},
        "early release": {"reference": futures.release.reference},
        "transfer": {"reference": given.reference},
        "own transfer": {"reference": given.reference},
        "own futures": {"reference": own.reference},
        "own format": {"reference": own.reference, "lot": futures.lot.reference},
        "own portfolio": {"reference": kept.reference},
        "certificate": {"reference": certificate.reference},
    }


def _instead(futures: early.Futures, order: Order) -> str:
    """Of another lot nothing came, and its customer is offered the Cabernet."""
    cut = Cut.objects.create(
        lot=Lot.objects.get(sku=cuvee(futures)),
        rule="equal",
        pieces=0,
        reason="Frost",
        state="running",
        begins_at=futures.world.now,
        made_at=futures.world.now,
        changed_at=futures.world.now,
        substitute=futures.sku,
        substitute_minor=80_00,
        substitute_until=(futures.world.now + timedelta(days=20)).date(),
        actor_kind="system",
    )
    line = CutLine.objects.create(cut=cut, order=order, had=1, loses=1, outcome="proposed", offered=1)
    return line.reference


def _spelled_twice(*addresses: Address) -> None:
    """Each is on its customer's list once more, as an old list had it."""
    for address in addresses:
        twin = Address.objects.get(pk=address.pk)
        twin.pk, twin.reference, twin.is_default = None, new_reference("ADR"), False
        twin.line1 = twin.line1.upper()
        twin.save(force_insert=True)


def _given_on(world: World) -> Reallocation:
    """A second offer whose draft somebody deleted."""
    return Reallocation.objects.create(
        release=world.release, kind="second_offer", made_at=world.now, actor_label=world.owner.name
    )


def _held_nearby(world: World) -> str:
    """A counter near Ana's home, and a way that leads there; one that Ben typed besides."""
    held_by(world)
    counter("Portland", code="", is_listed=False)
    return counter().reference


def _rate_table(world: World) -> Words:
    table = begin_table(method=world.ground, first_day=date(2031, 1, 1), actor=world.staff, now=world.now)
    RateTable.objects.filter(pk=table.pk).update(minimum_minor=5_00, maximum_minor=900_00)
    return {"reference": world.ground.reference, "day": table.first_day.isoformat()}


def _grid_draft(world: World) -> GridDraft:
    """Proposals for the release's grid that wait."""
    return propose_maximums(
        release=world.release,
        cells={(world.estate_offer.pk, world.cabernet.pk): 4},
        source="Suggest maximums",
        actor=world.staff,
        now=world.now,
    )


def _goal(world: World) -> Release:
    """The release, with something to reach."""
    Goal.objects.create(release=world.release, bottles=40, wine_minor=5_000_00)
    return world.release


def _in_compliance(order: Order, now: datetime) -> Words:
    """A service doesn't let it ship."""
    ComplianceCheck.objects.create(
        order=order,
        number=1,
        state="refused",
        service="sovos",
        fingerprint=fingerprint_of(order),
        asked={"to": "Ana Alvarez", "ships_on": "2026-10-07", "items": [[2, "Estate Cabernet"]]},
        reasons=["Wine may not be shipped to consumers in UT."],
        made_at=now,
        answered_at=now,
    )
    Order.objects.filter(pk=order.pk).update(awaits_compliance=True)
    return {"reference": order.reference}


def _newsletters(world: World) -> dict[str, Words]:
    """A list of the newsletter service with somebody on it and somebody left out, and a run that was stopped."""
    mailing = MailingList.objects.create(
        service="campaign_monitor",
        service_id="list-1",
        name="Friends",
        fields={"groups": "[Groups]"},
        made_at=world.now,
    )
    moments = {"made_at": world.now, "changed_at": world.now}
    run = SyncRun.objects.create(
        list=mailing, scope="changed", state="stopped", total=2, seen=1, actor_kind="staff", **moments
    )
    facts: dict[str, Any] = {"list": mailing, "changed_at": world.now}
    sent = {"sent": {"groups": "Premier"}, "sent_at": world.now}
    Subscriber.objects.create(
        customer=world.ana, email=world.ana.email, state="subscribed", run=run, **sent, **facts
    )
    Subscriber.objects.create(
        customer=world.dora, email=world.dora.email, state="left_out", reason="Suspended.", **facts
    )
    SyncLine.objects.create(run=run, customer=world.ana, email=world.ana.email, done="sent", at=world.now)
    return {"mailing list": {"reference": mailing.reference}, "mailing run": {"reference": run.reference}}


def _set_aside(world: World, customer: Customer, offer: Offer) -> str:
    """The cart of a bottle that is set aside for a customer."""
    with transaction.atomic():
        cart = set_bottles_aside(
            customer=customer,
            offer=offer,
            wines=[SetAside(world.item(offer, world.cabernet), 1, 120_00)],
            kept_until=world.now + timedelta(days=7),
            remind_at=None,
            now=world.now,
        )
    return cart.reference


def _in_line(world: World, now: datetime) -> dict[str, Words]:
    """Somebody's place in line, and a form that waits for its mailed button."""
    Winery.objects.update(sign_up="waiting")
    forget_winery()
    waiting = put_in_line(customer=_newcomer(world, now), actor=world.staff, now=now)
    asked = sign_up(
        email="zoe@example.com",
        first_name="Zoe",
        last_name="Zander",
        agrees=True,
        agreed_words="Invite me.",
        ip="203.0.113.7",
        now=now,
    )
    return {"place": {"reference": waiting.reference}, "sign-up link": {"token": asked.token}}


def _standing(world: World) -> dict[str, Words]:
    """Ana's and Ben's standing orders, and the run of the release, which waits for its time."""
    now = world.now
    save_terms(values={"is_offered": True}, actor=world.staff, now=now)
    made = [
        agree(
            customer=customer,
            wanted=Wanted(Amount.FULL),
            version=1,
            said="Said so",
            actor=world.staff,
            now=now,
        )
        for customer in (world.ana, world.ben)
    ]
    plan_release(release=world.release, opens_at=now + timedelta(days=1), now=now)
    run = StandingRun.objects.get()
    plan_run(run=run, now=now)
    return _in_clubs(world) | {
        "standing": {"reference": made[1].reference},
        "standing run": {"reference": run.reference},
        "own standing run": {"reference": run.reference},
    }


def _in_clubs(world: World) -> dict[str, Words]:
    """A club that both are members of, and one that is open to all."""
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    values = {
        "description": "",
        "terms": "Twice a year.",
        "group": world.employees.reference,
        "with_default": False,
        "amount": "",
        "cap": None,
        "is_open": True,
    }
    club, open_club = (
        save_club(club=None, values=values | {"name": name}, **facts) for name in ("Cellar club", "Oak club")
    )
    joins = Joins(version=1, standing_version=1, said="Said so")
    members = [
        join_club(club=club, customer=customer, joins=joins, **facts) for customer in (world.ana, world.ben)
    ]
    return {
        "club": {"reference": club.reference},
        "club member": {"reference": members[1].reference},
        "club step": {"reference": _step_of(members[1], world).reference},
        "own club": {"reference": club.reference},
        "open club": {"reference": open_club.reference},
    }


def _step_of(member: ClubMember, world: World) -> MemberStep:
    """Something that staff did to a membership."""
    facts = {"state": "active", "reason": "", "standing": None}
    return MemberStep.objects.create(member=member, act="pause", before=facts, after=facts, made_at=world.now)


def _newcomer(world: World, now: datetime) -> Customer:
    return create_customer(
        email="wim@example.com", first_name="Wim", join_default_group=False, actor=world.staff, now=now
    )


def _draft_offer(world: World, now: datetime) -> Offer:
    """An offer that was never open, in a release of its own."""
    release = Release.objects.create(name="Spring", made_at=now)
    opens_at = now + timedelta(days=90)
    return Offer.objects.create(
        release=release,
        group=world.premier,
        title="Spring",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=7),
    )


def device_of(customer: Customer) -> Words:
    """Another device on which the customer is signed in."""
    begin_session(customer, Device("", "203.0.113.9"), now=read_clock())
    return {"reference": customer.sessions.latest("pk").reference}


def passkey_of(customer: Customer) -> Words:
    """A passkey on the customer's telephone."""
    at = read_clock()
    key = Passkey.objects.create(
        customer=customer,
        epoch=customer.session_epoch,
        name="Telephone",
        id_hash=f"key of {customer.pk}",
        public=websafe_encode(bytes(SoftDevice("").public())),
        made_at=at,
        used_at=at,
    )
    return {"reference": key.reference}


def _rehearsed(world: World) -> Rehearsal:
    """A what-if beside another rehearsal, both finished."""
    first = kept_rehearsal(world)
    changes = Changes(stock={world.cabernet.pk: 1}, maximums={}, opens={})
    second = start_what_if(
        beside=first, changes=changes, days=100, actor=world.staff, now=world.now, queue=False
    )
    return rehearse(rehearsal=second, clock=lambda: world.now)


def _tell_notes(stage: Stage) -> None:
    """A note that is told, one that was dismissed, and a search under way."""
    run = told.search(stage.world)
    stage.known["note"] = {"reference": told.note(stage.world, run).reference}
    dismissed = told.note(stage.world, run, told.busy_day(), people=[])
    dismiss_note(note=dismissed, actor=stage.world.staff, now=stage.world.now)
    stage.known["settled note"] = {"reference": dismissed.reference}
    under_way = told.search(stage.world, state="running", quarters=None)
    stage.known["note search"] = {"reference": under_way.reference}


def _share_out(stage: Stage, owner: Client) -> None:
    """A draw among the open wishes, to be looked at."""
    wish = Wish.objects.filter(state="open").select_related("offer_item__offer__release").earliest("pk")
    asked = {
        "release": wish.offer_item.offer.release.reference,
        f"give-{wish.offer_item.sku_id}": "1",
        "rule": "draw",
        "odds": "same",
        "kept_days": "7",
    }
    owner.post("/winery/wishes/grants/new/", asked)
    stage.known["wish"] = {"reference": wish.reference}
    stage.known["grant_run"] = {"reference": GrantRun.objects.get().reference}
    _write_policy(stage, owner)


def _write_policy(stage: Stage, owner: Client) -> None:
    """A draft with a row of each kind."""
    world, allocation = stage.world, {"step-0-groups": stage.world.premier.reference}
    written = {
        "act": "save",
        "release": world.release.reference,
        "trigger": "closing",
        "offer": world.premier_offer.reference,
        "reserve": "2",
        "reserve_of_all": "each",
        **allocation,
        "step-0-kind": "grant",
        "step-0-rule": "equal",
        "step-0-kept_days": "7",
        "step-1-kind": "ask",
        "step-1-note": "Look at the cellar.",
        "step-2-kind": "open",
        "step-2-groups": world.estate.reference,
        "step-2-maximum": "2",
        "step-2-days": "5",
        "step-3-kind": "raise",
        "step-3-groups": world.estate.reference,
        "step-3-maximum": "1",
        "step-3-rule": "oldest",
    }
    owner.post("/winery/wishes/policies/new/", written)
    stage.known["policy"] = {"reference": Policy.objects.get().reference}


def _run(stage: Stage) -> None:
    """Bulk acts that wait for their start, begun on the pages themselves."""
    owner, everybody = stage.clients[Role.OWNER.value], {"every": "1", "query": ""}
    premier = stage.world.premier.reference
    owner.post("/winery/customers/moves/", everybody | {"group": premier, "act": "move"})
    owner.post("/winery/customers/giving", everybody)
    draft_run(
        kind="take_back_bottles", keys=[stage.world.ben.reference], actor=stage.world.staff, now=read_clock()
    )
    owner.post("/winery/orders/shipping/choose", everybody)
    for act in ("decline", "archive", "restore"):
        owner.post(f"/winery/wishes/{act}", everybody)
    owner.post("/winery/payments/collect/retry", everybody)
    for act in ("invite", "decline"):
        owner.post(f"/winery/customers/waiting/{act}", everybody)
    _share_out(stage, owner)
    table = SimpleUploadedFile(
        "list.csv", b"E-mail,Name,Groups\nzoe@example.com,Zoe Zimmer,Cellar Friends\nno-address,Yan Young,\n"
    )
    owner.post("/winery/settings/import/", {"kind": "customers", "file": table, "offer": ""})
    brought = recognise_import(reference=ImportRun.objects.get().reference)
    columns = {f"column_{name}": header for name, header in brought.mapping.items()}
    owner.post(f"/winery/settings/import/{brought.reference}/columns", columns)
    check_import(reference=brought.reference, actor=system(), now=read_clock())
    stage.known["move"] = {"reference": MoveRun.objects.get().reference}
    of_many = {
        "declining": "decline_wishes",
        "archiving": "archive_wishes",
        "restoring": "restore_wishes",
        "trying": "retry_collections",
        "inviting_line": "invite_from_line",
        "declining_places": "decline_places",
        "giving": "give_bottles",
        "taking_back": "take_back_bottles",
    }
    for page, kind in of_many.items():
        stage.known[page] = {"reference": BulkRun.objects.get(kind=kind).reference}
    facts: dict[str, Any] = {
        "name": "Tiered",
        "definition": "tier()",
        "actor": stage.world.staff,
        "now": stage.world.now,
    }
    around = [(36.8, -123.3), (38.6, -123.3), (38.6, -121.5)]
    drawn = save_place(name="The Bay", outline=around, actor=stage.world.staff, now=stage.world.now)
    stage.known["saved_place"] = {"reference": drawn.reference}
    stage.known["insights_file"] = {"kind": "csv"}
    stage.known["segment"] = {"reference": save_segment(segment=None, note="", **facts).reference}
    stage.known["customer list"] = {"reference": freeze_list(**facts).reference}
    measure_segments(now=stage.world.now)
    _tell_notes(stage)
    stage.known["moving in"] = {"reference": looked_ahead(stage.world).reference}
    ask = ask_erasing(customer=stage.world.ana, actor=system(), now=stage.world.now)
    stage.known["erasure ask"] = {"reference": ask.reference}
    stage.known["everything"] = {"reference": _everything(stage.world).reference}
    stage.known["rehearsal"] = {"reference": _rehearsed(stage.world).reference}
    event = planned_event(stage.world)
    stage.known["event plan"] = {"reference": event.reference}
    stage.known["event venue"] = {"reference": event.reference, "venue": str(event.venues.get().pk)}
    stage.known["tour plan"] = {"reference": planned_tour(stage.world).reference}
    stage.known["shipping"] = {"reference": ShipRun.objects.get().reference}
    stage.known["import"] = {"reference": ImportRun.objects.get().reference}
