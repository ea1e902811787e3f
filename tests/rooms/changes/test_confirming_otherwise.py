"""Changes that are paid by a link, by hand or from store credit, and those of orders that are charged at shipment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import (
    bought,
    card_that,
    confirm,
    customer_actor,
    draft_of,
    held_for,
    key_of,
    one_more,
    pieces_on,
    quoted,
    snapshot,
)
from tests.rooms.changes.test_drafting import refusal
from tests.world import World
from tirage.changes.operations import (
    drop_draft,
    edit_draft,
    finish_change_payment,
    let_stray_authorisations_go,
    pay_draft,
)
from tirage.changes.rules import OfflineMoney
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.models import Event, Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.payments.models import PayLink, Payment
from tirage.payments.operations import (
    give_credit,
)

# By a link, offline, from store credit


def test_a_pay_link_keeps_the_bottles_until_it_ends(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = one_more(world, order, world.staff)
    done = confirm(world, draft, world.staff, settle_by=SettleBy.LINK, payment_method=None)
    link = PayLink.objects.get(reference=done.link_reference)
    until = world.now + timedelta(days=7)
    draft.refresh_from_db()
    assert done.status == "link" and (link.purpose, link.amount_minor) == (draft.reference, 129_60)
    assert draft.expires_at == link.expires_at == until and held_for(draft, until - timedelta(seconds=1)) == 1
    assert (draft.state, draft.waiting_code) == ("waiting", "pay_link") and run_checks(world.now) == []
    later = world.now + timedelta(days=6)
    paid = pay_draft(
        draft_reference=draft.reference,
        payment_method=world.ben_card,
        actor=customer_actor(world.ben),
        now=later,
    )
    assert paid.status == "applied" and pieces_on(order) == {"CAB23": 3}
    told = Event.objects.get(name="order.changed")
    assert (told.actor_label, told.text) == (
        "Olive Owens",
        "added 1 × Estate Cabernet Sauvignon 2023; $129.60 charged to Visa 4242",
    )
    assert run_checks(later) == []


def test_a_link_ends_with_its_draft(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    for end in (drop_draft, edit_draft):
        draft = one_more(world, order, world.staff)
        confirm(world, draft, world.staff, settle_by=SettleBy.LINK)
        end(draft_reference=draft.reference, actor=world.staff, now=world.now)
        assert not PayLink.objects.filter(purpose=draft.reference, used_at=None, revoked_at=None).exists()
    assert (
        refusal(
            lambda: pay_draft(
                draft_reference=draft.reference,
                payment_method=world.ben_card,
                actor=customer_actor(world.ben),
                now=world.now,
            )
        )
        == "not_waiting"
    )


def test_a_link_whose_order_changed_is_not_paid(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = one_more(world, order, world.staff)
    confirm(world, draft, world.staff, settle_by=SettleBy.LINK)
    ben = customer_actor(world.ben)
    confirm(world, draft_of(world, order, ben, gift_note="Hello"), ben)
    before = snapshot(order)
    assert (
        refusal(
            lambda: pay_draft(
                draft_reference=draft.reference, payment_method=world.ben_card, actor=ben, now=world.now
            )
        )
        == "order_moved_on"
    )
    assert snapshot(order) == before and charged_in_all() == 289_44


def test_money_that_came_otherwise_makes_the_change_at_once(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = one_more(world, order, world.staff)
    how: dict[str, Any] = {"settle_by": SettleBy.OFFLINE, "payment_method": None}
    assert refusal(lambda: confirm(world, draft, world.staff, **how)) == "offline_invalid"
    comp = OfflineMoney("comp")
    assert refusal(lambda: confirm(world, draft, world.staff, **how, offline=comp)) == "reason_missing"
    done = confirm(world, draft, world.staff, **how, offline=OfflineMoney("cheque", "No. 1207"))
    assert done.status == "applied" and Order.objects.get().balance_minor == 0
    assert Event.objects.get(name="order.changed").text.endswith("$129.60 paid by check")
    assert run_checks(world.now) == []


def test_store_credit_pays_for_all_or_nothing(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    before = snapshot(order)
    how: dict[str, Any] = {"settle_by": SettleBy.CREDIT, "payment_method": None}
    assert refusal(lambda: confirm(world, draft, ben, **how)) == "credit_too_low"
    assert snapshot(order) == before
    give_credit(
        customer=world.ben, amount=Money(150_00, "USD"), reason="Corked", actor=world.staff, now=world.now
    )
    assert confirm(world, draft, ben, **how).status == "applied"
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 20_40
    assert Event.objects.get(name="order.changed").text.endswith("$129.60 paid from store credit")
    assert run_checks(world.now) == []


# Set aside instead of taken


@pytest.fixture
def at_shipment(world: World) -> World:
    """A winery that takes money when it ships."""
    Winery.objects.update(charge_when="at_shipment")
    forget_winery()
    return world


def test_more_is_set_aside_and_less_gives_nothing_back(at_shipment: World) -> None:
    world = at_shipment
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    assert confirm(world, one_more(world, order), ben).status == "applied"
    payment = Payment.objects.exclude(purpose="").get()
    assert (payment.kind, payment.amount_minor, Order.objects.get().paid_minor) == ("authorise", 129_60, 0)
    assert Event.objects.get(name="order.changed").text.endswith("$129.60 set aside on Visa 4242")
    fewer = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    assert quoted(fewer, ben, world.now).settlement.minor == 0
    assert confirm(world, fewer, ben).status == "applied"
    assert not Payment.objects.filter(kind="refund").exists()
    again = draft_of(world, order, ben, add={world.cabernet: 1})
    assert quoted(again, ben, world.now).settlement.minor == 0, "it is set aside already"
    assert run_checks(world.now) == []


def test_what_was_set_aside_for_nothing_is_let_go(at_shipment: World) -> None:
    world = at_shipment
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    confirm(world, draft_of(world, order, world.staff, gift_note="Hello"), world.staff)
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    assert (
        finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now).status
        == "declined"
    )
    assert let_stray_authorisations_go(now=world.now) == 1 and let_stray_authorisations_go(now=world.now) == 0
    payment.refresh_from_db()
    assert payment.released_at and Order.objects.get().paid_minor == 0 and run_checks(world.now) == []
