"""How long the map of customers takes: ``python benchmarks/places.py [--postgres] [--json FILE]``.

Fills a database of its own with 100,000 customers at 12,000 ZIPs, 480,000 orders and 2,000,000 order lines, places
everybody and adds up what was sold where, then asks every page of *Insights*, each as one whole request of a signed-in
member (the map by every kind of area and every metric, with and without a filter), and looks for clusters and for
central places. Prints the median of three; answers with exit code 1 when something takes longer than it may, or when a
process that serves pages has loaded a library for analyses.

``slowest_view_ms``: of all pages. ``cluster_s``, ``centre_s``: twelve circles of 20 miles; the most central place of
everybody. ``mb``: the most memory that all of this took in one process, filling apart. ``serve_mb``: what a process
that serves pages holds after all of them. ``frames_per_s``: while the map of all counties is dragged in Chromium.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

import bulk
import winery
from database import fresh_database

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page

HOMES = 12_000
TIMES, SLOWEST = 3, 10
MOST_VIEW_MS = {"postgresql": 1_500, "sqlite": 3_000}
MOST_S, MOST_MB = 2.0, 500
LEAST_FRAMES, FRAMES_S = 30, 4
#: Libraries that only the worker may load.
ANALYTIC = ("numpy", "scipy", "sklearn", "duckdb", "pandas")
FILTERS = ("", "all(spent(from:500,last:24months))", "any(state(state:CA),take(releases:3,from:20))")


def prepare(scale: float) -> None:
    """Rows, places and daily sales."""
    from django.db import connection

    from tirage.insights.models import DailySales, Placement
    from tirage.insights.rebuilding import begin_rebuild, rebuild

    winery.fill(scale, homes=int(HOMES * min(scale, 1)), whole=False)
    _deliveries()
    began = time.perf_counter()
    rebuild(run=begin_rebuild(now=winery.NOW, queue=False), clock=lambda: winery.NOW)
    print(f"  placed and added up in {time.perf_counter() - began:.1f} s", flush=True)
    print(f"  {Placement.objects.count():,} places, {DailySales.objects.count():,} daily sales", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA optimize")
    plan()


def _deliveries() -> None:
    """Every second order pays for its delivery."""
    from tirage.orders.models import OrderChange, OrderCharge

    bulk.write(
        OrderCharge,
        f"{OrderChange._meta.db_table} c WHERE c.order_id % 2 = 1",
        {"order_id": "c.order_id", "change_id": "c.id"},
        {"kind": "shipping", "amount_minor": 25_00},
    )


def plan() -> None:
    """An event with its place and a venue, a tour of eight stops, and a drawn place."""
    from tirage.core.actors import system
    from tirage.insights.events import add_venue, choose_site, save_plan
    from tirage.insights.rules.typed import TypedPlace
    from tirage.insights.tours import save_tour
    from tirage.places import circle_around
    from tirage.segments.places import save_place

    by: dict[str, Any] = {"actor": system(), "now": winery.NOW}
    event = {"name": "Dinner", "definition": "", "weight": "value", "around": "", "radius": 60, "rate": 15}
    event |= {"reach_kind": "miles", "reach": 20, "speed": 30, "begins_at": None}
    planned = save_plan(plan=None, values=event, **by)
    add_venue(plan=planned, name="Shop", place="94110", **by)
    choose_site(plan=planned, site=TypedPlace("Shop, San Francisco", 37.7509, -122.4153), **by)
    tour = {"name": "Tour", "definition": "", "weight": "value", "miles": 20, "count": 8, "rate": 15}
    tour |= {"is_virtual": False, "begins_on": None, "days_apart": 1, "start": "95448"}
    seconds = timed(lambda: save_tour(tour=None, values=tour, **by), times=1)
    print(f"  the stops of a tour in {seconds:.1f} s", flush=True)
    save_place(name="The bay", outline=circle_around(37.77, -122.42, 60), **by)


def timed(work: Callable[[], object], times: int = TIMES) -> float:
    """Seconds, the median of some."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def member() -> Client:
    """A signed-in owner, with the second factor that the pages ask for."""
    from allauth.mfa.totp.internal.auth import TOTP
    from django.test import Client

    from tirage.staff.models import StaffMember

    owner = StaffMember.objects.filter(email="bench@example.com").first()
    if owner is None:
        owner = StaffMember.objects.create_user("bench@example.com", name="Bench", role="owner")
        TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    client = Client()
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def addresses() -> Iterator[str]:
    """Every page of the place, the map by every kind of area, metric and some filters."""
    from django.urls import reverse

    from tirage.backoffice.insights.asked import Layer
    from tirage.insights.plan_models import EventPlan, Tour
    from tirage.insights.rules.metrics import Metric
    from tirage.segments.models import SavedPlace

    home = reverse("backoffice:insights")
    yield home
    for metric in Metric:
        yield f"{home}?{urlencode({'metric': metric.value})}"
    for layer in Layer:
        for text in FILTERS:
            yield f"{home}?{urlencode({'layer': layer.value, 'filter': text})}"
    yield f"{home}?{urlencode({'layer': 'counties', 'area': 'state-CA', 'every': 1})}"
    yield f"{home}?{urlencode({'place': SavedPlace.objects.get().reference, 'layer': 'points'})}"
    yield reverse("backoffice:event_plan", args=[EventPlan.objects.get().reference])
    yield reverse("backoffice:road_tour", args=[Tour.objects.latest("pk").reference])
    pages = ("insight_quadrant", "insight_notes", "clusters", "event_plans", "tours", "empty_quarters")
    yield from (reverse(f"backoffice:{name}") for name in pages)


def measure_views(client: Client) -> float:
    """Milliseconds of the slowest page: each is asked for twice, and those that took longest three times more."""
    found = []
    for address in addresses():
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, (address, answer.status_code)
        found.append((_ms_of(client, address, 1), address))
    slowest = sorted(found, reverse=True)[:SLOWEST]
    again = []
    for _, address in slowest:
        worked = time.process_time()
        ms = _ms_of(client, address, TIMES)
        # Without PostgreSQL's; of SQLite it is all, and on a busy machine tells waiting from work.
        again.append((ms, (time.process_time() - worked) * 1000 / TIMES, address))
    for ms, own, address in sorted(again, reverse=True):
        print(f"  {ms:7.0f} ms  {own:5.0f} ms of this process  {address}", flush=True)
    return max(again)[0]


def _ms_of(client: Client, address: str, times: int) -> float:
    return timed(lambda: client.get(address, follow=True), times) * 1000


def measure_figures() -> None:
    """What the pages stand on, for who looks for a slow one."""
    from tirage.insights.queries import coverage_of, customer_points, figures_by_area
    from tirage.insights.rules.areas import AreaKind
    from tirage.insights.rules.metrics import Metric
    from tirage.insights.rules.periods import last_months
    from tirage.segments.rules import parse

    period = last_months(winery.NOW.date(), 12)
    for text in FILTERS:
        node = parse(text) if text else None
        for metric in (Metric.SALES, Metric.REFUND_RATIO, Metric.TAKE_RATE, Metric.WISHES_UNMET):
            seconds = timed(
                lambda metric=metric, node=node: figures_by_area(  # type: ignore[misc]
                    AreaKind.METRO, period, period.previous(), node, now=winery.NOW, metrics=[metric]
                )
            )
            print(f"  {seconds * 1000:7.0f} ms  figures by metro, {metric.value} {text}", flush=True)
    print(f"  {timed(coverage_of) * 1000:7.0f} ms  coverage")
    print(f"  {timed(lambda: customer_points(None, now=winery.NOW)) * 1000:7.0f} ms  points of everybody")


def measure_clusters() -> dict[str, float]:
    from tirage.insights.clusters import find_clusters
    from tirage.insights.gathering import gather_spots
    from tirage.insights.rules.centres import central_point
    from tirage.insights.states import Weight

    weight = next(iter(Weight))
    clusters = timed(
        lambda: find_clusters(None, weight=weight, share=1, miles=20, now=winery.NOW), times=TIMES
    )
    centre = timed(lambda: central_point(gather_spots(None, weight, winery.NOW)))
    return {"cluster_s": round(clusters, 2), "centre_s": round(centre, 2)}


def measure_frames(client: Client) -> float:
    """Frames a second while the map of all counties is dragged and pointed at, in a browser without a screen."""
    from django.conf import settings
    from django.urls import reverse
    from playwright.sync_api import sync_playwright

    from tirage.config.wsgi import application

    with make_server("127.0.0.1", 0, application, handler_class=_Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{server.server_port}"
        cookie = {"name": settings.SESSION_COOKIE_NAME, "url": home}
        with sync_playwright() as playwright:
            chromium = os.environ.get("TIRAGE_CHROMIUM") or "/usr/bin/chromium"
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([cookie | {"value": client.cookies[settings.SESSION_COOKIE_NAME].value}])  # type: ignore[list-item]
            page = context.new_page()
            page.goto(f"{home}{reverse('backoffice:insights')}?layer=counties")
            frames = _dragged(page)
            browser.close()
        server.shutdown()
    return frames


def _dragged(page: Page) -> float:
    """Drags closer and to and fro for some seconds."""
    page.locator(".atlas-zoom a").first.click()
    box = page.locator(".atlas-stage").first.bounding_box()
    assert box, "the map has a place on the page"
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(
        "() => { window.frames_ = 0; const next = () => { window.frames_ += 1; requestAnimationFrame(next) };"
        " requestAnimationFrame(next) }"
    )
    began, moves = time.perf_counter(), 0
    page.mouse.move(*middle)
    page.mouse.down()
    while time.perf_counter() - began < FRAMES_S:
        moves += 1
        page.mouse.move(middle[0] + 120 * math.sin(moves / 8), middle[1] + 60 * math.cos(moves / 8))
    page.mouse.up()
    return float(page.evaluate("() => window.frames_")) / (time.perf_counter() - began)


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the figures alone are printed."""


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mb() -> float:
    """What this process holds now."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return peak_mb()


def run_measures(part: str) -> dict[str, float]:
    """In a process of its own on a database that is filled: ``views``, ``serve`` or ``frames``."""
    import django

    django.setup()
    import time_machine

    # As the shop begins: what it has loaded is kept out of the way of who collects garbage.
    import tirage.config.wsgi  # noqa: F401

    with time_machine.travel(winery.NOW, tick=True):
        if part == "frames":
            return {"frames_per_s": round(measure_frames(member()))}
        if part == "serve":
            client = member()
            before = resident_mb()
            for address in addresses():
                client.get(address)
            loaded = [name for name in ANALYTIC if name in sys.modules]
            print(f"  a process holds {before:.0f} MB before, {resident_mb():.0f} MB after all pages")
            print(f"  libraries for analyses loaded by pages: {', '.join(loaded) or 'none'}")
            return {"serve_mb": round(resident_mb()), "analytic_libraries": len(loaded)}
        measure_figures()
        figures = measure_clusters()
        figures["slowest_view_ms"] = round(measure_views(member()))
        return figures | {"mb": round(peak_mb())}


def in_a_process(part: str) -> dict[str, float]:
    with tempfile.NamedTemporaryFile(suffix=".json") as kept:
        subprocess.run([sys.executable, __file__, "--part", part, "--json", kept.name], check=True)
        return dict(json.loads(Path(kept.name).read_text(encoding="utf-8")))


def failures(figures: dict[str, Any], *, postgres: bool) -> list[str]:
    """What took longer, or more, than it may."""
    most = {
        "slowest_view_ms": MOST_VIEW_MS["postgresql" if postgres else "sqlite"],
        "cluster_s": MOST_S,
        "centre_s": MOST_S,
        "mb": MOST_MB,
        "analytic_libraries": 0,
    }
    slow = ["frames_per_s"] if figures.get("frames_per_s", LEAST_FRAMES) < LEAST_FRAMES else []
    return slow + [name for name, bound in most.items() if figures.get(name, 0) > bound]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0, help="of all numbers of rows")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--part", choices=("views", "serve", "frames"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        figures = run_measures(asked.part)
    else:
        # So much at once takes longer to write than a page may wait.
        os.environ["TIRAGE_DATABASE_WORK"] = "migration"
        with fresh_database(postgres=asked.postgres):
            print(f"places on {'PostgreSQL' if asked.postgres else 'SQLite'}", flush=True)
            prepare(2 * asked.scale)
            del os.environ["TIRAGE_DATABASE_WORK"]
            figures = in_a_process("views") | in_a_process("serve") | in_a_process("frames")
    print(", ".join(f"{name} {value:g}" for name, value in figures.items()))
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if asked.part else int(bool(failures(figures, postgres=asked.postgres)))


if __name__ == "__main__":
    sys.exit(main())
