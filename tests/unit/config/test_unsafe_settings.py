"""A production start with a dangerous setting is refused, and the refusal names it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SAFE = {
    "TIRAGE_MODE": "production",
    "TIRAGE_SECRET_KEY": "k" * 48,
    "TIRAGE_SITE_URL": "https://shop.example.com",
    "TIRAGE_ALLOWED_HOSTS": "shop.example.com",
    "TIRAGE_TRUSTED_PROXIES": "1",
    "TIRAGE_DATABASE_URL": "postgresql://tirage@localhost/tirage",
    "TIRAGE_MAIL_FROM": "Halcyon Ridge <cellar@halcyonridge.example>",
    "TIRAGE_ALLOW_TEST_GATEWAY": "true",
}
#: The variable, a dangerous value (None: not set), words of the refusal.
UNSAFE = [
    ("TIRAGE_SECRET_KEY", None, "40 or more random characters"),
    ("TIRAGE_SECRET_KEY", "k" * 39, "40 or more random characters"),
    ("TIRAGE_CAMPAIGN_MONITOR_API_BASE", "http://127.0.0.1:1", "in the clear"),
    ("TIRAGE_SITE_URL", None, "begins with https://"),
    ("TIRAGE_SITE_URL", "http://shop.example.com", "begins with https://"),
    ("TIRAGE_TRUSTED_PROXIES", None, "1 when Caddy or nginx ends TLS"),
    ("TIRAGE_ALLOWED_HOSTS", None, "name the hosts you serve"),
    ("TIRAGE_ALLOWED_HOSTS", "*", "never *"),
    ("TIRAGE_DATABASE_URL", None, "name the database"),
    ("TIRAGE_MAIL_FROM", None, "an address of your own domain"),
    ("TIRAGE_MAIL_FROM", "cellar@example.com", "an address of your own domain"),
    ("TIRAGE_MAIL_FROM", "Cellar <cellar@example.com>", "an address of your own domain"),
    ("TIRAGE_MAIL_FROM", "Cellar, Halcyon Ridge", "write one address"),
    ("TIRAGE_MAIL_FROM", "a@halcyonridge.example, b@halcyonridge.example", "write one address"),
    ("TIRAGE_MAIL_FROM", "A <a@x.example>, B <b@x.example>", "a sender is one"),
    ("TIRAGE_SITE_URL", "https://", "write a whole address"),
    ("TIRAGE_SITE_URL", "https://shop.example.com/wine", "write scheme and host alone"),
    ("TIRAGE_ALLOWED_HOSTS", "https://shop.example.com", "the host's name alone"),
    ("TIRAGE_ALLOWED_HOSTS", "shop.example.com:443", "a port doesn't belong to it"),
    ("TIRAGE_ALLOWED_HOSTS", "other.example.com", "so no page would open"),
    ("TIRAGE_SMTP_HOST", "smtp.example.com:587", "without port or scheme"),
    ("TIRAGE_SMTP_PORT", "0", "from 1 to 65535"),
    ("TIRAGE_SMTP_USER", "cellar", "set both, or neither"),
    ("TIRAGE_EMAIL_BACKEND", "anymail.backends.nobody.EmailBackend", "no such mail backend"),
    ("TIRAGE_OLD_SECRET_KEYS", "short", "each has 40 or more"),
    ("TIRAGE_METRICS_TOKEN", "with a space in it, though long", "20 or more random characters"),
    ("TIRAGE_MAIL_PROVIDER", "pigeon", "write one of brevo"),
    ("TIRAGE_MAIL_WEBHOOK_SECRET", "only-one-word-but-a-long-one", "a name, a colon"),
    ("TIRAGE_MAIL_WEBHOOK_SECRET", "provider:short", "20 or more random characters"),
    ("TIRAGE_LOG_LEVEL", "loud", "write one of DEBUG"),
    ("TIRAGE_BACKUP_HOURS", "-1", "whole number from 0"),
    ("TIRAGE_PASSWORD_CHECKS_AT_ONCE", "0", "whole number from 1"),
    ("TIRAGE_SECRET_KEY_FILE", "/nowhere/key", "the file can't be read"),
    ("TIRAGE_ALLOW_TEST_GATEWAY", None, "the test gateway moves no money"),
    ("TIRAGE_MODE", "debug", "production, demo or test"),
    ("TIRAGE_DATABASE_POOL", "many", "whole number"),
    ("TIRAGE_REDIRECT_TO_HTTPS", "perhaps", "true or false"),
    ("TIRAGE_BACKUP_HOURS", "+-5", "whole number from 0"),
    ("TIRAGE_EMAIL_BACKEND", "django.core.mail", "no such mail backend"),
    ("TIRAGE_EMAIL_BACKEND", ".", "no such mail backend"),
    ("TIRAGE_SECRET_KEY", " " * 60, "40 or more random characters"),
    ("TIRAGE_MAIL_FROM", "Rid\udced\udca0ge <cellar@halcyonridge.example>", "text in UTF-8"),
    ("TIRAGE_SITE_URL", "https://shop.example.com:0", "port 0"),
    ("TIRAGE_DATABASE_URL", "postgresql://tirage@localhost/", "name the database"),
    ("TIRAGE_DATABASE_URL", "mysql://root@localhost/tirage", "write sqlite:///"),
]


def start(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIRAGE_")}
    command = [
        sys.executable,
        "-c",
        "from tirage.cli.starting import start_django; start_django(); print('started')",
    ]
    return subprocess.run(command, env=environment | settings, capture_output=True, text=True, check=False)


@pytest.mark.once
def test_safe_settings_start() -> None:
    assert start(SAFE).stdout == "started\n"


@pytest.mark.once
def test_nothing_and_blanks_around_set_nothing() -> None:
    """As a compose file or a panel of a host leaves them: each is its default, or what it says."""
    nothing = (
        "LOG_LEVEL",
        "GATEWAY",
        "SMTP_HOST",
        "EMAIL_BACKEND",
        "STRIPE_API_BASE",
        "CAMPAIGN_MONITOR_API_BASE",
        "DATABASE_WORK",
        "VAR",
        "MODE",
    )
    blanks = {name: f" {value} " for name, value in SAFE.items()}
    assert start(blanks | {f"TIRAGE_{name}": "" for name in nothing}).stdout == "started\n"


@pytest.mark.once
@pytest.mark.parametrize(("name", "value", "words"), UNSAFE)
def test_each_unsafe_setting_is_refused_by_name(name: str, value: str | None, words: str) -> None:
    settings = {key: kept for key, kept in SAFE.items() if key != name}
    if value is not None:
        settings[name] = value
    done = start(settings)
    assert done.returncode != 0
    assert name.replace("ALLOW_TEST_", "") in done.stderr.replace("ALLOW_TEST_", "")
    assert words in done.stderr


@pytest.mark.once
def test_all_problems_are_named_at_once() -> None:
    done = start({"TIRAGE_MODE": "production"})
    names = ("SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "DATABASE_URL", "MAIL_FROM")
    for name in (f"TIRAGE_{name}" for name in names):
        assert name in done.stderr


@pytest.mark.once
def test_what_cannot_be_read_and_what_is_missing_are_named_together() -> None:
    done = start(
        SAFE | {"TIRAGE_SMTP_PORT": "many", "TIRAGE_SITE_URL": "", "TIRAGE_DATABASE_URL": "mysql://x/y"}
    )
    for name in ("TIRAGE_SMTP_PORT", "TIRAGE_SITE_URL", "TIRAGE_DATABASE_URL"):
        assert f"- {name}" in done.stderr


@pytest.mark.once
def test_a_refusal_never_shows_a_password() -> None:
    done = start(SAFE | {"TIRAGE_DATABASE_URL": "mysql://root:hunter2@localhost/tirage"})
    assert done.returncode != 0
    refusal = done.stderr.rsplit("\n", 2)[-2]
    assert "hunter2" not in refusal
