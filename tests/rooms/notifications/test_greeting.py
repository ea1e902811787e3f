"""A letter begins with the name that somebody has, if it is only one."""

from __future__ import annotations

import pytest
from django.core import mail as outbox

from tests.world import World
from tirage.customers.models import Customer
from tirage.notifications.operations import queue_card_needed
from tirage.notifications.sending import send_one

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("first", "last", "begins"),
    [
        ("", "Sukarno", "Dear Sukarno,"),
        ("Cher", "", "Dear Cher,"),
        ("Ben", "Baker", "Dear Ben,"),
        ("", "", "Dear there,"),
    ],
)
def test_who_has_one_name_is_greeted_by_it(world: World, first: str, last: str, begins: str) -> None:
    Customer.objects.filter(pk=world.ben.pk).update(first_name=first, last_name=last)
    send_one(queue_card_needed(customer_id=world.ben.pk, now=world.now).pk, world.now)
    assert str(outbox.outbox[0].body).startswith(begins)
