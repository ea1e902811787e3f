"""A mailbox in two spellings is one customer, at every door."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client

from tests.world import World
from tirage.backoffice.frame.people import best_first, people_matching
from tirage.core.errors import DomainError
from tirage.core.models import Event, WrongTries
from tirage.customers.models import Customer
from tirage.customers.operations import create_customer, update_customer
from tirage.customers.sign_in import request_sign_in, sign_in_with_code

pytestmark = pytest.mark.django_db
UNICODE, ASCII = "ida@bücher.example", "ida@xn--bcher-kva.example"


@pytest.fixture
def ida(world: World) -> Customer:
    return create_customer(email=UNICODE, first_name="Ida", actor=world.staff, now=world.now)


@pytest.mark.parametrize("spelling", [UNICODE, ASCII, "IDA@BÜCHER.EXAMPLE.", "ida＠bu\u0308cher.example"])
def test_one_customer_at_every_door(world: World, ida: Customer, spelling: str) -> None:
    assert ida.email == ASCII
    with pytest.raises(DomainError, match="belongs to Ida"):
        create_customer(email=spelling, actor=world.staff, now=world.now)
    with pytest.raises(DomainError, match="belongs to Ida"):
        update_customer(customer=world.ana, values={"email": spelling}, actor=world.staff, now=world.now)
    asked = request_sign_in(email=spelling, next_path="", ip="", actor=world.staff, now=world.now)
    assert asked.customer == ida
    came = sign_in_with_code(email=spelling, code=asked.code, actor=world.staff, now=world.now)
    assert came.customer == ida
    assert list(people_matching(spelling.rstrip("."))) == [ida]
    assert best_first(spelling, Customer.objects.all())[0] == ida


def test_wrong_codes_of_all_spellings_count_together(world: World, ida: Customer) -> None:
    request_sign_in(email=UNICODE, next_path="", ip="", actor=world.staff, now=world.now)
    for at, spelling in enumerate((UNICODE, ASCII)):
        with pytest.raises(DomainError):
            sign_in_with_code(
                email=spelling, code="x", actor=world.staff, now=world.now + timedelta(seconds=at)
            )
    assert WrongTries.objects.get().wrong == 2


def test_a_form_takes_the_wide_letter(world: World) -> None:
    answer = Client().post("/sign-in/", {"email": " ana\uff20example.com\u200b"})
    assert answer.status_code == 302 and answer.headers["location"] == "/sign-in/code/"


def test_rows_of_before_get_the_one_spelling_and_two_of_one_are_told(world: World) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(email="ana@köln.example")
    Customer.objects.filter(pk=world.ben.pk).update(email=UNICODE)
    Customer.objects.filter(pk=world.clara.pk).update(email=ASCII)
    migration = import_module("tirage.customers.migrations.0008_one_spelling")
    migration.spell_alike(apps, None)
    emails = dict(Customer.objects.values_list("pk", "email"))
    assert emails[world.ana.pk] == "ana@xn--kln-sna.example"
    assert (emails[world.ben.pk], emails[world.clara.pk]) == (UNICODE, ASCII)
    told = dict(Event.objects.filter(text__contains="another spelling").values_list("customer_id", "text"))
    assert set(told) == {world.ben.pk, world.clara.pk} and ASCII in told[world.ben.pk]
