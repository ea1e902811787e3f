"""What goes out comes in: every list of a random winery, as CSV and Excel, and saved again by a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rooms.imports.conftest import Bring
from tests.world import World
from tirage.catalog.models import Sku
from tirage.catalog.operations import save_sku, save_vintage, save_wine
from tirage.core.actors import system
from tirage.customers.models import Address, Customer, Group, Membership, Tag
from tirage.customers.rules import search_text_of
from tirage.imports.exports import export_of
from tirage.imports.models import ImportRun
from tirage.inventory.models import Stock
from tirage.tables.cleaning import clean_text, is_empty
from tirage.tables.errors import CellError
from tirage.tables.writing import Cell, csv_stream, xlsx_file

pytestmark = pytest.mark.django_db

few = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def as_csv(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    return b"".join(csv_stream(headers, rows))


def as_excel(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    buffer = io.BytesIO()
    xlsx_file(headers, rows, buffer)
    return buffer.getvalue()


def saved_again(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """As a spreadsheet saves a list that it has opened: no seconds, commas only where they are needed."""
    table = [[_shown(cell) for cell in row] for row in rows]
    buffer = io.StringIO()
    csv.writer(buffer).writerows([headers, *table])
    return buffer.getvalue().encode("utf-8-sig")


def _shown(cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return "yes" if cell is True else "no" if cell is False else cell


WAYS: tuple[Callable[[Sequence[str], Sequence[Sequence[Cell]]], bytes], ...] = (as_csv, as_excel, saved_again)


def file_of(
    kind: str, way: Callable[[Sequence[str], Sequence[Sequence[Cell]]], bytes], **changed: str
) -> tuple[bytes, str]:
    """The export of that kind, with one cell of its first row changed; its name."""
    export = export_of(kind)
    rows = [list(row) for row in export.rows("")]
    for header, value in changed.items():
        rows[0][export.headers.index(header.replace("_", " "))] = value
    return way(export.headers, rows), "list.xlsx" if way is as_excel else "list.csv"


def is_clean(text: str) -> bool:
    """Whether a form would have kept the text as it is."""
    with suppress(CellError):
        return (
            bool(text)
            and not is_empty(text)
            and clean_text("'" + text if text[0] in "=+-@" else text) == text
        )
    return False


#: What people are called and tagged, and what spreadsheets stumble over.
awkward = st.sampled_from(
    ["=1+1", "+1 602 555 0139", "-Ruiz", "@home", "Vertical; 2019", "Napa, CA", 'The "Old" ones', "Club|A", "02134",
     "'quoted", "12345678901234567", "1.000", "3/4/2020", "Zoë", "true", "O'Neil"]
)  # fmt: skip
texts = st.one_of(
    awkward, st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
).filter(is_clean)
moments = st.integers(1_262_300_000, 1_788_000_000).map(lambda at: datetime.fromtimestamp(at + 0.25, UTC))
places = st.sampled_from(
    [("12 Main Street", "Apt 13B", "Napa", "CA", "94558", "US"), ("1 Beacon St", "", "Boston", "MA", "02108", "US"),
     ("1 rue X", "", "Paris", "", "75001", "FR"), ("Calle Mayor 1", "2º", "Madrid", "", "28001", "ES")]
)  # fmt: skip
people = st.fixed_dictionaries(
    {
        "first_name": st.one_of(st.just(""), texts),
        "last_name": st.one_of(st.just(""), texts),
        "phone": st.sampled_from(["", "+16025550139", "'t is none", "+442079460958;ext=12"]),
        "birth_date": st.one_of(st.none(), st.dates(date(1920, 1, 1), date(2004, 1, 1))),
        "note": st.one_of(st.just(""), st.lists(texts, min_size=1, max_size=3).map("  \n - ".join)),
        "signed_up_at": moments,
        "consent": st.one_of(st.none(), moments),
        "left": st.booleans(),
        "tags": st.lists(texts, max_size=3, unique_by=str.casefold),
        "groups": st.lists(texts, max_size=2, unique_by=str.casefold),
        "places": st.lists(places, max_size=2, unique=True),
    }
)


def furnish(number: int, told: dict[str, Any]) -> Customer:
    consent, left = told["consent"], told["left"]
    customer = Customer(
        email=f"p{number}@x.com",
        marketing_consent_at=None if left else consent,
        marketing_left_at=consent if left else None,
        **{
            name: told[name]
            for name in ("first_name", "last_name", "phone", "birth_date", "note", "signed_up_at")
        },
    )
    customer.search_text = search_text_of(customer)
    customer.save()
    for name in told["tags"]:
        tag = Tag.objects.filter(name__iexact=name).first() or Tag.objects.create(name=name)
        customer.tags.add(tag)
    for name in told["groups"]:
        found = Group.objects.filter(name__iexact=name).first()
        group = found or Group.objects.create(name=name, kind="standard")
        if group.kind == "standard":
            Membership.objects.get_or_create(
                customer=customer, group=group, defaults={"kind": "standard", "since": told["signed_up_at"]}
            )
    for place, (line1, line2, city, state, postal_code, country) in enumerate(told["places"]):
        Address.objects.create(
            customer=customer, recipient=customer.name, line1=line1, line2=line2, city=city, state=state,
            postal_code=postal_code, country=country, phone="+17075550199", is_default=place == 0,
        )  # fmt: skip
    return customer


def picture() -> list[Any]:
    """All that a list may change, of everybody."""
    people = [
        (
            {field.name: getattr(one, field.attname) for field in Customer._meta.concrete_fields},
            sorted(one.tags.values_list("name", flat=True)),
            sorted(one.memberships.values_list("group__name", flat=True)),
            list(one.addresses.order_by("pk").values()),
        )
        for one in Customer.objects.order_by("pk")
    ]
    return [people, list(Tag.objects.order_by("pk").values()), list(Group.objects.order_by("pk").values())]


@few
@given(list_of=st.lists(people, min_size=1, max_size=3), way=st.sampled_from(WAYS))
def test_a_list_of_customers_comes_in_without_a_change(
    world: World, bring: Bring, list_of: list[dict[str, Any]], way: Any
) -> None:
    Customer.objects.filter(email__endswith="@x.com").delete()
    for number, told in enumerate(list_of):
        furnish(number, told)
    before = picture()
    content, name = file_of("customers", way)
    run = bring("customers", content, name=name)
    assert (run.bad, run.problems) == (0, [])
    assert set(run.counts) == {"unchanged"}, run.outcome
    assert picture() == before


@pytest.mark.parametrize(
    ("header", "value", "changed"),
    [
        ("Phone", "+1 212 555 0100", "phone"),
        ("Tags", '"Vertical; 2019"; Old friends', "tags"),
        ("City", "Yountville", "addresses"),
        ("Address phone", "+1 212 555 0101", "addresses"),
        ("Last name", "Alvarez-Ruiz", "last_name"),
    ],
)
def test_one_cell_that_changes_is_all_that_changes(
    world: World, bring: Bring, header: str, value: str, changed: str
) -> None:
    Customer.objects.exclude(pk=world.ana.pk).filter(orders__isnull=True).delete()
    before = {one[0]["id"]: one for one in picture()[0]}
    content, name = file_of("customers", as_csv, **{header.replace(" ", "_"): value})
    bring("customers", content, name=name, skip_bad=False)
    after = {one[0]["id"]: one for one in picture()[0]}
    differing = [pk for pk in before if before[pk] != after[pk]]
    assert len(differing) == 1 and set(before) == set(after)
    (one, tags, groups, addresses), (now_one, now_tags, now_groups, now_addresses) = (
        before[differing[0]],
        after[differing[0]],
    )
    seen = {name for name in one if one[name] != now_one[name]} - {"search_text"}
    seen |= {"tags"} if tags != now_tags else set()
    seen |= {"addresses"} if addresses != now_addresses else set()
    assert (seen, groups) == ({changed}, now_groups)
    assert len(addresses) == len(now_addresses), "an address that has its number is changed, not added"


wines = st.fixed_dictionaries(
    {
        "name": texts.filter(lambda name: len(name) > 2 and not name.endswith("NV")),
        "year": st.one_of(st.none(), st.integers(1990, 2026)),
        "millilitres": st.sampled_from([187, 375, 620, 750, 1500, 3000]),
        "units": st.sampled_from([1, 3, 6]),
        "price": st.integers(1, 300_000),
        "alcohol": st.one_of(st.none(), st.decimals(Decimal("0.1"), Decimal(20), places=1)),
        "note": st.one_of(st.just(""), texts),
        "on_hand": st.sampled_from([0, 12, 1000, 1200]),
    }
)


def cellar(list_of: list[dict[str, Any]], now: datetime) -> list[Any]:
    actor = system()
    for number, told in enumerate(list_of):
        wine = save_wine(
            wine=None,
            name=f"{told['name']} {number}",
            variety="",
            appellation="",
            colour="red",
            actor=actor,
            now=now,
        )
        vintage = save_vintage(
            vintage=None, wine=wine, year=told["year"], note=told["note"], alcohol_percent=told["alcohol"],
            cases_made=None, actor=actor, now=now,
        )  # fmt: skip
        sku = save_sku(
            sku=None, vintage=vintage, code=f"R{number}", price_minor=told["price"],
            millilitres=told["millilitres"], units=told["units"], actor=actor, now=now,
        )  # fmt: skip
        Stock.objects.update_or_create(sku=sku, defaults={"on_hand": told["on_hand"]})
    skus = Sku.objects.order_by("pk")
    return [
        list(skus.values()),
        list(Stock.objects.order_by("pk").values()),
        [str(one.vintage) for one in skus],
    ]


@few
@given(list_of=st.lists(wines, min_size=1, max_size=4), way=st.sampled_from(WAYS), data=st.data())
def test_lists_of_wines_and_stock_come_in_without_a_change(
    world: World, bring: Bring, now: datetime, list_of: list[dict[str, Any]], way: Any, data: Any
) -> None:
    Stock.objects.filter(sku__code__startswith="R").delete()
    Sku.objects.filter(code__startswith="R").delete()
    prefix = data.draw(st.integers(0, 10**6))
    for told in list_of:
        told["name"] = f"{told['name']} {prefix}x"
    before = cellar(list_of, now)
    for kind in ("skus", "stock"):
        content, name = file_of(kind, way)
        # A thousand pieces look like one to whoever can't know; the person says which, once.
        run = bring(kind, content, name=name)
        assert (run.bad, run.problems) == (0, [])
        assert set(run.counts) == {"unchanged"}, run.outcome
    skus = Sku.objects.order_by("pk")
    after = [
        list(skus.values()),
        list(Stock.objects.order_by("pk").values()),
        [str(one.vintage) for one in skus],
    ]
    assert after == before


def test_the_hour_that_comes_twice_is_no_change(world: World, bring: Bring) -> None:
    twice = datetime(2025, 11, 2, 9, 30, 12, 345, tzinfo=UTC)
    for at in (twice, twice - timedelta(hours=1)):
        Customer.objects.filter(pk=world.ana.pk).update(signed_up_at=at)
        content, name = file_of("customers", saved_again)
        run: ImportRun = bring("customers", content, name=name)
        assert set(run.counts) == {"unchanged"}, run.outcome


def test_an_older_export_without_country_or_lines_changes_nothing(world: World, bring: Bring) -> None:
    """As lists were written before: a street in one cell, no country, dates where there was a consent."""
    jean = Customer.objects.create(
        email="jean@x.com", first_name="Jean", last_name="Exemple", signed_up_at=world.now
    )
    Address.objects.create(
        customer=jean, recipient="Jean Exemple", line1="1 rue X", line2="Bât. 2", city="Paris", postal_code="75001",
        country="FR", is_default=True,
    )  # fmt: skip
    run = bring(
        "customers",
        "Customer,E-mail,First name,Last name,Status,Lives in,Street,City,State,ZIP,Telephone,Opted in,Signed up\n"
        'Jean Exemple,jean@x.com,Jean,Exemple,Active,Paris,"1 rue X, Bât. 2",Paris,,75001,,,\n',
    )
    assert (run.bad, dict(run.counts)) == (0, {"unchanged": 1})
    assert jean.addresses.get().country == "FR"
