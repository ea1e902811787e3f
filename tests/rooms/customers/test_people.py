from datetime import datetime

import pytest

from tests.world import World
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer, Tag
from tirage.customers.operations import (
    add_note,
    create_customer,
    reinstate_customer,
    save_standing_note,
    set_tags,
    sign_out_everywhere,
    suspend_customer,
    update_customer,
)


def test_a_new_customer_joins_the_default_group_and_can_be_found(world: World) -> None:
    customer = create_customer(
        email=" Eva@Example.COM ",
        first_name="José",
        last_name="Núñez",
        phone="(415) 555-0177",
        marketing_consent=True,
        actor=world.staff,
        now=world.now,
    )
    assert customer.email == "eva@example.com"
    assert [membership.group for membership in customer.memberships.all()] == [world.welcome]
    for words in ("josé núñez", "jose nunez", "eva@example.com", "4155550177"):
        assert words in customer.search_text
    assert customer.marketing_consent_at == world.now
    names = Event.objects.filter(customer_id=customer.pk).order_by("id").values_list("name", flat=True)
    assert list(names) == ["customer.created", "group.joined"]


def test_without_a_default_group_a_new_customer_has_none(winery: object, now: datetime) -> None:
    customer = create_customer(email="eva@example.com", actor=system(), now=now)
    assert not customer.memberships.exists()
    assert str(customer) == "eva@example.com"


@pytest.mark.parametrize("email", ["", "not an address", "ana@", "a@b@c"])
def test_an_address_that_is_none_is_refused(world: World, email: str) -> None:
    with pytest.raises(DomainError) as refused:
        create_customer(email=email, actor=world.staff, now=world.now)
    assert refused.value.code == "email_invalid"
    assert "email" in refused.value.fields


def test_the_same_address_in_another_case_is_the_same_person(world: World) -> None:
    before = Customer.objects.count()
    with pytest.raises(DomainError) as refused:
        create_customer(email="ANA@example.com", actor=world.staff, now=world.now)
    assert refused.value.code == "email_taken"
    assert "Ana Alvarez" in refused.value.message
    assert Customer.objects.count() == before


def test_changing_a_customer_keeps_the_search_right_and_names_what_changed(world: World) -> None:
    customer = update_customer(
        customer=world.ana,
        values={"last_name": "Almeida", "email": "Ana.Almeida@example.com"},
        marketing_consent=False,
        actor=world.staff,
        now=world.now,
    )
    assert "almeida" in customer.search_text
    assert "alvarez" not in customer.search_text
    assert customer.marketing_consent_at is None
    event = Event.objects.get(name="customer.updated")
    assert event.data["fields"] == ["email", "last_name", "marketing consent"]


def test_changing_nothing_records_nothing(world: World) -> None:
    update_customer(
        customer=world.ana,
        values={"first_name": "Ana "},
        marketing_consent=True,
        actor=world.staff,
        now=world.now,
    )
    assert not Event.objects.filter(name="customer.updated").exists()


def test_an_address_of_somebody_else_is_refused_and_nothing_changes(world: World) -> None:
    with pytest.raises(DomainError):
        update_customer(
            customer=world.ana,
            values={"first_name": "Anne", "email": "ben@example.com"},
            actor=world.staff,
            now=world.now,
        )
    world.ana.refresh_from_db()
    assert (world.ana.first_name, world.ana.email) == ("Ana", "ana@example.com")


def test_suspending_ends_sessions_and_reinstating_opens_the_door_again(world: World) -> None:
    epoch = world.ana.session_epoch
    suspended = suspend_customer(customer=world.ana, reason="Chargeback", actor=world.staff, now=world.now)
    assert not suspended.is_active
    assert suspended.session_epoch == epoch + 1
    assert suspended.status_reason == "Chargeback"
    again = suspend_customer(customer=world.ana, reason="Twice", actor=world.staff, now=world.now)
    assert again.session_epoch == epoch + 1
    reinstated = reinstate_customer(customer=world.ana, actor=world.staff, now=world.now)
    assert reinstated.is_active
    assert reinstated.status_reason == ""
    reinstate_customer(customer=world.ana, actor=world.staff, now=world.now)
    assert Event.objects.filter(name="customer.reinstated").count() == 1


def test_suspending_asks_for_a_reason(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        suspend_customer(customer=world.ana, reason="  ", actor=world.staff, now=world.now)
    assert refused.value.code == "reason_missing"
    world.ana.refresh_from_db()
    assert world.ana.is_active


def test_signing_out_everywhere_raises_the_epoch(world: World) -> None:
    sign_out_everywhere(customer=world.ana, actor=world.staff, now=world.now)
    world.ana.refresh_from_db()
    assert world.ana.session_epoch == 2


def test_tags_are_made_once_in_whatever_case(world: World) -> None:
    set_tags(customer=world.ana, names=["Trade", "visited 2026"], actor=world.staff, now=world.now)
    assert set_tags(customer=world.ben, names=["trade", " "], actor=world.staff, now=world.now) == ["Trade"]
    assert Tag.objects.count() == 2
    assert set_tags(customer=world.ana, names=[], actor=world.staff, now=world.now) == []
    assert not world.ana.tags.exists()
    assert Event.objects.filter(name="customer.tagged", customer_id=world.ana.pk).count() == 2


def test_notes_are_kept_in_the_activity_and_at_the_top(world: World) -> None:
    add_note(customer=world.ana, text="Prefers magnums", actor=world.staff, now=world.now)
    assert Event.objects.get(name="customer.noted").text == "Prefers magnums"
    save_standing_note(customer=world.ana, text="Ring before delivery", actor=world.staff, now=world.now)
    world.ana.refresh_from_db()
    assert world.ana.note == "Ring before delivery"
    with pytest.raises(DomainError):
        add_note(customer=world.ana, text=" ", actor=world.staff, now=world.now)
