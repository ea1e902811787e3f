"""A release's report: every figure equals a recount by plain statements, and every figure of people is its list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tests.rooms.segments.crowd import Crowd
from tests.world import OPENING_DAY, World, build_world
from tirage.core.sql import moment_in
from tirage.customers.models import Customer
from tirage.offers.models import Offer, Release
from tirage.orders.models import OrderChange
from tirage.reports.allocation import Report, report_of
from tirage.reports.before import previous_of
from tirage.reports.models import Goal
from tirage.reports.operations import goals_of, save_goals
from tirage.reports.rules import Figures, People, Sold
from tirage.reports.statements import offered_bottles
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse

LATER = OPENING_DAY + timedelta(hours=1)


def one(statement: str, *values: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return tuple(cursor.fetchone())


class TestTheReport(TestCase):
    world: ClassVar[World]
    crowd: ClassVar[Crowd]
    releases: ClassVar[list[Release]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = build_world()
        cls.crowd = Crowd(cls.world)
        cls.releases = list(Release.objects.order_by("pk"))

    def test_what_was_sold_is_what_orders_say(self) -> None:
        for release in self.releases:
            report = report_of(release, LATER)
            bottles, minor = one(
                "SELECT coalesce(sum(l.quantity * k.units), 0), coalesce(sum(l.quantity * l.unit_price_minor), 0)"
                " FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id"
                " JOIN catalog_sku k ON k.id = l.sku_id"
                " WHERE o.release_id = %s AND o.state IN ('pending', 'placed', 'shipped')",
                release.pk,
            )
            (off,) = one(
                "SELECT coalesce(sum(g.amount_minor), 0) FROM orders_ordercharge g"
                " JOIN orders_order o ON o.id = g.order_id WHERE g.kind = 'discount' AND o.release_id = %s"
                " AND o.state IN ('pending', 'placed', 'shipped')",
                release.pk,
            )
            assert report.sold == Sold(bottles, minor + off) and bottles
            assert report.off_minor == off
            found = sum((line.figures for line in report.groups), Figures())
            assert found == report.total, "the same by wine and by group"

    def test_each_wine_of_each_group_is_counted_customer_by_customer(self) -> None:
        """Once more in loops, from the customers' list and their orders."""
        for release in self.releases:
            for line in report_of(release, LATER).groups:
                offer = line.offer
                people = find_ids(
                    parse(f"offered(release:{release.reference},group:{offer.group.reference})"), LATER
                )
                assert line.people.offered == len(people)
                for sku, figures in line.wines:
                    assert figures == self._counted(offer, sku.pk, sku.units, people), (
                        release,
                        offer.group,
                        sku,
                    )

    def _counted(self, offer: Offer, sku_id: int, units: int, people: list[int]) -> Figures:
        item = offer.items.get(sku=sku_id)
        own = dict(item.custom_allowances.values_list("customer", "purchase_maximum"))
        offered = taken = beyond = held = minor = 0
        for person in people:
            most = own.get(person, item.purchase_maximum)
            bought, paid = one(
                "SELECT coalesce(sum(l.quantity), 0), coalesce(sum(l.quantity * l.unit_price_minor), 0)"
                " FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id WHERE o.customer_id = %s"
                " AND o.release_id = %s AND l.sku_id = %s AND o.state IN ('pending', 'placed', 'shipped')",
                person, offer.release_id, sku_id,
            )  # fmt: skip
            (kept,) = one(
                "SELECT coalesce(sum(h.quantity), 0) FROM inventory_hold h"
                " JOIN checkout_cart k ON k.reference = h.holder JOIN inventory_stock s ON s.id = h.stock_id"
                " WHERE k.customer_id = %s AND k.release_id = %s AND s.sku_id = %s AND h.expires_at > %s",
                person, offer.release_id, sku_id, moment_in(LATER),
            )  # fmt: skip
            offered += most
            taken += min(bought, most)
            beyond += max(bought - most, 0)
            held += min(kept, max(most - bought, 0))
            minor += paid
        wished, granted = one(
            "SELECT coalesce(sum(asked), 0), coalesce(sum(granted), 0) FROM wishes_wish"
            " WHERE offer_item_id = %s AND state <> 'withdrawn'",
            item.pk,
        )
        left = offered - taken - held
        pieces = (offered, taken, beyond, held, left, wished, granted)
        return Figures(*[*(count * units for count in pieces), minor])

    def test_of_some_customers_and_of_the_others_it_is_the_whole(self) -> None:
        """Whatever the filter: figures, people, sums and days come to those of everybody."""
        for release in self.releases:
            whole = report_of(release, LATER)
            for text in ("opted_in()", f"bought(release:{release.reference})", "spent(from:200)"):
                parts = [
                    report_of(release, LATER, among=find_ids(parse(one), LATER))
                    for one in (text, f"not({text})")
                ]
                assert sum((part.total for part in parts), Figures()) == whole.total, (release, text)
                assert sum((part.people for part in parts), People()) == whole.people
                for name in ("bottles", "wine_minor"):
                    assert sum(getattr(part.sold, name) for part in parts) == getattr(whole.sold, name)
                assert sum(part.off_minor for part in parts) == whole.off_minor
                days = [{day.day: day for day in part.days} for part in parts]
                for day in whole.days:
                    of_day = [one[day.day] for one in days if day.day in one]
                    assert sum(one.sold.bottles for one in of_day) == day.sold.bottles
                    assert sum(one.wished for one in of_day) == day.wished
                if whole.before:
                    befores = [part.before for part in parts if part.before]
                    assert sum(one.then.bottles for one in befores) == whole.before.then.bottles
                    assert sum(one.buyers for one in befores) == whole.before.buyers
                    assert sum(one.offered for one in befores) == whole.before.offered
            assert report_of(release, LATER, among=[]).sold == Sold()

    def test_each_figure_of_people_is_its_list(self) -> None:
        for release in self.releases:
            key = release.reference
            people = report_of(release, LATER).people
            for word, count in (
                ("invited", people.invited),
                ("seen", people.seen),
                ("in_cart", people.in_cart),
                ("bought", people.bought),
            ):
                text = f"all(offered(release:{key}),{word}(release:{key}))"
                assert len(find_ids(parse(text), LATER)) == count, (release, word)
            without = parse(f"all(offered(release:{key}),not(bought(release:{key})))")
            assert len(find_ids(without, LATER)) == people.not_yet

    def test_what_the_release_before_offered_is_what_its_own_report_says(self) -> None:
        for release in self.releases:
            rows = offered_bottles(release.pk, LATER)
            assert sum(row["bottles"] for row in rows) == report_of(release, LATER).total.offered > 0

    def test_days_add_up_and_each_entry_counts_on_the_day_of_its_change(self) -> None:
        for release in self.releases:
            OrderChange.objects.filter(order__release=release).update(at=self._opening(release))
            change = OrderChange.objects.filter(order__release=release, order__state="placed").last()
            if change:
                OrderChange.objects.filter(pk=change.pk).update(at=self._opening(release) + timedelta(days=2))
            report = report_of(release, OPENING_DAY + timedelta(days=9))
            assert report.days[-1].so_far == report.sold
            assert sum((day.sold for day in report.days), Sold()) == report.sold
            assert sum(day.wished for day in report.days) <= report.total.wished
            assert report.days[-1].offered == report.total.offered

    def _opening(self, release: Release) -> Any:
        return min(offer.opens_at for offer in release.offers.all()) + timedelta(minutes=5)

    def test_the_release_before_at_the_same_moment_of_its_life(self) -> None:
        now = self.world.release
        opens = min(offer.opens_at for offer in now.offers.all())
        before = previous_of(now, opens)
        assert before is not None and before.name == "Earlier 0"
        began = self._opening(before)
        OrderChange.objects.filter(order__release=before).update(at=began + timedelta(days=3))
        early = report_of(now, opens + timedelta(days=2)).before
        late = report_of(now, opens + timedelta(days=4)).before
        assert early and late
        assert (early.then, late.then) == (Sold(), late.final) and late.final.bottles
        assert early.final == late.final == late.curve[-1]
        other = next(one for one in self.releases if one.name == "Earlier 1")
        chosen = report_of(now, LATER, against=other).before
        assert chosen and chosen.release == other

    def test_statements_do_not_grow_with_customers_or_wines(self) -> None:
        def sent() -> int:
            with CaptureQueriesContext(connection) as queries:
                report_of(self.world.release, LATER)
            return len(queries)

        sent()  # what is kept in memory afterwards
        few = sent()
        for number in range(5):
            Customer.objects.create(email=f"more{number}@example.com", signed_up_at=LATER)
        assert sent() == few <= 16

    def test_a_test_group_is_in_no_figure(self) -> None:
        before = report_of(self.world.release, LATER)
        offer = self.world.estate_offer
        offer.group.is_test = True
        offer.group.save()
        after = report_of(self.world.release, LATER)
        assert [line.offer for line in after.groups] == [
            line.offer for line in before.groups if line.offer != offer
        ]
        assert (
            after.sold != before.sold
            or not next(line for line in before.groups if line.offer == offer).people.bought
        )

    def test_nothing_offered_is_an_empty_report(self) -> None:
        release = Release.objects.create(name="Nothing yet", made_at=LATER)
        report = report_of(release, LATER)
        assert (report.groups, report.days, report.before, report.total) == ([], [], None, Figures())


class TestGoals(TestCase):
    world: ClassVar[World]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = build_world()

    def report(self) -> Report:
        return report_of(self.world.release, LATER)

    def save(self, goals: dict[str, int | None], shown: dict[str, int | None] | None = None) -> int:
        facts: dict[str, Any] = {"actor": self.world.staff, "now": LATER}
        return save_goals(release=self.world.release, goals=goals, shown=shown, **facts)

    def test_goals_are_set_changed_and_taken_away(self) -> None:
        key = self.world.cabernet.pk
        assert self.save({"bottles-0": 100, "money-0": None, f"money-{key}": 500_00}) == 2
        assert goals_of(self.world.release) == {
            "bottles-0": 100, "money-0": None, f"bottles-{key}": None, f"money-{key}": 500_00,
        }  # fmt: skip
        report = self.report()
        assert report.aim and report.aim.bottles == 100 and report.aim.bottles_reached == 0
        assert self.save({"bottles-0": 100}) == 0, "nothing new"
        assert self.save({f"money-{key}": None, f"bottles-{key}": None}) == 1
        assert Goal.objects.get().sku is None

    def test_two_people_change_different_goals(self) -> None:
        self.save({"bottles-0": 100, "money-0": 1000})
        shown = goals_of(self.world.release)
        self.save({"bottles-0": 200, "money-0": 1000}, shown)
        self.save({"bottles-0": 100, "money-0": 3000}, shown)
        assert goals_of(self.world.release) == {"bottles-0": 200, "money-0": 3000}
