"""Derive src/tirage/places/data/us_income.csv.gz from the unpacked package median-income.

    python tools/build_incomes.py MEDIAN_INCOME [--into DIR]

The argument is the folder into which the package (PyPI) was unpacked. Needs duckdb, to read Parquet; nothing at run
time does. Sources and licences: src/tirage/places/data/SOURCES.md. Run it with tools/build_places.py, once a year.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import duckdb
from build_places import DEFAULT_TARGET, one_file, write_table


def income_rows(package: Path) -> Iterator[tuple[str, ...]]:
    """Yearly dollars of the household in the middle; ZIPs that the Census gives none for are left out."""
    asked = (
        "SELECT zipcode, CAST(round(median_income) AS INTEGER) FROM read_parquet(?) "
        "WHERE level = 'zipcode' AND unit = 'household' AND median_income > 0 ORDER BY zipcode"
    )
    found = duckdb.execute(asked, [str(one_file(package, "US.parquet"))]).fetchall()
    yield from ((code.zfill(5), str(dollars)) for code, dollars in found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("median_income", type=Path)
    parser.add_argument("--into", type=Path, default=DEFAULT_TARGET)
    given = parser.parse_args()
    count = write_table(given.into / "us_income.csv.gz", ("zip", "dollars"), income_rows(given.median_income))
    print(f"incomes of {count} ZIPs written to {given.into}")


if __name__ == "__main__":
    main()
