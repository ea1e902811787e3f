"""Stripe's events and answers in every odd shape: refused or put aside with words, never a fault, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateways.contract import new_key, usd
from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import event_of, filled_form, new_card, tell
from tests.world import World
from tirage.core.clock import read_clock
from tirage.integrations.stripe import inbox
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.integrations.stripe.models import StripeCall, StripeCard, StripeEvent
from tirage.payments.protocol import CardRefused, GatewayRefused, GatewayTimeout, Outcome

pytestmark = pytest.mark.django_db

#: What stands where something else is expected.
ODD: tuple[Any, ...] = (
    *(None, True, -1, 13, 10**30, 10**400, 1.5, 1e308, "", "x" * 5_000, "a b", "\x00", "\ud800", "é"),
    *([], [None], ["x"], {}, {"id": []}, {"object": ["list"]}),
)


def charged(fake: FakeStripe) -> dict[str, Any]:
    """A payment of ours at Stripe."""
    StripeGateway().charge(
        token=new_card(fake), amount=usd(90_00), idempotency_key=new_key(), description="", return_url=""
    )
    return list(fake.intents.values())[-1]


def good_objects(fake: FakeStripe) -> dict[str, dict[str, Any]]:
    """One well made object for each kind of event, all about what the shop knows."""
    intent = charged(fake)
    key = StripeCall.objects.filter(stripe_id=intent["id"]).get().idempotency_key
    StripeGateway().refund(gateway_reference=intent["id"], amount=usd(5_00), idempotency_key=f"{key}-r")
    refund = {"id": "re_1", "amount": 5_00, "currency": "usd", "payment_intent": intent["id"]}
    dispute = {**refund, "id": "dp_1", "reason": "fraudulent", "status": "won"}
    card = {"brand": "visa", "last4": "4444", "exp_month": 12, "exp_year": 2041}
    token = StripeCard.objects.latest("id").token
    objects: dict[str, dict[str, Any]] = {
        "payment_intent": {"id": intent["id"], "metadata": {"tirage_key": key}},
        "refund": {**refund, "status": "failed", "metadata": {"tirage_key": f"{key}-r"}},
        "refund.created": {**refund, "status": "succeeded", "metadata": {}},
        "charge": {**dispute, "evidence_details": {"due_by": 1_792_000_000}},
        "payment_method": {"id": token, "card": card},
        "customer": {"id": token},
    }
    return {kind: objects.get(kind) or objects[kind.split(".")[0]] for kind in inbox.HANDLERS}


def twisted(found: dict[str, Any]) -> Iterator[Any]:
    """The object with each of its parts in turn something odd, or gone; then the whole of it."""
    for name, value in found.items():
        for odd in ODD:
            yield {**found, name: odd}
        yield {key: kept for key, kept in found.items() if key != name}
        if isinstance(value, dict):
            yield from ({**found, name: inner} for inner in twisted(value))
    yield from ODD


def test_no_object_of_an_event_is_too_odd(world_today: World, fake: FakeStripe) -> None:
    one_of_each = {inbox.HANDLERS[kind]: (kind, about) for kind, about in good_objects(fake).items()}
    answers: list[inbox.Heard] = []
    for kind, about in one_of_each.values():
        assert tell(event_of(kind, about)).content == b"handled\n", kind
        for odd in twisted(about):
            told = inbox.read_event(event_of(kind, odd).encode())
            answers.append(inbox.hear_event(told, now=read_clock()))
        assert tell(event_of(kind, {})).content == b"put aside\n"
    aside = StripeEvent.objects.exclude(problem="")
    assert set(answers) == {inbox.Heard.HANDLED, inbox.Heard.ASIDE}
    assert aside.count() == answers.count(inbox.Heard.ASIDE) + len(one_of_each) > 300
    assert not StripeEvent.objects.filter(handled_at__isnull=True).exists()
    facts = {fact.label: fact for fact in StripeGateway().describe(now=read_clock())}
    told_of = facts["Events put aside, which can't be read"]
    assert told_of.value == str(aside.count()) and aside.latest("id").event_id in told_of.problem


def test_what_is_no_event_is_refused_with_words(winery: Any, fake: FakeStripe) -> None:
    whole = json.loads(event_of("payment_intent.succeeded", {"id": "pi_1"}))
    bodies = [json.dumps(odd) for odd in ODD] + ["[" * 50_000, "", "1" * 6_000, "NaN"]
    bodies += [json.dumps({**whole, name: odd}) for name in ("id", "type", "created") for odd in ODD]
    said = [tell(body) for body in bodies]
    refused = [one for one in said if one.status_code == 400]
    # A moment in 1970 and a name of two letters are odd, and still what they are.
    assert len(refused) >= len(bodies) - 4 and {one.status_code for one in said} <= {200, 400}
    assert all(one.content.startswith(b"no event: ") for one in refused)
    for data in ODD:
        assert tell(json.dumps({**whole, "id": new_key(), "data": data})).content == b"put aside\n"


def test_a_readable_event_is_handled_after_an_odd_one_about_the_same(
    world_today: World, fake: FakeStripe
) -> None:
    """Nothing is lost: what was put aside keeps no later telling away."""
    good = good_objects(fake)["payment_method.updated"]
    assert tell(event_of("payment_method.updated", {**good, "card": []})).content == b"put aside\n"
    assert tell(event_of("payment_method.updated", good)).content == b"handled\n"
    assert StripeCard.objects.get(token=good["id"]).last4 == "4444"


Act = Callable[[FakeStripe], object]


def _save(fake: FakeStripe) -> object:
    details = {"card_setup": "seti_odd"}
    return StripeGateway().save_card(customer_reference="CUS-1", details=details, idempotency_key=new_key())


def _pay(fake: FakeStripe) -> object:
    token = StripeCard.objects.latest("id").token
    return StripeGateway().charge(
        token=token, amount=usd(1_00), idempotency_key=new_key(), description="", return_url=""
    )


def _reference() -> str:
    return StripeCall.objects.filter(kind="charge").exclude(stripe_id="").earliest("id").stripe_id


def _refund(fake: FakeStripe) -> object:
    return StripeGateway().refund(gateway_reference=_reference(), amount=usd(1), idempotency_key=new_key())


def _fetch(fake: FakeStripe) -> object:
    return StripeGateway().fetch(gateway_reference=_reference())


def _begin(fake: FakeStripe) -> object:
    return filled_form(fake, new_key())


@pytest.mark.parametrize(
    ("call", "act"),
    [
        ("payment_intents", _pay),
        ("confirm", _pay),
        ("refunds", _refund),
        ("seti_odd", _save),
        ("setup_intents", _begin),
        ("intent", _fetch),
    ],
)
def test_an_answer_that_cant_be_read_is_as_good_as_none(
    winery: Any, fake: FakeStripe, call: str, act: Act
) -> None:
    """It says nothing about money: never settled, never declined."""
    intent = charged(fake)
    bodies: list[Any] = [*ODD, {"status": []}, {"id": 7, "status": "succeeded"}]
    bodies += [
        {"id": "x_1", "customer": "cus_1", "status": "succeeded", "payment_method": odd} for odd in ODD
    ]
    for body in bodies:
        fake.answers[intent["id"] if call == "intent" else call] = (200, body)
        try:
            result = act(fake)
        except (GatewayTimeout, CardRefused):
            continue
        # A status can be read where the rest can't.
        assert getattr(result, "outcome", None) is Outcome.SETTLED and body["status"] == "succeeded"
    fake.answers.clear()
    with pytest.raises(GatewayRefused):
        StripeGateway().fetch(gateway_reference="pi_unknown")
