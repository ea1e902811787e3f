"""A new secret key: what was sealed with the former one is sealed anew, then the former one can go."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import LazySettings
from django.test import Client

from tests.world import World
from tirage.cli.main import main
from tirage.notifications.models import SentMail
from tirage.notifications.operations import queue_sign_in_code, queue_staff_password
from tirage.notifications.values import NothingToSay, data_of
from tirage.staff.models import StaffSession

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def codes(world: World) -> list[str]:
    """One of everything that is kept sealed; the recovery codes."""
    TOTP.activate(world.owner, SECRET)
    client = Client()
    client.force_login(world.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    queue_sign_in_code(
        customer_id=world.ana.pk, email="ana@example.com", code="123456", link="https://x/y/", now=world.now
    )
    queue_staff_password(email=world.owner.email, name="Olive", url="https://x/key/", now=world.now)
    return RecoveryCodes.activate(world.owner).generate_codes()


def test_nothing_of_it_is_in_the_clear(codes: list[str]) -> None:
    kept = " ".join(
        str(row) for model in (Authenticator, SentMail, StaffSession) for row in model.objects.values()
    )
    for secret in (SECRET, "123456", "https://x/", *codes):
        assert secret not in kept


def test_with_both_keys_all_is_read_and_sealed_anew_then_the_former_goes(
    codes: list[str], world: World, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 48
    assert main(["reseal"]) == 0
    assert "6 secrets are sealed" in capsys.readouterr().out
    settings.SECRET_KEY_FALLBACKS = []
    factor, recovery = Authenticator.objects.order_by("type")[::-1]
    assert factor.wrap().validate_code("no code") is False
    assert recovery.wrap().generate_codes() == codes
    code, password = SentMail.objects.order_by("pk")
    assert (data_of(code, "code"), data_of(password, "url")) == ("123456", "https://x/key/")
    assert StaffSession.objects.get().get_decoded()["_auth_user_id"] == str(world.owner.pk)


def test_without_the_former_key_it_says_what_is_lost_and_harms_nothing(
    codes: list[str], settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    former, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 48
    assert main(["reseal"]) == 1
    said = capsys.readouterr().out
    assert "0 secrets" in said and said.count("Can't be opened") == 5 and "TIRAGE_OLD_SECRET_KEYS" in said
    with pytest.raises(NothingToSay):
        data_of(SentMail.objects.earliest("pk"), "code")
    settings.SECRET_KEY = former
    assert data_of(SentMail.objects.earliest("pk"), "code") == "123456"
