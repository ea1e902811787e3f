"""Figures for Prometheus: what the server's processes count together, and what the database knows, when it is asked.

Imported only where somebody asks for figures. In ``tirage serve`` the processes count in files of one folder
(``PROMETHEUS_MULTIPROC_DIR``, made by cli/serve.py), so that whichever is asked answers for all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from tirage.core.clock import read_clock
from tirage.core.models import Heartbeat
from tirage.core.sql import fetch_one, is_postgresql
from tirage.health.queries import all_parts, waiting_jobs
from tirage.inventory.models import Hold
from tirage.notifications.models import SentMail
from tirage.payments.models import Payment
from tirage.payments.states import TRIAL

CONTENT_TYPE = CONTENT_TYPE_LATEST
#: How far back payments are counted.
PAYMENTS_OF = timedelta(days=1)
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_counted = CollectorRegistry()
REQUESTS = Histogram(
    "tirage_request_seconds",
    "Requests answered, by page and status, and how long they took.",
    ("view", "status"),
    buckets=_BUCKETS,
    registry=_counted,
)


class MetricsMiddleware:
    """Counts each request under its page's name: addresses would be without number, and some are a permission."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        REQUESTS.labels(match.view_name if match else "", str(response.status_code)).observe(
            time.perf_counter() - began
        )
        return response


def say_figures() -> bytes:
    """Everything, as Prometheus reads it."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # registers itself
        counted = generate_latest(together)
    else:
        counted = generate_latest(_counted)
    facts = CollectorRegistry()
    facts.register(Facts())
    return counted + generate_latest(facts)


class Facts(Collector):
    """What the database knows at this moment; ``tirage_database_up`` alone when it doesn't answer."""

    def collect(self) -> Iterable[Metric]:
        began = time.perf_counter()
        up = GaugeMetricFamily("tirage_database_up", "Whether the database answers.")
        try:
            found = list(_facts())
        except Error:
            connection.close()
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        took = _gauge(
            "tirage_facts_seconds", "How long reading these figures took.", time.perf_counter() - began
        )
        return [up, took, *found]


def _facts() -> Iterator[Metric]:
    yield from _database()
    yield from _parts()
    yield from _queue()
    yield from _beats()
    yield from _business()


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _database() -> Iterator[Metric]:
    if not is_postgresql():
        return
    row = fetch_one(
        """SELECT pg_database_size(current_database()) AS size,
        count(*) FILTER (WHERE state = 'active') AS active,
        count(*) FILTER (WHERE state = 'idle') AS idle,
        count(*) FILTER (WHERE state LIKE 'idle in transaction%%') AS in_transaction,
        coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0) AS longest
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    )
    assert row is not None
    yield _gauge("tirage_database_bytes", "Size of the database.", row["size"])
    links = GaugeMetricFamily(
        "tirage_database_connections", "Connections, by what they do.", labels=["state"]
    )
    for state in ("active", "idle", "in_transaction"):
        links.add_metric([state], row[state])
    yield links
    yield _gauge(
        "tirage_database_longest_transaction_seconds", "Age of the oldest transaction.", row["longest"]
    )


def _parts() -> Iterator[Metric]:
    now = read_clock()
    late = GaugeMetricFamily(
        "tirage_part_late", "1 while a part of the installation is late.", labels=["part"]
    )
    age = GaugeMetricFamily("tirage_part_age_seconds", "Seconds since a part last did well.", labels=["part"])
    for part in all_parts(now):
        late.add_metric([part.name], part.is_late)
        if part.at:
            age.add_metric([part.name], max((now - part.at).total_seconds(), 0))
    yield late
    yield age


def _queue() -> Iterator[Metric]:
    now = read_clock()
    depth = GaugeMetricFamily("tirage_jobs_waiting", "Jobs that could run, by urgency.", labels=["urgency"])
    oldest = GaugeMetricFamily(
        "tirage_job_oldest_seconds", "How long the first of them waits; 0 when none does.", labels=["urgency"]
    )
    for one in waiting_jobs(now):
        depth.add_metric([one.urgency], one.count)
        waits = (now - one.since).total_seconds() if one.since else 0
        oldest.add_metric([one.urgency], max(waits, 0))
    yield depth
    yield oldest


def _beats() -> Iterator[Metric]:
    """What all processes, the workers' too, have noted and written down."""
    mails = CounterMetricFamily(
        "tirage_mails", "Mails handed over, and tries that failed.", labels=["result"]
    )
    calls = CounterMetricFamily(
        "tirage_gateway_calls",
        "Calls of the payment gateway, by what it answered.",
        labels=["gateway", "call", "result"],
    )
    for name, successes, failures in Heartbeat.objects.order_by("name").values_list(
        "name", "successes", "failures"
    ):
        if name == "mail":
            mails.add_metric(["sent"], successes)
            mails.add_metric(["failed"], failures)
        elif name.startswith("call "):
            calls.add_metric(name.split(" ", 3)[1:], successes)
    yield mails
    yield calls


def _business() -> Iterator[Metric]:
    now = read_clock()
    payments = GaugeMetricFamily(
        "tirage_payments_day", "Payments of the last 24 hours.", labels=["kind", "state"]
    )
    recent = Payment.objects.filter(made_at__gt=now - PAYMENTS_OF).exclude(gateway=TRIAL).order_by()
    for kind, state, count in recent.values_list("kind", "state").annotate(count=Count("pk")):
        payments.add_metric([kind, state], count)
    yield payments
    live = Hold.objects.filter(expires_at__gt=now).aggregate(count=Count("pk"), pieces=Sum("quantity"))
    yield _gauge("tirage_holds", "Live holds.", live["count"])
    yield _gauge("tirage_held_pieces", "Bottles and packs that they keep.", live["pieces"] or 0)
    waiting = SentMail.objects.filter(sent_at__isnull=True, problem="", due_at__lte=now).count()
    yield _gauge("tirage_mails_waiting", "Mails that are due and weren't tried yet.", waiting)
    hours = GaugeMetricFamily("tirage_backup_hours", "How old a backup may be; 0: not watched.")
    hours.add_metric([], settings.TIRAGE_BACKUP_HOURS)
    yield hours
