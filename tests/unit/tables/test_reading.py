"""Files as wineries send them: encodings, separators, blank lines, Excel's numbers, torn quotes."""

import datetime as dt
import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from tests.unit.tables.samples import excel, rows_of, table_of
from tirage.tables.errors import TableError
from tirage.tables.reading import Limits, column_letter, open_table

ACCENTS = "Name,City\nZoë Müller,Orléans\nFrançois Peña,Besançon\n"


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
        ("cp437", "cp437"),
    ],
)
def test_accents_survive_every_encoding_a_spreadsheet_saves(codec: str, named: str) -> None:
    table = table_of(ACCENTS.encode(codec))

    assert table.encoding == named
    assert table.headers == ("Name", "City")
    assert rows_of(table) == [(2, ("Zoë Müller", "Orléans")), (3, ("François Peña", "Besançon"))]


def test_typographic_quotes_of_windows_1252_are_not_taken_for_ms_dos() -> None:
    table = table_of("Name\nO’Brien – “Ana”\nRené\n".encode("cp1252"))

    assert [row.cells[0] for row in table] == ["O’Brien – “Ana”", "René"]
    assert "old Windows encoding" in table.notes[0]


def test_a_byte_windows_1252_does_not_know_costs_one_character_only() -> None:
    table = table_of(b"Name\nRen\xe9\nJ\x90\n")

    assert [row.cells[0] for row in table] == ["René", "J\ufffd"]


def test_utf_16_big_endian_is_read_by_its_mark() -> None:
    table = table_of(b"\xfe\xff" + "Name,City\nZoë,Köln\n".encode("utf-16-be"))

    assert rows_of(table) == [(2, ("Zoë", "Köln"))]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found_although_values_hold_the_others(delimiter: str) -> None:
    others = "".join(sorted({",", ";", "\t", "|"} - {delimiter}))
    lines = [["Name", "Amount", "Note"], ["Ruiz", "1", others], ["Smith", "2", f'"two\nlines{delimiter}x"']]
    table = table_of("\r\n".join(delimiter.join(line) for line in lines))

    assert table.delimiter == delimiter
    assert rows_of(table) == [(2, ("Ruiz", "1", others)), (3, ("Smith", "2", f"two\nlines{delimiter}x"))]


def test_european_file_with_semicolons_and_decimal_commas() -> None:
    table = table_of("Sku;Preis\nA;45,50\nB;120,00\n")

    assert (table.delimiter, rows_of(table)) == (";", [(2, ("A", "45,50")), (3, ("B", "120,00"))])


def test_names_with_commas_in_a_tab_file_do_not_mislead() -> None:
    table = table_of("Name, full\tEmail\tZIP\nRuiz, Ana\tana@x.com\t94558\nKim, Jo\tjo@x.com\t94559\n")

    assert table.headers == ("Name, full", "Email", "ZIP")


def test_excels_separator_line_is_obeyed_and_not_counted() -> None:
    table = table_of("sep=|\r\na|b,c\r\n1|2\r\n")

    assert (table.headers, rows_of(table)) == (("a", "b,c"), [(2, ("1", "2"))])


def test_one_column_needs_no_separator() -> None:
    assert rows_of(table_of("Email\nana@x.com\njo@x.com")) == [(2, ("ana@x.com",)), (3, ("jo@x.com",))]


def test_rows_are_numbered_as_excel_shows_them() -> None:
    table = table_of('\n"Name",City\n\nAna,Napa\n , \n"Jo\nand Bo",Reno\nUma,Elko\n')

    assert table.header_row == 2
    assert rows_of(table) == [(4, ("Ana", "Napa")), (6, ("Jo\nand Bo", "Reno")), (7, ("Uma", "Elko"))]
    assert table.row_count_hint >= 3


def test_a_title_above_the_header_is_passed_over_and_said() -> None:
    rows = [["Hollow Oak, customers"], [], ["Name", "Email", "City"], ["Ana", "ana@x.com", "Napa"]]
    for table in (
        table_of(excel({"List": rows})),
        table_of('"Hollow Oak, customers";;\n\nName;Email;City\nAna;ana@x.com;Napa\n'),
        table_of("Hollow Oak customers\n\nName,Email,City\nAna,ana@x.com,Napa\n"),
    ):
        assert table.headers == ("Name", "Email", "City")
        assert rows_of(table) == [(4, ("Ana", "ana@x.com", "Napa"))]
        assert table.notes[-1].startswith("Row 3 was taken for the names of the columns")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_of_every_system(ending: str) -> None:
    table = table_of(ending.join(["a,b", "1,2", "3,4"]))

    assert rows_of(table) == [(2, ("1", "2")), (3, ("3", "4"))]
    assert table.row_count_hint == 2


def test_empty_and_double_headers_get_names_of_their_own() -> None:
    table = table_of("Email, Email ,,Phone\u00a0 No,,\na,b,c,d,,\n")

    assert table.headers == ("Email", "Email (2)", "Column C", "Phone No")
    assert next(iter(table)).extra == ()


def test_a_header_that_looks_like_a_numbered_twin_stays_unique() -> None:
    assert table_of("A,A (2),A\n1,2,3").headers == ("A", "A (2)", "A (3)")


def test_torn_rows_tell_what_departs_from_the_header() -> None:
    short, long, trailing = table_of("a,b,c\n1\n1,2,3,4,5\n1,2,3,,\n")

    assert (short.cells, short.missing) == (("1", "", ""), 2)
    assert (long.cells, long.extra) == (("1", "2", "3"), ("4", "5"))
    assert (trailing.extra, trailing.missing) == ((), 0)


def test_a_table_is_read_again_and_again_even_at_once() -> None:
    table = table_of("a\n1\n2\n3\n")

    assert list(zip(table.column("a"), table.column("a"), strict=True)) == [
        ("1", "1"),
        ("2", "2"),
        ("3", "3"),
    ]
    assert len(table.sample(2)) == 2
    assert len(list(table)) == 3


def test_a_path_is_closed_with_the_table_and_a_file_object_is_not(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"a\n1\n")
    with open_table(path) as table:
        assert table.filename == "list.csv"
        assert rows_of(table) == [(2, ("1",))]
    with pytest.raises(ValueError, match="closed"):
        list(table)
    with path.open("rb") as file:
        with open_table(file, "x.csv") as table:
            assert rows_of(table) == [(2, ("1",))]
        assert not file.closed


def test_a_pipe_is_copied_aside() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError("not seekable")

    with open_table(Pipe(b"a\n1\n2\n"), "list.csv") as table:
        assert len(list(table)) == len(list(table)) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b",,\n,,\n", "no filled row"),
        (b"<html><table><tr><td>a", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"a\x00b\x00c", "isn't a table"),
        (b"PK\x03\x04 not a zip", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "damaged"),
        (b"\xef\xbb\xbfName\nRen\xe9\n", "says it is UTF-8"),
    ],
)
def test_files_that_are_no_table_say_what_to_do(content: bytes, message: str) -> None:
    with pytest.raises(TableError, match=message) as caught:
        table_of(content)
    assert caught.value.message.endswith(".")


def test_limits_are_told_not_cut() -> None:
    limits = Limits(file_bytes=1_000, rows=2, columns=3, cell_characters=10)

    with pytest.raises(TableError, match="more than 2 rows"):
        list(table_of("a\n1\n2\n3\n", limits=limits))
    with pytest.raises(TableError, match="4 columns; 3 are possible"):
        table_of("a,b,c,d\n", limits=limits)
    with pytest.raises(TableError, match="Row 3 has a cell longer than 10"):
        list(table_of("a\nx\n" + "y" * 11, limits=limits))
    with pytest.raises(TableError, match="larger than"):
        table_of("a\n" + "1\n" * 1000, limits=limits)


def test_a_quotation_mark_never_closed_names_its_row() -> None:
    with pytest.raises(TableError, match="row 3 opens a quotation mark"):
        list(table_of('a,b\n1,2\n3,"4\n5,6\n7,8\n'))
    with pytest.raises(TableError, match="row 2 opens a quotation mark"):
        list(table_of('a,b\n1,"2\n' + "x,y\n" * 60_000))
    with pytest.raises(TableError, match=r"row 3 \(line 4 of the file\) opens"):
        list(table_of('a,b\n1,"2\n3"\n4,"5\n6,"7"\n'))


def test_a_quotation_mark_inside_a_cell_is_text() -> None:
    assert rows_of(table_of('a,b\n5" bottle,x\n"5"" box",y\n')) == [
        (2, ('5" bottle', "x")),
        (3, ('5" box', "y")),
    ]


def test_excel_values_become_what_a_person_would_type() -> None:
    moment = dt.datetime.fromisoformat("2024-03-01 17:30")
    values = [
        94558.0,
        0.1 + 0.2,
        12,
        True,
        dt.datetime.fromisoformat("2024-03-01"),
        moment,
        "02134",
        1e300,
        "Ana",
        -5.5,
    ]
    with table_of(excel({"List": [list("abcdefghij"), values]}), "list.xlsx") as table:
        row = next(iter(table))

    assert row.cells[:7] == ("94558", "0.3", "12", "TRUE", "2024-03-01", "2024-03-01 17:30:00", "02134")
    assert row.cells[7:] == ("1e+300", "Ana", "-5.5")
    assert (table.encoding, table.delimiter) == ("", "")


def test_excel_takes_the_first_visible_sheet_with_text_and_says_which_it_left() -> None:
    sheets = {"Cover": [], "Old": [["x"]], "List": [["Email"], ["ana@x.com"]], "More": [["y"]]}
    table = table_of(excel(sheets, hidden=["Old"]))

    assert rows_of(table) == [(2, ("ana@x.com",))]
    assert table.notes == ("The sheet List was read. Not read: More.",)


def test_excel_rows_keep_their_number_below_blank_ones() -> None:
    table = table_of(excel({"List": [["Email"], [], ["ana@x.com"], [""], ["jo@x.com"]]}, top=3))

    assert table.header_row == 4
    assert rows_of(table) == [(6, ("ana@x.com",)), (8, ("jo@x.com",))]
    assert table.row_count_hint == 4


def test_excel_without_a_filled_sheet_and_excel_that_unpacks_too_large_are_refused() -> None:
    with pytest.raises(TableError, match="no filled sheet"):
        table_of(excel({"A": []}))
    with pytest.raises(TableError, match="unpacks to more"):
        table_of(excel({"A": [["a"]]}), limits=Limits(unpacked_bytes=100))
    with pytest.raises(TableError, match="columns"):
        table_of(excel({"A": [["a", "b", "c"]]}), limits=Limits(columns=2))


def test_a_stray_cell_far_out_is_told_instead_of_filling_the_memory() -> None:
    far: list[list[str]] = [["Email"], *([[]] * 9_999), [""] * 500 + ["stray"]]
    with pytest.raises(TableError, match="reaches to row 10,001 and column 501"):
        table_of(excel({"A": far}))


def test_a_format_far_out_is_no_stray_cell() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Email")
        sheet.write(1, 0, "ana@x.com")
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert rows_of(table_of(buffer.getvalue())) == [(2, ("ana@x.com",))]


def test_a_zip_that_is_no_excel_file_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")

    with pytest.raises(TableError, match="damaged or not a table"):
        table_of(buffer.getvalue())


def test_column_letters() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_fifty_thousand_rows_take_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("First Name,Last Name,Email,City,State,Zip\n")
        file.writelines(f"Ana{n},Rüiz,ana{n}@example.com,St. Helena,CA,94574\n" for n in range(50_000))
    tracemalloc.start()
    try:
        with open_table(path) as table:
            count = sum(1 for _ in table)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (count, table.row_count_hint) == (50_000, 50_000)
    # The file has 2.6 MB; sniffing looks at 200,000 characters of it.
    assert peak < 2_000_000
