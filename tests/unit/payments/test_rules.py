"""The retry plan: a no that is final stops at once, others are asked again ever later, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tirage.payments.rules import (
    RETRY_AFTER,
    DeclineKind,
    is_hard_decline,
    kind_of_decline,
    next_attempt,
    say_decline,
)

NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)


def test_the_pauses_grow_and_are_a_day_at_least() -> None:
    assert list(RETRY_AFTER) == sorted(set(RETRY_AFTER)) and RETRY_AFTER[0] >= timedelta(days=1)


def test_a_soft_no_is_asked_again_later_and_later_and_then_no_more() -> None:
    plan = [next_attempt(attempts, "insufficient_funds", NOW) for attempts in range(1, 6)]
    assert plan == [NOW + timedelta(days=days) for days in (1, 3, 5, 7)] + [None]


@pytest.mark.parametrize(
    "code",
    ["stolen_card", "lost_card", "expired_card", "fraudulent", "account_closed", "invalid_number", "refused"],
)
def test_a_hard_no_is_never_asked_again(code: str) -> None:
    assert is_hard_decline(code) and next_attempt(1, code, NOW) is None


@pytest.mark.parametrize(
    "code",
    [
        "insufficient_funds",
        "card_declined",
        "try_again_later",
        "issuer_not_available",
        "card_velocity_exceeded",
        "something_new",
        "",
    ],
)
def test_what_may_go_through_another_day_is_soft(code: str) -> None:
    assert kind_of_decline(code) is DeclineKind.SOFT and not is_hard_decline(code)


@pytest.mark.parametrize("code", ["authentication_required", "authentication_failed", "given_up"])
def test_without_the_customer_the_bank_would_say_no_again(code: str) -> None:
    assert kind_of_decline(code) is DeclineKind.NEEDS_CUSTOMER
    assert next_attempt(1, code, NOW) is None and not is_hard_decline(code)


@pytest.mark.parametrize("code", ["never_seen", "authorization_expired"])
def test_what_no_bank_refused_is_repeated_soon_but_not_for_ever(code: str) -> None:
    assert next_attempt(1, code, NOW) == NOW + timedelta(hours=1)
    assert next_attempt(len(RETRY_AFTER) + 1, code, NOW) is None


@pytest.mark.parametrize(
    ("hours", "planned"), [(24, 23), (7, 6), (6.5, None), (1, None), (0, None), (25, 24), (200, 24)]
)
def test_where_time_runs_out_the_last_attempt_is_made_before(hours: float, planned: int | None) -> None:
    until = NOW + timedelta(hours=hours)
    expected = None if planned is None else NOW + timedelta(hours=planned)
    assert next_attempt(1, "insufficient_funds", NOW, until) == expected
    assert next_attempt(1, "stolen_card", NOW, until) is None


@pytest.mark.parametrize("attempts", [0, -1])
def test_nothing_is_planned_before_the_first_failure(attempts: int) -> None:
    assert next_attempt(attempts, "insufficient_funds", NOW) is None


def test_the_reason_in_words() -> None:
    assert say_decline("insufficient_funds", "Refer to issuer") == "Not enough money on the card"
    assert say_decline("code_51x", "Refer to issuer.") == "Refer to issuer"
    assert say_decline("", "") == "The card was declined"
