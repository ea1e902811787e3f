"""``tirage import`` and ``tirage export``: dry run, refusal, result, and the way there and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from tests.world import World
from tirage.catalog.models import Sku
from tirage.cli.main import build_parser
from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer, Membership, Tag
from tirage.imports.commands import run_export, run_import
from tirage.imports.models import ImportRun
from tirage.inventory.models import Movement, Stock
from tirage.offers.models import OfferItem
from tirage.tables.reading import open_table

pytestmark = pytest.mark.django_db

PEOPLE = "Email,Wer,Zip\na@x.com,Ana Ruiz,\nnobody,Ben Ito,\n"


def tirage(*words: str | Path) -> int:
    """What the command does once Django is started and the tables are there."""
    given = [str(word) for word in words]
    options = build_parser(given).parse_args(given)
    return (run_import if given[0] == "import" else run_export)(options)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def test_a_dry_run_writes_nothing(world: World, people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = people.with_name("bad.csv")
    assert tirage("import", "customers", people, "--dry-run", "--report", report) == 1
    said = capsys.readouterr().out
    assert "Row 3, Email: “nobody” is not an e-mail address" in said and "Not used: Wer" in said
    assert "1 good row, 1 bad. Nothing was imported" in said
    assert "nobody" in report.read_text(encoding="utf-8-sig")
    assert not Customer.objects.filter(email="a@x.com").exists() and not ImportRun.objects.exists()


@pytest.mark.parametrize("how", [(), ("--dry-run",)])
def test_a_card_number_is_neither_read_nor_said(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: tuple[str, ...]
) -> None:
    path = tmp_path / "cards.csv"
    path.write_text("email,stripe_customer_id,token\na@x.com,cus_1,4242424242424242\n", encoding="utf-8")
    with pytest.raises(DomainError, match="card number"):
        tirage("import", "cards", path, *how)
    said = capsys.readouterr()
    assert "4242" not in said.out + said.err and not ImportRun.objects.exists()


def test_store_credit_comes_in_by_the_command(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "credit.csv"
    path.write_text(f"email,balance\n{world.ana.email},75.00\n", encoding="utf-8")
    assert tirage("import", "credit", path) == 0
    assert "Imported credit.csv: 1 new." in capsys.readouterr().out
    assert Customer.objects.get(pk=world.ana.pk).credit_minor == 75_00


def test_a_bad_row_refuses_the_file(world: World, people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tirage("import", "customers", people) == 1
    said = capsys.readouterr()
    assert "Row 3, Email" in said.out and "leave them out with --skip-bad" in said.err
    assert not Customer.objects.filter(email="a@x.com").exists()
    assert ImportRun.objects.get().state == "cancelled"


def test_bad_rows_can_be_left_out_and_columns_named(
    world: World, people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = people.with_name("bad.csv")
    words = ("import", "customers", people, "--skip-bad", "--map", "full_name=Wer", "--map", "postal_code=")
    assert tirage(*words, "--report", report) == 0
    assert "Imported people.csv: 1 new customer. 1 bad row left out." in capsys.readouterr().out
    assert Customer.objects.get(email="a@x.com").first_name == "Ana"
    assert report.read_text(encoding="utf-8-sig").count("\n") == 2


def test_the_command_says_what_the_pages_say_and_takes_the_answers(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("List", "Members"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Email Address", "Email Subscription Status"])
            sheet.write_row(1, 0, [f"{name.lower()}@x.com", "subscribed"])
            sheet.write_row(2, 0, [f"hidden.{name.lower()}@x.com", "subscribed"])
            sheet.set_row(2, None, None, {"hidden": True})
    assert tirage("import", "customers", path, "--dry-run") == 1
    said = capsys.readouterr()
    assert "This is a file of Square." in said.out and "Not read: Members" in said.out
    assert "Email Address → E-mail" in said.out and "Row 2 as it is read: E-mail list@x.com" in said.out
    assert "--answer sheet=…" in said.out and "say --answer hidden_rows=…" in said.err
    answers = ("--answer", "sheet=Members", "--answer", "hidden_rows=without")
    assert tirage("import", "customers", path, *answers) == 0
    said = capsys.readouterr()
    assert "This is a file of Square." in said.out and "Row 2 as it is read: E-mail members@x.com" in said.out
    assert list(Customer.objects.filter(email__endswith="@x.com").values_list("email", flat=True)) == [
        "members@x.com"
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("import", "customers", "no-such-file.csv"),
        ("export", "customers", "list.pdf"),
        ("export", "offer-items", "items.csv"),
    ],
)
def test_refusals_are_sentences_and_leave_no_file(
    world: World, words: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DomainError):
        tirage(*words)
    assert list(tmp_path.iterdir()) == []


def test_wrong_columns_are_said(world: World, people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tirage("import", "customers", people, "--map", "full_name=Name") == 1
    assert "no column “Name”" in capsys.readouterr().err


def snapshot() -> list[object]:
    """Everything that the four kinds of files hold."""
    return [
        list(
            Customer.objects.order_by("email").values_list(
                "email", "first_name", "last_name", "phone", "birth_date", "status", "note", "other_email"
            )
        ),
        list(
            Address.objects.order_by("customer__email", "line1").values_list(
                "customer__email", "recipient", "line1", "city", "state", "postal_code", "is_default"
            )
        ),
        list(
            Membership.objects.order_by("customer__email", "group__name").values_list(
                "customer__email", "group__name"
            )
        ),
        list(Tag.objects.order_by("name", "customers__email").values_list("name", "customers__email")),
        list(Sku.objects.order_by("code").values_list("code", "name", "millilitres", "units", "price_minor")),
        list(Stock.objects.order_by("sku__code").values_list("sku__code", "on_hand")),
        list(
            OfferItem.objects.order_by("offer__group__name", "sku__code").values_list(
                "offer__group__name",
                "sku__code",
                "purchase_maximum",
                "wish_maximum",
                "default_quantity",
                "multiple",
            )
        ),
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_goes_out_comes_back_unchanged(
    world: World, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # A spreadsheet would run the first; in CSV an apostrophe before it says that it is text.
    note = "=SUM(A1) she said" if ending == "csv" else "She said = and +1 (twice)"
    Customer.objects.filter(pk=world.ana.pk).update(note=note, other_email="ana@home.example")
    Tag.objects.create(name="VIP").customers.add(world.ana, world.ben)
    before, movements = snapshot(), Movement.objects.count()
    for kind in ("customers", "skus", "stock", "offer-items"):
        path = tmp_path / f"{kind}.{ending}"
        offer = ("--offer", world.premier_offer.reference) if kind == "offer-items" else ()
        assert tirage("export", kind, path, *offer) == 0
        capsys.readouterr()
        assert tirage("import", kind, path, *offer) == 0, capsys.readouterr().err
        assert "as they were" in capsys.readouterr().out
    assert snapshot() == before and Movement.objects.count() == movements


def test_a_list_goes_out_and_comes_into_an_empty_house(world: World, tmp_path: Path) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(note="Likes magnums", other_email="ana@home.example")
    path = tmp_path / "customers.csv"
    tirage("export", "customers", path)
    before = snapshot()[:4]
    world.ana_card.delete()
    world.ben_card.delete()
    Customer.objects.all().delete()
    assert tirage("import", "customers", path) == 0
    # Clara was in no group, so now she is new and joins the default one.
    Membership.objects.filter(customer__email="clara@example.com", group=world.welcome).delete()
    assert snapshot()[:4] == before


@pytest.mark.parametrize("kind", ["orders", "wishes"])
def test_orders_and_wishes_go_out(
    world: World, tmp_path: Path, kind: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert tirage("export", kind, tmp_path / f"{kind}.xlsx") == 0
    with open_table(tmp_path / f"{kind}.xlsx") as table:
        assert "Customer" in table.headers
    assert tirage("export", kind) == 0
    assert capsysbinary.readouterr().out.decode("utf-8-sig").startswith(("Order,", "Wish,"))
