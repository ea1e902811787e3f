"""Old enough: on which calendar, by whose law, and what a refused date does afterwards."""

from datetime import date, datetime

import pytest

from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.ages import is_under_age, legal_age
from tirage.customers.operations import confirm_adult, create_customer, update_customer


def test_confirming_age_keeps_the_first_moment_and_the_birth_date(world: World) -> None:
    customer = create_customer(email="eva@example.com", actor=world.staff, now=world.now)
    first = confirm_adult(customer=customer, birth_date=None, actor=world.staff, now=world.now)
    assert first.adult_confirmed_at == world.now
    later = confirm_adult(
        customer=customer, birth_date=date(1980, 1, 2), actor=world.staff, now=world.now.replace(day=20)
    )
    assert later.adult_confirmed_at == world.now
    assert later.birth_date == date(1980, 1, 2)


@pytest.mark.parametrize(("born", "too_young"), [(date(2005, 10, 7), True), (date(2005, 10, 6), False)])
def test_the_day_of_the_birthday_counts_on_the_winerys_calendar(
    world: World, born: date, too_young: bool
) -> None:
    """At 02:00 UTC on the 7th it is still the 6th in California."""
    night = datetime.fromisoformat("2026-10-07T02:00:00+00:00")
    assert is_under_age(born, night) is too_young


@pytest.mark.parametrize("born", [date(2030, 1, 1), date(26, 1, 1)])
def test_a_year_nobody_was_born_in_is_asked_again(world: World, born: date) -> None:
    with pytest.raises(DomainError) as refused:
        confirm_adult(customer=world.ana, birth_date=born, actor=world.staff, now=world.now)
    assert refused.value.code == "birth_date_invalid"
    world.ana.refresh_from_db()
    assert world.ana.birth_date == date(1975, 5, 17)


def test_a_refused_date_stays_until_the_winery_corrects_it(world: World) -> None:
    """Neither a bare "yes" nor another date takes it away, and of two dates the younger one counts."""
    young = date(world.now.year - 20, 1, 1)
    for said in (young, None, date(1980, 1, 1), date(world.now.year - 25, 1, 1)):
        with pytest.raises(DomainError, match="21 or older") as refused:
            confirm_adult(customer=world.ana, birth_date=said, actor=world.staff, now=world.now)
        assert refused.value.code == "too_young"
        world.ana.refresh_from_db()
        assert (world.ana.birth_date, world.ana.adult_confirmed_at) == (young, None)
    told = Event.objects.get(name="customer.age_refused")
    assert "instead of 1975-05-17" in told.text and told.data["before"] == "1975-05-17"
    values: dict[str, str | date | None] = {"birth_date": date(1975, 5, 17)}
    update_customer(customer=world.ana, values=values, actor=world.staff, now=world.now)
    adult = confirm_adult(customer=world.ana, birth_date=None, actor=world.staff, now=world.now)
    assert adult.adult_confirmed_at == world.now and adult.birth_date == date(1975, 5, 17)


@pytest.mark.parametrize(
    ("own", "place", "age"),
    [
        (18, ("US", "CA"), 21),
        (18, ("US", "PR"), 18),
        (18, ("GB", ""), 18),
        (16, ("DE", ""), 16),
        (18, ("CA", "ON"), 19),
        (18, ("CA", "QC"), 18),
        (21, ("GB", ""), 21),
        (18, ("", ""), 18),
    ],
)
def test_the_higher_age_of_the_winery_and_the_place_counts(
    world: World, own: int, place: tuple[str, str], age: int
) -> None:
    Winery.objects.update(legal_age=own)
    forget_winery()
    assert legal_age(*place) == age
