"""A dirty list from end to end: good rows as values, bad rows with number, column, value and reason."""

import datetime as dt
import tracemalloc
from dataclasses import dataclass
from functools import partial

import pytest

from tests.unit.tables.samples import excel, table_of
from tirage import places
from tirage.tables.cleaning import DateOrder, identity, parse_date, parse_emails, split_name
from tirage.tables.errors import CellError, TableError
from tirage.tables.matching import match_columns
from tirage.tables.reading import Table
from tirage.tables.staging import Checked, FirstSeen, Problem, Report, RowReader, check_rows
from tirage.tables.survey import survey
from tirage.tables.synonyms import CUSTOMER_FIELDS, STOCK_FIELDS


@dataclass(frozen=True)
class Person:
    email: str
    others: tuple[str, ...]
    first: str
    last: str
    state: str
    postal_code: str
    born: dt.date | None


def read_person(row: RowReader, order: DateOrder) -> Person:
    emails = row.get("email", parse_emails)
    name = row.get("full_name", split_name)
    if emails and emails.others:
        row.notice("email", f"A second address was kept as a note: {', '.join(emails.others)}.")
    return Person(
        email=emails.identity if emails else "",
        others=emails.others if emails else (),
        first=row.text("first_name") or (name.first if name else ""),
        last=row.text("last_name") or (name.last if name else ""),
        state=row.text("state"),
        postal_code=places.normalise_postal_code("US", row.text("postal_code")),
        born=row.get("birth_date", partial(parse_date, order=order)),
    )


def check_people(table: Table) -> list[Checked[Person]]:
    mapping = match_columns(table.headers, CUSTOMER_FIELDS)
    order = next(
        iter(survey(table, mapping, dates=["birth_date", "opted_in_at"]).orders), DateOrder.MONTH_FIRST
    )
    return list(check_rows(table, mapping, lambda row: read_person(row, order)))


DIRTY = """Name;E-Mail;State;ZIP;Date of Birth
Ruiz, Ana;Ana.Ruiz@Example.com;MA;2134;25/12/1970
Zoë\u00a0Müller;"zoe@x.com; z.mueller@y.de";;94574;3/4/1965

Mr & Mrs J. Smith;ana.ruiz@EXAMPLE.com;CA;94558-1234;1980-05-06
"""


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_dirty_list_is_read_as_its_owner_meant_it(codec: str) -> None:
    ana, zoe, smith = check_people(table_of(DIRTY.encode(codec)))

    assert ana.values == Person(
        "ana.ruiz@example.com", (), "Ana", "Ruiz", "MA", "02134", dt.date(1970, 12, 25)
    )
    assert zoe.values == Person(
        "zoe@x.com", ("z.mueller@y.de",), "Zoë", "Müller", "", "94574", dt.date(1965, 4, 3)
    )
    assert zoe.notices == (
        Problem(
            3, "E-Mail", "zoe@x.com; z.mueller@y.de", "A second address was kept as a note: z.mueller@y.de."
        ),
    )
    assert (smith.row, smith.values and smith.values.last) == (5, "Smith")


def test_excel_gives_the_same_as_csv() -> None:
    content = excel(
        {
            "List": [
                ["Name", "E-Mail", "State", "ZIP", "Date of Birth"],
                ["Ruiz, Ana", "Ana@x.com", "MA", 2134.0, dt.datetime.fromisoformat("1970-12-25")],
                ["Kim, Jo", "jo@x.com", "", "94574", 25569],
            ]
        }
    )
    ana, jo = check_people(table_of(content, "list.xlsx"))

    assert ana.values == Person("ana@x.com", (), "Ana", "Ruiz", "MA", "02134", dt.date(1970, 12, 25))
    assert jo.values == Person("jo@x.com", (), "Jo", "Kim", "", "94574", dt.date(1970, 1, 1))


def test_a_bad_row_names_every_problem_and_has_no_values() -> None:
    table = table_of(
        "Email,First Name,Birth Date\nana.x.com,=1+1,soon\n,Jo,\numa@x.com,Uma,,more\nbo@x.com\n"
    )
    broken, nameless, torn, short = check_people(table)

    assert [(p.row, p.column, p.value) for p in broken.problems] == [
        (2, "Email", "ana.x.com"),
        (2, "First Name", "=1+1"),
        (2, "Birth Date", "soon"),
    ]
    assert [c.values for c in (broken, nameless, torn)] == [None, None, None]
    assert nameless.problems == (Problem(3, "Email", "", "E-mail is missing. Fill it in."),)
    assert (torn.problems[0].row, torn.problems[0].value) == (4, "more")
    assert "more cells than the header" in torn.problems[0].reason
    assert short.values is not None
    assert "2 cells shorter" in short.notices[0].reason


def test_a_row_may_be_refused_as_a_whole_with_the_field_to_blame() -> None:
    def refuse(row: RowReader) -> None:
        raise CellError("Give a count or a movement, not both.", field="counted")

    table = table_of("Sku,Counted,Movement\nA,1,2\n")
    (checked,) = check_rows(table, match_columns(table.headers, STOCK_FIELDS), refuse)

    assert checked.problems == (Problem(2, "Counted", "1", "Give a count or a movement, not both."),)


def test_fields_bring_their_parser_and_know_whether_they_have_a_column() -> None:
    table = table_of('Sku,Counted\nA,"1,200"\n')
    (checked,) = check_rows(
        table,
        match_columns(table.headers, STOCK_FIELDS),
        lambda row: (row.text("code"), row.get("counted"), row.has("movement"), row.get("movement")),
    )

    assert checked.values == ("A", 1200, False, None)


def test_a_file_without_a_required_column_is_refused_before_its_rows() -> None:
    table = table_of("Phone\n1\n")
    with pytest.raises(TableError, match="No column was found for: E-mail"):
        next(check_rows(table, match_columns(table.headers, CUSTOMER_FIELDS), lambda row: row))


def test_the_same_person_twice_in_a_file_is_found_by_the_first_row() -> None:
    seen = FirstSeen()

    assert seen.earlier(identity("Ana@x.com"), 2) is None
    assert seen.earlier(identity("jo@x.com"), 3) is None
    assert seen.earlier(identity(" ANA@X.COM"), 4) == 2


def test_a_report_counts_shows_the_first_and_writes_all() -> None:
    table = table_of("Email\nana@x.com\n" + "broken\n" * 30 + '"=cmd, ""x"""\n')
    with Report(shown=5) as report:
        good = [
            c
            for c in report.watch(
                check_rows(table, match_columns(table.headers, CUSTOMER_FIELDS), lambda r: r.get("email"))
            )
            if c.values
        ]
        report.add_problem(Problem(2, "Email", "ana@x.com", "This address belongs to somebody else."))
        written = table_of(b"".join(report.csv()))

    assert (report.total, report.good, report.bad, report.problem_count, len(good)) == (32, 1, 31, 32, 1)
    assert (len(report.first), report.clean) == (5, False)
    assert written.headers == ("Row", "Column", "Value", "Reason")
    rows = list(written)
    assert (len(rows), rows[0].cells[:3]) == (32, ("3", "Email", "broken"))
    assert rows[30].cells[2].startswith("'=cmd")


def test_checking_many_bad_rows_takes_flat_memory() -> None:
    table = table_of("Email\n" + "broken\n" * 20_000)
    mapping = match_columns(table.headers, CUSTOMER_FIELDS)
    tracemalloc.start()
    try:
        with Report() as report:
            for _ in report.watch(check_rows(table, mapping, lambda row: row.get("email"))):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert report.bad == 20_000
    assert peak < 4_000_000
