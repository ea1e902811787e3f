"""The shortest ways through the pages on which customers change their orders."""

from __future__ import annotations

from django.test import Client

from tests.web.storefront.pages import Page, form_of, words_of
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.orders.models import Order

LIVE = {"HX-Request": "true"}


def begin(client: Client, order: Order) -> str:
    """The address of the change that the button of the order's page begins."""
    answer = client.post(f"/orders/{order.reference}/change/")
    assert answer.status_code == 302, words_of(answer)
    return str(answer.headers["location"])


def filled(client: Client, url: str, **other: str) -> dict[str, str]:
    """The form as it stands, with some fields filled in otherwise; ``cabernet`` is the first wine's stepper."""
    form = form_of(client.get(url), url)
    if "cabernet" in other:
        form[next(name for name in form if name.startswith("pieces-"))] = other.pop("cabernet")
    return form | other


def update(client: Client, url: str, **other: str) -> Page:
    """*Update the total* with these fields."""
    return client.post(url, {**filled(client, url, **other), "act": "update"})


def live(client: Client, url: str, **other: str) -> Page:
    """What the sum's own request gets when these fields are changed."""
    return client.post(url, filled(client, url, **other), headers=LIVE)


def press(client: Client, url: str, **other: str) -> Page:
    """The button, as the page stands."""
    return client.post(url, {**filled(client, url), **other, "act": "confirm"})


def ask_for(client: Client, order: Order, **fields: str) -> str:
    """A change of the order with these fields worked out; its address."""
    url = begin(client, order)
    answer = update(client, url, **fields)
    assert answer.status_code == 200, words_of(answer)
    return url


def behave(behaviour: Behaviour) -> None:
    """From now on every card does this."""
    TestCard.objects.update(behaviour=behaviour.value)


def new_card(number: str) -> dict[str, str]:
    return {
        "card": "new",
        "card_number": number,
        "card_expiry": "12 / 39",
        "card_cvc": "123",
        "card_name": "Ben Baker",
    }


def untouched(order: Order, world: World) -> bool:
    """Nothing but its placing was entered into the order, and the books agree."""
    fresh = Order.objects.get(pk=order.pk)
    same = (fresh.owed_minor, fresh.paid_minor) == (order.owed_minor, order.paid_minor)
    return same and fresh.changes.count() == 1 and run_checks(read_clock()) == []


def state_of_draft() -> str:
    return ChangeDraft.objects.get().state


__all__ = [
    "LIVE",
    "ask_for",
    "begin",
    "behave",
    "filled",
    "live",
    "new_card",
    "press",
    "state_of_draft",
    "untouched",
    "update",
]
