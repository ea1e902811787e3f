"""The bare view: the same journey as the limit's, as a Django application that does nothing else.

Page, hold and place over HTTP with raw SQL on the limit's tables, in the same three commits: no middleware, no
templates, no sessions, no checks. What a request costs on this machine before a shop has done anything for it, so that
the shop's figures can be told as multiples of it. What makes the shop quick without doing less is granted here too:
each statement is prepared and planned once a connection, each thread keeps its connection, and the garbage collector
leaves alone what was loaded at the start.

Settings come from the environment: PGHOST says where PostgreSQL is. Importing this module configures Django with
them, so only a server that serves ``application`` does it; see bare_server.py.
"""

from __future__ import annotations

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tirage.bench.load import HOST

WINES = "SELECT id, on_hand - sold - held FROM limit_stock WHERE id BETWEEN %s AND %s ORDER BY id"
HOLD = "INSERT INTO limit_hold VALUES (%s, %s, 1, now()), (%s, %s, 1, now())"
COUNT_HELD = "UPDATE limit_stock SET held = held + 1 WHERE id = %s"
ORDER = "INSERT INTO limit_order (customer, state, owed, paid) VALUES (%s, 'pending', 24000, 0) RETURNING id"
LINES = (
    "INSERT INTO limit_line (order_id, stock, quantity, price) VALUES (%s, %s, 1, 12000), (%s, %s, 1, 12000)"
)
PAYMENT = "INSERT INTO limit_payment (order_id, state, amount) VALUES (%s, 'pending', 24000) RETURNING id"
LET_GO = "DELETE FROM limit_hold WHERE holder = %s"
COUNT_SOLD = "UPDATE limit_stock SET held = held - 1, sold = sold + 1 WHERE id = %s"
SETTLE = "UPDATE limit_payment SET state = 'settled' WHERE id = %s"
PLACED = "UPDATE limit_order SET state = 'placed', paid = 24000 WHERE id = %s"


def page(_: HttpRequest, first: int, last: int) -> HttpResponse:
    """The wines of an offer and what is left of each."""
    with connection.cursor() as cursor:
        cursor.execute(WINES, [first, last])
        return HttpResponse("".join(f"<p>Wine {wine}: {left} left</p>" for wine, left in cursor.fetchall()))


def hold(request: HttpRequest) -> HttpResponse:
    """Two bottles, in one commit."""
    holder, one, two = _told(request)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD, [holder, one, holder, two])
        cursor.execute(COUNT_HELD, [one])
        cursor.execute(COUNT_HELD, [two])
    return HttpResponse("held")


def place(request: HttpRequest) -> HttpResponse:
    """The order in one commit, its payment settled in another."""
    holder, one, two = _told(request)
    with transaction.atomic(), connection.cursor() as cursor:
        order = _number(cursor, ORDER, holder)
        cursor.execute(LINES, [order, one, order, two])
        payment = _number(cursor, PAYMENT, order)
        cursor.execute(LET_GO, [holder])
        cursor.execute(COUNT_SOLD, [one])
        cursor.execute(COUNT_SOLD, [two])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SETTLE, [payment])
        cursor.execute(PLACED, [order])
    return HttpResponse("placed")


def _told(request: HttpRequest) -> tuple[int, int, int]:
    """Who, and the two wines: the lower number first, so that nobody waits for each other in a circle."""
    return int(request.POST["holder"]), int(request.POST["one"]), int(request.POST["two"])


def _number(cursor: CursorWrapper, statement: str, value: int) -> int:
    cursor.execute(statement, [value])
    return int(cursor.fetchone()[0])


urlpatterns = [path("page/<int:first>/<int:last>/", page), path("hold/", hold), path("place/", place)]

settings.configure(
    ALLOWED_HOSTS=[HOST],
    ROOT_URLCONF=__name__,
    USE_I18N=False,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PGHOST"],
            "USER": "tirage",
            "NAME": "tirage",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "server_side_binding": True,
                "prepare_threshold": 0,
                "options": "-c plan_cache_mode=force_generic_plan",
            },
        }
    },
)
application = get_wsgi_application()
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 25, 50)
