"""Files of other systems: known by their headers, and what stands in them finds its field."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

import pytest

from tests.rooms.imports.conftest import Bring, notices, reasons
from tests.rooms.imports.elsewhere import HOME, PEOPLE
from tests.world import World
from tirage.catalog.models import Sku
from tirage.customers.models import Customer
from tirage.imports.birthdays import _say
from tirage.imports.kinds import kind_of
from tirage.imports.layouts.addresses import take_apart
from tirage.imports.layouts.matching import layout_name, match
from tirage.imports.layouts.reading import layouts
from tirage.imports.options import ImportOptions
from tirage.imports.queries import open_file
from tirage.inventory.models import Stock
from tirage.tables.cleaning import clean_note
from tirage.tables.matching import match_columns


def read(kind: str, rows: list[dict[str, str]]) -> tuple[str, list[dict[str, str]]]:
    """The system's name and, of each row, the filled fields with their texts."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    known = kind_of(kind)
    with open_file(io.BytesIO(text.getvalue().encode()), "list.csv", kind, ImportOptions()) as table:
        matched = match(table, known.kind, known.fields).matched
        found = [
            {name: row.cells[table.headers.index(header)] for name, header in matched.items()}
            for row in table
        ]
        system = layout_name(table.own_headers, known.kind)
    return system, [{name: cell for name, cell in one.items() if cell} for one in found]


@pytest.mark.once
@pytest.mark.parametrize(
    ("system", "row", "right"), PEOPLE, ids=[f"{n}-{one[0]}" for n, one in enumerate(PEOPLE)]
)
def test_people_of_other_systems(system: str, row: dict[str, str], right: dict[str, str]) -> None:
    assert read("customers", [row]) == (system, [right])


@pytest.mark.once
def test_every_layout_names_fields_that_there_are() -> None:
    for layout in layouts():
        names = {field.name for field in kind_of(layout.kind).fields}
        assert {name for name in layout.columns.values() if name} | set(layout.joined) <= names, layout.name
    assert {layout.name for layout in layouts()} == {
        "Square",
        "Salesforce",
        "HubSpot",
        "Outlook",
        "Google Contacts",
        "Mailchimp",
        "Campaign Monitor",
        "Magento",
        "PrestaShop",
        "Stripe",
        "QuickBooks",
        "Shopify",
        "WooCommerce",
        "Commerce7",
        "WineDirect",
        "OrderPort",
        "VineSpring",
        "Offset",
    }


@pytest.mark.once
def test_wines_of_shopify_have_the_title_of_the_row_above_and_the_option_that_is_a_size() -> None:
    first = {
        "Handle": "cab",
        "Title": "2021 Estate Cabernet",
        "Body (HTML)": "<p>Dark &amp; deep</p>",
        "Type": "Red",
        "Option1 Name": "Closure",
        "Option1 Value": "Cork",
        "Option2 Name": "Size",
        "Option2 Value": "750ml",
        "Variant SKU": "EC21",
        "Variant Inventory Qty": "120",
        "Variant Price": "85.00",
        "Variant Compare At Price": "99.00",
        "Image Src": "https://x/1.png",
        "Status": "active",
    }
    empty = dict.fromkeys(first, "")
    magnum = {
        **empty,
        "Handle": "cab",
        "Option1 Value": "Cork",
        "Option2 Value": "1.5L",
        "Variant SKU": "EC21M",
        "Variant Inventory Qty": "12",
        "Variant Price": "180.00",
    }
    picture = {**empty, "Handle": "cab", "Image Src": "https://x/2.png"}
    other = {**first, "Handle": "rose", "Title": "Rosé", "Option1 Name": "Title", "Option1 Value": "Default Title",
             "Option2 Name": "", "Option2 Value": "", "Variant SKU": "R1", "Body (HTML)": ""}  # fmt: skip
    system, wines = read("skus", [first, magnum, picture, other])
    assert system == "Shopify"
    assert [(one["code"], one["wine"], one.get("format"), one["price"], one["on_hand"]) for one in wines] == [
        ("EC21", "2021 Estate Cabernet", "750ml", "85.00", "120"),
        ("EC21M", "2021 Estate Cabernet", "1.5L", "180.00", "12"),
        ("R1", "Rosé", None, "85.00", "120"),
    ]
    assert wines[1]["tasting_note"] == "<p>Dark &amp; deep</p>" and "tasting_note" not in wines[2]


@pytest.mark.once
def test_inventory_of_shopify_counts_what_is_new() -> None:
    row = {
        "Handle": "cab",
        "Title": "Cab",
        "Option1 Name": "Size",
        "Option1 Value": "750ml",
        "SKU": "EC21",
        "Location": "Warehouse",
        "Incoming (not editable)": "5",
        "Unavailable (not editable)": "0",
        "Committed (not editable)": "40",
        "Available (not editable)": "200",
        "On hand (current)": "240",
        "On hand (new)": "230",
    }
    assert read("stock", [row]) == ("Shopify", [{"code": "EC21", "counted": "230"}])


@pytest.mark.once
def test_wines_of_woocommerce() -> None:
    row = {
        "ID": "7",
        "Type": "variation",
        "SKU": "EC21",
        "Name": "2021 Estate Cabernet",
        "Visibility in catalog": "visible",
        "Short description": "",
        "Description": "<b>Dark</b>",
        "In stock?": "1",
        "Stock": "120",
        "Sale price": "70",
        "Regular price": "85",
        "Attribute 1 name": "Closure",
        "Attribute 1 value(s)": "Cork",
        "Attribute 2 name": "Bottle size",
        "Attribute 2 value(s)": "1.5 L",
    }
    system, wines = read("skus", [row, {**row, "Type": "variable", "SKU": "EC", "Regular price": ""}])
    assert system == "WooCommerce"
    assert wines == [
        {
            "code": "EC21",
            "wine": "2021 Estate Cabernet",
            "format": "1.5 L",
            "price": "85",
            "on_hand": "120",
            "tasting_note": "<b>Dark</b>",
        }
    ]


@pytest.mark.once
def test_several_columns_of_one_kind_are_joined_in_any_file() -> None:
    row = {"Email": "ana@x.com", "Secondary Email": "ana@y.com", "Name": "Ana", "Mobile": "", "Home Phone": "1",
           "Work Phone": "2", "Email Opt Out": "no", "Phone Type": "home", "Fax": "3"}  # fmt: skip
    _, (person,) = read("customers", [row])
    assert (person["email"], person["phone"], person["other_phones"]) == ("ana@x.com; ana@y.com", "1", "2")


@pytest.mark.once
def test_an_address_in_one_cell_is_taken_apart_unless_the_file_has_its_parts() -> None:
    _, (person,) = read("customers", [{"Email": "ana@x.com", "Address": "12 Main St, Apt 3, Napa, CA 94558"}])
    assert person == {"email": "ana@x.com", "line_1": "12 Main St", "line_2": "Apt 3", **HOME} | {
        "line_1": "12 Main St"
    }
    _, (person,) = read("customers", [{"Email": "a@x.com", "Address": "12 Main St, Apt 3", "City": "Napa"}])
    assert person == {"email": "a@x.com", "line_1": "12 Main St, Apt 3", "city": "Napa"}


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12 Main St  Napa  CA  94558  US", ("12 Main St", "", "Napa", "CA", "94558", "US")),
        ("12 Main St\nApt 3\nNapa, CA 94558-1234", ("12 Main St", "Apt 3", "Napa", "CA", "94558-1234", "US")),
        ("1 Fifth Ave, New York, New York 10003", ("1 Fifth Ave", "", "New York", "NY", "10003", "US")),
        ("1 Fifth Ave, New York NY 10003, USA", ("1 Fifth Ave", "", "New York", "NY", "10003", "USA")),
        ("1 Sol, San Juan, PR 00901", ("1 Sol", "", "San Juan", "PR", "00901", "US")),
        ("Calle Mayor 1, 28013 Madrid, Spain", ("Calle Mayor 1", "", "Madrid", "", "28013", "Spain")),
        (
            "10 Downing St, London SW1A 2AA, United Kingdom",
            ("10 Downing St", "", "London", "", "SW1A 2AA", "United Kingdom"),
        ),
        ("10 Downing St, London, SW1A 2AA, UK", ("10 Downing St", "", "London", "", "SW1A 2AA", "UK")),
        ("1 Bay St, Toronto, ON M5J 2N8, Canada", ("1 Bay St", "", "Toronto", "ON", "M5J 2N8", "Canada")),
        ("1 Bay St, Toronto ON M5J 2N8, CA", ("1 Bay St", "", "Toronto", "ON", "M5J 2N8", "CA")),
        ("12 Main St, Napa, CA", ("12 Main St, Napa, CA", "", "", "", "", "")),
        ("12 Main St", ("12 Main St", "", "", "", "", "")),
        ("94558", ("94558", "", "", "", "", "")),
        ("", ("", "", "", "", "", "")),
    ],
)
def test_taking_addresses_apart(text: str, parts: tuple[str, ...]) -> None:
    assert take_apart(text) == parts


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("--05-17", "May 17"),
        ("--0517", "May 17"),
        ("1604-05-17", "May 17"),
        ("05-17", "May 17"),
        ("5/17", "May 17"),
        ("17/5", "May 17"),
        ("17.5.", "May 17"),
        ("3/4", "3/4"),
        ("17 May", "May 17"),
        ("May 17th", "May 17"),
        ("29 Feb", "February 29"),
        ("5/17/1980", None),
        ("1980-05-17", None),
        ("31/31", None),
        ("soon", None),
        ("May", None),
    ],
)
def test_days_without_a_year(text: str, said: str | None) -> None:
    assert _say(text) == said


@pytest.mark.once
@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Dark &amp; deep</p><p>Cassis<br>Cedar</p>", "Dark & deep\nCassis\nCedar"),
        ("<ul><li>red</li><li>white</li></ul><script>x()</script>", "red\nwhite"),
        ("likes A < B and C > D", "likes A < B and C > D"),
        ("R&D; 3 <b>stars</b>", "R&D; 3 stars"),
        ("caf&eacute;&nbsp;noir", "café noir"),
        ("wrote <ana@x.com>", "wrote <ana@x.com>"),
    ],
)
def test_notes_of_web_pages_are_text(html: str, text: str) -> None:
    assert clean_note(html) == text


@pytest.mark.once
def test_names_in_brackets_are_names() -> None:
    fields = kind_of("stock").fields
    headers = ["SKU", "Stock (cases)", "Available (not editable)", "On hand (current)"]
    assert match_columns(headers, fields).matched == {"code": "SKU"}
    assert match_columns(["SKU", "Stock (bottles)"], fields).matched["counted"] == "Stock (bottles)"


@pytest.mark.django_db
def test_a_contact_of_google_comes_in_with_everything(world: World, bring: Bring, now: datetime) -> None:
    content = (
        "First Name,Last Name,Birthday,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Value,"
        "Address 1 - Street,Address 1 - City,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country\n"
        "Aisha,Rahman,--05-17,* myContacts ::: Rotary,Home,g1@x.com,g2@x.com,+60 12-345 6789 ::: 04-1234567,"
        "12 Main St,Napa,CA,94558,US\n"
    )
    run = bring("customers", content)
    customer = Customer.objects.get(email="g1@x.com")
    assert run.state == "done" and (customer.first_name, customer.other_email) == ("Aisha", "g2@x.com")
    assert (customer.phone, customer.birth_date) == ("+60123456789", None)
    assert "More telephones: 04-1234567" in customer.note and "Birthday: May 17" in customer.note
    assert [tag.name for tag in customer.tags.all()] == ["Rotary"]
    assert [(one.city, one.state) for one in customer.addresses.all()] == [("Napa", "CA")]
    assert "no date of birth" in notices(run)
    full = bring("customers", "Email,Birthday\ng1@x.com,1980-05-17\n")
    customer.refresh_from_db()
    assert full.state == "done" and customer.birth_date == date(1980, 5, 17)


@pytest.mark.django_db
def test_wines_of_shopify_come_in(world: World, bring: Bring) -> None:
    content = (
        "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Status\n"
        "cab,2021 Shop Cabernet,<p>Dark &amp; deep</p>,Size,750ml,SC21,120,85.00,active\n"
        "cab,,,Size,1.5L,SC21M,12,180.00,\ncab,,,,,,,,\n"
    )
    run = bring("skus", content)
    assert (run.state, run.good) == ("done", 2), run.problems
    magnum = Sku.objects.select_related("vintage__wine").get(code="SC21M")
    assert (magnum.millilitres, magnum.vintage.year, magnum.vintage.wine.name) == (
        1500,
        2021,
        "Shop Cabernet",
    )
    assert Stock.objects.get(sku=magnum).on_hand == 12


def test_what_another_shop_sells_besides_wine_is_left_out_and_asked_about(world: World, bring: Bring) -> None:
    """A taxonomy, a type of its own, the row above's, and a type that says nothing, which is taken for wine."""
    content = (
        "Handle,Title,Product Category,Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
        "Variant Price\n"
        "cab,2021 Shop Cabernet,Food > Beverages > Alcoholic Beverages > Wine,,Size,750ml,SC21,1,85\n"
        "shirt,Crew shirt,Apparel & Accessories > Clothing,Merch,Size,M,SH-M,9,30\nshirt,,,,,L,SH-L,9,30\n"
        "glass,Tasting glass,,Glassware,Title,Default Title,GL1,40,12\n"
        "res,2020 Shop Reserve,,Cellar list,Size,750ml,SR20,2,120\n"
    )
    run = bring("skus", content, skip_bad=True)
    assert (run.state, run.good, run.bad) == ("done", 2, 3), run.problems
    assert {row for row, _, reason in reasons(run) if "no wine" in reason} == {3, 4, 5}
    assert set(
        Sku.objects.filter(code__in=["SC21", "SR20", "SH-M", "SH-L", "GL1"]).values_list("code", flat=True)
    ) == {
        "SC21",
        "SR20",
    }
    asked = {
        one["key"]: one["guess"] for one in run.reading["questions"] if one["key"].startswith("word:goods")
    }
    assert sorted(asked.values()) == ["other", "other", "wine", "wine"]


def test_a_german_name_beside_a_first_name_is_the_last_name(world: World, bring: Bring) -> None:
    run = bring(
        "customers",
        "E-Mail;Vorname;Name;Strasse;PLZ;Ort;Land\n"
        "ute@x.com;Ute;Müller;Hauptstraße 5;80331;München;Deutschland\n"
        "max@x.com;Max;Max Huber;;;;\n",
        leave_out_bad_addresses=True,
    )
    assert run.state == "done", run.problems
    ute, max_ = Customer.objects.get(email="ute@x.com"), Customer.objects.get(email="max@x.com")
    assert (ute.first_name, ute.last_name, max_.first_name, max_.last_name) == (
        "Ute",
        "Müller",
        "Max",
        "Huber",
    )
    assert [(one.line1, one.city, one.postal_code, one.country) for one in ute.addresses.all()] == [
        ("Hauptstraße 5", "München", "80331", "DE")
    ]


def test_a_list_without_streets_brings_its_people_without_addresses(world: World, bring: Bring) -> None:
    """As WooCommerce writes its customers: the place, and no street."""
    run = bring(
        "customers",
        "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,Postal Code\n"
        "Eve Ito,eve,2024-01-02,2020-01-02,eve@x.com,3,100,33,US,Napa,CA,94558\n"
        "Mo Bey,mo,2024-01-02,2020-01-02,mo@x.com,3,100,33,ES,Madrid,,28001\n",
    )
    assert run.bad == 0 and notices(run).count("so the address is left out") == 2
    for email in ("eve@x.com", "mo@x.com"):
        assert not Customer.objects.get(email=email).addresses.exists()
