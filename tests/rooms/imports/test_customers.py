"""Lists of people as they really are: each kind of dirt in a file of its own, end to end."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
import xlsxwriter
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rooms.checkout.journey import buy
from tests.rooms.delivery.holding import held_by
from tests.rooms.imports.conftest import Bring, notices, reasons, upload
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.consent import change_consent
from tirage.customers.models import Address, Customer, Group, Tag
from tirage.customers.states import ConsentSource, CustomerStatus
from tirage.imports.models import ImportRun
from tirage.imports.operations import check_import, run_import
from tirage.merging.operations import merge_customers

pytestmark = pytest.mark.django_db

ADDRESS = "Address,City,State,Zip"


def person(email: str) -> Customer:
    return Customer.objects.get(email=email)


def test_new_people_join_the_default_group_with_their_address(world: World, bring: Bring) -> None:
    run = bring(
        "customers",
        f"Email,First Name,Last Name,{ADDRESS}\nEve@Example.com,Eve,Ito,1 Main St,Napa,CA,94558\n",
    )
    eve = person("eve@example.com")
    assert run.state == "done" and run.outcome == "1 new customer."
    assert [membership.group for membership in eve.memberships.all()] == [world.welcome]
    address = eve.addresses.get()
    assert (address.recipient, address.line1, address.state, address.is_default) == (
        "Eve Ito",
        "1 Main St",
        "CA",
        True,
    )
    assert "eve ito" in eve.search_text and eve.source == "import"
    event = Event.objects.get(name="customer.created", customer_id=eve.pk)
    assert event.data["import"] == run.reference and event.actor_label == "Tests"
    assert Event.objects.filter(name="import.finished").count() == 1


def test_the_same_email_in_another_case_is_the_same_person(world: World, bring: Bring) -> None:
    run = bring("customers", "Email,Phone\nANA@Example.COM,+1 212 555 0199\n")
    assert run.outcome == "0 new customers, 1 changed."
    assert person("ana@example.com").phone == "+12125550199"
    assert person("ana@example.com").first_name == "Ana"


def test_empty_cells_erase_nothing_and_absent_columns_change_nothing(world: World, bring: Bring) -> None:
    run = bring("customers", "Email,First Name,Phone\nana@example.com,Anna,\n")
    ana = person("ana@example.com")
    assert (ana.first_name, ana.last_name, ana.phone) == ("Anna", "Alvarez", "+14155550100")
    assert "anna alvarez" in ana.search_text
    assert run.outcome == "0 new customers, 1 changed."
    again = bring("customers", "Email,First Name,Phone\nana@example.com,Anna,\n")
    assert again.outcome == "0 new customers, 1 as they were."


def test_twice_in_one_file_is_one_person_with_both_addresses(world: World, bring: Bring) -> None:
    run = bring(
        "customers",
        f"Email,First Name,Phone,{ADDRESS}\n"
        "eve@example.com,Eve,,1 Main St,Napa,CA,94558\n"
        "EVE@example.com ,Evelyn,+1 212 555 0101,9 Court St,Brooklyn,NY,11201\n",
    )
    eve = person("eve@example.com")
    assert (eve.first_name, eve.phone) == ("Eve", "+12125550101")
    assert [(a.city, a.is_default) for a in eve.addresses.order_by("pk")] == [
        ("Napa", True),
        ("Brooklyn", False),
    ]
    assert "The same person as in row 2" in notices(run)
    assert eve.memberships.count() == 1


def test_twice_in_one_file_over_two_batches(
    world: World, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tirage.imports.customers.CustomerImporter.batch", 1)
    test_twice_in_one_file_is_one_person_with_both_addresses(world, bring)


def test_names_in_one_column(world: World, bring: Bring) -> None:
    bring("customers", 'Email;Name\na@x.com;"van der Berg, Ana"\nb@x.com;Mr & Mrs J. Smith\nc@x.com;Cher\n')
    names = [
        (c.first_name, c.last_name)
        for c in Customer.objects.filter(email__endswith="@x.com").order_by("email")
    ]
    assert names == [("Ana", "van der Berg"), ("J.", "Smith"), ("", "Cher")]


def test_a_zip_that_lost_its_zero(world: World, bring: Bring) -> None:
    run = bring("customers", f"Email,Name,{ADDRESS}\na@x.com,Ana Ruiz,1 Beacon St,Boston,MA,2108\n")
    assert person("a@x.com").addresses.get().postal_code == "02108"
    assert "Read as 02108" in notices(run)


def test_an_empty_state_is_told_by_the_zip(world: World, bring: Bring) -> None:
    run = bring("customers", f"Email,Name,{ADDRESS}\na@x.com,Ana Ruiz,1 Main St,Napa,,94558\n")
    assert person("a@x.com").addresses.get().state == "CA"
    assert "ZIP 94558 is in CA" in notices(run)


def test_an_address_that_cant_be_taxed_is_a_problem_with_its_row_and_column(
    world: World, bring: Bring, now: datetime
) -> None:
    content = (
        f"Email,Name,{ADDRESS}\na@x.com,Ana Ruiz,1 Main St,Napa,,\nb@x.com,Ben Ito,2 Main St,Napa,CA,94558\n"
    )
    with pytest.raises(DomainError, match=r"1 of 2 rows needs another look\. Nothing was imported"):
        bring("customers", content)
    run = ImportRun.objects.get()
    assert run.state == "checked" and (run.good, run.bad) == (1, 1)
    assert [(row, column) for row, column, _ in reasons(run)] == [(2, "State"), (2, "Zip")]
    assert not Customer.objects.filter(email__endswith="@x.com").exists()
    skipped = bring("customers", content, skip_bad=True)
    assert (skipped.good, skipped.bad) == (1, 1)
    assert [c.email for c in Customer.objects.filter(email__endswith="@x.com")] == ["b@x.com"]


def test_people_may_come_without_a_bad_address(world: World, bring: Bring) -> None:
    run = bring(
        "customers",
        f"Email,Name,{ADDRESS}\na@x.com,Ana Ruiz,1 Main St,Napa,NV,94558\n",
        leave_out_bad_addresses=True,
    )
    assert person("a@x.com").addresses.count() == 0
    assert "The address is left out" in notices(run)


def test_billing_and_shipping_columns_are_two_addresses_and_wine_goes_to_the_second(
    world: World, bring: Bring
) -> None:
    bring(
        "customers",
        "BillEmail,BillFirstName,BillLastName,BillAddress,BillCity,BillStateCode,BillZipCode,"
        "ShipFirstName,ShipLastName,ShipAddress,ShipCity,ShipStateCode,ShipZipCode\n"
        "a@x.com,Ana,Ruiz,1 Main St,Napa,CA,94558,Otto,Ruiz,9 Court St,Brooklyn,NY,11201\n"
        "b@x.com,Ben,Ito,2 Main St,Napa,CA,94558,,,2 MAIN ST.,Napa,CA,94558-0000\n",
    )
    found = [(a.recipient, a.city, a.is_default) for a in person("a@x.com").addresses.order_by("-is_default")]
    assert found == [("Otto Ruiz", "Brooklyn", True), ("Ana Ruiz", "Napa", False)]
    assert person("b@x.com").addresses.count() == 1


def test_an_address_known_already_is_not_added_again(world: World, bring: Bring) -> None:
    bring(
        "customers",
        f"Email,{ADDRESS}\nana@example.com,1 VALENCIA street,San Francisco,California,94110-1234\n",
    )
    assert Address.objects.filter(customer=world.ana).count() == 2


def test_two_emails_in_one_field(world: World, bring: Bring) -> None:
    run = bring("customers", 'Email;Name\n"a@x.com; b@x.com, c@x.com";Ana Ruiz\n')
    ana = person("a@x.com")
    assert ana.other_email == "b@x.com" and "c@x.com" in ana.note and "b@x.com" in ana.search_text
    assert "a@x.com is the customer's, b@x.com is kept" in notices(run)


def test_non_breaking_spaces(world: World, bring: Bring) -> None:
    bring(
        "customers",
        f"E\u00a0mail,Name,{ADDRESS}\n\u00a0a@x.com\u00a0,Ana\u00a0Ruiz,1\u00a0Main St,Napa,CA,94558\u00a0\n",
    )
    ana = person("a@x.com")
    assert (ana.first_name, ana.last_name) == ("Ana", "Ruiz")
    assert ana.addresses.get().line1 == "1 Main St"


def test_dates_in_three_shapes(world: World, bring: Bring) -> None:
    bring(
        "customers",
        "Email,Birthday,Sign Up Date\na@x.com,1975-05-17,2019-03-04\n"
        "b@x.com,5/17/1975,3/4/2019\nc@x.com,17-May-75,13.3.2019\n",
    )
    people = Customer.objects.filter(email__endswith="@x.com").order_by("email")
    assert [c.birth_date for c in people] == [date(1975, 5, 17)] * 3
    # Midnight in California.
    assert people[0].signed_up_at == people[1].signed_up_at == datetime(2019, 3, 4, 8, tzinfo=UTC)


def test_dates_day_first_when_told(world: World, bring: Bring) -> None:
    bring("customers", "Email,Sign Up Date\na@x.com,3/4/2019\n", answers={"dates": "day_first"})
    assert person("a@x.com").signed_up_at.month == 4


def test_a_birth_date_in_the_future_is_refused(world: World, now: datetime) -> None:
    run = upload("customers", "Email,Birthday\na@x.com,2040-01-01\n", now)
    run = check_import(reference=run.reference, actor=system(), now=now)
    assert reasons(run) == [(2, "Birthday", "Nobody on the list was born then. Correct the year.")]


SPECIAL = "Email{0}Name{0}Notes\nzoe@x.com{0}Zoë Müller{0}“Château” € 5\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings_and_separators(world: World, bring: Bring, encoding: str, separator: str) -> None:
    bring("customers", SPECIAL.format(separator).encode(encoding))
    zoe = person("zoe@x.com")
    assert (zoe.first_name, zoe.last_name, zoe.note) == ("Zoë", "Müller", "“Château” € 5")
    assert "zoe muller" in zoe.search_text


def test_an_excel_file_with_numbers_and_dates(world: World, bring: Bring) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Email", "Name", "Address", "City", "State", "Zip", "Birthday", "Opted In"])
    sheet.write_row(1, 0, ["a@x.com", "Ana Ruiz", "1 Beacon St", "Boston", "MA", 2108])
    sheet.write_datetime(1, 6, datetime(1975, 5, 17), book.add_format({"num_format": "m/d/yy"}))  # noqa: DTZ001
    sheet.write_boolean(1, 7, True)
    book.close()
    bring("customers", buffer.getvalue(), name="list.xlsx")
    ana = person("a@x.com")
    assert ana.addresses.get().postal_code == "02108" and ana.birth_date == date(1975, 5, 17)
    assert ana.marketing_consent_at is not None


def test_groups_are_added_and_unknown_ones_named(world: World, bring: Bring, now: datetime) -> None:
    bring("customers", "Email,Group\na@x.com,premier; Employees\nclara@example.com,Estate\n")
    assert {m.group for m in person("a@x.com").memberships.all()} == {world.premier, world.employees}
    assert {m.group for m in world.clara.memberships.all()} == {world.estate}
    run = check_import(
        reference=upload("customers", "Email,Group\nb@x.com,Gold\n", now).reference, actor=system(), now=now
    )
    assert (
        "There is no group “Gold”. The groups are: Employees, Estate, Premier, Welcome." in reasons(run)[0][2]
    )


def test_a_second_allocation_group_is_a_problem(world: World, now: datetime) -> None:
    content = "Email,Group\nana@example.com,Estate\nb@x.com,Premier\nB@x.com,Estate\nc@x.com,Premier;Estate\n"
    run = check_import(reference=upload("customers", content, now).reference, actor=system(), now=now)
    found = reasons(run)
    assert [row for row, _, _ in found] == [2, 4, 5]
    assert "is in the allocation group Premier" in found[0][2]
    assert "An earlier row puts b@x.com into Premier" in found[1][2]
    assert "Premier and Estate are allocation groups" in found[2][2]


def test_groups_may_be_moved(world: World, bring: Bring) -> None:
    bring("customers", "Email,Group\nana@example.com,Estate\n", move_groups=True)
    assert {m.group for m in world.ana.memberships.all()} == {world.estate}
    event = Event.objects.filter(customer_id=world.ana.pk, name="customer.updated").get()
    assert event.text == "put Ana Alvarez into Estate, out of Premier by an import"


def test_without_a_default_group_people_are_in_none(world: World, bring: Bring) -> None:
    Group.objects.update(is_default=False)
    bring("customers", "Email\na@x.com\n")
    assert person("a@x.com").memberships.count() == 0


def test_tags_and_what_has_no_column(world: World, bring: Bring) -> None:
    bring("customers", "Customer Number,Email,Tags,LTV\n10023,a@x.com,VIP; vip; Napa,$5000\n")
    ana = person("a@x.com")
    assert sorted(tag.name for tag in ana.tags.all()) == ["Napa", "VIP"]
    assert ana.note == "Number elsewhere: 10023" and ana.lifetime_minor == 0


def test_figures_stay_those_of_the_ledger_whatever_a_file_says(world: World, bring: Bring) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    names = ("orders_count", "lifetime_minor", "first_order_at", "last_order_at")
    before = Customer.objects.values_list(*names).get(pk=world.ana.pk)
    file = "Email,LTV,Orders,Last Order,Signed up on\nana@example.com,$99999,40,2020-01-01,2019-05-05\n"
    bring("customers", file + "a@x.com,$5000,3,2024-02-02,2023-03-03\n")
    assert Customer.objects.values_list(*names).get(pk=world.ana.pk) == before
    assert before[:2] == (1, 216_00) and person("a@x.com").lifetime_minor == 0
    assert run_checks(world.now) == []


def test_a_cell_that_may_be_one_tag_or_two_is_told_once(world: World, bring: Bring, now: datetime) -> None:
    for name in ("VIP", "Napa", "Hill, upper"):
        Tag.objects.create(name=name)
    cells = (
        "Vertical; 2019",
        "Vertical; 2019",
        "VIP; Napa",
        '"Vertical; 2019"; New',
        "Sonoma, CA",
        "Hill, upper",
    )
    quoted = (cell.replace('"', '""') for cell in cells)
    run = bring(
        "customers", "Email,Tags\n" + "".join(f'p{at}@x.com,"{cell}"\n' for at, cell in enumerate(quoted))
    )
    assert [(row, column, reason) for row, column, _, reason in run.notices] == [
        (
            row,
            "Tags",
            f"“{cell}” is read as two tags: {first} and {last}. If it is one, put it in quotation marks.",
        )
        for row, cell, first, last in (
            (2, "Vertical; 2019", "Vertical", "2019"),
            (6, "Sonoma, CA", "Sonoma", "CA"),
        )
    ]
    assert sorted(tag.name for tag in person("p3@x.com").tags.all()) == ["New", "Vertical; 2019"]


def test_a_cell_that_may_be_one_group_or_two_is_told(world: World, now: datetime) -> None:
    run = upload("customers", "Email,Group\na@x.com,Friends; family\n", now)
    check_import(reference=run.reference, actor=system(), now=now)
    run.refresh_from_db()
    assert "“Friends; family” is read as two groups: Friends and family." in notices(run)
    assert "There is no group “Friends”." in reasons(run)[0][2]


def test_where_no_carrier_takes_wine_is_told_and_asked_once_for_each_kind(
    world: World, bring: Bring, now: datetime
) -> None:
    box, flat = "PO Box {},Brooklyn,NY,11201", "{} Main St,Brooklyn,NY,11201"
    rows = [box, flat, box, box, "Unit {},APO,AP,96201"]
    lines = "".join(f"p{at}@x.com,P {at},{row.format(at)}\n" for at, row in enumerate(rows, 12))
    run = upload("customers", f"Email,Name,{ADDRESS}\n{lines}", now)
    with CaptureQueriesContext(connection) as asked:
        check_import(reference=run.reference, actor=system(), now=now)
    run.refresh_from_db()
    said = "Ground and Overnight don't deliver wine to PO boxes."
    assert [(row, column, value, reason) for row, column, value, reason in run.notices] == [
        (row, "Address", f"PO Box {row + 10}", said) for row in (2, 4, 5)
    ]
    assert run.bad == 0 and sum("delivery_method" in query["sql"] for query in asked) == 2


def test_an_address_of_a_file_goes_to_a_door_where_wine_is_held_too(world: World, now: datetime) -> None:
    """What is read from a file is no carrier's location, so ways that are held don't speak for it."""
    held_by(world)
    run = upload("customers", f"Email,Name,{ADDRESS}\nb@x.com,B,PO Box 9,Brooklyn,NY,11201\n", now)
    check_import(reference=run.reference, actor=system(), now=now)
    run.refresh_from_db()
    said = "Ground and Overnight don't deliver wine to PO boxes."
    assert [(value, reason) for _, _, value, reason in run.notices] == [("PO Box 9", said)] and run.bad == 0


def test_consent_has_its_date_and_a_no_counts(world: World, bring: Bring) -> None:
    bring(
        "customers",
        "Email,Email Marketing Status,Opt In Date\na@x.com,Subscribed,2020-02-01\nana@example.com,Unsubscribed,\n",
    )
    assert person("a@x.com").marketing_consent_at == datetime(2020, 2, 1, 8, tzinfo=UTC)
    assert person("ana@example.com").marketing_consent_at is None
    assert person("ana@example.com").marketing_left_at is not None
    assert {one.marketing_source for one in (person("a@x.com"), person("ana@example.com"))} == {"import"}


def test_an_old_list_subscribes_nobody_who_has_left_since(world: World, bring: Bring) -> None:
    """What somebody said by a mail's link counts until they say otherwise, and say so later."""
    for customer in (world.ana, world.ben):
        change_consent(
            customer=customer,
            agrees=False,
            source=ConsentSource.LINK,
            actor=world.staff,
            now=world.now - timedelta(days=90),
        )
    run = bring(
        "customers",
        "Email,Email Marketing Status,Opt In Date\n"
        "ana@example.com,Subscribed,2020-02-01\nben@example.com,Subscribed,\n",
    )
    told = [(row, column, reason) for row, column, _, reason in run.notices]
    assert [(row, column) for row, column, _ in told] == [
        (2, "Email Marketing Status"),
        (3, "Email Marketing Status"),
    ]
    assert "the yes here is of 2020-02-01: it doesn’t count" in told[0][2]
    assert "the yes here is without a date: it doesn’t count" in told[1][2]
    for email in ("ana@example.com", "ben@example.com"):
        assert person(email).marketing_consent_at is None and person(email).marketing_source == "link"
    bring("customers", "Email,Email Marketing Status,Opt In Date\nana@example.com,Subscribed,2026-09-01\n")
    assert person("ana@example.com").marketing_consent_at is not None


def test_suspending_acts_and_reinstating_by_file_does_not(world: World, bring: Bring) -> None:
    run = bring("customers", "Email,Active_Account\nben@example.com,No\ndora@example.com,Yes\n")
    ben = person("ben@example.com")
    assert ben.status == CustomerStatus.SUSPENDED and ben.session_epoch == 2
    assert person("dora@example.com").status == CustomerStatus.SUSPENDED
    assert "is suspended here and stays so" in notices(run)


def test_a_torn_quotation_mark_imports_nothing(world: World, bring: Bring) -> None:
    content = (
        "Email,Name\n"
        + "".join(f"p{n}@x.com,Person\n" for n in range(50))
        + 'q@x.com,"torn\n'
        + "r@x.com,x\n"
    )
    with pytest.raises(DomainError):
        bring("customers", content, skip_bad=True)
    assert ImportRun.objects.get().state == "failed"
    assert not Customer.objects.filter(email__endswith="@x.com").exists()


def test_a_merged_account_isnt_brought_in_again(world: World, bring: Bring) -> None:
    merge_customers(stays=world.ana, ends=world.ben, chosen={}, actor=world.staff, now=world.now)
    text = (
        "Email,First Name,Phone\nBEN@example.com,Ben,+1 212 555 0100\nana@example.com,Ana,+1 212 555 0199\n"
    )
    run = bring("customers", text, skip_bad=True)
    words = (
        f"This account was merged into Ana Alvarez ({world.ana.reference}). Write ana@example.com here, or leave "
        "the row out."
    )
    assert reasons(run) == [(2, "Email", words)]
    assert run.outcome == "0 new customers, 1 changed."
    assert not Customer.objects.filter(email="ben@example.com").exists()
    assert person("ana@example.com").phone == "+12125550199"


def test_a_merge_between_the_check_and_the_import_is_noticed(world: World, now: datetime) -> None:
    run = upload("customers", "Email,First Name\nben@example.com,Ben\n", now)
    assert check_import(reference=run.reference, actor=system(), now=now).problems == []
    merge_customers(stays=world.ana, ends=world.ben, chosen={}, actor=world.staff, now=now)
    with pytest.raises(DomainError, match="1 of 1 rows needs another look"):
        run_import(reference=run.reference, skip_bad=False, actor=system("Tests"), now=now)
    assert not Customer.objects.filter(email="ben@example.com").exists()
