"""Release day: a crowd at 9:00 on a PostgreSQL of its own, ``tirage serve`` as it runs in production; then the bare
view under the same crowd, and the limit.

Prints journeys a second, times, statements, processor time and memory, and writes them to release_day.json. All on
this machine at once, crowd included, so compare ratios, and multiples of the bare view, not absolute figures, between
machines and days.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tirage.bench.bare_crowd import bare_count, bare_people, compare_with_bare, measure_bare
from tirage.bench.limit import TABLES, measure_limit
from tirage.bench.load import HOST, STEPS
from tirage.bench.measure import descendants, measured, peak_megabytes, percentile
from tirage.bench.processes import Crowd, crowd_at, free_port, serving
from tirage.cli.cluster import Cluster, ClusterMissing
from tirage.core.errors import DomainError

#: Wines that the limit's clients choose from.
LIMIT_SKUS = {"hot": 2, "wide": 320}
#: Processor milliseconds that a password check may take, the quickest of several.
MOST_PASSWORD_MS = 30
#: What the application sends; the checks of foreign keys that PostgreSQL makes by itself are left out.
#: Of the application for the journey; the black box is written many rows at once, behind it.
_STATEMENTS = """SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = 'tirage' AND query !~* '^(begin|commit|rollback|set |show |discard|select pg_stat)'
AND query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE 'SELECT 1 FROM ONLY%'
AND query NOT LIKE '%checkout_recording%'"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--journeys", type=int, default=1000, help="customers of each scenario (%(default)s)")
    parser.add_argument("--at-once", type=int, default=16, help="customers at the same moment (%(default)s)")
    parser.add_argument("--past", type=int, default=2000, help="customers of the year before (%(default)s)")
    parser.add_argument("--limit-seconds", type=int, default=8, help="how long pgbench runs (%(default)s)")
    parser.add_argument("--threads", type=int, help="threads of each process (as `tirage serve` says)")
    parser.add_argument("--folder", default="var/bench", help="where release_day.json goes (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Runs both scenarios; 1 when a bottle was oversold, a journey failed or the doctor finds something."""
    try:
        cluster = Cluster(durable=True, settings=_settings())
    except ClusterMissing as missing:
        raise DomainError("no_postgresql", str(missing)) from None
    with cluster, tempfile.TemporaryDirectory(prefix="tirage-bench-") as var:
        day = _Day(cluster, Path(var), options)
        report = day.run()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "release_day.json").write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nWritten to {folder / 'release_day.json'}.")
    sound = all(report[name]["oversold"] == 0 and not report[name]["failed"] for name in LIMIT_SKUS)
    return 0 if sound and report["doctor"] == 0 else 1


def _settings() -> dict[str, str]:
    """PostgreSQL's defaults, and the extension that counts statements, at rest but for one journey."""
    return {"shared_preload_libraries": "pg_stat_statements"}


class _Day:
    def __init__(self, cluster: Cluster, var: Path, options: argparse.Namespace) -> None:
        self.cluster, self.options = cluster, options
        self.warm_up = max(int(options.at_once) * 2, 40)
        self.var = var
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("TIRAGE_", "DJANGO_"))
            },
            "TIRAGE_MODE": "production",
            "TIRAGE_VAR": str(var),
            "TIRAGE_SECRET_KEY": secrets.token_urlsafe(48),
            "TIRAGE_SITE_URL": f"https://{HOST}",
            "TIRAGE_ALLOWED_HOSTS": HOST,
            "TIRAGE_TRUSTED_PROXIES": "1",
            "TIRAGE_DATABASE_URL": cluster.url(),
            "TIRAGE_MAIL_FROM": f"cellar@{HOST}",
            "TIRAGE_ALLOW_TEST_GATEWAY": "true",
        }

    def run(self) -> dict[str, Any]:
        self._command("migrate")
        print(f"Inviting {2 * self._count} customers …", flush=True)
        made = self._python("-m", "tirage.bench.world", str(self._count), str(self.options.past))
        world = json.loads(made)
        self._sql("CREATE EXTENSION pg_stat_statements", "VACUUM ANALYZE", *TABLES.split(";\n")[:-1])
        report: dict[str, Any] = {
            "at_once": self.options.at_once,
            "password_ms": world["password_ms"],
            "password_ms_asked": MOST_PASSWORD_MS,
        }
        report |= self._shop(world["crowd"])
        for name, bare in self._bare().items():
            report[name] |= bare | compare_with_bare(report[name], bare)
        for name, skus in LIMIT_SKUS.items():
            limit = measure_limit(
                self.cluster.programs, self.cluster.folder, skus=skus, seconds=self.options.limit_seconds
            )
            report[name]["limit_per_s"] = round(limit, 1)
            report[name]["ratio"] = round(report[name]["journeys_per_s"] / limit, 4)
        report["doctor"] = self._command("doctor", "--quiet", check=False)
        _print_report(report)
        return report

    @property
    def _count(self) -> int:
        """Customers of a scenario: the crowd, those who warm up, and one whose statements are counted."""
        return int(self.options.journeys) + self.warm_up + 1

    def _shop(self, people: dict[str, list[Any]]) -> dict[str, Any]:
        """Every scenario in the shop."""
        port, log = free_port(), self.var / "server.log"
        words = ["tirage", "serve", *self._threads]
        with (
            serving(*words, port=port, environment=self.environment, log=log) as server,
            crowd_at(port, at_once=self.options.at_once, people=people) as crowd,
        ):
            return {name: self._scenario(name, server, crowd) for name in ("wide", "hot")}

    def _bare(self) -> dict[str, dict[str, float]]:
        """The same scenarios in the bare view, whose server alone runs now."""
        port, log, count = free_port(), self.var / "bare.log", bare_count(self.options.journeys)
        words = ["tirage.bench.bare_server", *self._threads]
        environment = self.environment | {"PGHOST": str(self.cluster.folder)}
        people = bare_people(self.warm_up + count)
        print("the bare view …", flush=True)
        with (
            serving(*words, port=port, environment=environment, log=log) as server,
            crowd_at(port, at_once=self.options.at_once, people=people) as crowd,
        ):
            return {
                name: measure_bare(
                    crowd,
                    name,
                    server=server,
                    postmaster=self._postmaster(),
                    warm_up=self.warm_up,
                    count=count,
                )
                for name in ("wide", "hot")
            }

    @property
    def _threads(self) -> list[str]:
        return ["--threads", str(self.options.threads)] if self.options.threads else []

    def _scenario(self, name: str, server: int, crowd: Crowd) -> dict[str, Any]:
        print(f"{name}: signing in …", flush=True)
        with measured(server, self._postmaster()) as signing_in:
            crowd.tell_all(name, "sign_in", 0, self._count)
        print(f"{name}: buying …", flush=True)
        crowd.tell_all(name, "buy", 0, self.warm_up)
        steps = self._counted(name, crowd)
        first = self.warm_up + 1
        with measured(server, self._postmaster()) as buying:
            done = crowd.tell(name, "buy", first, first + self.options.journeys)
        journeys = len(done["times"])
        oversold = self._number(
            "SELECT coalesce(sum(greatest(sold + held - on_hand, 0)), 0) FROM inventory_stock"
        ) + self._number(_OVERSOLD)
        return {
            "journeys": journeys,
            "failed": len(done["failed"]),
            "first_failure": done["failed"][0] if done["failed"] else "",
            "journeys_per_s": round(journeys / done["seconds"], 2),
            "oversold": oversold,
            "p50_ms_by_step": _by_step(done["times"], 0.5),
            "p99_ms_by_step": _by_step(done["times"], 0.99),
            "p99_ms": max(_by_step(done["times"], 0.99).values()),
            "cpu_ms_per_journey": buying.ms_each(buying.all, journeys),
            "cpu_ms_application": buying.ms_each(buying.application, journeys),
            "cpu_ms_postgresql": buying.ms_each(buying.postgresql, journeys),
            "cpu_seconds_by_process": buying.processes,
            "peak_mb_by_process": {str(pid): round(peak_megabytes(pid), 1) for pid in descendants(server)},
            "statements": steps,
            "statements_per_journey": sum(steps.values()),
            "recordings": self._number("SELECT count(*) FROM checkout_recording"),
            "recordings_mb": round(
                self._number("SELECT pg_total_relation_size('checkout_recording')") / 2**20, 1
            ),
            "sign_in_cpu_ms": signing_in.ms_each(signing_in.all, self._count),
        }

    def _counted(self, name: str, crowd: Crowd) -> dict[str, int]:
        """Statements of each step, of one customer alone. The crowd's process pauses between steps for it."""
        counts: dict[str, int] = {}
        self._sql("ALTER SYSTEM SET pg_stat_statements.track = 'top'", "SELECT pg_reload_conf()")
        for step in range(len(STEPS)):
            self._sql("SELECT pg_stat_statements_reset()")
            crowd.tell(name, "step", self.warm_up, self.warm_up + 1, step=step)
            counts[STEPS[step]] = self._number(_STATEMENTS)
        self._sql("ALTER SYSTEM SET pg_stat_statements.track = 'none'", "SELECT pg_reload_conf()")
        return counts

    def _postmaster(self) -> int:
        return int((self.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])

    def _command(self, *words: str, check: bool = True) -> int:
        done = subprocess.run([sys.executable, "-m", "tirage", *words], env=self.environment, check=False)
        if check and done.returncode:
            raise DomainError("bench_failed", f"tirage {words[0]} failed; its words are above.")
        return done.returncode

    def _python(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            raise DomainError("bench_failed", "The benchmark's world could not be made; the reason is above.")
        return done.stdout

    def _sql(self, *statements: str) -> list[Any]:
        import psycopg

        rows: list[Any] = []
        with psycopg.connect(
            f"host={self.cluster.folder} user=tirage dbname=tirage", autocommit=True
        ) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def _number(self, statement: str) -> int:
        return int(self._sql(statement)[0][0])


#: Bottles on orders beyond what there ever was of a wine.
_OVERSOLD = """SELECT coalesce(sum(greatest(sold.pieces - s.on_hand, 0)), 0) FROM inventory_stock s JOIN (
    SELECT l.sku_id, sum(l.quantity) AS pieces FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
    WHERE o.state IN ('pending', 'placed') GROUP BY l.sku_id) sold ON sold.sku_id = s.sku_id"""


def _by_step(times: list[list[float]], part: float) -> dict[str, float]:
    return {step: round(percentile([one[n] for one in times], part), 1) for n, step in enumerate(STEPS)}


def _print_report(report: dict[str, Any]) -> None:
    for name in ("wide", "hot"):
        result = report[name]
        print(
            f"\n{name}: {result['journeys']} journeys, {result['failed']} failed, {report['at_once']} at once"
        )
        print(
            f"  {result['journeys_per_s']} journeys/s; limit {result['limit_per_s']}/s; ratio {result['ratio']};"
            f" oversold {result['oversold']}"
        )
        print(
            f"  processor {result['cpu_ms_per_journey']} ms a journey: application {result['cpu_ms_application']},"
            f" PostgreSQL {result['cpu_ms_postgresql']}; sign-in by link {result['sign_in_cpu_ms']} ms"
        )
        print(f"  black box: {result['recordings']} recordings so far, {result['recordings_mb']} MB")
        print(
            f"  bare view: {result['bare_per_s']} journeys/s, {result['bare_ms']} ms; the shop takes"
            f" {result['times_bare']} times as much processor and serves {result['of_bare']} of the journeys"
        )
        print("  step        p50 ms   p99 ms   statements")
        for step in STEPS:
            p50, p99 = result["p50_ms_by_step"][step], result["p99_ms_by_step"][step]
            print(f"  {step:<10} {p50:>7} {p99:>8} {result['statements'][step]:>12}")
        peaks = ", ".join(f"{megabytes} MB" for megabytes in result["peak_mb_by_process"].values())
        print(f"  statements a journey {result['statements_per_journey']}; memory at most {peaks}")
    print(
        f"\npassword check {report['password_ms']} ms of processor time (asked: below {report['password_ms_asked']}),"
        " two at once"
    )
