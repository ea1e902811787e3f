"""Policies of reallocation: simulated, begun at their time, worked through, stopped, gone on with, taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rooms.changes.journey import bought, card_that, pieces_on
from tests.rooms.wishes.granting import wished
from tests.rooms.wishes.policies import a_step, after_closing, results, work, written
from tests.world import World
from tirage.checkout.operations import set_cart
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.models import Group, Membership
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold
from tirage.inventory.queries import stock_figures
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.values import NothingToSay
from tirage.offers.models import CustomAllowance, Offer
from tirage.offers.operations import deactivate_offer
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.wishes.models import GrantRun, Policy, PolicyAct, Wish
from tirage.wishes.policies import (
    begin,
    continue_policy,
    delete_policy,
    free_reserve,
    go_on,
    let_wait,
    save_policy,
    say,
    simulate,
    stop,
    undo,
    version_of,
    wait_no_more,
    watch_policies,
    ways_back,
)
from tirage.wishes.policies import (
    values_of as values_written,
)
from tirage.wishes.reallocation.models import Reallocation
from tirage.wishes.states import PolicyTrigger


def the_issue(world: World, **changes: object) -> Policy:
    """When Premier closes: wishes of Premier by equal share, then the rest to Estate, 24 of each kept back."""
    return written(
        world,
        a_step("grant", world.premier),
        a_step("open", world.estate, maximum=2, days=5),
        **{"reserve": 24, **changes},
    )


def mails() -> list[int]:
    return [mail.data["policy_id"] for mail in SentMail.objects.filter(kind="policy_told")]


def test_it_is_read_back_as_a_sentence(world: World) -> None:
    policy = the_issue(world)
    assert say(policy) == (
        "When the offer to Premier closes, give what is left to wishes of Premier by equal share, then open the rest "
        "to Estate for 5 days, up to 2 of each wine a customer, and keep 24 of each wine back."
    )


def test_it_is_simulated_and_nothing_is_written(world: World) -> None:
    wished(world, world.ana, world.premier_offer, world.cabernet, 3)
    bought(world, world.ben, {"CAB23": 2})
    policy, before = the_issue(world), Event.objects.count()
    found = simulate(policy, world.now)
    cab = world.cabernet.pk
    assert (found.free[cab], found.kept[cab], found.at_first[cab]) == (98, 24, 74)
    grants, opens = found.steps
    assert (grants.plan.people, grants.plan.given, grants.plan.money_minor) == (1, {cab: 3}, 360_00)
    assert grants.left[cab] == 71 and [one.customer_id for one in grants.plan.gets] == [world.ana.pk]
    assert opens.plan.offers[0].maximums[cab] == 2 and opens.plan.given[cab] == 2, "one member, two each"
    assert opens.plan.offers[0].opens_at == world.premier_offer.closes_at
    assert Event.objects.count() == before and not GrantRun.objects.exists() and not Hold.objects.exists()


def test_bottles_in_carts_of_the_offer_count_as_if_its_window_were_over(world: World) -> None:
    set_cart(
        customer=world.ana,
        quantities={world.item(world.premier_offer, world.cabernet).pk: 4},
        actor=world.staff,
        now=world.now,
    )
    assert simulate(the_issue(world), world.now).free[world.cabernet.pk] == 100


def test_at_its_time_the_worker_does_what_was_simulated(world: World) -> None:
    wish = wished(world, world.ana, world.premier_offer, world.cabernet, 3)
    policy = let_wait(policy=the_issue(world), actor=world.staff, now=world.now)
    assert watch_policies(now=world.now) == 0
    later = after_closing(world)
    assert watch_policies(now=later) == 1
    policy = work(Policy.objects.get(), later)
    assert policy.state == "finished"
    assert results(policy) == [
        ("done", "Granted 3 pieces to 1 customer."),
        ("done", "Opened a second offer to Estate."),
    ]
    wish.refresh_from_db()
    assert (wish.state, wish.granted) == ("granted", 3)
    second = Offer.objects.get(release__name="Autumn 2026, second offer")
    assert second.is_active and second.group == world.estate
    maximums = dict(second.items.values_list("sku__code", "purchase_maximum"))
    assert maximums == {"CAB23": 2}, "the Chardonnay comes in threes, and all of the rest is kept back"
    assert second.closes_at == later + timedelta(days=5)
    given = Reallocation.objects.get(release=world.release)
    assert list(given.offers.all()) == [second]
    assert list(given.lines.values_list("sku__code", "pieces")) == [("CAB23", 2)], (
        "nobody gives them on again"
    )
    figures = stock_figures([world.cabernet.pk], later)[world.cabernet.pk]
    assert (figures.sold, figures.held, figures.available) == (3, 24, 73), "what is kept back is really held"
    assert mails() == [policy.pk] and watch_policies(now=later) == 0
    names = list(Event.objects.filter(subject_kind="policy").order_by("pk").values_list("name", flat=True))
    assert names[:3] == ["policy.saved", "policy.armed", "policy.begun"] and names[-1] == "policy.finished"
    assert run_checks(later) == []


def test_what_is_kept_back_can_not_be_bought_from_the_second_offer(world: World) -> None:
    policy = written(world, a_step("open", world.estate, maximum=99), reserve=96)
    later = after_closing(world)
    work(begin(policy=policy, actor=world.staff, now=later), later)
    item = Offer.objects.get(release__name="Autumn 2026, second offer").items.get(sku=world.cabernet)
    assert item.purchase_maximum == 4
    item.purchase_maximum = 50
    item.save()
    set_cart(customer=world.ben, quantities={item.pk: 50}, actor=world.staff, now=later)
    cart = Hold.objects.exclude(holder=policy.reference).get()
    assert cart.quantity == 4
    free_reserve(policy=Policy.objects.get(), actor=world.staff, now=later)
    assert stock_figures([world.cabernet.pk], later)[world.cabernet.pk].available == 96


def test_it_follows_the_end_of_its_offer(world: World) -> None:
    let_wait(policy=the_issue(world), actor=world.staff, now=world.now)
    Offer.objects.filter(pk=world.premier_offer.pk).update(closes_at=world.now + timedelta(days=9))
    assert watch_policies(now=after_closing(world)) == 0
    assert watch_policies(now=world.now + timedelta(days=9)) == 1


def test_an_offer_that_is_taken_off_early_or_open_again_asks_for_somebody(world: World) -> None:
    policy = let_wait(policy=the_issue(world), actor=world.staff, now=world.now)
    later = after_closing(world)
    deactivate_offer(offer=world.premier_offer, actor=world.staff, now=world.now)
    assert watch_policies(now=later) == 1
    policy.refresh_from_db()
    assert policy.state == "asking" and "taken off before its window ended" in policy.needs
    assert mails() == [policy.pk] and not Hold.objects.exists()
    Offer.objects.filter(pk=world.premier_offer.pk).update(
        is_active=True, closes_at=later + timedelta(days=1)
    )
    with pytest.raises(DomainError, match="isn't over"):
        go_on(policy=policy, actor=world.staff, now=later)
    policy = Policy.objects.get()
    assert policy.state == "asking"
    again = later + timedelta(days=1)
    policy = work(go_on(policy=policy, actor=world.staff, now=again), again)
    assert policy.state == "finished" or policy.needs.startswith("Step 2"), policy.needs


def test_an_offer_that_opens_again_between_two_steps_stops_it_with_the_reason(world: World) -> None:
    policy = written(world, a_step("ask", note="Look at the cellar."), a_step("open", world.estate))
    later = after_closing(world)
    policy = work(begin(policy=policy, actor=world.staff, now=later), later)
    assert (policy.state, policy.needs) == ("asking", "Look at the cellar. Say go, or stop.")
    Offer.objects.filter(pk=world.premier_offer.pk).update(closes_at=later + timedelta(days=1))
    policy = work(go_on(policy=policy, actor=world.staff, now=later), later)
    assert policy.state == "asking" and "customers can still buy from it" in policy.needs
    assert results(policy)[0] == ("done", "Olive Owens said to go on.")
    assert not PolicyAct.objects.exists() and len(mails()) == 2
    end = later + timedelta(days=1)
    policy = work(go_on(policy=policy, actor=world.staff, now=end), end)
    assert policy.state == "finished" and PolicyAct.objects.get().offer is not None


def test_a_step_that_something_stands_in_the_way_of_can_be_left_out(world: World) -> None:
    policy = written(world, a_step("open", world.welcome), a_step("open", world.estate))
    later = after_closing(world)
    policy = work(begin(policy=policy, actor=world.staff, now=later), later)
    assert policy.state == "asking" and policy.needs.startswith("Step 1: Welcome: nobody is in it")
    policy = work(go_on(policy=policy, leave_out=True, actor=world.staff, now=later), later)
    assert [state for state, _ in results(policy)] == ["skipped", "done"]


def test_open_offers_keep_what_they_promise_unless_it_says_otherwise(world: World) -> None:
    """Ben may take three Cabernets of Estate's offer, which is open longer."""
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now + timedelta(days=30))
    assert simulate(the_issue(world), world.now).promised[world.cabernet.pk] == 3
    bought(world, world.ben, {"CAB23": 1})
    found = simulate(the_issue(world), world.now)
    assert found.promised[world.cabernet.pk] == 2
    assert "one offer at a time" in found.steps[1].blocked
    assert simulate(the_issue(world, minds_offers=False), world.now).promised == {}


def test_who_took_all_may_take_more(world: World) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now + timedelta(days=30))
    bought(world, world.ben, {"CAB23": 3, "CHA24": 1})
    policy = written(world, a_step("raise", world.estate, maximum=2, rule="oldest"))
    later = after_closing(world)
    work(begin(policy=policy, actor=world.staff, now=later), later)
    own = CustomAllowance.objects.get()
    assert (own.customer, own.offer_item.sku, own.purchase_maximum) == (world.ben, world.cabernet, 5)
    assert results(policy) == [("done", "Raised the allowances of 1 customer by 2 pieces.")]
    undo(policy=Policy.objects.get(), actor=world.staff, now=later)
    assert work(Policy.objects.get(), later).state == "undone"
    assert not CustomAllowance.objects.exists()


def test_nobody_is_allowed_more_after_their_offer(world: World) -> None:
    """Whoever lets it wait or begins it is told; of one that began by itself the step says what it found."""
    policy = written(world, a_step("raise", world.estate, maximum=2))
    with pytest.raises(DomainError, match="can’t buy by then"):
        let_wait(policy=policy, actor=world.staff, now=world.now)
    later = after_closing(world)
    with pytest.raises(DomainError, match="can’t buy by then"):
        begin(policy=policy, actor=world.staff, now=later)
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=later + timedelta(days=1))
    assert let_wait(policy=policy, actor=world.staff, now=world.now).state == "waiting"
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=later)
    work(begin(policy=policy, actor=system("the schedule"), now=later), later)
    assert not CustomAllowance.objects.exists()


def test_an_allowance_that_was_bought_of_or_changed_since_stays(world: World) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now + timedelta(days=30))
    bought(world, world.ben, {"CAB23": 3})
    policy = written(world, a_step("raise", world.estate, maximum=2))
    later = after_closing(world)
    work(begin(policy=policy, actor=world.staff, now=later), later)
    line = Order.objects.get(customer=world.ben).lines.first()
    assert line is not None
    line.pk, line.quantity = None, 1
    line.save()
    words = [(way.words, way.can) for way in ways_back(Policy.objects.get())]
    assert words == [("1 raised allowance that customers bought of stay as they are.", False)]
    undo(policy=Policy.objects.get(), actor=world.staff, now=later)
    assert work(Policy.objects.get(), later).state == "undone"
    assert CustomAllowance.objects.get().purchase_maximum == 5
    assert PolicyAct.objects.get().note == "1 piece was bought of it."


def test_stopped_it_goes_on_where_it_was(world: World) -> None:
    wished(world, world.ana, world.premier_offer, world.cabernet, 3)
    later = after_closing(world)
    policy = begin(policy=the_issue(world), actor=world.staff, now=later)
    assert continue_policy(policy=policy, limit=1, now=later) is False, "the grant run is under way"
    policy.refresh_from_db()
    stop(policy=policy, actor=world.staff, now=later)
    assert GrantRun.objects.get().state == "stopped"
    assert work(Policy.objects.get(), later).state == "stopped" and not PolicyAct.objects.exists()
    policy = work(go_on(policy=Policy.objects.get(), actor=world.staff, now=later), later)
    assert policy.state == "finished" and Wish.objects.get().granted == 3


def test_taken_back_the_second_offer_is_off_and_the_bottles_are_everybodys(world: World) -> None:
    """Ben's card has no money, so his bottles are kept a while; nothing was paid, so nothing stays."""
    PaymentMethod.objects.filter(customer=world.ben).update(removed_at=world.now)
    card_that(world, Behaviour.INSUFFICIENT_FUNDS)
    wish = wished(world, world.ben, world.estate_offer, world.cabernet, 3)
    later = after_closing(world)
    policy = written(world, a_step("grant"), a_step("open", world.premier), reserve=24)
    work(begin(policy=policy, actor=world.staff, now=later), later)
    policy = Policy.objects.get()
    wish.refresh_from_db()
    assert wish.granting == 3
    assert [(way.words, way.can) for way in ways_back(policy)] == [
        ("1 grant whose card was declined: the bottles go back.", True),
        ("The second offer to Premier is taken off.", True),
        ("64 pieces kept back go to everybody again.", True),
    ]
    undo(policy=policy, actor=world.staff, now=later)
    assert work(Policy.objects.get(), later).state == "undone"
    second = Offer.objects.get(release__name="Autumn 2026, second offer")
    wish.refresh_from_db()
    assert not second.is_active and not Hold.objects.exists()
    assert Reallocation.objects.get().undone_at == later
    assert (wish.state, wish.granting, wish.granted) == ("open", 0, 0)
    with pytest.raises(Conflict):
        undo(policy=Policy.objects.get(), actor=world.staff, now=later)
    assert run_checks(later) == []


def test_it_is_written_anew_only_as_it_was_seen_and_before_it_begins(world: World) -> None:
    policy = the_issue(world)
    seen, values = version_of(policy), values_written(policy)
    assert values.steps[0].terms.seed, "a draw of the simulation is the one that is made"
    save_policy(
        policy=policy,
        release=world.release,
        values=values,
        seen=seen,
        actor=world.staff,
        now=world.now + timedelta(minutes=1),
    )
    with pytest.raises(Conflict, match="Somebody else"):
        save_policy(
            policy=policy, release=world.release, values=values, seen=seen, actor=world.staff, now=world.now
        )
    policy = let_wait(policy=Policy.objects.get(), actor=world.staff, now=world.now)
    with pytest.raises(Conflict):
        delete_policy(policy=policy, actor=world.staff, now=world.now)
    delete_policy(
        policy=wait_no_more(policy=policy, actor=world.staff, now=world.now), actor=world.staff, now=world.now
    )
    assert not Policy.objects.exists()


def test_one_by_hand_and_one_without_steps_do_not_wait(world: World) -> None:
    by_hand = written(world, a_step("grant"), trigger=PolicyTrigger.HAND)
    with pytest.raises(DomainError, match="by hand"):
        let_wait(policy=by_hand, actor=world.staff, now=world.now)
    with pytest.raises(DomainError, match="Add a step"):
        let_wait(policy=written(world), actor=world.staff, now=world.now)
    past = written(
        world, a_step("grant"), trigger=PolicyTrigger.TIME, begins_at=world.now - timedelta(minutes=1)
    )
    with pytest.raises(DomainError, match="over already"):
        let_wait(policy=past, actor=world.staff, now=world.now)


def test_the_mail_says_what_it_needs_and_nothing_once_somebody_looked(world: World) -> None:
    later = after_closing(world)
    policy = written(world, a_step("ask", note="Look at the cellar."))
    work(begin(policy=policy, actor=world.staff, now=later), later)
    said = values_of(SentMail.objects.get(kind="policy_told"), world.winery)
    assert said["policy.needs"] == "Look at the cellar. Say go, or stop."
    assert said["policy.news"] == "A policy needs somebody."
    stop(policy=Policy.objects.get(), actor=world.staff, now=later)
    with pytest.raises(NothingToSay):
        values_of(SentMail.objects.get(kind="policy_told"), world.winery)


def test_nobody_is_asked_or_granted_where_nothing_is_left(world: World) -> None:
    later = after_closing(world)
    policy = written(world, a_step("grant"), a_step("open", world.estate), reserve=9_999)
    work(begin(policy=policy, actor=world.staff, now=later), later)
    words = "Nothing was left beyond what is kept back and promised."
    assert results(policy) == [("done", words), ("done", words)]


def test_a_group_that_is_gone_does_not_turn_into_all_groups(world: World) -> None:
    wished(world, world.ben, world.estate_offer, world.cabernet, 3)
    tier = Group.objects.create(name="Friends", kind="allocation", rank=5)
    policy = written(world, a_step("grant", tier))
    tier.delete()
    (step,) = simulate(policy, world.now).steps
    assert not step.plan.people and "is gone" in step.blocked


def test_members_who_left_see_no_second_offer(world: World) -> None:
    Membership.objects.filter(customer=world.ben).delete()
    found = simulate(the_issue(world), world.now)
    assert "nobody is in it" in found.steps[1].blocked, "Dora is suspended"


def test_bought_of_the_second_offer_it_stays_bought(world: World) -> None:
    later = after_closing(world)
    work(begin(policy=written(world, a_step("open", world.estate)), actor=world.staff, now=later), later)
    second = Offer.objects.get(release__name="Autumn 2026, second offer")
    order = bought(replace(world, now=later), world.ben, {"CAB23": 1})
    assert pieces_on(order) == {"CAB23": 1} and order.offer == second
    policy = Policy.objects.get()
    assert ("1 piece bought from it by Estate stay bought.", False) in [
        (way.words, way.can) for way in ways_back(policy)
    ]
    undo(policy=policy, actor=world.staff, now=later)
    work(Policy.objects.get(), later)
    assert PolicyAct.objects.get().note and not Offer.objects.get(pk=second.pk).is_active
