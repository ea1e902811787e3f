"""What is brought besides orders: store credit, memberships, wishes, addresses not written to. Once, by what differs,
and out again until the first real order."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy
from tests.rooms.clubs.test_clubs import club, groups
from tests.rooms.moving.journey import table
from tests.world import World, acting
from tirage.cli.doctor import run_checks
from tirage.clubs.joining import leave_club
from tirage.clubs.models import ClubMember
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.customers.models import Customer, Membership, PastMembership
from tirage.imports.models import ImportRun
from tirage.imports.operations import check_import, run_import, start_import
from tirage.imports.options import ImportOptions
from tirage.moving.models import BroughtThing, MoveRun
from tirage.moving.reconciling import compare, credit_behind, keep_figures, sign_off
from tirage.moving.running import go_on, take_back
from tirage.moving.states import By
from tirage.notifications.models import SentMail
from tirage.offers.models import OfferItem, Release
from tirage.payments.models import CreditEntry
from tirage.payments.operations import give_credit
from tirage.standing.models import StandingOrder
from tirage.wishes.models import Wish

Rows = list[dict[str, object]]


def uploaded(world: World, kind: str, rows: Rows, **facts: Any) -> ImportRun:
    return start_import(
        kind=kind,
        file=io.BytesIO(table(rows)),
        file_name=f"{kind}.csv",
        options=ImportOptions(),
        actor=world.staff,
        now=world.now,
        **facts,
    )


def bring(world: World, kind: str, rows: Rows) -> ImportRun:
    run = uploaded(world, kind, rows)
    return run_import(reference=run.reference, actor=world.staff, now=world.now)


def out(world: World, *files: ImportRun) -> MoveRun:
    run = take_back(
        files=[one.reference for one in files] or None, queue=False, actor=world.staff, now=world.now
    )
    assert run is not None
    return go_on(run=run, clock=lambda: world.now)


def credit_of(customer: Customer) -> int:
    return Customer.objects.get(pk=customer.pk).credit_minor


ANA: dict[str, object] = {"Customer Email": "ana@example.com", "Balance": "75.00"}
BEN: dict[str, object] = {"Customer Email": "ben@example.com", "Balance": "$1,020.50"}


@pytest.fixture
def emails(world: World) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(email="ana@example.com")
    Customer.objects.filter(pk=world.ben.pk).update(email="ben@example.com")


pytestmark = pytest.mark.usefixtures("emails")


def test_store_credit_comes_in_once_and_by_what_differs(world: World) -> None:
    first = bring(world, "credit", [ANA, BEN])
    assert first.outcome == "2 new."
    assert (credit_of(world.ana), credit_of(world.ben)) == (75_00, 1_020_50)
    assert bring(world, "credit", [ANA, BEN]).outcome == "2 as they were."
    corrected = bring(world, "credit", [{**ANA, "Balance": "60.00"}, BEN])
    assert corrected.outcome == "1 changed, 1 as they were."
    assert credit_of(world.ana) == 60_00
    assert list(CreditEntry.objects.filter(customer=world.ana).values_list("amount_minor", flat=True)) == [
        75_00,
        -15_00,
    ]
    assert run_checks(world.now) == []


def test_a_look_at_the_file_says_what_would_come_of_it_and_writes_nothing(world: World) -> None:
    bring(world, "credit", [ANA])
    run = uploaded(world, "credit", [{**ANA, "Balance": "60"}, BEN])
    run = check_import(reference=run.reference, actor=world.staff, now=world.now)
    said = [reason for *_, reason in run.notices]
    assert said == [
        "Of these rows: 1 would come in new, 1 would change.",
        "It came in as $75.00: $15.00 are taken back.",
    ]
    assert credit_of(world.ana) == 75_00 and BroughtThing.objects.count() == 1


def test_rows_that_cannot_come_in_say_why(world: World) -> None:
    nobody: dict[str, object] = {"Customer Email": "nobody@example.org", "Balance": "5.00"}
    run = uploaded(world, "credit", [ANA, ANA, nobody, {**BEN, "Balance": "-5.00"}])
    run = check_import(reference=run.reference, actor=world.staff, now=world.now)
    assert [(row, reason.split(".")[0]) for row, _, _, reason in run.problems] == [
        (5, "A balance is more than nought"),
        (3, "Row 2 has this customer’s balance already"),
        (4, "No customer here has this address"),
    ] or {row for row, *_ in run.problems} == {3, 4, 5}


def test_two_credits_of_one_customer_are_told_apart_by_their_number(world: World) -> None:
    bring(world, "credit", [{**ANA, "Gift Card Number": "A1"}, {**ANA, "Gift Card Number": "A2"}])
    assert credit_of(world.ana) == 150_00


def test_its_sums_are_compared_with_theirs_to_the_row(world: World) -> None:
    run = bring(world, "credit", [ANA, BEN])
    figures = {"ana@example.com": 75_00, "ben@example.com": 1_000_00}
    keep_figures(by=By.CREDIT, figures=figures, actor=world.staff, now=world.now)
    assert [(one.key, one.difference) for one in compare(By.CREDIT)] == [
        ("ana@example.com", 0),
        ("ben@example.com", 20_50),
    ]
    (behind,) = credit_behind("ben@example.com")
    assert (behind.file, behind.row, behind.amount_minor) == (run.reference, 3, 1_020_50)


def test_signed_off_it_is_closed(world: World) -> None:
    bring(world, "credit", [ANA])
    sign_off(seen_differences=0, actor=world.staff, now=world.now)
    with pytest.raises(DomainError, match="signed the history off"):
        bring(world, "credit", [BEN])
    assert credit_of(world.ben) == 0


def test_it_goes_out_again_and_what_is_spent_stays(world: World) -> None:
    first = bring(world, "credit", [ANA, BEN])
    give_credit(
        customer=world.ana,
        amount=Money(-50_00, "USD"),
        reason="Paid out",
        actor=world.staff,
        now=world.now,
    )
    run = out(world, first)
    assert (credit_of(world.ana), credit_of(world.ben)) == (25_00, 0)
    assert (run.counts["gone"], run.counts["refused"]) == (1, 1)
    assert "store credit are left" in run.problems[0][1]
    assert BroughtThing.objects.get().customer == world.ana


def test_the_first_real_order_keeps_it_in(world: World) -> None:
    bring(world, "credit", [ANA, BEN])
    buy(world, world.ana, {"CAB23": 1}, world.now + timedelta(minutes=5))
    with pytest.raises(DomainError, match="ordered here since"):
        out(world)


MEMBER: dict[str, object] = {
    "Email": "ben@example.com",
    "Club Name": "cellar  Club",
    "Join Date": "2019-03-01",
    "Status": "On Hold",
    "Next Ship Date": "2027-03-15",
    "Hold Reason": "Travels",
}


def test_memberships_come_with_their_dates_and_state_without_mail_or_standing_order(world: World) -> None:
    of = club(world, amount="full")
    former = {**MEMBER, "Email": "ana@example.com", "Status": "Cancelled", "Cancel Date": "2021-05-05"}
    mails = SentMail.objects.count()
    run = bring(world, "club-members", [MEMBER, former])
    assert run.bad == 0, run.problems
    ben = ClubMember.objects.get(customer=world.ben)
    assert (ben.club, ben.state, ben.reason) == (of, "paused", "Travels")
    assert ben.joined_at == datetime(2019, 3, 1, 8, tzinfo=UTC)
    assert "former system on 2019-03-01" in ben.words
    ana = ClubMember.objects.get(customer=world.ana)
    assert (ana.state, ana.left_at) == ("left", datetime(2021, 5, 5, 7, tzinfo=UTC))
    assert groups(world.ben) == {"Estate", "Employees"} and groups(world.ana) == {"Premier"}
    assert Membership.objects.get(customer=world.ben, group=world.employees).since == ben.joined_at
    thing = BroughtThing.objects.get(customer=world.ben)
    assert thing.data["next_shipment"] == "2027-03-15"
    assert not StandingOrder.objects.exists() and SentMail.objects.count() == mails
    again = bring(world, "club-members", [MEMBER, former])
    assert again.outcome.startswith("2 as they were.")


def test_a_corrected_membership_changes_and_goes_out_again(world: World) -> None:
    club(world)
    bring(world, "club-members", [MEMBER])
    run = bring(world, "club-members", [{**MEMBER, "Status": "Active", "Join Date": "2018-03-01"}])
    ben = ClubMember.objects.get()
    assert (ben.state, ben.joined_at.year) == ("active", 2018)
    out(world, run)
    assert not ClubMember.objects.exists() and groups(world.ben) == {"Estate"}


def test_a_membership_that_was_changed_here_stays(world: World) -> None:
    club(world)
    run = bring(world, "club-members", [MEMBER])
    leave_club(member=ClubMember.objects.get(), actor=acting(world.ben), now=world.now + timedelta(minutes=1))
    went = out(world, run)
    assert "changed here since" in went.problems[0][1]
    assert ClubMember.objects.get().state == "left"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Club Name": "Other"}, "There is no club named Other"),
        ({"Status": "Odd"}, "Write active, paused or left"),
        ({"Join Date": ""}, "Say since when"),
    ],
)
def test_memberships_that_cannot_come_in_say_why(
    world: World, changes: dict[str, object], words: str
) -> None:
    club(world)
    run = uploaded(world, "club-members", [{**MEMBER, **changes}])
    run = check_import(reference=run.reference, actor=world.staff, now=world.now)
    assert words in run.problems[0][3]


def test_a_second_allocation_group_is_said(world: World) -> None:
    club(world, group=world.premier.reference)
    run = uploaded(world, "club-members", [MEMBER])
    run = check_import(reference=run.reference, actor=world.staff, now=world.now)
    assert "is in the allocation group Estate" in run.problems[0][3]


def test_addresses_not_to_write_to_are_left_alone_and_stand_again_as_before(world: World) -> None:
    agreed = datetime(2020, 1, 1, tzinfo=UTC)
    Customer.objects.filter(pk=world.ana.pk).update(marketing_consent_at=agreed, marketing_source="import")
    rows: Rows = [{"Email Address": "ana@example.com", "UNSUB_TIME": "2024-05-12 10:00:00"}]
    run = bring(world, "suppressed", rows)
    assert run.bad == 0, run.problems
    ana = Customer.objects.get(pk=world.ana.pk)
    assert ana.marketing_consent_at is None and ana.marketing_left_at == datetime(2024, 5, 12, 17, tzinfo=UTC)
    assert bring(world, "suppressed", rows).outcome == "1 as they were."
    out(world)
    ana = Customer.objects.get(pk=world.ana.pk)
    assert (ana.marketing_consent_at, ana.marketing_left_at) == (agreed, None)


def wishable(world: World) -> OfferItem:
    Release.objects.update(wish_kind="request")
    item = world.item(world.estate_offer, world.magnum)
    OfferItem.objects.filter(pk=item.pk).update(wish_maximum=6)
    return item


def test_wishes_come_in_for_wines_that_are_offered_and_go_out_again(world: World) -> None:
    item = wishable(world)
    row: dict[str, object] = {
        "Email": "ben@example.com",
        "SKU": world.magnum.code,
        "Quantity Requested": "2",
        "Requested On": "2026-09-01",
    }
    run = bring(world, "wishes", [row])
    assert run.bad == 0, run.problems
    wish = Wish.objects.get()
    assert (wish.customer, wish.offer_item, wish.asked, wish.kind) == (world.ben, item, 2, "request")
    assert wish.made_at.year == 2026 and wish.price_minor == world.magnum.price_minor
    assert bring(world, "wishes", [row]).outcome == "1 as they were."
    corrected = bring(world, "wishes", [{**row, "Quantity Requested": "4"}])
    assert Wish.objects.get().asked == 4
    out(world, corrected)
    assert not Wish.objects.exists()


def test_a_wish_that_would_be_charged_is_not_brought(world: World) -> None:
    wishable(world)
    Release.objects.update(wish_kind="promise")
    rows: Rows = [
        {"Email": "ben@example.com", "SKU": world.magnum.code, "Quantity": "2"},
        {"Email": "ben@example.com", "SKU": "NONE", "Quantity": "2"},
    ]
    run = uploaded(world, "wishes", rows)
    run = check_import(reference=run.reference, actor=world.staff, now=world.now)
    assert "agrees, by themselves" in run.problems[0][3] and "isn’t in an offer" in run.problems[1][3]


def test_stays_in_groups_come_with_their_dates_and_go_out_again(world: World) -> None:
    since = Membership.objects.get(customer=world.ana).since
    rows: Rows = [
        {"Email": "ana@example.com", "Group": "Estate", "From": "2016-02-01", "To": "2019-08-31"},
        {"Email": "ana@example.com", "Group": "premier", "From": "2019-09-01", "To": ""},
        {"Email": "ben@example.com", "Group": "Employees", "From": "2020-01-01", "To": ""},
    ]
    run = bring(world, "group-stays", rows)
    assert run.bad == 0, run.problems
    past = PastMembership.objects.get(customer=world.ana)
    assert (past.group, past.since.year, past.until.year) == (world.estate, 2016, 2019)
    assert Membership.objects.get(customer=world.ana).since.year == 2019
    assert Membership.objects.get(customer=world.ben, group=world.employees).since.year == 2020
    assert bring(world, "group-stays", rows).outcome == "3 as they were."
    rows[0]["To"] = "2019-07-31"
    assert bring(world, "group-stays", rows).outcome == "1 changed, 2 as they were."
    assert PastMembership.objects.get(customer=world.ana).until.month == 7
    out(world)
    assert not PastMembership.objects.exists() and groups(world.ben) == {"Estate"}
    assert Membership.objects.get(customer=world.ana).since == since


def test_a_stay_in_a_second_allocation_group_and_one_without_a_group_are_said(world: World) -> None:
    rows: Rows = [
        {"Email": "ben@example.com", "Group": "Premier", "Since": "2016-02-01"},
        {"Email": "ben@example.com", "Group": "Nowhere", "Since": "2016-02-01"},
        {"Email": "ana@example.com", "Group": "Premier", "Since": "2016-02-01", "Until": "2015-01-01"},
        {"Email": "ana@example.com", "Group": "Premier", "Since": "2036-02-01"},
    ]
    run = uploaded(world, "group-stays", rows)
    run = check_import(reference=run.reference, actor=world.staff, now=world.now)
    assert [reason.split(".")[0] for *_, reason in sorted(run.problems)] == [
        "Ben Baker is in the allocation group Estate here",
        "There is no group named Nowhere",
        "It ends before it begins",
        "This day is yet to come",
    ]
