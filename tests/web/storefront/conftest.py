"""Customers at the door of the shop, in the small fixed world around the present moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.storefront.frame import identity

SignedIn = Callable[[Customer], Client]


def signed_in_as(customer: Customer) -> Client:
    """A browser in which the customer is signed in."""
    response, client = HttpResponse(), Client()
    identity.sign_in(response, customer, now=read_clock())
    client.cookies[identity.COOKIE] = response.cookies[identity.COOKIE].value
    return client


@pytest.fixture
def shop(world_today: World) -> World:
    """The world as the pages see it."""
    return world_today


@pytest.fixture
def signed_in() -> SignedIn:
    """A browser in which the customer is signed in."""

    return signed_in_as


@pytest.fixture
def ana(shop: World, signed_in: SignedIn) -> Client:
    """Ana's telephone."""
    return signed_in(shop.ana)


@pytest.fixture
def ben(shop: World, signed_in: SignedIn) -> Client:
    """Ben's telephone."""
    return signed_in(shop.ben)
