"""No figure counts what is only tried: every page, list, export and statement says the same before and after.

A tester goes the whole way in the shop: cart, wish, checkout, a declined card, the bank's page, changes, cancelling;
the team changes, refunds and ships. Then all that the team and the machines can look at is looked at again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.web.declared import ListPage, Page, StaffPages, undone
from tests.web.stage import Stage, build_stage
from tests.web.storefront.conftest import signed_in_as
from tests.web.storefront.pages import form_of, take, words_of
from tests.world import World
from tirage.changes.operations.trying import remove_tests, restore_tests
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.operations import create_customer, save_address
from tirage.customers.states import GroupKind
from tirage.imports.exports import EXPORTS
from tirage.inventory.models import Hold, Movement, Stock
from tirage.offers.models import Offer, OfferItem
from tirage.orders.models import Order
from tirage.payments.models import CreditEntry, Payment
from tirage.payments.states import TRIAL
from tirage.payments.totals import totals_by_day
from tirage.reports.allocation import report_of
from tirage.segments.compiling import compile_count
from tirage.segments.rules.text import parse
from tirage.staff.states import Role
from tirage.tiers.placing import rows_of
from tirage.wishes.models import Wish

HERE = Path(__file__).parent
WORKS, DECLINED, ASKS = "4242424242424242", "4000000000000341", "4000002760003184"
#: Pages that tell of single acts, mails and people instead of figures.
TELLING = {
    "backoffice:export_links",
    "backoffice:log",
    "backoffice:release_tests",
    "backoffice:sent_mails",
}
#: Pages whose activity names the removal; of them the figures are compared.
NAMING = {"backoffice:release", "backoffice:unused"}
_FIGURE = re.compile(r"[$€£0-9.,%–−/ ]+")

#: Conditions about what somebody bought, paid, got back, wished or has.
SEGMENTS = (
    "spent(from:1)",
    "orders(from:1)",
    "bottles(from:1)",
    "refunded(from:1)",
    "refunded(to:100)",
    "wished(outcome:asked)",
    "wished(outcome:declined)",
    "card()",
)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.skipped += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.skipped and data.strip():
            self.found.append(" ".join(data.split()))


#: ``4:12 PM``, ``23 hours 59 minutes``, ``5 seconds ago``.
_TELLS_TIME = re.compile(r"\d?\d:\d\d(:\d\d)?( [AP]M)?|\d+ (second|minute|hour)s?")


def said_by(answer: Any) -> list[str]:
    """What a page or file says, without what tells the time."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if "html" not in answer.get("Content-Type", ""):
        lines = [] if body[:2] == b"PK" else body.decode(errors="replace").splitlines()
        # A calendar file and somebody's own data say when they were asked for.
        return [line for line in lines if not line.startswith(("DTSTAMP", '   "at": "'))]
    reader = _Words()
    reader.feed(body.decode())
    return [_TELLS_TIME.sub("", words) for words in reader.found]


def staff_pages() -> Iterator[tuple[str, Page]]:
    for file in sorted((HERE / "backoffice").rglob("test_pages.py")):
        module = import_module(".".join(("tests.web", *file.relative_to(HERE).with_suffix("").parts)))
        tests: type[StaffPages] = module.TestPages
        for page in tests.pages:
            if "get" in page.methods:
                yield f"backoffice:{page.name}", page


def look_around(stage: Stage) -> dict[str, Any]:
    """Everything as the owner sees it five minutes after the test's beginning, whenever it is looked at.

    A forecast says something else with each minute of the day that is over, and a plot of a day begins at its hours.
    """
    with time_machine.travel(stage.world.now + timedelta(minutes=5), tick=False):
        return _look_around(stage)


def _look_around(stage: Stage) -> dict[str, Any]:
    """Every page of the back office as the owner sees it, each list's file, each export, and what no page shows."""
    client, now = stage.clients[Role.OWNER.value], read_clock()
    found: dict[str, Any] = {}
    for name, page in staff_pages():
        if name in TELLING:
            continue
        path = reverse(name, kwargs=stage.known[page.about])
        with undone():
            found[name] = said_by(client.get(path))
        if name in NAMING:
            found[name] = [words for words in found[name] if _FIGURE.fullmatch(words)]
        if isinstance(page, ListPage):
            with undone():
                found[f"{name} as a file"] = said_by(client.get(path, {"export": "csv"}))
    for export in EXPORTS.values():
        found[f"export {export.name}"] = [
            tuple(row) for row in export.rows(stage.world.estate_offer.reference)
        ]
    found["totals"] = totals_by_day((now - timedelta(days=1)).date(), 3)
    found["stock"] = list(Stock.objects.order_by("pk").values())
    found["holds"] = list(Hold.objects.order_by("pk").values_list("stock", "holder", "quantity"))
    found["movements"] = Movement.objects.count()
    figures = ("pk", "orders_count", "lifetime_minor", "credit_minor", "first_order_at", "last_order_at")
    found["people"] = list(Customer.objects.order_by("pk").values_list(*figures))
    found["credit"] = CreditEntry.objects.count()
    for asked in SEGMENTS:
        (row,) = rows_of(compile_count(parse(asked), definitions={}, now=now))
        found[f"segment {asked}"] = row
    found["report"] = replace(report_of(stage.world.release, now), now=stage.world.now)
    found["doctor"] = [finding.check.name for finding in run_checks(now)]
    return found


@pytest.fixture
def stage(db: None) -> Stage:
    """The stage, with Tess in a test group whose offer has the wines of another one, and wishes."""
    stage = build_stage()
    world, now = stage.world, read_clock()
    testers = Group.objects.create(name="Testers", kind=GroupKind.ALLOCATION.value, is_test=True, rank=99)
    offer = Offer.objects.create(
        release=world.release,
        group=testers,
        is_active=True,
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=7),
    )
    for item in world.premier_offer.items.all():
        OfferItem.objects.create(
            offer=offer,
            sku=item.sku,
            purchase_maximum=item.purchase_maximum,
            wish_maximum=6,
            multiple=item.multiple,
        )
    facts: dict[str, Any] = {"actor": world.staff, "now": now}
    tess = create_customer(email="tess@halcyon.example", first_name="Tess", last_name="Trial", **facts)
    Customer.objects.filter(pk=tess.pk).update(adult_confirmed_at=now)
    put_into(tess, testers, now)
    place = {"recipient": "Tess Trial", "line1": "1 Try Street", "city": "San Francisco", "state": "CA"}
    values = {**place, "postal_code": "94110", "country": "US", "phone": "+1 415 555 0177"}
    save_address(customer=tess, address_reference=None, values=values, make_default=True, **facts)
    stage.clients["tess"] = signed_in_as(tess)
    return stage


def put_into(customer: Customer, group: Group, now: Any) -> None:
    Membership.objects.filter(customer=customer, kind=group.kind).delete()
    Membership.objects.create(customer=customer, group=group, kind=group.kind, since=now)


def card(number: str) -> dict[str, str]:
    return {
        "card": "new",
        "card_number": number,
        "card_expiry": "12 / 39",
        "card_cvc": "123",
        "card_name": "Tess Trial",
        "adult": "1",
    }


def press(client: Client, page: str, action: str, **typed: str) -> Any:
    """Sends a form of a page as it stands, with some fields filled in."""
    return client.post(action, {**form_of(client.get(page), action), **typed})


def offer_of_tess() -> Offer:
    return Offer.objects.get(group__name="Testers")


def place(tess: Client, world: World, number: str, **pieces: int) -> Any:
    take(tess, world, offer_of_tess(), **pieces)
    return press(tess, "/checkout/", "/checkout/place/", **card(number))


def go_some_way(stage: Stage) -> None:
    """The beginning of it, as a real order."""
    tess, world = stage.clients["tess"], stage.world
    place(tess, world, DECLINED, cabernet=2)
    place(tess, world, WORKS, cabernet=2)


def go_the_whole_way(stage: Stage) -> None:
    """What a team tries before it opens, in the shop's own pages."""
    tess, owner, world = stage.clients["tess"], stage.clients[Role.OWNER.value], stage.world
    item = OfferItem.objects.get(offer=offer_of_tess(), sku=world.cabernet)
    assert "no wine and no money moves" in words_of(tess.get("/offer/"))
    tess.post("/cart/", {"act": "wish", f"wish_{item.pk}": "2", f"agree_{item.pk}": "1"})
    assert place(tess, world, DECLINED, cabernet=2).status_code == 402
    answer = place(tess, world, WORKS, cabernet=2)
    order = Order.objects.get(state="test")
    assert answer.headers["location"] == f"/orders/{order.reference}/receipt/"
    assert "Test order" in words_of(tess.get(answer.headers["location"]))
    change = tess.post(f"/orders/{order.reference}/change/").headers["location"]
    fields = form_of(tess.get(change), change)
    fields |= {name: "3" for name in fields if name.startswith("pieces-")}
    tess.post(change, fields)
    press(tess, change, change, act="confirm", **card(WORKS))
    order.refresh_from_db()
    assert (order.bottle_count, order.balance_minor) == (3, 0)
    cancel = f"/orders/{order.reference}/cancel/"
    press(tess, cancel, cancel)
    order.refresh_from_db()
    assert order.state == "test_off"
    # Another one, asked about by the bank; the team changes, refunds and ships it.
    asked = place(tess, world, ASKS, cabernet=1, magnum=1)
    payment = Payment.objects.get(state="needs_customer", gateway=TRIAL)
    assert payment.gateway_reference in asked.headers["location"]
    owner.post(asked.headers["location"], {"answer": "approve"})
    tess.get(f"/checkout/return/{payment.reference}/")
    order = Order.objects.get(state="test")
    changing = owner.post(reverse("backoffice:order_change", args=[order.reference])).headers["location"]
    assert owner.get(changing).status_code == 200
    ship = reverse("backoffice:order_ship", args=[order.reference])
    assert press(owner, ship, ship, tracking="1Z999").status_code == 302
    order.refresh_from_db()
    assert order.state == "test_sent"
    assert "No bottles left" in words_of(owner.get(reverse("backoffice:order", args=[order.reference])))
    # And one that stands, with a cart beside it.
    place(tess, world, WORKS, cabernet=1)
    take(tess, world, offer_of_tess(), magnum=1)


def assert_same(before: dict[str, Any], after: dict[str, Any]) -> None:
    words = {}
    for name, was in before.items():
        if was != after[name]:
            pairs = [Counter(map(str, one if isinstance(one, list) else [one])) for one in (was, after[name])]
            words[name] = (dict(pairs[0] - pairs[1]), dict(pairs[1] - pairs[0]))
    assert not words, "\n".join(f"{name}: {found}" for name, found in words.items())


def test_nothing_of_it_is_in_any_figure(stage: Stage) -> None:
    look_around(stage)  # What is said once is said now.
    before = look_around(stage)
    assert_same(before, look_around(stage))
    go_the_whole_way(stage)
    assert {payment.gateway for payment in Payment.objects.filter(order__state__startswith="t")} == {TRIAL}
    assert_same(before, look_around(stage))
    facts: dict[str, Any] = {"release": stage.world.release, "actor": stage.world.staff, "now": read_clock()}
    removed = remove_tests(**facts)
    assert removed == 3 and not Wish.objects.filter(state="test").exists()
    assert "Ordered" not in words_of(stage.clients["tess"].get("/orders/"))
    assert_same(before, look_around(stage))
    assert restore_tests(removed_at=facts["now"], **facts) == removed
    assert_same(before, look_around(stage))


def test_control_a_real_journey_is_in_many(stage: Stage) -> None:
    """Were they real, the same look would find them everywhere."""
    Group.objects.filter(name="Testers").update(is_test=False)
    look_around(stage)
    before = look_around(stage)
    go_some_way(stage)
    assert Order.objects.filter(state="placed", customer__email="tess@halcyon.example").exists()
    with pytest.raises(AssertionError) as differ:
        assert_same(before, look_around(stage))
    said = str(differ.value).replace("backoffice:", "").splitlines()
    found = {line.strip().partition(":")[0] for line in said}
    assert {"home", "orders", "payments", "daily_totals", "cellar", "totals", "stock", "report"} <= found
