"""Two customers become one: both histories are kept, and every ledger comes to what it came to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Sum

from tests.rooms.checkout.journey import buy, hold
from tests.rooms.clubs.test_clubs import club, joined
from tests.rooms.standing.standing import agreed, offered
from tests.rooms.wishes.granting import shared, wished, worked
from tests.world import World, save_test_card
from tirage.changes.operations import drop_draft, open_new_order
from tirage.checkout.models import Cart, OfferLook
from tirage.cli.doctor import run_checks
from tirage.clubs.models import ClubMember
from tirage.core.actors import Actor, ActorKind
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.customers.models import (
    Address,
    Customer,
    CustomerSession,
    FormerCustomer,
    Membership,
    MoveRow,
    PastMembership,
    Tag,
)
from tirage.customers.operations import create_customer, draft_move, move_to_group, suspend_customer
from tirage.customers.queries import find_as_written
from tirage.customers.sign_in import request_sign_in, sign_in_with_code
from tirage.customers.states import MoveKind
from tirage.inventory.models import Hold
from tirage.joining.models import WaitingPlace
from tirage.merging.facts import look_at
from tirage.merging.operations import merge_customers
from tirage.merging.rules import Side
from tirage.offers.models import CustomAllowance
from tirage.orders.models import Order
from tirage.payments.models import CreditEntry, PayLink, Payment, PaymentMethod
from tirage.payments.operations import give_credit
from tirage.payments.states import PaymentState
from tirage.standing.models import StandingOrder
from tirage.wishes.models import Wish


def merge(world: World, **changes: Any) -> Customer:
    """Ben's account ends, Ana's stays."""
    facts: dict[str, Any] = {"stays": world.ana, "ends": world.ben, "chosen": {}, **changes}
    return merge_customers(**facts, actor=world.staff, now=world.now + timedelta(hours=1))


def books() -> dict[str, Any]:
    """What has to come to the same before and after."""
    return {
        "orders": Order.objects.count(),
        "owed": Order.objects.aggregate(owed=Sum("owed_minor"), paid=Sum("paid_minor")),
        "paid": Payment.objects.aggregate(sum=Sum("amount_minor")),
        "credit": (
            Customer.objects.aggregate(sum=Sum("credit_minor"))["sum"],
            CreditEntry.objects.aggregate(sum=Sum("amount_minor"))["sum"],
        ),
        "lifetime": Customer.objects.aggregate(sum=Sum("lifetime_minor"), orders=Sum("orders_count")),
    }


def test_orders_money_and_figures_are_of_the_one_that_stays(world: World) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    buy(world, world.ben, {"CAB23": 1}, world.now)
    for customer, minor in ((world.ben, 40_00), (world.ana, 10_00), (world.ben, -15_00), (world.ana, 5_00)):
        give_credit(
            customer=customer, amount=Money(minor, "USD"), reason="Corked", actor=world.staff, now=world.now
        )
    before = books()
    ana = merge(world)
    assert books() == before and run_checks(world.now) == []
    assert not Customer.objects.filter(pk=world.ben.pk).exists()
    assert ana.orders_count == 2 and ana.orders.count() == 2 and ana.credit_minor == 40_00
    ledger = CreditEntry.objects.filter(customer=ana).order_by("pk")
    assert list(ledger.values_list("amount_minor", "balance_minor")) == [
        (40_00, 40_00),
        (10_00, 50_00),
        (-15_00, 35_00),
        (5_00, 40_00),
    ]
    assert set(PaymentMethod.objects.filter(customer=ana).values_list("is_default", flat=True)) == {
        True,
        False,
    }


def test_what_is_chosen_is_written_and_the_rest_is_as_proposed(world: World) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(phone="", note="Likes magnums")
    Customer.objects.filter(pk=world.ben.pk).update(
        birth_date=date(1980, 1, 1), note="Knows Ana", marketing_consent_at=None, marketing_left_at=world.now,
        signed_up_at=world.now - timedelta(days=900),
    )  # fmt: skip
    world.ana.refresh_from_db()
    world.ben.refresh_from_db()
    epochs = world.ana.session_epoch, world.ana.identity_epoch
    ana = merge(world, chosen={"email": Side.ENDS, "name": Side.STAYS, "group": Side.ENDS})
    assert (ana.email, ana.name, ana.other_email) == ("ben@example.com", "Ana Alvarez", "ana@example.com")
    assert ana.birth_date == date(1980, 1, 1) and ana.note == "Likes magnums\nKnows Ana"
    assert ana.phone == "+14155550100" and ana.signed_up_at == world.now - timedelta(days=900)
    assert ana.marketing_consent_at is None and ana.marketing_left_at == world.now, "the stricter consent"
    assert (ana.session_epoch, ana.identity_epoch) == (epochs[0] + 1, epochs[1] + 1)
    assert "ben@example.com" in ana.search_text


def test_never_two_allocation_groups_and_both_histories(world: World) -> None:
    for customer, days in ((world.ana, 50), (world.ben, 90)):
        Membership.objects.create(
            customer=customer, group=world.employees, kind="standard", since=world.now - timedelta(days=days)
        )
    move_to_group(customer=world.clara, group=world.welcome, actor=world.staff, now=world.now)
    ana = merge(world, chosen={"group": Side.ENDS})
    now = {one.group_id: one.since for one in Membership.objects.filter(customer=ana)}
    assert now == {
        world.estate.pk: world.now - timedelta(days=200),
        world.employees.pk: world.now - timedelta(days=90),
    }
    past = PastMembership.objects.get(customer=ana)
    assert (past.group, past.left_why) == (world.premier, f"merged with {world.ben.reference}")
    again = merge(world, ends=world.clara)
    assert Membership.objects.get(customer=again, kind="allocation").group == world.estate
    assert {one.group_id for one in PastMembership.objects.filter(customer=again)} == {
        world.premier.pk,
        world.welcome.pk,
    }


def test_the_cart_and_every_way_in_of_the_other_end(world: World) -> None:
    hold(world.ana, {"CAB23": 1}, world.now)
    hold(world.ben, {"CAB23": 2}, world.now)
    visitor = Actor(ActorKind.CUSTOMER, None, "a visitor")
    mail = request_sign_in(
        email=world.ben.email, next_path="", ip="203.0.113.5", actor=visitor, now=world.now
    )
    CustomerSession.objects.create(
        customer=world.ben, epoch=1, key_hash="k", seen_at=world.now, since=world.now
    )
    merge(world)
    assert Cart.objects.get().customer == world.ana and CustomerSession.objects.count() == 0
    assert world.stock(world.cabernet).held == Hold.objects.get().quantity == 1
    with pytest.raises(DomainError) as wrong:
        sign_in_with_code(email=world.ben.email, code=mail.code, actor=visitor, now=world.now)
    assert wrong.value.code == "code_wrong"
    assert run_checks(world.now) == []


def test_the_other_mailbox_signs_in_only_where_the_team_says_so(world: World) -> None:
    visitor = Actor(ActorKind.CUSTOMER, None, "a visitor")

    def ask(email: str) -> Any:
        return request_sign_in(email=email, next_path="", ip="203.0.113.5", actor=visitor, now=world.now)

    merge(world)
    assert ask(world.ben.email).customer is None
    again = create_customer(email=world.ben.email, actor=world.staff, now=world.now)
    merge(world, ends=again, also_signs_in=True)
    mail = ask("Ben@Example.com")
    assert (mail.customer, mail.email) == (world.ana, "ben@example.com")
    entered = sign_in_with_code(email=mail.email, code=mail.code, actor=visitor, now=world.now)
    assert entered.customer == world.ana
    with pytest.raises(DomainError) as taken:
        create_customer(email="ben@example.com", actor=world.staff, now=world.now)
    assert "Ana Alvarez" in taken.value.message
    suspend_customer(customer=world.ana, reason="Asked", actor=world.staff, now=world.now)
    assert ask("ben@example.com").customer is None


def test_links_to_pay_of_the_other_end(world: World) -> None:
    buy(world, world.ben, {"CAB23": 1}, world.now)
    link = PayLink.objects.create(
        order=Order.objects.get(), amount_minor=100, currency="USD", made_at=world.now,
        expires_at=world.now + timedelta(days=7), actor_label="Olive",
    )  # fmt: skip
    merge(world)
    link.refresh_from_db()
    assert link.revoked_at is not None and link.order.customer == world.ana


def test_one_address_one_allowance_and_one_tag_of_each(world: World) -> None:
    twin = Address.objects.create(
        customer=world.ben, recipient="Ana Alvarez", line1="1 Valencia St.", city="San Francisco", state="CA",
        postal_code="94110-1234",
    )  # fmt: skip
    of = club(world)
    member = joined(world, of, world.ben, address_reference=twin.reference)
    item = world.item(world.premier_offer, world.cabernet)
    for customer, most in ((world.ana, 2), (world.ben, 9)):
        CustomAllowance.objects.create(offer_item=item, customer=customer, purchase_maximum=most)
    other = world.item(world.estate_offer, world.cabernet)
    CustomAllowance.objects.create(offer_item=other, customer=world.ben, purchase_maximum=1)
    tag = Tag.objects.create(name="Collector")
    tag.customers.set([world.ana, world.ben])
    for customer, hours in ((world.ana, 1), (world.ben, 2)):
        OfferLook.objects.create(
            offer=world.premier_offer, customer=customer, first_at=world.now - timedelta(hours=hours)
        )
    merge(world)
    places = Address.objects.filter(customer=world.ana, removed_at__isnull=True)
    assert {one.line1 for one in places} == {"1 Valencia Street", "2 Court Street", "3 Prince Street"}
    assert places.get(is_default=True) == world.ana_home
    member.refresh_from_db()
    assert (member.address, member.customer) == (world.ana_home, world.ana)
    own = CustomAllowance.objects.filter(customer=world.ana)
    assert dict(own.values_list("offer_item", "purchase_maximum")) == {item.pk: 2, other.pk: 1}
    assert list(world.ana.tags.all()) == [tag]
    assert OfferLook.objects.get().first_at == world.now - timedelta(hours=2)
    left = FormerCustomer.objects.get().left_over
    assert {row["what"] for row in left["rows"]} == {
        "offers.CustomAllowance.customer",
        "customers.Tag_customers.customer",
        "checkout.OfferLook.customer",
    }
    assert left["customer"]["email"] == "ben@example.com"
    assert next(row for row in left["rows"] if row["what"].startswith("offers"))["purchase_maximum"] == 9


def test_one_standing_order_one_membership_one_place(world: World) -> None:
    offered(world)
    kept, ended = agreed(world, world.ana), agreed(world, world.ben)
    of = club(world)
    joined(world, of, world.ana)
    joined(world, of, world.ben)
    for customer, days in ((world.ana, 3), (world.ben, 8)):
        WaitingPlace.objects.create(
            customer=customer, since=world.now - timedelta(days=days), changed_at=world.now
        )
    WaitingPlace.objects.filter(customer=world.ana).update(
        state="invited", group=world.welcome, invited_at=world.now, expires_at=world.now + timedelta(days=7)
    )
    merge(world)
    states = dict(StandingOrder.objects.filter(customer=world.ana).values_list("pk", "state"))
    assert states == {kept.pk: "active", ended.pk: "ended"}
    assert sorted(ClubMember.objects.filter(customer=world.ana).values_list("state", flat=True)) == [
        "active",
        "left",
    ]
    places = WaitingPlace.objects.filter(customer=world.ana).order_by("state")
    assert [(one.state, one.since) for one in places] == [
        ("invited", world.now - timedelta(days=8)),
        ("left", world.now - timedelta(days=8)),
    ]


def test_what_a_bulk_move_was_to_do_it_doesnt(world: World) -> None:
    run = draft_move(
        customer_ids=[world.ben.pk, world.clara.pk], group=world.welcome, kind=MoveKind.MOVE,
        actor=world.staff, now=world.now,
    )  # fmt: skip
    merge(world)
    assert MoveRow.objects.get(run=run, customer=world.ana).outcome == "overtaken"


@pytest.mark.parametrize("also", [False, True])
def test_two_wishes_for_one_wine_are_one_with_what_was_granted(world: World, also: bool) -> None:
    for customer in (world.ana, world.ben):
        buy(world, customer, {"CAB23": 1}, world.now)
    ben = wished(world, world.ben, world.estate_offer, world.cabernet, 3)
    worked(world, shared(world, {world.cabernet: 2}))
    # Ana was in Estate before, and wished for the same item there.
    ana = wished(world, world.ana, world.estate_offer, world.cabernet, 4)
    if also:
        worked(world, shared(world, {world.cabernet: 1}, among=Wish.objects.filter(pk=ana.pk)))
    before = Wish.objects.aggregate(sum=Sum("granted"))
    merge(world)
    assert Wish.objects.aggregate(sum=Sum("granted")) == before
    wish = Wish.objects.get()
    assert wish.customer == world.ana and (wish.pk, wish.asked) == ((ana.pk, 7) if also else (ben.pk, 3))
    assert run_checks(world.now) == []


def test_a_payment_under_way_is_waited_for(world: World) -> None:
    buy(world, world.ben, {"CAB23": 1}, world.now)
    Payment.objects.update(state=PaymentState.UNKNOWN.value)
    before = Order.objects.get().customer_id
    with pytest.raises(Conflict) as under_way:
        merge(world)
    assert under_way.value.code == "under_way" and "Ben Baker is under way" in under_way.value.message
    assert Order.objects.get().customer_id == before and FormerCustomer.objects.count() == 0


def test_an_order_that_is_being_put_together_is_waited_for(world: World) -> None:
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    with pytest.raises(Conflict, match="is being put together"):
        merge(world)
    drop_draft(draft_reference=draft.reference, actor=world.staff, now=world.now)
    merge(world)
    assert Order.objects.get().customer == world.ana and run_checks(world.now) == []


def test_who_is_suspended_stays_so(world: World) -> None:
    ana = merge(world, ends=world.dora)
    assert (ana.status, ana.status_reason) == ("suspended", "Asked us to pause")


def test_what_a_page_showed_is_what_is_merged(world: World) -> None:
    digest = look_at(world.ana, world.ben).digest
    Tag.objects.create(name="Collector").customers.add(world.ben)
    with pytest.raises(Conflict) as changed:
        merge(world, digest=digest)
    assert changed.value.code == "changed_meanwhile" and Customer.objects.filter(pk=world.ben.pk).exists()
    merge(world, digest=look_at(world.ana, world.ben).digest)


def test_neither_with_itself_nor_with_who_is_gone(world: World) -> None:
    with pytest.raises(DomainError) as same:
        merge(world, ends=world.ana)
    assert same.value.code == "same_customer"
    merge(world)
    with pytest.raises(Conflict) as gone:
        merge(world)
    assert gone.value.code == "customer_gone"


def test_it_is_recorded_and_a_chain_of_merges_leads_to_the_last(world: World) -> None:
    merge(world)
    clara = merge(world, stays=world.clara, ends=world.ana)
    told = Event.objects.filter(name="customer.merged").order_by("pk")
    assert [one.customer_id for one in told] == [world.ana.pk, clara.pk]
    assert world.ben.reference in told[0].text and "into Ana Alvarez" in told[0].text
    former = FormerCustomer.objects.filter(customer=clara)
    assert {one.reference for one in former} == {world.ana.reference, world.ben.reference}


def test_cards_are_charged_as_before(world: World) -> None:
    """The gateway knows them by their tokens, under the account that they were saved in."""
    card = save_test_card(world.ben, world.now, last4="0009", is_default=False)
    ana = merge(world)
    card.refresh_from_db()
    assert card.customer == ana
    buy(world, ana, {"CAB23": 1}, world.now, card_reference=card.reference)
    assert Order.objects.get().paid_minor > 0


def test_who_writes_the_address_of_old_means_who_stayed(world: World) -> None:
    merge(world, chosen={"email": Side.ENDS})
    former = FormerCustomer.objects.get()
    assert (former.email, former.other_email) == ("ben@example.com", "ana@example.com")
    written = [
        "Ana@example.com",
        "BEN@example.com",
        world.ben.reference.lower(),
        world.ana.reference,
        "no@x.example",
    ]
    assert [find_as_written(text) for text in written] == [world.ana] * 4 + [None]
    newcomer = create_customer(email="ana@example.com", actor=world.staff, now=world.now)
    assert find_as_written("ana@example.com") == newcomer, "who has the address now comes first"
