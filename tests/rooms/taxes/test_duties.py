"""The duty table: rows are made, changed and taken over, and two never ask for one wine on one day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.rooms.taxes.dutiable import duty
from tests.world import World
from tirage.catalog.models import Vintage, Wine
from tirage.core.errors import Conflict, DomainError
from tirage.core.hands import Overtaken
from tirage.core.models import Event
from tirage.taxes.duties.differences import differences
from tirage.taxes.duties.models import Duty
from tirage.taxes.duties.operations import DutyValues, delete_duty, duty_values, save_duty, take_over
from tirage.taxes.duties.queries import dutiable_wines, duties_to_look_at, duty_rows
from tirage.taxes.duties.rules import DutyPer, DutyUnknown, DutyWine, duties_on
from tirage.taxes.duties.starting import starting_duties
from tirage.taxes.duties.words import explain_duty, say_unknown, say_whole

FEBRUARY = date(2026, 2, 1)
BRITISH = DutyValues(
    "GB",
    "",
    "Alcohol duty",
    DutyPer.ALCOHOL,
    Decimal("30.62"),
    "GBP",
    FEBRUARY,
    from_tenths=85,
    to_tenths=220,
)


def save(world: World, values: DutyValues, found: Duty | None = None, **facts: object) -> Duty:
    return save_duty(values=values, duty=found, actor=world.staff, now=world.now, **facts)  # type: ignore[arg-type]


def refused(world: World, values: DutyValues, found: Duty | None = None) -> dict[str, str]:
    before = list(Duty.objects.values())
    with pytest.raises(DomainError) as why:
        save(world, values, found)
    assert list(Duty.objects.values()) == before
    return dict(why.value.fields)


def test_a_row_is_kept_as_typed_said_and_recorded(world: World) -> None:
    saved = save(world, replace(BRITISH, currency=" gbp ", exchange=Decimal("1.1725"), source="gov.uk"))
    assert duty_values(saved) == replace(BRITISH, exchange=Decimal("1.1725"), source="gov.uk")
    told = "set a duty of United Kingdom: Alcohol duty: 30.62 GBP per l of pure alcohol, all wine of 8.5 % to 22 %"
    assert Event.objects.filter(name="delivery.saved").latest("pk").text == told
    changed = save(world, replace(duty_values(saved), amount=Decimal("31")), saved)
    assert changed.amount_micros == 31_000_000
    assert "(the amount)" in Event.objects.filter(name="delivery.saved").latest("pk").text
    delete_duty(duty=changed, actor=world.staff, now=world.now)
    assert not Duty.objects.exists()
    with pytest.raises(Conflict):
        save(world, BRITISH, changed)


def test_what_cannot_be_is_refused_beside_its_field(world: World) -> None:
    assert refused(world, replace(BRITISH, country="ZZ")).keys() == {"country"}
    assert refused(world, replace(BRITISH, name=" ")).keys() == {"name"}
    assert refused(world, replace(BRITISH, currency="£")).keys() == {"currency"}
    assert refused(world, replace(BRITISH, amount=Decimal("0.0000001"))).keys() == {"amount"}
    assert refused(world, replace(BRITISH, exchange=Decimal(0))).keys() == {"exchange"}
    assert refused(world, replace(BRITISH, from_tenths=221)).keys() == {"to_percent"}
    assert refused(world, replace(BRITISH, last_day=date(2026, 1, 31))).keys() == {"last_day"}
    assert refused(world, replace(BRITISH, first_day=date(1800, 1, 1))).keys() == {"first_day"}


def test_two_rows_never_ask_for_one_wine_on_one_day(world: World) -> None:
    save(world, BRITISH)
    words = refused(world, replace(BRITISH, first_day=date(2027, 2, 1), amount=Decimal(32)))["first_day"]
    assert "holds from February 1, 2026 on" in words and "Give that one a last day first." in words
    assert "first_day" in refused(world, replace(BRITISH, wine=DutyWine.SPARKLING, from_tenths=100))
    save(world, replace(BRITISH, from_tenths=221, to_tenths=1_000))
    save(world, replace(BRITISH, name="Customs", per=DutyPer.VALUE))
    save(world, replace(BRITISH, country="IE"))
    save(world, replace(BRITISH, last_day=date(2027, 1, 31)), Duty.objects.earliest("pk"))
    save(world, replace(BRITISH, first_day=date(2027, 2, 1)))


def test_what_a_colleague_changed_stays(world: World) -> None:
    saved = save(world, BRITISH)
    seen = {name: getattr(BRITISH, name) for name in ("amount", "source", "name")}
    save(world, replace(BRITISH, source="The trade body"), saved)
    both = save(world, replace(BRITISH, amount=Decimal(31)), saved, shown=seen)
    assert (both.source, both.amount_micros) == ("The trade body", 31_000_000)
    with pytest.raises(Overtaken):
        save(world, replace(BRITISH, amount=Decimal(32)), saved, shown=seen)


def test_the_rows_of_a_day_and_what_wine_bears(world: World) -> None:
    save(world, replace(BRITISH, last_day=date(2027, 1, 31)))
    save(world, replace(BRITISH, first_day=date(2027, 2, 1), amount=Decimal(32)))
    assert [row.amount for row in duty_rows("GB", "", date(2027, 1, 31))] == [Decimal("30.62")]
    assert [row.amount for row in duty_rows("GB", "", date(2027, 2, 1))] == [Decimal(32)]
    assert duty_rows("GB", "", date(2026, 1, 31)) == duty_rows("FR", "", FEBRUARY) == ()
    Vintage.objects.filter(skus=world.cabernet).update(alcohol_percent=Decimal("13.5"))
    wines = dutiable_wines({world.cabernet.pk: 12}, {world.cabernet.pk: 60_000})
    (line,) = duties_on(wines, duty_rows("GB", "", FEBRUARY))
    assert line.minor == 3_720
    assert explain_duty(line) == (
        "12 bottles of 750 ml at 13.5 % are 1.215 l of pure alcohol, at 30.62 GBP per l"
    )


def test_what_is_missing_is_said_with_where_to_write_it(world: World) -> None:
    save(world, BRITISH)
    rows = duty_rows("GB", "", FEBRUARY)
    for percent, words in ((None, "isn’t written down"), (Decimal("7.5"), "covers")):
        Vintage.objects.filter(skus=world.cabernet).update(alcohol_percent=percent)
        with pytest.raises(DutyUnknown) as unknown:
            duties_on(dutiable_wines({world.cabernet.pk: 1}, {}), rows)
        assert words in say_unknown(unknown.value, "United Kingdom")
    Wine.objects.filter(vintages__skus=world.cabernet).update(colour="sparkling")
    assert dutiable_wines({world.cabernet.pk: 1}, {})[0].is_sparkling


def test_starting_data_is_taken_over_whole_and_the_same_again_changes_nothing(world: World) -> None:
    rows = starting_duties()
    assert take_over(rows=rows, stood=[None] * len(rows), actor=world.staff, now=world.now) == len(rows) == 14
    found = differences(rows)
    assert all(one.is_same for one in found)
    assert take_over(rows=rows, stood=[one.stands for one in found], actor=world.staff, now=world.now) == 0
    assert say_whole(rows[2].row) == (
        "Alcohol duty: 28.5 GBP per l of pure alcohol, all wine of 11.5 % to 14.5 %, counted as 12.5 %, "
        "from August 1, 2023 to January 31, 2025"
    )


def test_a_file_is_taken_over_whole_or_not_at_all(world: World) -> None:
    saved = save(world, BRITISH)
    ends, begins = replace(BRITISH, last_day=date(2027, 1, 31)), replace(BRITISH, first_day=date(2027, 2, 1))
    Duty.objects.filter(pk=saved.pk).update(source="A colleague")
    with pytest.raises(DomainError) as why:
        take_over(rows=[begins, ends], stood=[None, BRITISH], actor=world.staff, now=world.now)
    assert "Somebody changed this duty of United Kingdom meanwhile." in why.value.fields["1"]
    assert Duty.objects.count() == 1 and Duty.objects.get().last_day is None
    stands = duty_values(Duty.objects.get())
    assert take_over(rows=[begins, ends], stood=[None, stands], actor=world.staff, now=world.now) == 2
    assert Duty.objects.count() == 2


def test_what_ends_soon_or_is_old_is_to_be_looked_at(world: World) -> None:
    today = world.now.date()
    fresh = duty(checked_on=today)
    assert not duties_to_look_at(today).exists()
    for facts in ({"checked_on": None}, {"checked_on": today - timedelta(days=366)}, {"last_day": today}):
        Duty.objects.filter(pk=fresh.pk).update(**({"checked_on": today, "last_day": None} | facts))
        assert duties_to_look_at(today).exists(), facts
