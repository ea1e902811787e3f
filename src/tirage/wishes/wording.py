"""What a wish says: what it may cost, what is agreed to, when it is decided. Pure."""

from __future__ import annotations

from tirage.core.money import Money, say_money


def promise_words(price: Money, locale: str) -> str:
    """What a customer agrees to with a promise, for a piece at ``price``; kept with the wish as it was read."""
    return (
        f"Charge my saved card for what you grant me: at most {say_money(price, locale)} each, "
        "and the tax and delivery that belong to it."
    )


def price_words(price: Money, most: int, locale: str, *, is_promise: bool) -> str:
    """What a piece costs, and all of ``most`` of them together."""
    each, together = say_money(price, locale), say_money(price * most, locale)
    whole = f"{each} each, so at most {together} for all {most}" if most > 1 else f"At most {each}"
    if is_promise:
        return f"{whole}. Tax comes to that, and delivery as for the rest of your order."
    return f"{whole}, if you buy them then. Tax and delivery come to that."
