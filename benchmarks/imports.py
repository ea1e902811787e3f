"""How long fifty thousand dirty customers take, and how much memory: ``python benchmarks/imports.py [rows]``.

Makes a database of its own: SQLite in a temporary folder, or with ``--postgres`` a PostgreSQL server of its own with
its default durability. Prints one line for the first import of a list and one for its import again, and answers with
exit code 1 when fifty thousand took longer than two minutes or the process grew past 300 MB.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import sys
import time
from pathlib import Path

from database import fresh_database

SECONDS_FOR_50_000 = 120
MOST_MB = 300
HEADERS = (
    "Customer Number",
    "Email",
    "Name",
    "Main Phone",
    "BirthDate",
    "Address",
    "Address2",
    "City",
    "StateCode",
    "ZipCode",
    "CountryCode",
    "Ship Address",
    "Ship City",
    "Ship State Code",
    "Ship Zip Code",
    "Tags",
    "Email Marketing Status",
    "Sign Up Date",
    "Lifetime Value",
)
FIRST = (
    "Ana Ben Clara Dora Émile François Grace Hugo Ines José Karl "
    "Lena Marco Nora Otto Paula Quinn Rosa Søren Uma"
).split()
LAST = (
    "Alvarez Baker Chen Díaz Evans Fischer García Hughes Ito Jones Kim Lopez Müller Nguyen O'Brien Park Reyes"
).split()


def write_list(path: Path, rows: int, seed: int = 7) -> None:
    """A list as exports are: upper-case e-mails, people twice, ZIPs without their zero, three shapes of dates."""
    from tirage.places import all_zips

    lot = random.Random(seed)
    places = [place for place in all_zips() if place.city]
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADERS)
        for number in range(rows):
            writer.writerow(_row(lot, number, places))


def _row(lot: random.Random, number: int, places: list) -> list[str]:  # type: ignore[type-arg]  # ZipPlace
    # Every fiftieth row is the person of the row before again.
    person = number - 1 if number % 50 == 49 else number
    first, last = FIRST[person % len(FIRST)], LAST[person // 7 % len(LAST)]
    email = f"{first}.{person}@example.com".encode("ascii", "ignore").decode()
    if number % 5 == 0:
        email = f"\u00a0{email.upper()} "
    if number % 97 == 0:
        email = f"{email}; second.{person}@example.org"
    here, there = lot.choice(places), lot.choice(places)
    year, month, day = 1950 + person % 50, 1 + person % 12, 1 + person % 28
    born = (f"{year}-{month:02}-{day:02}", f"{month}/{day}/{year}", f"{day}-Jan-{year}")[number % 3]
    return [
        str(10_000 + number),
        email,
        f"{last}, {first}" if number % 2 else f"{first}  {last}",
        f"(707) 555-{number % 10_000:04}",
        born,
        f"{1 + number % 9_999} Main\u00a0Street",
        "" if number % 3 else "Apt 4",
        here.city,
        "" if number % 20 == 0 else here.state,
        here.zip.lstrip("0"),
        "USA",
        f"{1 + number % 999} Oak Avenue" if number % 4 == 0 else "",
        there.city if number % 4 == 0 else "",
        there.state if number % 4 == 0 else "",
        there.zip if number % 4 == 0 else "",
        "VIP; Napa" if number % 10 == 0 else "",
        "Subscribed" if number % 3 else "Unsubscribed",
        f"{month}/{day}/20{10 + person % 15}",
        f"${number % 5_000}.00",
    ]


def peak_mb() -> float:
    """The most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def import_once(path: Path) -> tuple[float, float, str]:
    """Seconds, seconds of this process's own CPU, and what came of it."""
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.imports.operations import run_import, start_import
    from tirage.imports.options import ImportOptions

    began, worked = time.monotonic(), time.process_time()
    actor, now = system("bench"), read_clock()
    with path.open("rb") as file:
        run = start_import(
            kind="customers", file=file, file_name=path.name, options=ImportOptions(), actor=actor, now=now
        )
    run = run_import(reference=run.reference, skip_bad=True, actor=actor, now=now)
    return (
        time.monotonic() - began,
        time.process_time() - worked,
        f"{run.good:,} good, {run.bad:,} bad, {run.notice_count:,} notices: {run.outcome}",
    )


def measure(rows: int, *, postgres: bool, once: bool = False) -> dict[str, float]:
    """Imports a fresh list of ``rows`` twice, or ``once``; answers seconds and megabytes."""
    with fresh_database(postgres=postgres) as folder:
        path = folder / "customers.csv"
        write_list(path, rows)
        before = peak_mb()
        first, first_cpu, words = import_once(path)
        print(f"first: {first:.1f} s ({first_cpu:.1f} s of CPU), {rows / first:,.0f} rows/s; {words}")
        if once:
            return {
                "rows": rows,
                "first_s": round(first, 1),
                "first_cpu_s": round(first_cpu, 1),
                "before_mb": round(before),
                "peak_mb": round(peak_mb()),
            }
        again, again_cpu, words = import_once(path)
        print(f"again: {again:.1f} s ({again_cpu:.1f} s of CPU); {words}")
        return {
            "rows": rows,
            "first_s": round(first, 1),
            "first_cpu_s": round(first_cpu, 1),
            "again_s": round(again, 1),
            "again_cpu_s": round(again_cpu, 1),
            "before_mb": round(before),
            "peak_mb": round(peak_mb()),
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="?", type=int, default=50_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--once", action="store_true", help="import the list, and not again")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    figures = measure(options.rows, postgres=options.postgres, once=options.once)
    print(f"memory: {figures['before_mb']} MB before, {figures['peak_mb']} MB at most")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures), encoding="utf-8")
    allowed = SECONDS_FOR_50_000 * options.rows / 50_000
    return int(figures["first_s"] > allowed or figures["peak_mb"] > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
