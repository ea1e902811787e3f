"""Read strictly: no row is swallowed, nothing that is no text is taken for text, and what only people know is asked."""

import codecs

import pytest

from tests.unit.tables.samples import rows_of, table_of
from tirage.tables.encodings import mend_twice
from tirage.tables.errors import TableError
from tirage.tables.headers import header_keys, in_brackets
from tirage.tables.matching import Field, match_columns
from tirage.tables.reading import NO_TEXT, Limits, Table
from tirage.tables.staging import Checked, RowReader, check_rows

PEOPLE = "Name,City\nZoë Müller,Orléans\nJosé Núñez,Besançon\n"
FIELDS = (Field("email", "Email", required=True), Field("name", "Name"))
KNOWN = frozenset({"email", "name", "city", "sku", "stock"})


def checked(table: Table) -> list[Checked[str]]:
    def parse(reader: RowReader) -> str:
        return f"{reader.text('email')} {reader.text('name')}"

    return list(check_rows(table, match_columns(table.headers, FIELDS), parse))


@pytest.mark.parametrize(
    "tail",
    [
        'bo@x.com,fine\ncy@x.com,"good"\ndi@x.com,last\n',
        'bo@x.com,fine\ncy@x.com,5" pipe\n',
        'bo@x.com,"Bo"\n',
        "bo@x.com,fine\n",
    ],
)
def test_a_torn_quotation_mark_never_swallows_rows(tail: str) -> None:
    with pytest.raises(TableError, match="A cell of row 3 opens a quotation mark"):
        list(table_of(f'Email,Name\nal@x.com,Al\nana@x.com,"torn\n{tail}'))


def test_two_torn_marks_that_close_each_other_are_seen_by_the_rows_between_them() -> None:
    people = checked(table_of('Email,Name\nana@x.com,"torn\nbo@x.com,Bo\ncy@x.com,the 5"\ndi@x.com,Di\n'))
    assert [one.values for one in people] == [None, "di@x.com Di"]
    assert people[0].problems[0].row == 2 and "rows of their own" in people[0].problems[0].reason
    stock = table_of('Sku,Stock,Note\nA1,5,"torn\nB1,6,x"\nC1,7,y\n')
    assert [bool(row.marks) for row in stock] == [True, False]


def test_a_note_of_several_lines_with_commas_is_a_note() -> None:
    rows = rows_of(
        table_of('Email,Name,Note\nana@x.com,Ana,"likes reds,\nwhites, and rosé,\nnot mail"\nbo@x.com,Bo,\n')
    )
    assert [cells[0] for _, cells in rows] == ["ana@x.com", "bo@x.com"]
    assert not any(row.marks for row in table_of('Sku,Stock,Note\nA1,5,"big box,\nall in one, or so"\n'))


def test_a_space_before_a_quotation_mark_is_no_text() -> None:
    table = table_of('Email, "First Name", "Last Name"\na@x.com, "Ana", "Ruiz, Smith"\n')
    assert (table.headers, rows_of(table)) == (
        ("Email", "First Name", "Last Name"),
        [(2, ("a@x.com", "Ana", "Ruiz, Smith"))],
    )


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ('"Email" , "Name" , "Note"\n"a@x.com" , "Ruiz, Ana" , "x"\n', ("a@x.com", "Ruiz, Ana", "x")),
        ('"Email" ; "Name";Note \na@x.com ; "Ana, ""Nan""" ;x\n', ("a@x.com ", 'Ana, "Nan"', "x")),
        ('Email,Name,Note\n"a@x.com" ,"say ""hi"" , then",x\n', ("a@x.com", 'say "hi" , then', "x")),
    ],
)
def test_a_space_behind_a_quotation_mark_is_no_text(content: str, row: tuple[str, ...]) -> None:
    assert [cells for _, cells in rows_of(table_of(content))] == [row]


def test_a_zero_costs_the_row_it_is_in() -> None:
    lines = [f"a{n}@x.com,Ana {n}" for n in range(300)]
    people = checked(table_of("Email,Name\n" + "\n".join([*lines[:150], "bad\0,Zoe", *lines[150:]])))
    bad = [one for one in people if one.values is None]
    assert len(people) == 301 and [(one.row, one.problems[0].column) for one in bad] == [(152, "Email")]
    assert bad[0].problems[0].reason == NO_TEXT and bad[0].problems[0].value == "bad\ufffd"


@pytest.mark.parametrize("where", ["Em\0ail", "Email\ud83d"])
def test_a_name_of_a_column_that_is_no_text_can_be_kept(where: str) -> None:
    table = table_of(f"{where},Name\na@x.com,Ana\n".encode("utf-16", "surrogatepass"))
    assert "".join(table.headers).isprintable() and table.headers[1] == "Name"


@pytest.mark.parametrize(
    ("codec", "mark", "named"),
    [
        ("utf-16-le", b"", "utf-16"),
        ("utf-16-be", b"", "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("utf-32-le", b"", "utf-32"),
        ("utf-32-be", b"", "utf-32"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
        ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32"),
        ("mac-roman", b"", "mac-roman"),
        ("cp1252", b"", "cp1252"),
        ("cp437", b"", "cp437"),
    ],
)
def test_every_encoding_is_found_with_and_without_its_mark(codec: str, mark: bytes, named: str) -> None:
    table = table_of(mark + PEOPLE.encode(codec))
    assert table.encoding == named
    assert [row.cells[0] for row in table] == ["Zoë Müller", "José Núñez"]


@pytest.mark.parametrize(
    ("words", "codec"),
    [
        ("O’Brien; D’Angelo; Dave’s", "cp1252"),
        ("García; Martínez", "mac-roman"),
        ("García; Martínez", "cp1252"),
        ("Señor Ibáñez; François", "cp437"),
        ("ÉMILE; ANDRÉ", "cp1252"),
        ("“Ana” – Zoë…", "cp1252"),
        ("1 Main\u00a0Street; 2 Main\u00a0Street; \u00a0ANA; Müller", "cp1252"),
        ("Björk Åsa; Søren", "mac-roman"),
        ("Weiß; Jäger; Öztürk", "cp1252"),
        ("Guðrún Þórðardóttir; Sigurður", "cp1252"),
        ("Hélène Lefêvre; Benoît; Lebœuf", "cp1252"),
        ("Łukasz Żółć; Małgorzata Świątek; Kraków", "cp1250"),
        ("Gdańsk; Wojciech Gąsior", "cp1250"),
        ("Ömer Yılmaz; İstanbul", "cp1254"),
        ("Иванов Иван; Санкт-Петербург", "cp1251"),
        ("Иванов Иван; Казань", "koi8-r"),
        ("Γιώργος Παπαδόπουλος; Αθήνα", "cp1253"),
    ],
)
def test_the_old_encoding_is_the_one_under_which_words_are_words(words: str, codec: str) -> None:
    lines = words.split("; ")
    table = table_of(("Name\n" + "\n".join(lines)).encode(codec))
    assert [row.cells[0] for row in table] == lines


def test_an_old_encoding_is_a_guess_that_can_be_turned() -> None:
    content = PEOPLE.encode("mac-roman")
    asked = next(one for one in table_of(content).questions if one.key == "encoding")
    assert asked.guess == "mac-roman" and asked.shown == ("Zoë, Müller, Orléans",)
    assert {"cp1252", "cp1251", "cp1257"} <= {choice.value for choice in asked.choices}
    turned = table_of(PEOPLE.encode("cp1250", "replace"), answers={"encoding": "cp1250"})
    assert turned.encoding == "cp1250"


def test_a_few_bytes_that_are_no_text_cost_their_rows_in_a_file_of_utf_8() -> None:
    content = "Email,Name\n" + "".join(f"{n}@x.com,José Núñez\n" for n in range(9))
    people = checked(table_of(content.encode() + b"x@x.com,Ren\xe9\n"))
    assert [one.row for one in people if one.values is None] == [11]
    assert "lost" in people[-1].problems[0].reason


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 20, b"\x7fELF\0\0\0\1" * 99, b"GIF89a\0\1\0\2\0\3\0"]
)
def test_what_is_no_text_at_all_is_refused(content: bytes) -> None:
    with pytest.raises(TableError, match="isn't a table"):
        table_of(content)


def test_text_that_was_encoded_twice_is_said_and_read_as_meant() -> None:
    content = "Email,Name\nana@x.com,José Núñez\nbo@x.com,Müller & Søn\n".encode().decode("cp1252").encode()
    table = table_of(content)
    assert [row.cells[1] for row in table] == ["José Núñez", "Müller & Søn"]
    asked = next(one for one in table.questions if one.key == "twice_encoded")
    assert asked.guess == "mend" and asked.shown[0].endswith("→ José Núñez")
    kept = table_of(content, answers={"twice_encoded": "keep"})
    assert next(iter(kept)).cells[1] == "JosÃ© NÃºÃ±ez"
    assert mend_twice("SÃO PAULO, Â") == "SÃO PAULO, Â" and mend_twice("Oâ€™Brien") == "O’Brien"


def test_a_title_is_passed_over_whatever_separates_the_columns() -> None:
    for separator in ",;\t|":
        text = (
            "Customer list 2024\n"
            + separator.join(["Email", "Name"])
            + "\n"
            + separator.join(["a@x.com", "Ana"])
        )
        table = table_of(text, expected=KNOWN)
        assert (table.headers, table.delimiter) == (("Email", "Name"), separator)
    two = table_of("Stock of the cellar\nCounted, all of it, in May\n\nSku,Stock\nA1,5\n", expected=KNOWN)
    assert (two.header_row, two.headers) == (4, ("Sku", "Stock"))
    asked = next(one for one in two.questions if one.key == "header_row")
    assert (asked.guess, len(asked.choices)) == ("4", 4)


def test_the_row_of_the_names_is_a_guess_that_can_be_turned() -> None:
    table = table_of("a;b\nEmail;Name\nana@x.com;Ana\n", answers={"header_row": "1"}, expected=KNOWN)
    assert (table.headers, len(list(table))) == (("a", "b"), 2)
    assert table_of("a;b\nEmail;Name\nana@x.com;Ana\n", expected=KNOWN).headers == ("Email", "Name")


def test_the_separator_is_a_guess_that_can_be_turned() -> None:
    text = "Email;Name,City\na@x.com;Ana,Napa\n"
    asked = next(one for one in table_of(text).questions if one.key == "delimiter")
    other = next(choice.value for choice in asked.choices if choice.value != asked.guess)
    assert asked.guess == "comma" and table_of(text).delimiter == ","
    assert other == "semicolon" and table_of(text, answers={"delimiter": other}).delimiter == ";"


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(TableError, match="isn't a table"):
        list(table_of("a,b\n" + "x" * 5_000, limits=Limits(cell_characters=100, columns=10)))


@pytest.mark.parametrize(
    ("header", "keys"),
    [
        ("Price (USD)", ("priceusd", "price")),
        ("Email (required)", ("emailrequired", "email")),
        ("Bottle Size (cl)", ("bottlesizecl", "bottlesize")),
        ("On hand (new)", ("onhandnew",)),
        ("Available (not editable)", ("availablenoteditable",)),
        ("Stock (cases)", ("stockcases",)),
        ("Email [old]", ("emailold",)),
    ],
)
def test_what_stands_in_brackets_counts_unless_it_says_nothing(header: str, keys: tuple[str, ...]) -> None:
    assert header_keys(header) == keys
    assert in_brackets("Bottle Size (cl) [net]") == ["cl", "net"] and not in_brackets("Size")
