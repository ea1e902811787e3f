"""Notes: planted effects told with their figures, nothing told of nothing; settled, changed, killed, stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django_tasks_db.models import DBTaskResult

from tests.rooms.insights import crowd
from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.insights.models import Placement
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.noting import families, running, settling
from tirage.insights.noting.lapsing import pace_of
from tirage.insights.noting.quartering import winery_point
from tirage.insights.noting.scene import Scene
from tirage.insights.noting.words import fact_of, nearest_filter, say_note
from tirage.insights.rules.chance import share_against_rest
from tirage.insights.tasks import look_for_notes
from tirage.orders.models import Order
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse


def looked(world: World, now: datetime | None = None) -> NotesRun:
    run = running.start_notes(actor=world.staff, now=now or world.now)
    return running.look_for_notes(run=run, clock=lambda: now or world.now)


def told() -> dict[str, Note]:
    return {note.subject: note for note in Note.objects.filter(state="open")}


def seattle_grows(world: World) -> dict[str, list[Customer]]:
    """Of 40 in Seattle nearly all spend far more than the year before; elsewhere chance decides."""
    homes = crowd.quiet(world)
    Order.objects.filter(customer__in=homes["seattle"]).delete()
    orders = []
    for at, one in enumerate(homes["seattle"]):
        orders.append(crowd.buys(one, world.now - timedelta(days=500), 200_00))
        orders.append(crowd.buys(one, world.now - timedelta(days=100 + at), 400_00 if at else 100_00))
    crowd.bought(orders)
    return homes


def test_where_chance_alone_decides_nothing_of_an_area_is_told(world: World) -> None:
    for seed in range(3):
        Order.objects.all().delete()
        Placement.objects.all().delete()
        crowd.quiet(world, seed)
        run = looked(world)
        assert run.state == "finished" and run.tests > 30
        assert told() == {}


def test_a_metro_that_grows_is_told_with_figures_that_counting_finds(world: World) -> None:
    homes = seattle_grows(world)
    run = looked(world)
    note = told()["growing:metro:42660"]
    fact = fact_of(note)
    assert (fact.part, fact.whole) == (39, 40)
    assert fact.sums is not None
    assert (fact.sums["sales"], fact.sums["sales_before"]) == (39 * 400_00 + 100_00, 40 * 200_00)
    period, before = Scene(run.last_day).period, Scene(run.last_day).before
    rises = changed = sales = 0
    for one in [*homes["dallas"], *homes["new york"], *homes["denver"]]:
        sums = [0, 0]
        for order in Order.objects.filter(customer=one):
            day = (order.placed_at or world.now).astimezone(ZoneInfo(world.winery.time_zone)).date()
            sums[0] += order.wine_minor if day in period else 0
            sums[1] += order.wine_minor if day in before else 0
        rises, changed, sales = rises + (sums[0] > sums[1]), changed + (sums[0] != sums[1]), sales + sums[0]
    assert (fact.rest_part, fact.rest_whole) == (rises, changed)
    assert fact.sums["rest_sales"] == sales
    assert fact.p == share_against_rest(39, 40, rises, changed)
    assert sorted(note.people) == sorted(one.pk for one in homes["seattle"][1:])
    assert "grows: sales went from $8,000 to $15,700" in say_note(note)
    assert "state" not in {key.split(":")[1] for key in told() if key.startswith("growing")}


def test_wishes_refunds_tiers_and_newcomers_are_told(world: World) -> None:
    homes = crowd.quiet(world)
    for one in homes["denver"][:30]:
        crowd.wish(world, one, asked=4, granted=1)
    for one in homes["dallas"][:5]:
        crowd.wish(world, one, asked=2)
    crowd.joined(world, homes["new york"][:45], world.premier)
    Order.objects.filter(
        customer__in=homes["seattle"], placed_at__lt=world.now - timedelta(days=360)
    ).delete()
    Customer.objects.filter(pk__in=[one.pk for one in homes["seattle"]]).update(
        first_order_at=world.now - timedelta(days=50)
    )
    looked(world)
    found = told()
    wishes = found["wishes_unmet:metro:19740"]
    assert "90 bottles were not granted" in say_note(wishes)
    tier = found[f"tier_concentrated:metro:35620:{world.premier.reference}"]
    assert say_note(tier).startswith(f"{world.premier.name} is at home in New York")
    assert "new_here:metro:42660" in found
    assert len(tier.people) == 45


def test_refunds_out_of_line_are_told(world: World) -> None:
    from tirage.payments.models import Payment

    homes = crowd.quiet(world)
    for order in Order.objects.filter(
        customer__in=homes["dallas"][:40], placed_at__gt=world.now - timedelta(days=350)
    ):
        paid = Payment.objects.create(
            order=order, gateway="test", kind="charge", state="settled", amount_minor=order.paid_minor,
            currency="USD", idempotency_key=f"k{order.pk}", made_at=world.now, settled_at=world.now,
        )  # fmt: skip
        Payment.objects.create(
            order=order, gateway="test", kind="refund", state="settled", amount_minor=50_00, parent=paid,
            currency="USD", idempotency_key=f"r{order.pk}", made_at=world.now, settled_at=world.now,
        )  # fmt: skip
        Order.objects.filter(pk=order.pk).update(paid_minor=order.paid_minor - 50_00)
    looked(world)
    fact = fact_of(told()["refunds_high:metro:19100"])
    assert fact.sums is not None and fact.sums["rest_back"] == 0
    assert fact.sums["back"] == 50_00 * Payment.objects.filter(kind="refund").count()
    assert fact.part == Order.objects.filter(payments__kind="refund").values("customer").distinct().count()


def test_who_is_silent_for_longer_than_ever_is_told(world: World) -> None:
    homes = {"dallas": crowd.people(world, 40, crowd.DALLAS), "denver": crowd.people(world, 60, crowd.DENVER)}
    orders = []
    for home, customers in homes.items():
        for one in customers:
            since = 10 if home == "dallas" else 1
            orders += [
                crowd.buys(one, world.now - timedelta(days=30.5 * months)) for months in range(since, 34, 3)
            ]
    crowd.bought(orders)
    looked(world)
    fact = fact_of(told()["lapsing:metro:19100"])
    assert (fact.part, fact.whole, fact.rest_part) == (40, 40, 0)
    assert fact.sums is not None
    assert fact.sums["silent"] == 10 and fact.sums["usual"] == 3
    assert fact.sums["lifetime"] == sum(
        Customer.objects.filter(pk__in=[one.pk for one in homes["dallas"]]).values_list(
            "lifetime_minor", flat=True
        )
    )


def test_a_pace() -> None:
    pace = pace_of([0, 3, 6, 12], 20)
    assert pace and (pace.silent, pace.usual, pace.longest, pace.is_silent) == (8, 3, 6, True)
    assert pace_of([0, 3], 6) is None
    assert pace_of([0, 3, 6], 31) is None


def test_the_busiest_hour_is_that_of_the_winery(world: World) -> None:
    customers = crowd.people(world, 30, crowd.DALLAS)
    nine = datetime(2026, 9, 15, 16, 30, tzinfo=UTC)
    crowd.bought([crowd.buys(one, nine) for one in customers])
    looked(world)
    note = told()["busy_hour:9"]
    assert "9:00" in say_note(note) and "30 of 30" in say_note(note)


def test_what_is_done_is_not_done_anew_when_a_worker_dies(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seattle_grows(world)
    called: list[str] = []

    def counted(name: str, gather: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
        def inner(scene: Scene) -> Any:
            called.append(name)
            if name == "tiers" and called.count("tiers") == 1:
                raise KeyboardInterrupt
            return gather(scene)

        return inner

    for name, gather in families.FAMILIES.items():
        monkeypatch.setitem(families.FAMILIES, name, counted(name, gather))
    run = running.start_notes(actor=world.staff, now=world.now)
    with pytest.raises(KeyboardInterrupt):
        look_for_notes.call(run.reference)
    run.refresh_from_db()
    assert (run.state, set(run.found)) == ("running", {"sales", "refunds", "wishes"})
    DBTaskResult.objects.all().delete()
    later = run.changed_at + timedelta(minutes=2)
    assert running.sweep_stopped_notes(now=later) == 1
    assert running.sweep_stopped_notes(now=later) == 0
    look_for_notes.call(run.reference)
    run.refresh_from_db()
    assert run.state == "finished"
    assert called.count("refunds") == 1
    # Whom a note is about is found again; nothing else is.
    assert called.count("sales") == 2
    assert len(told()["growing:metro:42660"].people) == 39


def test_who_stops_it_stops_it_between_two_families(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = running.start_notes(actor=world.staff, now=world.now)
    gather = families.FAMILIES["refunds"]

    def stopping(scene: Scene) -> Any:
        running.stop_notes(run=run, now=world.now)
        return gather(scene)

    monkeypatch.setitem(families.FAMILIES, "refunds", stopping)
    found = running.look_for_notes(run=NotesRun.objects.get(pk=run.pk), clock=lambda: world.now)
    assert (found.state, list(found.found), Note.objects.count()) == ("stopped", ["sales"], 0)


def test_one_search_at_a_time(world: World) -> None:
    running.start_notes(actor=world.staff, now=world.now)
    with pytest.raises(DomainError) as refused:
        running.start_notes(actor=world.staff, now=world.now)
    assert refused.value.code == "under_way"


def test_mondays_have_one_search_each(world: World) -> None:
    monday = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
    assert running.begin_monday_notes(now=monday - timedelta(hours=12)) == 0
    assert running.begin_monday_notes(now=monday - timedelta(hours=1, minutes=1)) == 0
    assert running.begin_monday_notes(now=monday) == 1
    run = NotesRun.objects.get()
    assert str(run.monday) == "2026-11-02" and str(run.last_day) == "2026-11-01"
    running.look_for_notes(run=run, clock=lambda: monday)
    assert running.begin_monday_notes(now=monday + timedelta(hours=3)) == 0
    assert running.begin_monday_notes(now=monday + timedelta(days=1)) == 0
    assert running.begin_monday_notes(now=monday + timedelta(days=7)) == 1


def test_on_a_monday_with_notes_the_team_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told_of: list[dict[str, Any]] = []
    monkeypatch.setattr(running, "react", lambda name, **facts: told_of.append({"name": name, **facts}))
    run = running.start_notes(monday=world.now.date(), actor=world.staff, now=world.now)
    running.look_for_notes(run=run, clock=lambda: world.now)
    assert told_of == []
    seattle_grows(world)
    looked(world)
    assert told_of == []
    monday = world.now.date() + timedelta(days=7)
    run = running.start_notes(monday=monday, actor=world.staff, now=world.now)
    running.look_for_notes(run=run, clock=lambda: world.now)
    assert told_of == [{"name": "notes.found", "run_id": run.pk, "now": world.now}]


def test_a_dismissed_note_comes_back_only_when_it_has_changed(world: World) -> None:
    homes = seattle_grows(world)
    looked(world)
    note = told()["growing:metro:42660"]
    settling.dismiss_note(note=note, actor=world.staff, now=world.now)
    looked(world)
    assert "growing:metro:42660" not in told()
    Order.objects.filter(
        customer__in=homes["seattle"][1:9], placed_at__gt=world.now - timedelta(days=364)
    ).update(wine_minor=100_00)
    looked(world)
    again = told()["growing:metro:42660"]
    assert again.pk != note.pk and fact_of(again).part == 31
    event = Event.objects.get(name="note.dismissed")
    assert event.text.startswith("dismissed the note “Seattle")


def test_an_open_note_is_brought_up_to_date_and_passes_when_it_is_over(world: World) -> None:
    homes = seattle_grows(world)
    looked(world)
    note = told()["growing:metro:42660"]
    looked(world)
    assert told()["growing:metro:42660"].pk == note.pk
    Order.objects.filter(customer__in=homes["seattle"]).delete()
    looked(world)
    note.refresh_from_db()
    assert note.state == "passed" and "growing:metro:42660" not in told()
    with pytest.raises(Conflict):
        settling.dismiss_note(note=note, actor=world.staff, now=world.now)
    with pytest.raises(Conflict):
        settling.keep_people(note=note, name="Seattle", actor=world.staff, now=world.now)


def test_the_customers_of_a_note_become_a_list_that_filters_know(world: World) -> None:
    seattle_grows(world)
    looked(world)
    note = told()["growing:metro:42660"]
    Order.objects.filter(customer=note.people[0]).delete()
    Customer.objects.filter(pk=note.people[0]).delete()
    kept = settling.keep_people(note=note, name="Seattle grows", actor=world.staff, now=world.now)
    assert kept.total == 38
    members = parse(f"list(list:{kept.reference})")
    assert sorted(find_ids(members, world.now)) == sorted(note.people[1:])
    assert kept.definition == "lives(area:metro-42660)"
    note.refresh_from_db()
    assert (note.state, note.settled_words) == ("acted", "kept its customers as the list Seattle grows")
    with pytest.raises(DomainError) as refused:
        settling.keep_people(note=note, name="seattle GROWS", actor=world.staff, now=world.now)
    assert refused.value.code == "name_taken"


def test_a_settled_note_is_taken_up_again(world: World) -> None:
    seattle_grows(world)
    looked(world)
    note = told()["growing:metro:42660"]
    settling.mark_seen_to(note=note, actor=world.staff, now=world.now)
    opened = settling.take_up_note(note=note, actor=world.staff, now=world.now)
    assert (opened.state, opened.settled_at) == ("open", None)
    settling.dismiss_note(note=note, actor=world.staff, now=world.now)
    Note.objects.create(run=note.run, subject=note.subject, rank=1, fact=note.fact, found_at=world.now)
    with pytest.raises(Conflict) as refused:
        settling.take_up_note(note=note, actor=world.staff, now=world.now)
    assert refused.value.code == "note_open"


def test_an_empty_list_and_one_customer_are_told_nothing_of(world: World) -> None:
    assert looked(world).stood_out == 0
    one = crowd.people(world, 1, crowd.DALLAS)[0]
    crowd.bought([crowd.buys(one, world.now - timedelta(days=3))])
    run = looked(world)
    assert (run.state, run.stood_out, run.quarters) == ("finished", 0, [])


def test_searches_are_forgotten_and_settled_notes_are_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST_KEPT", 2)
    seattle_grows(world)
    first = looked(world)
    note = told()["growing:metro:42660"]
    settling.dismiss_note(note=note, actor=world.staff, now=world.now)
    second = looked(world)
    for _ in range(2):
        looked(world)
    assert NotesRun.objects.filter(pk=first.pk).exists()
    assert not NotesRun.objects.filter(pk=second.pk).exists() or second.notes.exists()
    assert Note.objects.filter(pk=note.pk).exists()


def test_empty_quarters_are_found_of_the_list_as_it_stands(world: World) -> None:
    """Where every rich ZIP around Seattle but one holds six customers, and somebody wishes, that one is seen."""
    from tirage.places import find_zip, income_of_zip, zips_within

    lies_in_napa(world)
    rich = [
        place
        for _, place in zips_within(47.6, -122.3, 40)
        if (income_of_zip(place.zip) or 0) > 140_000 and place.zip != "98040"
    ]
    for place in rich:
        crowd.people(
            world,
            6,
            (
                place.zip,
                place.state,
                place.county_fips,
                place.cbsa,
                place.latitude or 0,
                place.longitude or 0,
            ),
        )
    crowd.wish(world, Customer.objects.filter(placement__zip_code="98004").earliest("pk"), asked=6)
    run = looked(world)
    assert run.quarters is not None
    assert run.quarters[0]["zip"] == "98040"
    assert run.quarters[0]["customers"] == 0 and run.quarters[0]["unmet"] == 6
    assert find_zip(run.quarters[0]["zip"])


def lies_in_napa(world: World) -> None:
    world.winery.postal_address = "12345 Silverado Trail, St. Helena, CA 94574"
    world.winery.save()
    forget_winery()


def test_where_the_winery_is(world: World) -> None:
    assert winery_point() is None
    lies_in_napa(world)
    point = winery_point()
    assert point is not None and abs(point[0] - 38.5) < 0.2


def test_every_note_has_a_filter_that_comes_near(world: World) -> None:
    seattle_grows(world)
    crowd.joined(world, list(Customer.objects.filter(placement__metro="42660")), world.premier)
    looked(world)
    for note in Note.objects.all():
        find_ids(parse(nearest_filter(fact_of(note))), world.now)
    fact = fact_of(told()["growing:metro:42660"])
    for key, said in (
        ("everybody", "orders(from:3)"),
        (f"group:{world.premier.reference}", f"group(group:{world.premier.reference})"),
        (
            f"state:WA:{world.premier.reference}",
            f"all(lives(area:state-WA),group(group:{world.premier.reference}))",
        ),
        ("country:FR", "lives(area:country-FR)"),
    ):
        assert nearest_filter(replace(fact, key=key)) == said
        parse(said)
