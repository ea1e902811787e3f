"""The back office in a browser: an owner who is signed in."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from tests.web.conftest import member_with
from tirage.staff.states import Role


@pytest.fixture
def session() -> str:
    """The session of an owner who is signed in."""
    return session_of(Role.OWNER)


def session_of(role: Role) -> str:
    """The session of such a member of the team who is signed in."""
    client = Client()
    client.force_login(member_with(role), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def enter(context: BrowserContext, session: str, url: str) -> Page:
    """A page of that member's browser."""
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    return context.new_page()
