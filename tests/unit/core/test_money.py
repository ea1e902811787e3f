"""Money as sentences say it."""

import pytest

from tirage.core.money import Money


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (Money(190_00, "USD"), "$190.00"),
        (Money(1_234_567_89, "USD"), "$1,234,567.89"),
        (Money(-54_00, "USD"), "−$54.00"),
        (Money(12_50, "EUR"), "€12.50"),
        (Money(1_200, "JPY"), "¥1,200"),
    ],
)
def test_a_sentence_says_money_as_the_pages_do(amount: Money, said: str) -> None:
    assert f"{amount}" == said
