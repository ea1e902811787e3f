"""Erasing as an owner does it: what stands in the way, what stays, typed out and done; nobody else is offered it."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from tests.rooms.checkout.journey import buy
from tests.web.conftest import ClientAs
from tests.web.storefront.conftest import signed_in_as
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.leaving.erasing.sweeping import go_on
from tirage.leaving.models import Erasure, ErasureAsk
from tirage.orders.models import Order
from tirage.staff.states import Role


def address(world: World, name: str = "erase") -> str:
    return reverse(f"backoffice:{name}", args=[world.ben.reference])


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_open_is_named_and_there_is_no_button(owner_client: Client, world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    order = Order.objects.get()
    text = text_of(owner_client, address(world))
    assert f"{order.reference} is open" in text and "Erase this customer" not in text
    owner_client.post(address(world), {"typed": world.ben.reference, "why": "Asked"})
    assert not Erasure.objects.exists()


def test_typed_out_it_is_done_and_said(owner_client: Client, world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    Order.objects.update(state="shipped", shipped_at=world.now)
    assert "Erase Ben Baker" in text_of(owner_client, address(world, "customer"))
    assert "1 order of" in text_of(owner_client, address(world))
    answer = owner_client.post(address(world), {"typed": "Ben", "why": "Asked"})
    assert answer.status_code == 400 and not Erasure.objects.exists()
    owner_client.post(address(world), {"typed": world.ben.reference, "why": "Asked by letter"})
    go_on(reference=Erasure.objects.get().reference, clock=read_clock)
    text = text_of(owner_client, address(world, "customer"))
    assert "Asked by letter" in text and "Nothing names the person any more" in text and "Baker" not in text
    assert "Nobody can undo" not in text_of(owner_client, address(world))
    assert Customer.objects.get(pk=world.ben.pk).erased_at
    order = text_of(owner_client, reverse("backoffice:order", args=[Order.objects.get().reference]))
    assert "Erased customer" in order and "Baker" not in order
    assert "Baker" not in text_of(owner_client, reverse("backoffice:log"))


def test_a_manager_has_no_way_to_it(client_as: ClientAs, world: World) -> None:
    manager = client_as(Role.MANAGER)
    assert manager.get(address(world)).status_code == 403
    assert "/erase/" not in text_of(manager, address(world, "customer"))


def test_who_asks_is_on_home_and_is_answered(owner_client: Client, world: World) -> None:
    ben, page = signed_in_as(world.ben), reverse("storefront:own_data")
    assert ben.post(page).status_code == 422 and not ErasureAsk.objects.exists()
    for _ in range(2):
        ben.post(page, {"sure": "1"})
    ask = ErasureAsk.objects.get()
    ErasureAsk.objects.update(made_at=read_clock() - timedelta(days=3))
    assert "1 customer asks to be erased, for 3 days" in text_of(owner_client, reverse("backoffice:home"))
    assert "Ben Baker" in text_of(owner_client, reverse("backoffice:erasure_asks"))
    refuse = reverse("backoffice:refuse_erasing", args=[ask.reference])
    owner_client.post(refuse, {"answer": ""})
    assert ErasureAsk.objects.get().state == "open"
    owner_client.post(refuse, {"answer": "Your wine ships in May."})
    assert "Your wine ships in May." in text_of(ben, page)
    ben.post(page, {"sure": "1"})
    owner_client.post(address(world), {"typed": world.ben.reference, "why": "Asked"})
    assert set(ErasureAsk.objects.values_list("state", flat=True)) == {"refused", "done"}
    assert ben.get(page).status_code == 302


def test_the_customer_takes_their_data_and_nobody_elses(world: World) -> None:
    ben = signed_in_as(world.ben)
    answer = ben.get(reverse("storefront:own_data_file"))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert world.ben.email in text and world.ana.email not in text
    assert Event.objects.filter(name="export.made", customer_id=world.ben.pk, actor_kind="customer").exists()
    assert Client().get(reverse("storefront:own_data_file")).status_code == 302
