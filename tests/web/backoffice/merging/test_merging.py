"""Two accounts compared and merged by the team."""

from __future__ import annotations

import re
from html import unescape

from django.test import Client
from django.urls import reverse

from tests.rooms.checkout.journey import buy
from tests.web.conftest import client_of
from tests.world import World
from tirage.core.models import Event
from tirage.customers.models import Customer, FormerCustomer, Membership
from tirage.customers.operations import add_note
from tirage.orders.models import Order
from tirage.staff.states import Role


def page(client: Client, path: str, **data: str) -> str:
    return unescape(client.get(path, data, follow=True).content.decode())


def path_of(customer: Customer) -> str:
    return reverse("backoffice:merge", args=[customer.reference])


def seen(words: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', words)
    assert found
    return found[1]


def test_compared_chosen_merged(world: World) -> None:
    buy(world, world.ben, {"CAB23": 1}, world.now)
    add_note(customer=world.ben, text="Sends his love", actor=world.staff, now=world.now)
    client = client_of(Role.MANAGER)
    words = page(client, path_of(world.ana), q="baker")
    assert f"?with={world.ben.reference}" in words
    words = page(client, path_of(world.ana), **{"with": world.ben.reference})
    for shown in ("Premier, since", "Estate, since", "1 order", "3 Prince Street", "Visa 4242"):
        assert shown in words
    assert f"{path_of(world.ben)}?with={world.ana.reference}" in words
    chosen = {"email": "stays", "name": "stays", "group": "ends"}
    sent = {"other": world.ben.reference, "seen": seen(words), "also_signs_in": "on", **chosen}
    Customer.objects.filter(pk=world.ben.pk).update(note="New")
    refused = client.post(path_of(world.ana), sent)
    assert refused.status_code == 400 and "has changed since" in unescape(refused.content.decode())
    again = {**sent, "seen": seen(refused.content.decode())}
    done = client.post(path_of(world.ana), again, follow=True)
    words = unescape(done.content.decode())
    assert f"You merged Ben Baker ({world.ben.reference}) into Ana Alvarez." in words
    assert "Sends his love" in words and "ben@example.com signs in too" in words
    assert Order.objects.get().customer == world.ana
    assert Membership.objects.get(customer=world.ana, kind="allocation").group == world.estate
    old = reverse("backoffice:customer", args=[world.ben.reference])
    assert client.get(old).headers["Location"] == reverse("backoffice:customer", args=[world.ana.reference])
    assert "Ana Alvarez" in page(client, reverse("backoffice:search"), q=world.ben.reference)
    end = reverse("backoffice:end_alias", args=[world.ana.reference, world.ben.reference])
    epoch = Customer.objects.get(pk=world.ana.pk).session_epoch
    client.post(end)
    client.post(end)
    assert FormerCustomer.objects.get().also_signs_in == ""
    assert Customer.objects.get(pk=world.ana.pk).session_epoch == epoch + 1
    assert Event.objects.filter(text__startswith="let ben@example.com").count() == 1


def test_what_is_not_chosen_is_asked_for(world: World) -> None:
    client = client_of(Role.OWNER)
    answer = client.post(path_of(world.ana), {"other": world.ben.reference, "seen": "x"})
    assert answer.status_code == 400 and Customer.objects.filter(pk=world.ben.pk).exists()
    nobody = client.post(path_of(world.ana), {"other": world.ana.reference})
    assert nobody.status_code == 400 and "Choose the other account first" in nobody.content.decode()


def test_likely_duplicates_lead_to_the_comparison(world: World) -> None:
    Customer.objects.filter(pk=world.ben.pk).update(email="a.na@example.com")
    words = page(client_of(Role.OWNER), reverse("backoffice:duplicates"))
    assert f"{path_of(world.ana)}?with={world.ben.reference}" in words
