"""The demo winery: whole, in order, the same twice, and alive under the shop's own operations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models import Count, Model, Sum
from django.test import TestCase
from django.urls import resolve

from tests.rooms.payments.comparing import compare
from tests.world import OPENING_DAY, World
from tirage.backoffice.tour.facts import read_facts, release_to_tour
from tirage.backoffice.tour.steps import read_steps
from tirage.catalog.models import Label, Sku, Vintage, Wine
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import confirm_draft
from tirage.changes.queries import find_draft, quote_draft
from tirage.checkout.models import Cart, CartLine, RestockRequest
from tirage.checkout.operations import Placing, place_order, take_full_allocation
from tirage.checkout.operations.setting_aside import live_set_aside
from tirage.checkout.queries import load_offer_page, load_set_aside, quote_checkout
from tirage.checkout.recorded import last_recorded, minute_of
from tirage.checkout.rules import Availability
from tirage.checkout.volumes import Parcel, judge_parcel, parts_of
from tirage.cli.doctor import run_checks
from tirage.clubs.models import ClubMember
from tirage.core.actors import Actor, ActorKind, system
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.models import BulkRun, Event, Winery
from tirage.core.winery import forget_winery, local_time
from tirage.customers.models import Address, Customer, Group, Membership, MoveRun, Tag, TierPin
from tirage.customers.states import CustomerStatus
from tirage.delivery.models import Destination, Law, Method, Rate, VolumeLimit, Zone
from tirage.delivery.queries import special_of
from tirage.demo.loader import load_demo, sign_ins
from tirage.demo.loader.named import NAMED
from tirage.demo.loader.team import PASSWORD
from tirage.demo.words import SPRING_2027
from tirage.fulfilment.models import Pickup
from tirage.futures.models import Lot
from tirage.imports.models import ImportRun
from tirage.imports.operations import run_import
from tirage.imports.queries import read_reading
from tirage.imports.states import ImportKind
from tirage.inventory.models import Hold, Movement, Stock
from tirage.joining.models import WaitingPlace
from tirage.joining.queries import standing_of
from tirage.joining.waiting import tidy_line
from tirage.marketing.models import SyncRun
from tirage.marketing.rules import nested_names
from tirage.merging.suggesting import find_likely_pairs
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import SentMail
from tirage.notifications.previews import mail_seen_by
from tirage.notifications.reminder_models import ReminderPlan
from tirage.notifications.states import MailKind
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.offers.rules import OfferStatus
from tirage.orders.models import Order, OrderChange, OrderCharge
from tirage.orders.states import ChangeKind, Channel, OrderState
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Collection, Comparison, Finding, PayLink, Payment, PaymentMethod
from tirage.payments.operations import reconcile_payments, refund_payment
from tirage.payments.states import CREDIT, OFFLINE, PaymentKind, PaymentState
from tirage.places.special import SpecialKind
from tirage.planning.models import Rehearsal
from tirage.reports.allocation import report_of
from tirage.segments.models import CustomerList, Segment, SegmentDay, SegmentMove
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse
from tirage.staff.models import StaffMember
from tirage.staff.states import Role
from tirage.standing.models import StandingOrder, StandingRun
from tirage.tables.questions import open_questions
from tirage.tiers.models import Ladder
from tirage.tiers.planning import plan_ladder, written_by
from tirage.wishes.models import GrantLine, GrantRun, Policy, Wish
from tirage.wishes.policies import simulate, values_of
from tirage.wishes.reallocation.models import Reallocation
from tirage.wishes.rules import Rule
from tirage.wishes.states import WishState

pytestmark = pytest.mark.django_db
COUNT = 400


def quiet(words: str, done: float) -> None:
    assert words
    assert 0 <= done <= 1


def load(now: datetime = OPENING_DAY) -> None:
    load_demo(quiet, now=now, count=COUNT)


def quote_customer(draft: ChangeDraft) -> Customer:
    return Customer.objects.get(orders__drafts=draft)


def named(key: str) -> Customer:
    return Customer.objects.get(email=NAMED[key].email)


@pytest.mark.once
def test_standing_orders_wait_for_their_run_with_a_preview() -> None:
    load()
    assert 30 <= StandingOrder.objects.count() <= 60
    run = StandingRun.objects.get()
    assert run.state == "planned" and run.begins_at > OPENING_DAY
    found = dict(run.lines.values_list("outcome").annotate(count=Count("pk")))
    assert found["skipped"] == 2 and found["waiting"] > 20
    assert run.lines.filter(outcome="waiting", reason="", pieces__gt=0, told_at__isnull=False).count() > 15
    assert run.lines.filter(reason="The standing order is paused.").count() == 1
    states = list(ClubMember.objects.values_list("state", flat=True))
    assert states.count("active") > 4 and {"paused", "left"} <= set(states)
    fees = ClubMember.objects.filter(club__fee_minor__gt=0)
    assert fees.filter(fee__balance_minor=0).exists() and fees.exclude(fee_waived="").exists()


def facts() -> dict[str, list[Any]]:
    """What two loads of one moment must agree on; gateway tokens and references included."""
    return {
        "orders": list(
            Order.objects.order_by("reference").values_list(
                "reference", "state", "owed_minor", "paid_minor", "made_at"
            )
        ),
        "people": list(
            Customer.objects.order_by("email").values_list(
                "email", "reference", "orders_count", "lifetime_minor"
            )
        ),
        "stock": list(
            Stock.objects.order_by("sku__code").values_list("sku__code", "on_hand", "sold", "held")
        ),
        "wishes": list(
            Wish.objects.order_by("reference").values_list("reference", "state", "asked", "granted")
        ),
        "payments": list(
            Payment.objects.order_by("reference").values_list("reference", "kind", "state", "amount_minor")
        ),
        "collections": list(
            Collection.objects.order_by("reference").values_list("reference", "state", "next_at")
        ),
        "changes": list(
            ChangeDraft.objects.order_by("reference").values_list(
                "reference", "state", "order__reference", "confirmed_minor"
            )
        ),
        "links": list(PayLink.objects.order_by("reference").values_list("reference", "amount_minor")),
        "cards": list(
            PaymentMethod.objects.order_by("token").values_list("token", "brand", "last4", "exp_year")
        ),
        "carts": list(Cart.objects.order_by("reference").values_list("reference", "expires_at", "attempt")),
        "activity": list(Event.objects.order_by("at", "text", "name").values_list("at", "name", "text")),
    }


def test_two_loads_of_one_moment_are_the_same() -> None:
    found = []
    for _ in range(2):
        with transaction.atomic():
            load()
            found.append(facts())
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert len(found[0]["orders"]) > 100


#: Days and hours on which a demo that lets the clock decide tells another story.
DAYS = (
    "2026-11-29 12:05",
    "2026-12-31 23:59",
    "2028-02-29 12:00",
    "2027-11-07 08:30",
    "2027-03-28 00:59",
    "2027-06-06 07:30",
)


@pytest.mark.once
@pytest.mark.parametrize("day", DAYS)
def test_the_story_is_the_same_on_any_day(day: str) -> None:
    now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    load(now)
    assert_some_are_scarce(now)
    assert list(ChangeDraft.objects.order_by("pk").values_list("state", flat=True)) == [
        *("open", "waiting", "waiting", "open"),
        # Two by telephone.
        *("applied", "open"),
    ]
    assert Collection.objects.filter(state="open", next_at__gt=now).count() >= 2
    assert [finding.check.name for finding in run_checks(now)] == []


def assert_some_are_scarce(now: datetime) -> None:
    """One wine is gone, one nearly, one is in others' carts, and of one there is plenty."""
    page = load_offer_page(named("full"), now)
    seen = {item.code: item.availability for item in page.items}
    assert seen["EK-LB-23-1500"] is Availability.SOLD_OUT
    assert seen["EK-CS-23-3000"] is Availability.FEW
    assert seen["EK-LB-23-3PK"] is Availability.HELD
    assert seen["EK-CS-23-750"] is Availability.PLENTY


def the_list() -> ImportRun:
    """The list that waits at the imports; a second winery's files wait elsewhere."""
    return ImportRun.objects.get(kind="customers", file_name="harvest-tasting-guests.csv")


class TestTheLoadedWinery(TestCase):
    """Loaded once, as of now: what a visitor finds, and what happens when the shop goes on from there."""

    now: ClassVar[datetime]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.now = read_clock()
        load(cls.now)

    def test_a_second_winery_waits_to_be_moved_in_whole(self) -> None:
        """Its files in the order of the checklist: every row is good once those before are in."""
        waiting = ImportRun.objects.filter(state="uploaded", file_name__startswith="halfmoon-").order_by("pk")
        kinds = [kind.value for kind in ImportKind if kind not in (ImportKind.OFFER_ITEMS, ImportKind.CARDS)]
        assert {one.kind for one in waiting} == {*kinds} - {"orders"}
        for one in waiting:
            run = run_import(reference=one.reference, actor=system(), now=self.now)
            assert (run.state, run.bad, run.written) == ("done", 0, run.total), (one.kind, run.problems[:3])
            assert run.total > 2
        assert run_checks(self.now) == []

    def test_segments_have_a_year_behind_them_that_leads_to_who_fits_now(self) -> None:
        entered = left = 0
        for segment in Segment.objects.all():
            days = list(segment.days.order_by("day"))
            assert len(days) == 366 and days[-1].day == local_time(self.now).date()
            sizes = [day.size for day in days]
            moved = [day.entered - day.left for day in days[1:]]
            assert [after - before for before, after in pairwise(sizes)] == moved, segment.name
            inside = set(segment.members.values_list("customer", flat=True))
            assert inside == set(find_ids(parse(segment.definition), self.now)), segment.name
            assert sizes[-1] == len(inside) > 0, segment.name
            moves = SegmentMove.objects.filter(day__segment=segment)
            assert moves.count() == sum(day.entered + day.left for day in days), segment.name
            entered += moves.filter(entered=True).count()
            left += moves.filter(entered=False).count()
        assert entered and left
        (redefined,) = SegmentDay.objects.filter(redefined=True)
        assert redefined.left and redefined.segment.definitions.count() == 2
        assert all(one.total for one in CustomerList.objects.all()) and CustomerList.objects.count() == 2

    def test_the_doctor_finds_nothing(self) -> None:
        self.assert_healthy()

    def test_the_gateways_list_agrees_but_for_what_waits_to_be_looked_into(self) -> None:
        facts = list(Finding.objects.values_list("reference", "kind", "state", "theirs_minor"))
        assert [fact[1:] for fact in facts] == [("stray_charge", "open", 140_00)]
        last = Comparison.objects.get()
        listed = gateway_for("test").list_page(since=last.since, until=last.until).lines
        assert last.listed >= len(listed) > 0
        run = compare(read_clock())
        assert (run.found, run.unread) == (0, 0) and run.listed > last.listed
        assert list(Finding.objects.values_list("reference", "kind", "state", "theirs_minor")) == facts

    def test_changes_wait_for_just_what_they_would_cost(self) -> None:
        drafts = list(ChangeDraft.objects.exclude(order__channel__in=("telephone", "winery")).order_by("pk"))
        assert [(draft.state, draft.waiting_code) for draft in drafts] == [
            ("open", ""),
            ("waiting", "pay_link"),
            ("waiting", "insufficient_funds"),
            ("open", ""),
        ]
        for draft in drafts:
            quote = quote_draft(find_draft(draft.reference, system()), self.now)
            assert not quote.problems and not quote.moved_on, draft.waiting_code
            assert not quote.notes or "method" in draft.delivery, "the order knows its rates"
            assert quote.owed_by_other_rates is None
            if draft.confirmed_minor is not None:
                assert quote.settlement.minor == draft.confirmed_minor
        made = OrderChange.objects.filter(kind=ChangeKind.CHANGE.value, order__release__name="Autumn 2026")
        assert {"Asked for more by telephone", "No room in the cellar", "Away for the holidays"} <= set(
            made.values_list("reason", flat=True)
        )

    def test_two_called_one_of_them_is_still_on_the_line(self) -> None:
        begun = Order.objects.get(state="draft")
        placed = Order.objects.get(state="placed", channel="telephone")
        assert placed.balance_minor == 0 and placed.payments.get().offline_kind == "cheque"
        draft = begun.drafts.get()
        quote = quote_draft(find_draft(draft.reference, system()), self.now)
        assert quote.is_live and quote.to_pay and not quote.blocking
        assert all(line.held == line.after for line in quote.lines) and len(quote.lines) == 2
        assert placed.changes.get().actor_label == draft.actor_label

    def test_a_change_that_is_being_prepared_can_be_made(self) -> None:
        draft = ChangeDraft.objects.filter(state="open", maker="staff").exclude(order__state="draft").get()
        member = StaffMember.objects.get(pk=draft.actor_id or 0)
        actor = Actor(ActorKind.STAFF, member.pk, member.name)
        quote = quote_draft(find_draft(draft.reference, actor), self.now)
        card = PaymentMethod.objects.filter(customer=quote_customer(draft)).first()
        confirmed = confirm_draft(
            draft_reference=draft.reference,
            expected_difference_minor=quote.difference.minor,
            expected_settlement_minor=quote.settlement.minor,
            payment_method=card,
            actor=actor,
            now=self.now,
        )
        assert confirmed.status == "applied"
        self.assert_healthy()

    def assert_healthy(self) -> None:
        assert [(finding.check.name, finding.rows[:3]) for finding in run_checks(self.now)] == []

    def test_no_list_is_empty(self) -> None:
        models: list[type[Model]] = [
            *(
                Address,
                Cart,
                CartLine,
                CustomAllowance,
                Customer,
                Destination,
                Event,
                Group,
                Hold,
                Label,
                Membership,
            ),
            *(Method, Movement, Offer, OfferItem, Order, OrderCharge, Payment, PaymentMethod, Rate, Release),
            *(RestockRequest, SentMail, Sku, StaffMember, Stock, Tag, Vintage, Wine, Wish, Zone),
        ]
        assert [model.__name__ for model in models if not model._default_manager.exists()] == []
        # Of what the team tries, one waits to be tried further, and one was marked as shipped.
        tried = {OrderState.TRYING, OrderState.TEST_OFF, OrderState.TEST_VOID}
        states = {state.value for state in OrderState if state not in tried}
        assert set(Order.objects.values_list("state", flat=True)) == states
        assert set(Order.objects.values_list("channel", flat=True)) == {
            channel.value for channel in Channel if channel is not Channel.HISTORY
        }
        assert set(Wish.objects.values_list("state", flat=True)) >= {"open", "granted", "declined"}
        assert set(StaffMember.objects.values_list("role", flat=True)) == {role.value for role in Role}
        assert set(Payment.objects.values_list("state", flat=True)) == {
            *("settled", "declined", "unknown", "needs_customer")
        }
        assert set(Collection.objects.values_list("state", flat=True)) == {"open", "collected", "let_go"}
        assert Collection.objects.filter(state="open", next_at__gt=self.now).count() >= 2
        assert PayLink.objects.filter(used_at=None, revoked_at=None, expires_at__gt=self.now).exists()
        kinds = set(Order.objects.values_list("changes__kind", flat=True))
        assert kinds >= {ChangeKind.PLACING, ChangeKind.GRANT, ChangeKind.CANCEL}
        assert Payment.objects.filter(kind=PaymentKind.REFUND.value, parent__isnull=False).exists()
        assert Order.objects.filter(balance_minor__lt=0, state=OrderState.CANCELLED.value).exists()

    def test_wishes_were_granted_by_a_run_and_another_waits(self) -> None:
        done = GrantRun.objects.filter(state="finished")
        outcomes = [set(run.lines.values_list("outcome", flat=True)) for run in done]
        assert {"granted"} in [found & {"granted", "offered"} for found in outcomes]
        assert all(found & {"granted", "offered"} for found in outcomes)
        for run in GrantRun.objects.exclude(lines__outcome="offered"):
            assert set(run.compared) == set(Rule), "all rules stand side by side"
            kept = sum(line.shares[run.rule] for line in run.lines.all())
            assert run.compared[run.rule]["pieces"] == kept > 0
        best, draw = GrantRun.objects.filter(state="draft").order_by("pk")
        assert (best.rule, draw.rule) == ("optimiser", "draw")
        served = {rule: outcome["customers"] for rule, outcome in best.compared.items()}
        assert served["optimiser"] > 0 and draw.lines.filter(pieces__gt=0).exists()
        gets = best.lines.filter(pieces__gt=0).order_by().values_list("customer").annotate(Sum("pieces"))
        assert all(pieces >= 2 for _, pieces in gets), "two at least for whoever gets any"

    def test_the_next_release_is_rehearsed_with_a_what_if_beside_it(self) -> None:
        first, second = Rehearsal.objects.order_by("pk")
        assert (first.state, second.state, second.beside) == ("finished", "finished", first)
        assert first.figures and first.figures != second.figures and first.plan["cart"] != second.plan["cart"]
        assert max(wine["sells_out"] for wine in first.figures["wines"]) > 0

    def test_a_tiering_waits_with_a_few_who_should_move_and_a_ladder_stands_on_the_next_release(self) -> None:
        run = MoveRun.objects.get(source="tiering")
        assert run.state == "scheduled" and 2 <= run.total <= COUNT / 5
        assert TierPin.objects.count() == 2
        ladder = Ladder.objects.select_related("offer__release", "offer__group", "based_on").get(
            state="draft"
        )
        plan = plan_ladder(ladder, OPENING_DAY)
        assert plan.items and any(one.wish_only for one in plan.figures)
        assert any(one.gain or one.lose for one in plan.figures)

    def test_an_open_offer_tells_each_customer_their_rung(self) -> None:
        ladder = Ladder.objects.get(state="applied")
        told = written_by(ladder).exclude(told="")
        assert told.count() == written_by(ladder).count() > COUNT / 50
        assert all(
            re.match(r"You took \d+ in Autumn 2025, so \d+ (is|are) yours until ", one.told) for one in told
        )
        one = told.select_related("customer").order_by("pk")[0]
        assert one.told in {line.told for line in load_offer_page(one.customer, self.now).items}

    def test_a_newsletters_list_was_synced_and_says_who_is_not_on_it_and_why(self) -> None:
        run = SyncRun.objects.get()
        assert (run.state, run.seen, run.refused) == ("finished", run.total, 1) and run.sent
        assert run.sent + run.refused + run.left_out == run.total == run.list.subscribers.count()
        assert ("Lantern Block", "Lantern Block library") in nested_names(
            Tag.objects.values_list("name", flat=True)
        )

    def test_somebody_is_on_the_list_twice(self) -> None:
        pairs = find_likely_pairs()
        assert [(len(pair.reasons), "+tasting@" in pair.ends.email) for pair in pairs] == [(3, True)]
        assert pairs[0].stays.orders_count >= 2

    def test_every_mail_of_a_customer_can_be_shown_for_a_real_one(self) -> None:
        """In each language of the house, about what is theirs: as many as there is something of theirs to say."""
        customer = Customer.objects.get(email=NAMED["ordered"].email)
        for locale in ("en_US", "en_GB"):
            Winery.objects.update(locale=locale)
            forget_winery()
            shown = {
                kind: mail_seen_by(kind=kind, customer=customer, now=self.now)
                for kind, facts in KINDS.items()
                if facts.to_customer
            }
            assert all("{{" not in seen.mail.text and seen.mail.subject for seen in shown.values())
            assert (
                not shown[MailKind.ORDER_RECEIPT].is_sample
                and customer.greeting in shown[MailKind.ORDER_RECEIPT].mail.text
            )

    def test_the_black_box_says_what_those_with_a_cart_look_at(self) -> None:
        cart = Cart.objects.filter(customer__recordings__isnull=False).order_by("pk").first()
        assert cart is not None
        looked = last_recorded(cart.customer)
        assert looked is not None
        told = minute_of(cart.customer, looked.replace(second=0, microsecond=0))
        assert told.page is not None and told.page.wines and told.stock
        pressed = minute_of(cart.customer, cart.changed_at.replace(second=0, microsecond=0)).presses
        assert pressed and pressed[-1].bottles

    def test_the_reports_of_the_open_and_the_last_release_are_rich(self) -> None:
        releases = Release.objects.filter(goals__isnull=False).distinct()
        assert len(releases) == 2
        for release in releases:
            report = report_of(release, self.now)
            people = report.people
            assert people.offered > people.seen > people.bought > 0 and people.invited, release
            assert report.before and report.days and report.total.bought and report.aim

    def test_reminders_are_on_for_the_next_release(self) -> None:
        on = ReminderPlan.objects.filter(is_on=True)
        assert {plan.kind for plan in on} == {"not_yet", "cart", "last_day"}
        assert not Offer.objects.filter(release__in=[plan.release for plan in on], is_active=True).exists()

    def test_people_wait_in_line_and_some_are_invited(self) -> None:
        states = set(WaitingPlace.objects.values_list("state", flat=True))
        assert states >= {"waiting", "invited", "expired", "joined"}
        peter = standing_of(named("waiting"), self.now)
        assert peter and not peter.is_invited and peter.number > 0 and peter.estimate
        members = Membership.objects.filter(kind="allocation").values("customer")
        assert not WaitingPlace.objects.filter(state="waiting", customer__in=members).exists()
        assert tidy_line(now=self.now) == 0

    def test_bottles_are_set_aside_for_one_of_the_named(self) -> None:
        customer = Customer.objects.get(email=NAMED["ordered"].email)
        [cart] = live_set_aside(customer.pk, self.now)
        assert cart.kept_until and cart.kept_until > self.now + timedelta(days=5)
        line = GrantLine.objects.get(cart=cart)
        assert line.outcome == "offered" and 1 <= line.given <= 2
        page = load_set_aside(customer, cart.reference, self.now)
        assert page.status is OfferStatus.OPEN and page.cart and page.cart.fully_held

    def test_wine_lies_ready_for_two_of_whom_one_was_reminded(self) -> None:
        assert sorted(Pickup.objects.values_list("state", "reminded")) == [("ready", 0), ("ready", 1)]

    def test_some_were_given_bottles_that_can_be_taken_back(self) -> None:
        made = Reallocation.objects.get(kind="allowances")
        assert list(made.gifts.values_list("pieces", "taken_back_at")) == [(2, None)] * 3
        assert BulkRun.objects.get(kind="give_bottles").state == "finished"
        assert all(
            gift.offer_item.custom_allowances.get(customer=gift.customer).purchase_maximum
            == gift.offer_item.purchase_maximum + 2
            for gift in made.gifts.select_related("offer_item")
        )

    def test_a_policy_has_run_and_another_waits_for_an_offer_to_close(self) -> None:
        done = Policy.objects.get(state="finished")
        assert list(done.steps.values_list("state", flat=True)) == ["done", "done"]
        assert done.steps.order_by("position")[0].result.startswith("Granted ")
        waits = Policy.objects.get(state="waiting")
        assert waits.offer is not None and waits.offer.closes_at > self.now
        assert simulate(waits, self.now).steps[0].plan.people
        opened = [group for step in values_of(waits).steps for group in step.groups]
        assert opened and not Group.objects.filter(pk__in=opened, is_test=True).exists()

    def test_the_tour_is_about_the_release_to_come(self) -> None:
        member = StaffMember.objects.get(role=Role.OWNER.value)
        release = release_to_tour(member)
        assert release is not None and release.name == SPRING_2027.name
        steps = {step.key.value: step for step in read_steps(read_facts(release, member, self.now))}
        assert [key for key, step in steps.items() if step.done] == ["group", "offer"]
        assert all(resolve(step.href.partition("?")[0]) for step in steps.values())

    def test_a_list_waits_with_things_to_say_before_it_comes_in(self) -> None:
        run = the_list()
        questions = read_reading(run).questions
        assert (run.state, run.total) == ("checked", 8) and run.reading["rows"]
        assert [one.key for one in open_questions(questions, {})] == ["word:status:dormant"]
        assert {"dates", "shared_email"} <= {one.key for one in questions}

    def test_the_activity_of_a_wine_ends_with_what_is_on_hand(self) -> None:
        """Formats of wine en primeur are drawn from their lot when they are sold."""
        drawn = Lot.objects.filter(of__isnull=False).values("sku")
        for stock in Stock.objects.filter(expected=0).exclude(sku__in=drawn):
            last = Event.objects.filter(name="stock.moved", subject_id=stock.sku_id).order_by("pk").last()
            assert last is not None
            assert last.data["on_hand"] == stock.on_hand

    def test_nothing_happens_in_the_future(self) -> None:
        assert not Order.objects.filter(made_at__gt=self.now).exists()
        assert not Event.objects.filter(at__gt=self.now).exists()
        assert not Payment.objects.filter(made_at__gt=self.now).exists()
        assert not Movement.objects.filter(at__gt=self.now).exists()
        assert not Wish.objects.filter(changed_at__gt=self.now).exists()

    def test_orders_were_made_while_their_offer_was_open_and_within_its_limits(self) -> None:
        made = Order.objects.select_related("offer").exclude(state__in=["cancelled", "booked", "draft"])
        # What one customer gave another was offered to the first.
        for order in made.exclude(changes__kind="transfer", offer=None):
            assert order.offer is not None
            assert order.offer.opens_at <= order.made_at < order.offer.closes_at, order.reference
            placed = order.changes.get(number=1)
            for line in placed.lines.select_related("offer_item"):
                assert line.offer_item is not None
                assert line.quantity <= line.offer_item.purchase_maximum
                assert line.quantity % line.offer_item.multiple == 0
        opening = Release.objects.get(name="Autumn 2026").offers.get(group__name="Field")
        assert opening.opens_at > self.now
        assert not opening.orders.exists()

    def test_one_wine_is_gone_one_nearly_and_one_in_others_carts(self) -> None:
        assert_some_are_scarce(self.now)
        lapsed = Hold.objects.filter(expires_at__lte=self.now)
        assert lapsed.exists() and Hold.objects.exclude(pk__in=lapsed).exists()

    def test_each_named_person_is_what_the_start_message_says(self) -> None:
        full = load_offer_page(named("full"), self.now)
        assert full.status is OfferStatus.OPEN
        assert all(item.bought == 0 for item in full.items)
        assert named("full").payment_methods.count() == 1
        assert load_offer_page(named("later"), self.now).status is OfferStatus.NOT_YET
        assert load_offer_page(named("waiting"), self.now).status is OfferStatus.NONE
        assert named("suspended").status == CustomerStatus.SUSPENDED
        ordered = Release.objects.get(name="Autumn 2026").orders.filter(
            customer=named("ordered"), state="placed"
        )
        assert ordered.exists()
        assert Wish.objects.filter(customer=named("ordered"), state=WishState.OPEN.value).exists()
        told = "\n".join(sign_ins("http://127.0.0.1:8000"))
        assert all(f"{person.first_name} {person.last_name}" in told for person in NAMED.values())
        assert PASSWORD in told and all(
            email in told for email in StaffMember.objects.values_list("email", flat=True)
        )
        assert all(member.check_password(PASSWORD) for member in StaffMember.objects.all()[:1])
        assert not Winery.objects.get().staff_second_factor

    def test_saved_cards_work_as_promised(self) -> None:
        for key, status in (("full", "placed"), ("declined", "declined"), ("bank", "needs_customer")):
            assert self.order_of(key).status == status
        self.assert_healthy()

    def order_of(self, key: str) -> Placing:
        now = self.now
        customer = named(key)
        actor = Actor(ActorKind.CUSTOMER, customer.pk, customer.name)
        take_full_allocation(customer=customer, actor=actor, now=now)
        page = load_offer_page(customer, now)
        assert page.cart is not None
        quote = quote_checkout(page, country="US", state="CA", proposes=True)
        assert quote.chosen is not None
        return place_order(
            customer=customer,
            attempt=page.cart.attempt,
            address_reference=customer.addresses.get(is_default=True).reference,
            method_reference=quote.chosen.reference,
            card_reference=customer.payment_methods.get().reference,
            expected_total_minor=quote.total.minor,
            adult_confirmed=True,
            actor=actor,
            now=now,
        )

    def test_address_books_and_the_list_have_places_that_carriers_do_not_take_wine_to(self) -> None:
        books = Address.objects.filter(customer__email__in=[one.email for one in NAMED.values()])
        assert frozenset().union(*map(special_of, books)) == frozenset(SpecialKind)
        told = " ".join(message for _, _, _, message in the_list().notices)
        assert "deliver wine to PO boxes" in told

    def test_states_have_limits_and_somebody_is_near_one(self) -> None:
        assert VolumeLimit.objects.count() > 40 and set(Law.objects.values_list("kind", flat=True)) >= {
            *("permit", "alcohol", "labels", "signature", "reporting")
        }
        near = Address.objects.filter(customer__tags__name="Near a volume limit", is_default=True).first()
        if near is None:
            assert local_time(self.now).month == 1, "only a year that has just begun has sold nothing yet"
            return
        verdict = judge_parcel(Parcel(near.customer_id, 750, parts_of(near), self.now))
        assert verdict.tightest and verdict.tightest.had and not verdict.is_beyond

    def test_refunds_of_the_past_tell_their_story(self) -> None:
        """Banks are asked and answer; what goes back by hand has gone."""
        refunds = Payment.objects.filter(kind=PaymentKind.REFUND.value)
        by_banks = refunds.exclude(gateway__in=[OFFLINE, CREDIT])
        for name, found in (("payment.started", by_banks), ("payment.settled", refunds)):
            keys = set(found.values_list("pk", flat=True))
            told = Event.objects.filter(name=name, data__payment_id__in=keys)
            assert {event.data["payment_id"] for event in told} == keys != set()

    def test_money_of_the_past_can_be_given_back_and_open_payments_end(self) -> None:
        now = self.now
        settled = Payment.objects.filter(
            kind=PaymentKind.CHARGE.value, state=PaymentState.SETTLED.value, children__isnull=True
        )
        payment = settled.order_by("pk")[0]
        refund = refund_payment(
            payment_reference=payment.reference,
            amount_minor=payment.amount_minor,
            reason="Corked",
            actor=system(),
            now=now,
        )
        assert refund.state == PaymentState.SETTLED
        reconcile_payments(now=now + timedelta(minutes=45))
        open_ones = Payment.objects.filter(state__in=["pending", "unknown", "needs_customer"])
        assert not open_ones.exists()
        self.assert_healthy()


def test_a_winery_that_is_there_already_is_left_alone(world: World) -> None:
    before = Customer.objects.count(), Winery.objects.get().name
    with pytest.raises(DomainError) as refused:
        load()
    assert refused.value.code == "not_empty"
    assert (Customer.objects.count(), Winery.objects.get().name) == before
