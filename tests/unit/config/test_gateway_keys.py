"""A shop doesn't start with a gateway that is half set up, and says of each variable what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from tirage.config.gateway_keys import GatewayKeys

LIVE = GatewayKeys(
    gateway="stripe",
    allows_test=False,
    stripe_secret="sk_live_secret",
    stripe_publishable="pk_live_public",
    stripe_webhook="whsec_hook",
    stripe_base="https://api.stripe.com",
)
TEST_MODE = replace(LIVE, stripe_secret="sk_test_secret", stripe_publishable="pk_test_public")


def test_good_keys_start() -> None:
    assert LIVE.problems(production=True) == []
    assert TEST_MODE.problems(production=False) == []
    assert replace(TEST_MODE, allows_test=True).problems(production=True) == []
    assert replace(LIVE, stripe_secret="rk_live_restricted").problems(production=True) == []


@pytest.mark.parametrize("production", [True, False])
@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"stripe_secret": ""}, "TIRAGE_STRIPE_SECRET_KEY", "begins with sk_"),
        ({"stripe_secret": "pk_live_public"}, "TIRAGE_STRIPE_SECRET_KEY", "begins with sk_"),
        ({"stripe_publishable": ""}, "TIRAGE_STRIPE_PUBLISHABLE_KEY", "begins with pk_"),
        ({"stripe_publishable": "sk_live_secret"}, "TIRAGE_STRIPE_PUBLISHABLE_KEY", "begins with pk_"),
        ({"stripe_publishable": "pk_test_public"}, "TIRAGE_STRIPE_PUBLISHABLE_KEY", "the other is live"),
        ({"stripe_webhook": ""}, "TIRAGE_STRIPE_WEBHOOK_SECRET", "signing secret"),
        ({"gateway": "paypal"}, "TIRAGE_GATEWAY", "test, stripe"),
    ],
)
def test_each_missing_or_wrong_key_is_named_everywhere(
    change: dict[str, str], name: str, words: str, production: bool
) -> None:
    (problem,) = replace(LIVE, **change).problems(production=production)  # type: ignore[arg-type]
    assert problem.startswith(name) and words in problem
    assert not any(key in problem for key in ("sk_live_secret", "pk_live_public", "whsec_hook"))


@pytest.mark.parametrize(
    ("keys", "name", "words"),
    [
        (TEST_MODE, "TIRAGE_STRIPE_SECRET_KEY", "a test key moves no money"),
        (replace(LIVE, stripe_base="http://127.0.0.1:8420"), "TIRAGE_STRIPE_API_BASE", "in the clear"),
        (replace(LIVE, gateway="test"), "TIRAGE_GATEWAY", "the test gateway moves no money"),
    ],
)
def test_what_is_fine_on_a_desk_is_refused_in_production(keys: GatewayKeys, name: str, words: str) -> None:
    (problem,) = keys.problems(production=True)
    assert problem.startswith(name) and words in problem
    assert keys.problems(production=False) == []


def test_money_moves_with_live_keys_alone() -> None:
    assert LIVE.moves_money and replace(LIVE, stripe_secret="rk_live_restricted").moves_money
    assert not TEST_MODE.moves_money
    assert not replace(LIVE, gateway="test").moves_money, "Stripe's keys are there, and not in use"


def test_all_missing_keys_are_named_at_once() -> None:
    bare = replace(LIVE, stripe_secret="", stripe_publishable="", stripe_webhook="")
    assert len(bare.problems(production=True)) == 3


@pytest.mark.once
def test_the_start_reads_them_and_never_shows_a_key(tmp_path: os.PathLike[str]) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TIRAGE_")}
    settings = {
        "TIRAGE_MODE": "test",
        "TIRAGE_VAR": str(tmp_path),
        "TIRAGE_GATEWAY": "stripe",
        "TIRAGE_STRIPE_SECRET_KEY": "sk_live_hunter2",
        "TIRAGE_STRIPE_WEBHOOK_SECRET": "hunter2",
    }
    start = "from tirage.cli.starting import start_django; start_django()"
    done = subprocess.run(
        [sys.executable, "-c", start], env=plain | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    refusal = done.stderr.partition("won't start like this")[2]
    assert "TIRAGE_STRIPE_PUBLISHABLE_KEY" in refusal and "TIRAGE_STRIPE_WEBHOOK_SECRET" in refusal
    assert "TIRAGE_STRIPE_SECRET_KEY" not in refusal and "hunter2" not in refusal
