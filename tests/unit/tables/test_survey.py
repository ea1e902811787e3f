"""What a whole file says about its own habits."""

from tests.unit.tables.samples import table_of
from tirage.tables.cleaning import DateOrder, DecimalMark
from tirage.tables.matching import match_columns
from tirage.tables.survey import Survey, fold, survey
from tirage.tables.synonyms import CUSTOMER_FIELDS, SKU_FIELDS

DATES = ("birth_date", "signed_up_at")


def people(content: str, **asked: object) -> Survey:
    table = table_of(content)
    return survey(table, match_columns(table.headers, CUSTOMER_FIELDS), dates=DATES, **asked)  # type: ignore[arg-type]


def test_one_order_of_dates_for_the_whole_file() -> None:
    found = people("Email,Birthday,Created\na@x.com,25/12/1980,1/2/2020\nb@x.com,3/4/1982,\n")
    assert dict(found.orders) == {DateOrder.DAY_FIRST: 1}
    assert found.doubtful_dates == ["1/2/2020", "3/4/1982"]


def test_a_header_may_tell_the_order() -> None:
    assert dict(people("Email,Birthday (DD/MM/YYYY)\na@x.com,3/4/1982\n").orders) == {DateOrder.DAY_FIRST: 1}
    assert dict(people("Email,Birthday (mm/dd/yyyy)\na@x.com,3/4/1982\n").orders) == {
        DateOrder.MONTH_FIRST: 1
    }


def test_one_decimal_mark_for_the_whole_file() -> None:
    table = table_of("Sku;Price;On hand\nA;85,00;1.000\nB;1.250;12\n")
    found = survey(table, match_columns(table.headers, SKU_FIELDS))
    assert dict(found.marks) == {DecimalMark.COMMA: 1}
    assert (found.doubtful_numbers, found.shown_numbers) == (["1.000", "1.250"], ["85,00"])


def test_words_are_counted_whatever_their_case_and_dates_are_none() -> None:
    content = (
        "Email,Status,Opted in\na@x.com,Not_Subscribed,2020-01-02\nb@x.com,not subscribed,yes\nc@x.com,,\n"
    )
    found = people(content, words={"status": 5, "opted_in": 5})
    word = found.words["status"]["not subscribed"]
    assert (word.text, word.rows, word.first_row) == ("Not_Subscribed", 2, 2)
    assert list(found.words["opted_in"]) == ["yes"]
    assert fold("  Opted_Out. ") == "opted out"


def test_too_many_words_are_texts() -> None:
    found = people("Email,Status\n" + "".join(f"a{n}@x.com,s{n}\n" for n in range(9)), words={"status": 5})
    assert found.crowded == {"status"} and len(found.words["status"]) == 5


def test_empty_cells_count_where_they_matter() -> None:
    content = "Email,City,Country\na@x.com,Paris,\nb@x.com,,\nc@x.com,Rome,Italy\n"
    found = people(content, words={"country": 5}, blanks={"country": ("city",)})
    assert {key: word.rows for key, word in found.words["country"].items()} == {"": 1, "italy": 1}
