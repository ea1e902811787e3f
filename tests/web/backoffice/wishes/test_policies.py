"""A policy written by rows without a script, read back, simulated, let wait, begun, and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.rooms.wishes.granting import wished
from tests.rooms.wishes.policies import work
from tests.web.storefront.pages import counted, words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.offers.models import Offer
from tirage.wishes.models import Policy
from tirage.wishes.policies import values_of, version_of
from tirage.wishes.states import StepKind

NEW = "/winery/wishes/policies/new/"
SENTENCE = (
    "When the offer to Premier closes, give what is left to wishes of Premier by equal share, then open the rest to "
    "Estate for 5 days, up to 2 of each wine a customer, and keep 24 of each wine back."
)


@pytest.fixture
def written(world_today: World) -> World:
    return world_today


def sent(world: World, **changes: Any) -> dict[str, Any]:
    """The issue's policy, as a browser sends it."""
    fields = {
        "act": "save",
        "release": world.release.reference,
        "trigger": "closing",
        "offer": world.premier_offer.reference,
        "reserve": "24",
        "reserve_of_all": "each",
        "minds_offers": "on",
        "step-0-kind": "grant",
        "step-0-groups": [world.premier.reference],
        "step-0-rule": "equal",
        "step-0-kept_days": "7",
        "step-0-keeps_rest": "on",
        "step-1-kind": "open",
        "step-1-groups": [world.estate.reference],
        "step-1-maximum": "2",
        "step-1-days": "5",
        "step-1-hour": "",
    }
    return {**fields, **{name.replace("__", "-"): value for name, value in changes.items()}}


def test_rows_are_added_moved_and_removed_and_what_was_typed_stays(
    owner_client: Client, written: World
) -> None:
    first = owner_client.get(NEW)
    assert [step.step_kind for step in first.context["steps"]] == [StepKind.GRANT]
    assert "When the offer to" in words_of(first)
    more = owner_client.post(NEW, sent(written, act="add-ask", step_1_maximum="2"))
    assert more.status_code == 200 and SENTENCE[:-32] in words_of(more).replace("\n", " ")
    assert [step.step_kind for step in more.context["steps"]] == [StepKind.GRANT, StepKind.OPEN, StepKind.ASK]
    assert more.context["steps"][1]["maximum"].value() == "2"
    up = owner_client.post(NEW, sent(written, act="up-1"))
    assert [step.step_kind for step in up.context["steps"]] == [StepKind.OPEN, StepKind.GRANT]
    assert up.context["steps"][0]["groups"].value() == [written.estate.reference]
    fewer = owner_client.post(NEW, sent(written, act="remove-0", step_1__days="x"))
    assert [step.step_kind for step in fewer.context["steps"]] == [StepKind.OPEN]
    assert not Policy.objects.exists()


def test_it_is_saved_read_back_and_simulated(owner_client: Client, written: World) -> None:
    wished(written, written.ana, written.premier_offer, written.cabernet, 3)
    answer = owner_client.post(NEW, sent(written), follow=True)
    policy = Policy.objects.get()
    assert SENTENCE in words_of(answer)
    page = words_of(owner_client.get(f"/winery/wishes/policies/{policy.reference}/simulation/"))
    assert "3 pieces to 1 customer. $360 of wine." in page and "Ana Alvarez" in page
    assert "Up to" in page and "who comes first is served first" in page
    assert values_of(policy).steps[1].terms.maximum == 2


def test_what_can_not_be_saved_is_said_beside_its_row(owner_client: Client, written: World) -> None:
    answer = owner_client.post(NEW, {**sent(written), "step-1-groups": [], "step-1-days": "900", "offer": ""})
    assert answer.status_code == 400 and not Policy.objects.exists()
    words = words_of(answer)
    assert "Step 2, days open" in words
    answer = owner_client.post(NEW, {**sent(written), "step-1-groups": [], "offer": ""})
    words = words_of(answer)
    assert "Choose at least one group." in words and "Choose the offer whose closing it waits for." in words


def test_allowing_more_once_the_offer_has_closed_is_said_while_it_is_written_and_does_not_wait(
    owner_client: Client, written: World
) -> None:
    """Premier's closing starts it; Estate's offer is open for longer or not."""
    raising = sent(written) | {"step-1-kind": "raise", "step-1-rule": "oldest"}
    both = [written.premier.reference, written.estate.reference]
    told = words_of(owner_client.post(NEW, {**raising, "act": "say", "step-1-groups": both}))
    assert "Step 2: Premier and Estate can’t buy by then" in told and "second offer" in told
    owner_client.post(NEW, {**raising, "step-1-groups": both})
    at = f"/winery/wishes/policies/{Policy.objects.get().reference}/"
    assert "Step 2: Premier and Estate can’t buy by then" in words_of(owner_client.get(at))
    refused = words_of(owner_client.post(f"{at}wait", follow=True))
    assert "Leave them out, let their offer close later" in refused and Policy.objects.get().state == "draft"
    Offer.objects.filter(pk=written.estate_offer.pk).update(closes_at=read_clock() + timedelta(days=60))
    assert "Step 2: Premier can’t buy by then" in words_of(owner_client.get(at))
    alone = words_of(owner_client.post(NEW, {**raising, "act": "say"}))
    assert "can’t buy by then" not in alone, "Estate's offer is open still"


def test_home_says_that_a_policy_waits_for_somebody(owner_client: Client, written: World) -> None:
    for _ in range(2):
        owner_client.post(NEW, sent(written))
    first, second = Policy.objects.order_by("pk")
    assert "for what is left wait" not in words_of(owner_client.get("/winery/"))
    Policy.objects.filter(pk=first.pk).update(state="asking", needs="Look.")
    page = owner_client.get("/winery/")
    assert "1 policy for what is left waits for somebody." in words_of(page)
    assert f'href="/winery/wishes/policies/{first.reference}/"' in page.content.decode()
    Policy.objects.filter(pk=second.pk).update(state="asking", needs="Look.")
    page = owner_client.get("/winery/")
    assert "2 policies for what is left wait for somebody." in words_of(page)
    assert 'href="/winery/wishes/policies/"' in page.content.decode()


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(owner_client: Client, written: World) -> None:
    owner_client.post(NEW, sent(written))
    policy = Policy.objects.get()
    at, seen = f"/winery/wishes/policies/{policy.reference}/edit/", version_of(policy)
    assert owner_client.post(at, sent(written, version=seen, reserve="12")).status_code == 302
    refused = owner_client.post(at, sent(written, version=seen, reserve="6"))
    assert refused.status_code == 400 and "Somebody else changed this policy meanwhile" in words_of(refused)
    assert Policy.objects.get().reserve == 12


def test_from_waiting_to_taken_back(owner_client: Client, written: World) -> None:
    world = written
    Offer.objects.update(closes_at=read_clock() + timedelta(seconds=1))
    owner_client.post(NEW, sent(world))
    policy = Policy.objects.get()
    at = f"/winery/wishes/policies/{policy.reference}/"
    owner_client.post(f"{at}begin")
    assert Policy.objects.get().state == "draft", "the offer is open still"
    Offer.objects.update(closes_at=world.now + timedelta(days=7))
    assert "Waits for its time" in words_of(owner_client.post(f"{at}wait", follow=True))
    assert "Draft" in words_of(owner_client.post(f"{at}draft", follow=True))
    Offer.objects.update(closes_at=read_clock())
    assert "Under way" in words_of(owner_client.post(f"{at}begin", follow=True))
    work(Policy.objects.get(), read_clock())
    words = words_of(owner_client.get(at))
    assert "The second offer to Estate" in words and "pieces, held for nobody" in words
    assert "is taken off" in words_of(owner_client.get(f"{at}undo/"))
    owner_client.post(f"{at}undo/")
    work(Policy.objects.get(), read_clock())
    assert "Taken back" in words_of(owner_client.get(at))


def test_the_list_says_first_what_needs_somebody(owner_client: Client, written: World) -> None:
    for _ in range(2):
        owner_client.post(NEW, sent(written))
    first = Policy.objects.earliest("pk")
    Policy.objects.filter(pk=first.pk).update(state="asking", needs="Look.")
    page = owner_client.get("/winery/wishes/policies/")
    assert page.context["rows"][0][0] == first
    release = written.release.reference
    assert len(owner_client.get(f"/winery/wishes/policies/?release={release}").context["rows"]) == 2
    assert not owner_client.get("/winery/wishes/policies/?release=none").context["rows"]
    with counted() as few:
        owner_client.get("/winery/wishes/policies/")
    for _ in range(3):
        owner_client.post(NEW, sent(written))
    with counted() as many:
        owner_client.get("/winery/wishes/policies/")
    assert len(many) == len(few)
