"""The team and standing orders: noted, paused, ended; the run of a release looked at, begun, stopped, gone on with."""

from __future__ import annotations

from django.test import Client

from tests.rooms.standing.standing import agreed, announced, offered
from tests.web.conftest import client_of
from tests.world import World, save_test_card
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.staff.states import Role
from tirage.standing.models import StandingOrder, StandingRun, StandingTerms
from tirage.standing.tasks import order_standing, plan_standing

LIST = "/winery/customers/standing/"


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_an_agreement_by_telephone_is_noted_paused_and_ended(world_today: World) -> None:
    host = client_of(Role.HOSPITALITY)
    typed = {"email": "Ben@Example.com", "amount": "capped", "cap": "6", "version": "1", "said": ""}
    assert host.post(f"{LIST}new/", typed).status_code == 400
    page = host.post(f"{LIST}new/", typed | {"said": "On the telephone"}).headers["Location"]
    shown = text(host, page)
    assert "my allocation up to 6 bottles in all" in shown and "On the telephone" in shown
    assert "Up to 6 bottles" in text(host, LIST)
    assert "Up to 6 bottles" in text(host, f"/winery/customers/{world_today.ben.reference}/")
    for act, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        host.post(f"{page}{act}", {"reason": "Asked us to"})
        assert StandingOrder.objects.get().state == state
    assert "has ended" in host.post(f"{page}pause", {"reason": "Late"}, follow=True).content.decode()


def test_the_preview_says_who_is_left_out_and_the_run_is_begun_and_stopped(world_today: World) -> None:
    world = world_today
    offered(world)
    for customer in (world.ana, world.ben):
        agreed(world, customer)
    PaymentMethod.objects.filter(pk=world.ben_card.pk).update(exp_year=2020)
    run = announced(world)
    page = f"{LIST}runs/{run.reference}/"
    manager, looker = client_of(Role.MANAGER), client_of(Role.READ_ONLY)
    shown = text(manager, page)
    assert "No card is saved that still works." in shown and "Estate Cabernet Sauvignon 2023" in shown
    assert run.release.name in text(looker, f"{LIST}runs/") and "Begin now" not in text(looker, page)
    manager.post(f"{page}stop")
    assert StandingRun.objects.get().state == "stopped" and "Go on" in text(manager, page)
    manager.post(f"{page}start")
    assert "Setting bottles aside" in text(manager, page)
    order_standing.call(run.reference)
    done = text(manager, page)
    assert "placed 1 order. 1 was left out." in done and "You " in done
    assert Order.objects.get().reference in done
    PaymentMethod.objects.filter(pk=world.ben_card.pk).update(exp_year=2090)
    manager.post(f"{page}again")
    order_standing.call(run.reference)
    assert "They had no mail about it before the run began." in text(manager, page)


def test_declined_cards_lead_to_the_money_to_collect(world_today: World) -> None:
    offered(world_today)
    save_test_card(world_today.ben, world_today.now, behaviour=Behaviour.CARD_DECLINED, last4="0001")
    agreed(world_today, world_today.ben)
    run = announced(world_today)
    manager = client_of(Role.MANAGER)
    manager.post(f"{LIST}runs/{run.reference}/look")
    plan_standing.call(run.reference)
    manager.post(f"{LIST}runs/{run.reference}/start")
    order_standing.call(run.reference)
    done = text(manager, f"{LIST}runs/{run.reference}/")
    assert "Of 1 the money is to be collected." in done and "The bottles are kept until" in done
    assert text(manager, "/winery/payments/collect/").count(Order.objects.get().reference)


def test_the_settings_are_kept_and_their_words_checked(world_today: World) -> None:
    manager = client_of(Role.MANAGER)
    typed = {"is_offered": "on", "words": "Yes.", "told_days": "4", "lead_hours": "1", "kept_days": "5"}
    refused = manager.post("/winery/settings/standing/", typed)
    assert refused.status_code == 400 and "{amount} has to stand" in refused.content.decode()
    assert (
        manager.post("/winery/settings/standing/", typed | {"words": "Yes to {amount}."}).status_code == 302
    )
    terms = StandingTerms.objects.get()
    assert (terms.is_offered, terms.version, terms.told_days, terms.kept_days) == (True, 2, 4, 5)
