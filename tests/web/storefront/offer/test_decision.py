"""When customers are told that wishes are decided: never a moment that has passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tirage.core.winery import current_winery
from tirage.storefront.offer.wines import decision_words

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CLOSES = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


def said(now: datetime, decided_on: date | None = None) -> str:
    return decision_words(decided_on, CLOSES, current_winery(), now)


def test_the_close_is_named_until_it_has_come() -> None:
    assert said(CLOSES - timedelta(seconds=1)).startswith("We decide after the offer closes, ")
    assert said(CLOSES) == "The offer has closed, and we are deciding."


def test_the_day_of_the_decision_is_named_until_it_is_over_on_the_winerys_clock() -> None:
    day = date(2026, 11, 25)
    assert "25" in said(datetime(2026, 11, 26, 7, 59, tzinfo=UTC), day), "it is still the 25th in California"
    assert said(datetime(2026, 11, 26, 8, 0, tzinfo=UTC), day) == "The offer has closed, and we are deciding."
    assert said(CLOSES - timedelta(days=1), date(2026, 11, 1)) == "We are deciding."
