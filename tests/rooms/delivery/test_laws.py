"""Laws of places: asked by everybody who promises wine or sends it, always before any money."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, quoted, snapshot
from tests.rooms.checkout.journey import buy, hold
from tests.rooms.delivery.limiting import law, limited
from tests.rooms.wishes.granting import line_of, shared, told, wished, worked
from tests.world import World
from tirage.catalog.models import Vintage
from tirage.changes.operations import edit_draft
from tirage.changes.operations.ordering import open_new_order
from tirage.changes.rules import AddWine
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.hands import Overtaken
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.customers.models import Address
from tirage.delivery.days import next_due
from tirage.delivery.laws.asking import word_at_save
from tirage.delivery.laws.differences import differences, laws_to_look_at, reports_due
from tirage.delivery.laws.operations import (
    LawValues,
    delete_law,
    law_values,
    mark_reported,
    save_law,
    take_over,
)
from tirage.delivery.models import Law, Method
from tirage.delivery.states import LawKind, ReportEvery
from tirage.fulfilment.operations import ship_order
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo
from tirage.orders.states import Channel
from tirage.storefront.offer.volume import volume_words


def refused(world: World, wanted: dict[str, int], **changes: Any) -> str:
    """What the checkout says when a law refuses Ben's order; nothing is promised or charged by it."""
    orders, charged = Order.objects.count(), charged_in_all()
    with pytest.raises(DomainError) as against:
        buy(world, world.ben, wanted, world.now, **changes)
    assert against.value.code == "against_law" and against.value.fields["method"] == against.value.message
    assert (Order.objects.count(), charged_in_all()) == (orders, charged)
    return against.value.message


def strengths(world: World, **tenths: int) -> None:
    """The alcohol of wines by their names here, in tenths of a percent."""
    for name, strength in tenths.items():
        Vintage.objects.filter(skus=getattr(world, name)).update(alcohol_percent=strength / 10)


def test_the_checkout_refuses_with_words_before_the_money(world: World) -> None:
    closed = law(world.new_york)
    assert refused(world, {"CAB23": 1}) == (
        "New York takes no wine by mail. Pick the wine up or send it to another address."
    )
    Law.objects.filter(pk=closed.pk).update(last_day=local_time(world.now).date() - timedelta(days=1))
    assert buy(world, world.ben, {"CAB23": 1}, world.now).status == "placed", "it is over"


def test_only_wines_that_a_law_is_about_are_named(world: World) -> None:
    law(world.new_york, "alcohol", tenths=150)
    strengths(world, cabernet=151, chardonnay=130)
    said = refused(world, {"CAB23": 1, "CHA24": 1})
    assert "stronger than 15 %" in said and world.cabernet.name in said and world.chardonnay.name not in said
    assert buy(world, world.ben, {"CAB23": 0, "CHA24": 1}, world.now).status == "placed"


def test_registered_labels_go_and_others_dont(world: World) -> None:
    registration = law(world.new_york, "labels")
    registration.labels.set([world.cabernet.vintage_id])
    assert world.chardonnay.name in refused(world, {"CAB23": 1, "CHA24": 1})
    assert buy(world, world.ben, {"CAB23": 1, "CHA24": 0}, world.now).status == "placed"


def test_dry_zips_permits_and_formats(world: World) -> None:
    zip_ = law(world.new_york, "dry_zips", words=world.ben_home.postal_code[:3])
    assert "this ZIP in New York" in refused(world, {"CAB23": 1})
    zip_.delete()
    permit = law(world.new_york, "permit", words="NY-77", last_day=date(2021, 1, 1))
    assert "no permit" in refused(world, {"CAB23": 1})
    permit.delete()
    law(world.new_york, "formats", words="750")
    assert "this size" in refused(world, {"CAB23": 1})


def test_a_way_of_another_carrier_isnt_offered_and_doesnt_leave(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 1})
    named = law(world.new_york, "carriers", words="fedex")
    with pytest.raises(DomainError) as nowhere:
        buy(world, world.ben, {"CHA24": 1}, world.now)
    assert nowhere.value.code == "not_deliverable"
    with pytest.raises(DomainError, match="New York takes wine only by FedEx"):
        ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    said = word_at_save(world.ben_home, world.now)
    assert said.startswith("New York takes wine only by FedEx.")
    Method.objects.filter(pk=world.ground.pk).update(carrier="fedex")
    assert word_at_save(world.ben_home, world.now) == ""
    assert buy(world, world.ben, {"CHA24": 1}, world.now).status == "placed"
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    Law.objects.filter(pk=named.pk).update(words="ups", last_day=date(2021, 1, 1))
    assert word_at_save(world.ben_home, world.now) == "", "it is over"


def test_only_what_was_bought_at_the_winery_goes_where_the_law_wants_that(world: World) -> None:
    law(world.new_york, "on_site")
    assert "only wine that was bought at the winery" in refused(world, {"CAB23": 1})
    assert word_at_save(world.ben_home, world.now) == "", "some of it may go"
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    asked: dict[str, Any] = {
        "address_reference": world.ben_home.reference,
        "method_reference": world.ground.reference,
        "add": (AddWine(world.chardonnay.pk, 1),),
    }
    edit_draft(draft_reference=draft.reference, **asked, actor=world.staff, now=world.now)
    assert [one.code for one in quoted(draft, world.staff, world.now).blocking] == ["against_law"]
    edit_draft(draft_reference=draft.reference, channel=Channel.WINERY, actor=world.staff, now=world.now)
    assert quoted(draft, world.staff, world.now).blocking == ()
    assert Order.objects.get(pk=draft.order_id).channel == "winery"


def test_a_registration_that_ended_bars_its_wine_and_is_looked_at(world: World) -> None:
    today = local_time(world.now).date()
    registration = law(world.new_york, "labels", checked_on=today)
    registration.labels.set([world.cabernet.vintage_id, world.chardonnay.vintage_id])
    registration.registrations.filter(vintage=world.cabernet.vintage).update(last_day=today)
    assert registration in laws_to_look_at(today) and registration not in laws_to_look_at(
        today - timedelta(days=60)
    )
    assert buy(world, world.ben, {"CAB23": 1}, world.now).status == "placed"
    registration.registrations.filter(last_day=today).update(last_day=today - timedelta(days=1))
    assert world.cabernet.name in refused(world, {"CAB23": 1})
    assert buy(world, world.ben, {"CAB23": 0, "CHA24": 1}, world.now).status == "placed"


def test_a_report_is_due_noted_once_and_due_again(world: World) -> None:
    today = local_time(world.now).date()
    duty = save(
        world,
        values(world, LawKind.REPORTING, words="Direct shipper", every="month", due_on=today),
    )
    assert list(reports_due(today)) == [duty] and not reports_due(today - timedelta(days=15)).exists()
    then = mark_reported(law=duty, due_on=today, actor=world.staff, now=world.now)
    assert then == next_due(today, ReportEvery.MONTH) and not reports_due(today).exists()
    with pytest.raises(Conflict, match="meanwhile"):
        mark_reported(law=duty, due_on=today, actor=world.staff, now=world.now)
    told = Event.objects.filter(subject_kind="law").latest("id").text
    assert told.startswith("noted the report to New York that was due by") and "the next is due by" in told


def test_the_offer_says_what_cant_go_home(world: World) -> None:
    hold(world.ben, {"CAB23": 1}, world.now)
    page = load_offer_page(world.ben, world.now)
    assert volume_words(world.ben, page, world.now).words == ""
    law(world.new_york, "alcohol", tenths=150)
    strengths(world, cabernet=151, chardonnay=130)
    page = load_offer_page(world.ben, world.now)
    assert world.cabernet.name in volume_words(world.ben, page, world.now).words


def test_changes_ask_about_what_comes_and_about_all_that_moves(world: World) -> None:
    strengths(world, cabernet=151, chardonnay=130)
    order = bought(world, world.ben, {"CAB23": 1})
    law(world.new_york, "alcohol", tenths=150)
    law(world.oregon, "alcohol", tenths=150)
    assert (
        quoted(
            draft_of(world, order, world.staff, add={world.chardonnay: 1}), world.staff, world.now
        ).blocking
        == ()
    )
    draft = draft_of(world, order, world.staff, add={world.cabernet: 1})
    (problem,) = quoted(draft, world.staff, world.now).blocking
    assert problem.code == "against_law" and problem.field.startswith(f"pieces-{world.cabernet.pk}-")
    before = snapshot(order)
    with pytest.raises(DomainError, match="stronger than 15 %"):
        confirm(world, draft, world.staff)
    assert snapshot(order) == before
    to = ShipTo("Ben Baker", line1="1 Main Street", city="Portland", state="OR", postal_code="97209")
    moved = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 1}, ship_to=to)
    (problem,) = quoted(moved, world.staff, world.now).blocking
    assert problem.code == "against_law" and "Oregon" in problem.text


def test_grants_leave_out_with_the_reason_and_refuse_what_came_since(world: World) -> None:
    wish = wished(world, world.ben, world.estate_offer, world.cabernet, 3)
    run = shared(world, {world.cabernet: 6})
    law(world.new_york)
    before = charged_in_all()
    assert told(worked(world, run)) == {"Ben": ("refused", 0)} and charged_in_all() == before
    assert "New York takes no wine" in line_of(run, wish).reason
    again = line_of(shared(world, {world.cabernet: 6}), wish)
    assert again.pieces == 0 and again.left_out == "New York takes no wine by mail."


def test_what_was_sold_before_a_law_came_doesnt_leave_against_it(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 1})
    closed = law(world.new_york)
    with pytest.raises(DomainError, match="New York takes no wine by mail"):
        ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    assert Order.objects.get(pk=order.pk).state == "placed"
    closed.delete()
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    assert run_checks(world.now) == []


def test_who_saves_an_address_is_told_what_the_whole_place_says(world: World) -> None:
    assert word_at_save(world.ben_home, world.now) == ""
    law(world.new_york, "alcohol", tenths=150)
    assert word_at_save(world.ben_home, world.now) == "", "some wine may go"
    law(world.new_york)
    assert word_at_save(world.ben_home, world.now).startswith("New York takes no wine by mail.")
    assert word_at_save(Address.objects.get(pk=world.ana_home.pk), world.now) == ""


def test_limits_and_laws_are_said_one_at_a_time(world: World) -> None:
    limited(world.new_york, 1)
    law(world.new_york)
    assert "takes no wine" in refused(world, {"CAB23": 2})


# Changing them


def values(world: World, kind: LawKind = LawKind.ALCOHOL, **facts: Any) -> LawValues:
    given = {"first_day": date(2026, 1, 1), "tenths": 160 if kind is LawKind.ALCOHOL else None, **facts}
    return LawValues("US", "NY", kind, **given)


def save(world: World, found: LawValues, **how: Any) -> Law:
    return save_law(values=found, actor=world.staff, now=world.now, **how)


def test_a_law_is_saved_changed_and_removed_and_told(world: World) -> None:
    saved = save(world, values(world))
    assert law_values(saved) == values(world, labels=frozenset(), label_ends=frozenset())
    save(world, values(world, tenths=165), law=saved, shown={"tenths": 160})
    saved.refresh_from_db()
    assert saved.tenths == 165
    with pytest.raises(Overtaken):
        save(world, values(world, tenths=140), law=saved, shown={"tenths": 160})
    delete_law(law=saved, actor=world.staff, now=world.now)
    told_of = [event.text for event in Event.objects.filter(subject_kind="law").order_by("id")]
    assert told_of == [
        "set a law of New York: no wine stronger than 16 %",
        "changed the law of New York: no wine stronger than 16.5 % (the ceiling)",
        "removed the law of New York: no wine stronger than 16.5 %",
    ]


def test_lists_are_written_in_one_way_and_labels_settle_one_by_one(world: World) -> None:
    assert save(world, values(world, LawKind.FORMATS, words=" 3000 187,187")).words == "187, 3000"
    named = save(world, values(world, LawKind.CARRIERS, words="FedEx,Our own van, ups"))
    assert named.words == "fedex, own, ups"
    registration = save(world, values(world, LawKind.LABELS, labels=frozenset({world.cabernet.vintage_id})))
    save(
        world,
        values(world, LawKind.LABELS, labels=frozenset({world.chardonnay.vintage_id})),
        law=registration,
        shown={"labels": frozenset()},
    )
    assert {one.pk for one in registration.labels.all()} == {
        world.cabernet.vintage_id,
        world.chardonnay.vintage_id,
    }, "a colleague's tick stays"


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        (LawKind.ALCOHOL, {"tenths": None}, "percent"),
        (LawKind.ALCOHOL, {"tenths": 1_001}, "percent"),
        (LawKind.FORMATS, {"words": "1.5 l"}, "words"),
        (LawKind.FORMATS, {}, "words"),
        (LawKind.DRY_ZIPS, {"words": "84101 !"}, "words"),
        (LawKind.PERMIT, {}, "words"),
        (LawKind.REPORTING, {}, "words"),
        (LawKind.REPORTING, {"words": "Monthly", "every": "fortnight"}, "every"),
        (LawKind.CARRIERS, {"words": "Pony Express"}, "words"),
        (LawKind.CARRIERS, {}, "words"),
        (LawKind.CLOSED, {"last_day": date(2025, 12, 31)}, "last_day"),
        (LawKind.CLOSED, {"last_day": date(2290, 1, 1)}, "last_day"),
    ],
)
def test_what_cant_be_meant_is_refused_by_its_field(
    world: World, kind: LawKind, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        save(world, values(world, kind, **facts))
    assert refused.value.code == "law_invalid" and field in refused.value.fields
    assert not Law.objects.exists() and not Event.objects.filter(subject_kind="law").exists()


def test_many_are_taken_over_as_they_were_seen_or_not_at_all(world: World) -> None:
    rows = [values(world), values(world, LawKind.CLOSED)]
    first = differences(rows)
    assert [one.stands for one in first] == [None, None] and all(one.has_place for one in first)
    take_over(rows=rows, stood=[None, None], actor=world.staff, now=world.now)
    assert [one.is_same for one in differences(rows)] == [True, True], "labels aside"
    stood = [one.stands for one in differences(rows)]
    Law.objects.filter(kind="alcohol").update(tenths=140)
    with pytest.raises(DomainError) as overtaken:
        take_over(rows=[values(world, tenths=170), rows[1]], stood=stood, actor=world.staff, now=world.now)
    assert "meanwhile" in overtaken.value.fields["0"] and Law.objects.get(kind="alcohol").tenths == 140


def test_what_ends_soon_or_is_old_is_looked_at(world: World) -> None:
    today = date(2026, 11, 30)
    fine = law(world.oregon, checked_on=today)
    for facts in (
        {"checked_on": None},
        {"checked_on": today - timedelta(days=366)},
        {"checked_on": today, "last_day": today + timedelta(days=20)},
    ):
        law(world.oregon, "signature", **facts)
    law(world.oregon, "signature", last_day=today - timedelta(days=1))
    assert laws_to_look_at(today).count() == 3 and fine not in laws_to_look_at(today)
