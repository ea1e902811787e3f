"""Five thousand invented people: the same every time, believable, and reachable by nobody."""

from collections import Counter
from datetime import date

import pytest

from tirage.demo.people import COUNT, DemoPerson, Tier, make_people
from tirage.places import validate_address_parts

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def people() -> list[DemoPerson]:
    return make_people(TODAY)


def test_the_same_call_gives_the_same_people(people: list[DemoPerson]) -> None:
    assert make_people(TODAY) == people
    assert make_people(TODAY, seed=1) != people


def test_everybody_has_an_address_of_their_own_in_an_example_domain(people: list[DemoPerson]) -> None:
    assert len(people) == COUNT
    assert len({person.email for person in people}) == COUNT
    assert len({person.number for person in people}) == COUNT
    for person in people:
        name, _, host = person.email.partition("@")
        assert host.endswith((".example.com", ".example.org", ".example.net"))
        assert name.isascii() and person.email == person.email.lower()


def test_telephones_are_those_of_films(people: list[DemoPerson]) -> None:
    phones = [person.phone for person in people] + [a.phone for person in people for a in person.addresses]
    assert all(phone[5:10] == "55501" and len(phone) == 12 for phone in phones if phone)


def test_every_address_can_be_taxed_and_shipped_to(people: list[DemoPerson]) -> None:
    for person in people:
        for address in person.addresses:
            assert (
                validate_address_parts(
                    country=address.country,
                    line1=address.line1,
                    city=address.city,
                    state=address.state,
                    postal_code=address.postal_code,
                )
                == []
            ), address


def test_one_address_is_the_default(people: list[DemoPerson]) -> None:
    counts = Counter(len(person.addresses) for person in people)
    assert counts[0] > 200 and sum(counts[n] for n in (2, 3, 4)) > 400
    for person in people:
        assert sum(address.is_default for address in person.addresses) == bool(person.addresses)


def test_wine_states_lead_in_the_right_order(people: list[DemoPerson]) -> None:
    states = Counter(person.addresses[0].state for person in people if person.addresses)
    located = states.total()
    assert 0.2 < states["CA"] / located < 0.35
    assert next(state for state, _ in states.most_common(4)) == "CA"
    assert {"TX", "NY", "FL"} == {state for state, _ in states.most_common(4)} - {"CA"}
    assert states["WA"] > states["OH"] * 0.8 and states["UT"] < 10
    assert len(states) > 40


def test_everybody_was_of_age_when_signing_up_within_twelve_years(people: list[DemoPerson]) -> None:
    for person in people:
        signed_up = person.signed_up_at
        assert signed_up.tzinfo is not None
        assert 0 < (TODAY - signed_up.date()).days <= 12 * 365
        if person.birth_date:
            assert (signed_up.date() - person.birth_date).days >= 21 * 365.25
        assert person.consented_at is None or person.consented_at >= signed_up


def test_tiers_have_their_sizes_and_their_zeal(people: list[DemoPerson]) -> None:
    tiers = Counter(person.tier for person in people)
    assert (tiers[Tier.RIDGE], tiers[Tier.SLOPE], tiers[Tier.FIELD]) == (380, 950, 1_600)
    assert (tiers[Tier.WAITING], tiers[Tier.EMPLOYEE], tiers[Tier.TEST]) == (900, 14, 6)

    def mean(tier: Tier) -> float:
        return sum(person.zeal for person in people if person.tier is tier) / tiers[tier]

    assert mean(Tier.RIDGE) > mean(Tier.SLOPE) > mean(Tier.FIELD)


def test_a_few_are_suspended_for_a_reason_and_most_have_opted_in(people: list[DemoPerson]) -> None:
    suspended = [person for person in people if person.is_suspended]
    assert 15 <= len(suspended) <= 80
    assert all(bool(person.suspended_because) == person.is_suspended for person in people)
    assert 0.7 < sum(person.consented_at is not None for person in people) / COUNT < 0.86


def test_a_small_list_has_everybody_in_it_too() -> None:
    few = make_people(TODAY, count=200)
    assert len(few) == 200
    assert {person.tier for person in few} == set(Tier)


def test_namesakes_are_few_and_no_two_share_a_mailbox(people: list[DemoPerson]) -> None:
    assert len({(one.first_name, one.last_name) for one in people}) > 0.97 * COUNT
    names, hosts = zip(*(one.email.split("@") for one in people), strict=True)
    assert len({(name.replace(".", ""), host) for name, host in zip(names, hosts, strict=True)}) == COUNT
