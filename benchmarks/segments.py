"""How long filters, tiering and bulk moves take: ``python benchmarks/segments.py [--postgres] [--json FILE]``.

*filters* fills a database of its own with 50,000 customers, 240,000 orders and 1,000,000 order lines, wishes, own
allowances, memberships of today and before, cards, addresses and payments, then counts each kind of condition in
several spellings, as the builder does, and brackets of three of the slowest. *tiering* places 20,000 such customers by
the criteria of six groups and drafts the move. *moves* is ``benchmarks/moves.py``. Each runs in a process of its own
(``--only`` runs one). Prints the median of three; answers with exit code 1 when something takes longer than it may.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import moves
import winery
from database import fresh_database
from winery import NOW, RELEASES

PARTS = ("filters", "tiering", "moves")
#: Milliseconds of one condition or bracket, and seconds of the rest.
MOST_MS = {"postgresql": 1_000, "sqlite": 2_000}
MOST_S = {
    "tiering_20000_s": 20.0,
    "move_40000_s": moves.MOST_MOVE,
    "move_preview_40000_s": moves.MOST_PREVIEW,
}
TIMES = 3


def questions(things: dict[str, str]) -> Iterator[str]:
    """Each kind of condition, with and without a period, both ends of its range, each thing that it can name."""
    for word in ("spent", "average"):
        yield from (
            f"{word}(from:1000)",
            f"{word}(to:1000)",
            f"{word}(from:500,to:3000,last:24months)",
            f"{word}(from:100,since:2022-01-01)",
        )
    for word in ("orders", "bottles"):
        yield from (
            f"{word}(from:3)",
            f"{word}(to:3)",
            f"{word}(to:3,last:24months)",
            f"{word}(from:2,since:2021-01-01)",
        )
    yield from ("refunded(from:10)", "refunded(to:5)", "credit(from:10)")
    yield from (f"rfm(class:{name})" for name in ("champions", "steady", "never"))
    for key in ("sku", "wine", "vintage", "release"):
        yield from (f"bought({key}:{things[key]})", f"not(bought({key}:{things[key]},last:36months))")
    yield f"bought(wine:{things['wine']},release:{things['release']})"
    yield from ("first_order(since:2023-01-01)", "not(last_order(last:12months))", "signed_up(last:2years)")
    yield from ("take(releases:1,from:50)", "take(releases:3,to:50)", f"take(releases:{RELEASES},from:20)")
    for outcome in ("asked", "granted", "declined"):
        yield f"wished(outcome:{outcome},last:3years)"
    yield f"wished(outcome:granted,sku:{things['sku']},release:{things['release']})"
    yield from (
        f"group(group:{things['group']})",
        f"group(group:{things['group']},on:2024-06-01)",
        "tier()",
        "tag(tag:VIP)",
        *(f"club(club:CLB-GOODCLUB,as:{state})" for state in ("member", "paused", "left")),
    )
    yield from ("segment(segment:SEG-GOODONES)", "list(list:LST-KEPTONES)", "state(state:CA)", "zip(zip:9)")
    yield from (
        "near(zip:94110,miles:50)",
        "near(zip:60601,miles:500)",
        *(f"lives(area:{area})" for area in ("state-CA", "metro-41860", "county-06075", "zip-94110")),
        f"place(place:{things['place']})",
        "source(source:web)",
        "opted_in()",
        "suspended()",
    )
    yield from ("card()", "card_expires(days:90)", "bounced()")
    for of in ("birthday", "sign_up", "first_order"):
        yield from (f"anniversary(of:{of},days:{days})" for days in (30, 300))
    yield from (f"{word}(release:{things['release']})" for word in ("offered", "invited", "seen", "in_cart"))
    yield f"offered(release:{things['release']},group:{things['group']})"


def took(text: str) -> float:
    """Milliseconds of one count, the median of some."""
    from tirage.segments.queries import count_fitting
    from tirage.segments.rules import parse

    node, times = parse(text), []
    for _ in range(TIMES):
        began = time.perf_counter()
        count_fitting(node, NOW)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def refuse_unasked(asked: list[str]) -> None:
    """A condition that is added has to be timed as well."""
    from tirage.segments.rules import KINDS, conditions, parse

    words = {one.word for text in asked for one in conditions(parse(text))}
    if missing := sorted(set(KINDS) - words):
        raise SystemExit(f"Add questions about {', '.join(missing)} to benchmarks/segments.py.")


def measure(things: dict[str, str]) -> dict[str, float]:
    asked = list(questions(things))
    refuse_unasked(asked)
    each = sorted(((took(text), text) for text in asked), reverse=True)
    for ms, text in each:
        print(f"  {ms:7.0f} ms  {text}")
    first, second, third, fourth, fifth, sixth = (text for _, text in each[:6])
    brackets = sorted(
        (
            (took(text), text)
            for text in (
                f"all({first},{second},{third})",
                f"any({first},{second},{third})",
                f"none({first},{second},{third})",
                f"all({fourth},any({fifth},{sixth}))",
                f"all({first},not({second}),not({third}))",
            )
        ),
        reverse=True,
    )
    for ms, text in brackets:
        print(f"  {ms:7.0f} ms  {text}")
    return {"slowest_condition_ms": round(each[0][0]), "slowest_bracket_ms": round(brackets[0][0])}


def measure_filters(scale: float) -> dict[str, float]:
    things = winery.fill(scale)
    return measure(things | {"place": on_the_map()})


def on_the_map() -> str:
    """Places everybody, and draws a circle of forty-eight corners around the bay; its reference."""
    from tirage.core.actors import system
    from tirage.insights.rebuilding import begin_rebuild, rebuild
    from tirage.places import circle_around
    from tirage.segments.places import save_place

    rebuild(run=begin_rebuild(now=NOW, queue=False), clock=lambda: NOW)
    outline = circle_around(37.77, -122.42, 60)
    return save_place(name="The bay", outline=outline, actor=system(), now=NOW).reference


def measure_moves(scale: float) -> dict[str, float]:
    return moves.measure(int(40_000 * scale))


def measure_tiering(scale: float) -> dict[str, float]:
    """Seconds until everybody is placed by the criteria of all groups and the move is drafted."""
    from tirage.core.actors import system
    from tirage.customers.models import Group
    from tirage.tiers.placing import draft_tiering, place_everybody

    things = winery.fill(0.4 * scale)
    criteria = (
        "all(spent(from:6000,last:36months),take(releases:3,from:20))",
        "all(spent(from:4000,last:36months),not(refunded(from:20)))",
        f"all(orders(from:4),bought(wine:{things['wine']}))",
        "any(orders(from:3),all(near(zip:94110,miles:200),orders(from:1)))",
        "orders(from:1)",
        "opted_in()",
    )
    for group, text in zip(Group.objects.order_by("rank"), criteria, strict=True):
        Group.objects.filter(pk=group.pk).update(criteria=text)
    _, placing = moves.timed("placed", lambda: place_everybody(NOW))
    draft, drafting = moves.timed(
        "drafted", lambda: draft_tiering(with_leaving=True, actor=system(), now=NOW)
    )
    assert draft.total
    return {f"tiering_{int(20_000 * scale)}_s": round(placing + drafting, 2)}


def run(part: str, *, postgres: bool, scale: float) -> dict[str, float]:
    """Prepares a database of its own and measures one part in it."""
    # So much at once takes longer to write than a page may wait.
    os.environ["TIRAGE_DATABASE_WORK"] = "migration"
    parts = {"filters": measure_filters, "tiering": measure_tiering, "moves": measure_moves}
    with fresh_database(postgres=postgres):
        print(f"{part} on {'PostgreSQL' if postgres else 'SQLite'}", flush=True)
        return parts[part](scale)


def run_each(arguments: list[str]) -> dict[str, float]:
    """Every part in a process of its own, since one process can't change its database."""
    figures: dict[str, float] = {}
    for part in PARTS:
        with tempfile.NamedTemporaryFile(suffix=".json") as kept:
            subprocess.run(
                [sys.executable, __file__, "--only", part, "--json", kept.name, *arguments], check=False
            )
            figures |= json.loads(Path(kept.name).read_text(encoding="utf-8"))
    return figures


def too_slow(figures: dict[str, float], *, postgres: bool) -> list[str]:
    most = MOST_MS["postgresql" if postgres else "sqlite"]
    return [name for name, value in figures.items() if value > MOST_S.get(name, most)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--scale", type=float, default=1.0, help="of all numbers of rows")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    if asked.only:
        figures = run(asked.only, postgres=asked.postgres, scale=asked.scale)
    else:
        figures = run_each([*(["--postgres"] if asked.postgres else []), "--scale", str(asked.scale)])
    print(", ".join(f"{name} {value:g}" for name, value in figures.items()))
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(bool(too_slow(figures, postgres=asked.postgres)))


if __name__ == "__main__":
    sys.exit(main())
