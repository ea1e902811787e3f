"""Lists as files: read back as they were, harmless in a spreadsheet, within Excel's limits."""

import datetime as dt
import io
import tempfile
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from tests.unit.tables.samples import rows_of, table_of
from tirage.tables import writing
from tirage.tables.cleaning import clean_text
from tirage.tables.errors import TableError
from tirage.tables.reading import open_table
from tirage.tables.writing import csv_stream, harmless, kept_as_text, xlsx_file

HEADERS = ("Name", "Bottles", "Price", "Day", "Moment", "Opted in")
ROW = (
    "Zoë, Ana",
    6,
    Decimal("1234.50"),
    dt.date(2024, 3, 1),
    dt.datetime.fromisoformat("2024-03-01 09:30"),
    True,
)


def csv_bytes(headers: Any, rows: Any) -> bytes:
    return b"".join(csv_stream(headers, rows))


def test_csv_opens_in_excel_as_utf_8_with_plain_values() -> None:
    data = csv_bytes(HEADERS, [ROW, (None, 0, Decimal("0E-2"), None, None, False)])

    assert data.startswith(b"\xef\xbb\xbfName,Bottles")
    assert data.decode("utf-8-sig").splitlines()[1:] == [
        '"Zoë, Ana",6,1234.50,2024-03-01,2024-03-01 09:30:00,yes',
        ",0,0.00,,,no",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert harmless(text) == "'" + text
    assert f"'{text}" in csv_bytes(["a"], [[text]]).decode("utf-8-sig")


@pytest.mark.parametrize("text", ["-5", "+6", "-1,234.50", "12%", "Ana", "", "a=b"])
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_a_telephone_number_comes_back_without_its_apostrophe() -> None:
    (row,) = table_of(csv_bytes(["Phone"], [["+1 707 555 0100"]]))

    assert row.cells == ("'+1 707 555 0100",)
    assert clean_text(row.cells[0]) == "+1 707 555 0100"


def test_csv_comes_in_chunks_and_keeps_no_rows() -> None:
    drawn = 0

    def rows() -> Iterator[tuple[str, ...]]:
        nonlocal drawn
        for _ in range(20_000):
            drawn += 1
            yield ("x" * 20,)

    stream = csv_stream(["a"], rows())
    first = next(stream)
    assert len(first) < 100_000
    assert drawn < 5_000
    assert sum(map(len, stream)) > 300_000


def test_a_moment_with_a_zone_is_a_mistake_of_the_caller() -> None:
    moment = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
    with pytest.raises(ValueError, match="winery's clock"):
        csv_bytes(["a"], [[moment]])
    with pytest.raises(ValueError, match="winery's clock"):
        xlsx_file(["a"], [[moment]], io.BytesIO())


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    max_size=20,
)
GRIDS = st.integers(1, 5).flatmap(
    lambda width: st.tuples(
        st.lists(
            st.from_regex(r"\A[A-Za-z][A-Za-z ;|]{0,8}[a-z]\Z"),
            min_size=width,
            max_size=width,
            unique_by=str.lower,
        ),
        st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8),
    )
)


@given(GRIDS)
def test_what_is_written_as_csv_is_read_back(grid: tuple[list[str], list[list[str]]]) -> None:
    headers, rows = grid
    table = table_of(csv_bytes(headers, rows), answers={"twice_encoded": "keep"})

    assert table.headers == tuple(" ".join(header.split()) for header in headers)
    assert rows_of(table) == [
        (number, tuple(harmless(cell) for cell in row))
        for number, row in enumerate(rows, start=2)
        if any(harmless(cell).strip() for cell in row)
    ]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.text("aé=+-@'\" 0_x1;,", min_size=1, max_size=12), st.integers(-(10**14), 10**14)),
        max_size=6,
    )
)
def test_what_is_written_as_excel_is_read_back(rows: list[tuple[str, int]]) -> None:
    buffer = io.BytesIO()
    xlsx_file(("Text", "Number"), rows, buffer)

    with open_table(buffer, "list.xlsx") as table:
        read = [(text, number) for _, (text, number) in rows_of(table)]
        assert read == [(kept_as_text(text), str(number)) for text, number in rows]


def test_excel_cells_have_their_types(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    told: list[int] = []
    count = xlsx_file(
        HEADERS, [ROW, ("=1+1", 10**16, Decimal("0.10"), dt.date(1890, 1, 2), None, None)], path, told.append
    )

    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert (count, told) == (2, [2])
    assert rows[0] == list(HEADERS)
    assert rows[1] == [
        "Zoë, Ana",
        6,
        1234.5,
        dt.date(2024, 3, 1),
        dt.datetime.fromisoformat("2024-03-01 09:30"),
        "yes",
    ]
    assert rows[2] == ["'=1+1", str(10**16), 0.1, "1890-01-02", "", ""]


def test_excel_tells_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "EXCEL_ROWS", 3)
    assert xlsx_file(["a"], [[1], [2]], io.BytesIO()) == 2
    with pytest.raises(TableError, match="Excel holds 2 rows"):
        xlsx_file(["a"], [[1], [2], [3]], io.BytesIO())
    with pytest.raises(TableError, match="16,384 columns"):
        xlsx_file(["a"] * 16_385, [], io.BytesIO())
    with pytest.raises(TableError, match="Row 2 has a text longer"):
        xlsx_file(["a"], [["x" * 32_768]], io.BytesIO())


def test_an_excel_file_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[tuple[int]]:
        yield (1,)
        raise RuntimeError("the list broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        xlsx_file(["a"], rows(), tmp_path / "list.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_excel_of_many_rows_takes_flat_memory(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        tracemalloc.start()
        try:
            xlsx_file(["a", "b"], ((f"text {n}", n) for n in range(rows)), tmp_path / "list.xlsx")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(8_000) < 3 * peak(1_000)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Customers", "Customers"),
        ("Saved cards, by a processor’s token map", "Saved cards, by a processor’s"),
        ("Orders: placed/shipped [all]", "Orders  placed shipped  all"),
        ("W" * 40, "W" * 31),
        ("'quoted'", "quoted"),
    ],
)
def test_a_sheets_name_is_one_that_excel_takes(words: str, name: str) -> None:
    file = io.BytesIO()
    xlsx_file(["Letter"], [["A"]], file, sheet=words)
    assert CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue())).sheet_names == [name]
