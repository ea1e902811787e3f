"""Workbooks: read by a process that may die; sheets and hidden rows told; a formula without result is not empty."""

import datetime as dt
import io
import zipfile

import pytest
import xlsxwriter

from tests.unit.tables.samples import changed, excel, ods, rows_of, table_of
from tirage.tables.errors import TableError
from tirage.tables.reading import Limits
from tirage.tables.workbooks.ods import Ods
from tirage.tables.workbooks.parent import _notes
from tirage.tables.workbooks.values import ERROR_VALUE, NO_VALUE, serial_text
from tirage.tables.workbooks.xls import Xls
from tirage.tables.workbooks.xlsx import Xlsx, is_date_format

KNOWN = frozenset({"email", "firstname", "lastname"})
LIST = [["Email", "First Name", "Last Name"], ["ana@x.com", "Ana", "Ruiz"], ["bo@x.com", "Bo", "Kim"]]
SHEET = "xl/worksheets/sheet1.xml"


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


HEAD = row(cell("Email"), cell("First Name"), cell("Last Name"))


def test_of_formats_that_do_not_tell_of_hidden_rows_it_is_said() -> None:
    told = {"sheets": [], "sheet": "List", "formulas": 0}
    [note] = _notes({**told, "tells_all": False})
    assert "doesn't tell which of its rows are hidden" in note and "XLSX" in note
    assert _notes({**told, "tells_all": True}) == ()
    assert (Xls.tells_all, Xlsx.tells_all, Ods.tells_all) == (False, True, True)


def test_the_sheet_with_the_list_is_read_and_can_be_chosen() -> None:
    content = excel({"Read me": [["Fill in the list"], ["Thank you"]], "List": LIST, "Old": LIST[:2]})
    with table_of(content, expected=KNOWN) as table:
        assert len(list(table)) == 2
        assert table.notes == ("The sheet List was read. Not read: Read me, Old.",)
        asked = next(one for one in table.questions if one.key == "sheet")
        assert asked.guess == "List" and [one.value for one in asked.choices] == ["Read me", "List", "Old"]
    with table_of(content, expected=KNOWN, answers={"sheet": "Old"}) as table:
        assert len(list(table)) == 1


def test_a_hidden_sheet_is_read_only_when_it_is_chosen() -> None:
    content = excel({"List": LIST[:2], "Archive": LIST}, hidden=["Archive"])
    with table_of(content, expected=KNOWN) as table:
        assert len(list(table)) == 1
    with table_of(content, expected=KNOWN, answers={"sheet": "Archive"}) as table:
        assert len(list(table)) == 2


def hidden_rows() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, values in enumerate(LIST):
            sheet.write_row(number, 0, values)
        sheet.set_row(1, None, None, {"hidden": True})
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        hidden_rows(),
        ods(
            HEAD
            + row(cell("ana@x.com"), cell("Ana"), cell("Ruiz"), more='table:visibility="filter"')
            + row(cell("bo@x.com"), cell("Bo"), cell("Kim"))
        ),
    ],
    ids=["xlsx", "ods"],
)
def test_hidden_rows_are_asked_about(content: bytes) -> None:
    with table_of(content) as table:
        asked = next(one for one in table.questions if one.key == "hidden_rows")
        assert asked.guess == "" and "1 row is hidden" in asked.words and "row 2" in asked.words
        assert len(list(table)) == 2
    with table_of(content, answers={"hidden_rows": "without"}) as table:
        assert [number for number, _ in rows_of(table)] == [3]


def test_a_formula_without_a_stored_result_is_no_empty_cell() -> None:
    stored = excel({"A": [["Email", "First Name"], ["ana@x.com", '=UPPER("a")'], ["bo@x.com", "=1+1"]]})
    for bare in ("<v></v>", "<v/>", ""):
        content = changed(stored, SHEET, "<v>0</v>", bare)
        with table_of(content) as table:
            assert [dict(one.marks) for one in table] == [{1: NO_VALUE}, {1: NO_VALUE}]
            assert "2 cells hold formulas without a stored result, the first in B2" in table.notes[0]
    empty_text = changed(stored, SHEET, "<v>0</v>", "<v></v>")
    empty_text = changed(empty_text, SHEET, '<c r="B2">', '<c r="B2" t="str">')
    with table_of(empty_text) as table:
        assert [dict(one.marks) for one in table] == [{}, {1: NO_VALUE}]
    calc = '<table:table-cell table:formula="of:=1+1"/>'
    with table_of(ods(HEAD + row(cell("ana@x.com"), calc))) as table:
        assert [dict(one.marks) for one in table] == [{1: NO_VALUE}]


def test_an_error_of_the_spreadsheet_is_no_value() -> None:
    content = excel({"A": [["Email", "First Name"], ["ana@x.com", "=1/0"]]})
    content = changed(
        content, SHEET, '<c r="B2"><f>1/0</f><v>0</v>', '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v>'
    )
    with table_of(content) as table:
        assert [dict(one.marks) for one in table] == [{1: ERROR_VALUE}]


def test_ods_is_read_like_others() -> None:
    number = '<table:table-cell office:value-type="float" office:value="94558"/>'
    date = '<table:table-cell office:value-type="date" office:date-value="2024-03-01T17:30:00"/>'
    yes = '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
    remark = "<office:annotation><text:p>ask her</text:p></office:annotation>"
    noted = cell("Ana<text:s text:c='2'/>M.</text:p><text:p>Ruiz").replace(
        "><text:p>Ana", f">{remark}<text:p>Ana"
    )
    content = ods(
        row(cell("A"), cell("B"), cell("C"), cell("D"), cell("E"))
        + row(
            '<table:table-cell table:number-columns-repeated="16384"/>', more='table:number-rows-repeated="2"'
        )
        + row(noted, number, date, yes, cell("x", 'table:number-columns-repeated="2"'))
        + row(cell("z"), more='table:number-rows-repeated="2"')
        + row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            more='table:number-rows-repeated="99999"',
        ),
        tables='<table:table table:name="Empty"/>',
    )
    with table_of(content) as table:
        first, second, third = table
    assert (first.number, first.cells) == (4, ("Ana  M.\nRuiz", "94558", "2024-03-01 17:30:00", "TRUE", "x"))
    assert (first.extra, second.number, third.number, third.cells[0]) == (("x",), 5, 6, "z")


def test_a_file_with_parts_named_in_capitals_is_the_same_file() -> None:
    source = excel({"A": LIST})
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("sheet1.xml", "SHEET1.XML"), old.read(name))
    with table_of(buffer.getvalue()) as table:
        assert len(list(table)) == 2


@pytest.mark.parametrize("place", ['r="XFD1048576"', 'r="KO2"'])
def test_a_stray_cell_is_refused_by_its_place(place: str) -> None:
    content = changed(excel({"A": LIST}), SHEET, 'r="C3"', place)
    with pytest.raises(TableError, match=r"The sheet A reaches to row 3 and column \d"):
        table_of(content)


def test_a_stray_row_is_a_row_with_its_number() -> None:
    content = changed(excel({"A": LIST}), SHEET, '<row r="3"', '<row r="1048576"')
    with table_of(content) as table:
        assert [number for number, _ in rows_of(table)] == [2, 1_048_576]


def test_a_bomb_is_refused() -> None:
    content = changed(excel({"A": LIST}), SHEET, "</sheetData>", "</sheetData>" + " " * 50_000_000)
    assert len(content) < 100_000
    with pytest.raises(TableError, match="unpacks to more than can be read"):
        table_of(content)


def test_entities_that_grow_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet '
    content = changed(excel({"A": LIST}), SHEET, "<worksheet ", bomb)
    with pytest.raises(TableError, match="damaged"):
        table_of(content)


def test_whatever_becomes_of_the_process_is_said() -> None:
    content = excel({"A": LIST})
    with pytest.raises(TableError, match="needs more than 9 MB of memory"):
        table_of(content, limits=Limits(workbook_memory=9_000_000))
    with pytest.raises(TableError, match="takes longer to read than 0 seconds"):
        table_of(content, limits=Limits(workbook_seconds=0))


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04" + b"x" * 500, excel({"A": LIST})[:-40], excel({"A": LIST})[:900]]
)
def test_half_a_file_is_damaged(content: bytes) -> None:
    with pytest.raises(TableError, match="damaged"):
        table_of(content)


def test_bounds_are_told() -> None:
    with pytest.raises(TableError, match="more than 2 sheets"):
        table_of(excel({"A": LIST, "B": LIST, "C": LIST}), limits=Limits(sheets=2))
    with (
        table_of(excel({"A": LIST}), limits=Limits(rows=1)) as table,
        pytest.raises(TableError, match="1 rows"),
    ):
        list(table)
    long = excel({"A": [["Email"], ["x" * 500]]})
    with (
        table_of(long, limits=Limits(cell_characters=100)) as table,
        pytest.raises(TableError, match="Row 2 has a cell longer than 100"),
    ):
        list(table)


def test_characters_that_are_no_text_cost_their_row() -> None:
    content = changed(excel({"A": LIST}), "xl/sharedStrings.xml", "ana@x.com", "ana_x0000_@x.com")
    with table_of(content) as table:
        assert [bool(one.marks) for one in table] == [True, False]


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("yyyy-mm-dd", True),
        ("[$-409]d-mmm-yy;@", True),
        ("[h]:mm", True),
        ("General", False),
        ('0.00 "days"', False),
        ("[Red]0.00", False),
        (r"#,##0\ d", True),
        (r"0\d", False),
        ("0.00E+00", False),
    ],
)
def test_formats_that_show_dates(code: str, is_date: bool) -> None:
    assert is_date_format(code) is is_date


def test_counts_of_days_are_dates_to_the_second() -> None:
    assert serial_text(45352.0, from_1904=False) == "2024-03-01"
    assert serial_text(45352.7291666667, from_1904=False) == "2024-03-01 17:30:00"
    assert serial_text(0.5, from_1904=False) == "12:00:00"
    assert (
        serial_text(1.0, from_1904=False) == "1900-01-01"
        and serial_text(61.0, from_1904=False) == "1900-03-01"
    )
    assert serial_text(43890.0, from_1904=True) == "2024-03-01"
    assert serial_text(9e9, from_1904=False) == "9000000000" and serial_text(-1.0, from_1904=False) == "-1"
    moment = dt.datetime.fromisoformat("2024-03-01 17:30:59")
    with table_of(excel({"A": [["When"], [moment]]})) as table:
        assert next(iter(table)).cells == ("2024-03-01 17:30:59",)
