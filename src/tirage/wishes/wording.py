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
    all_of_them = "both" if most == 2 else f"all {most}"
    whole = f"{each} each, so at most {together} for {all_of_them}" if most > 1 else f"At most {each}"
    if is_promise:
        return f"{whole}. Tax comes to that, and delivery as for the rest of your order."
    return f"{whole}, if you buy them then. Tax and delivery come to that."


def next_words(*, is_promise: bool) -> str:
    """What happens if a wish is granted, and what doesn't before."""
    if is_promise:
        return (
            "If we can grant it, it joins your order, your saved card is charged, and we write to you. "
            "Until then nothing is charged, and nothing is held."
        )
    return (
        "If we can grant it, we set the bottles aside for you and write to you; then you have some days to buy them. "
        "Until then nothing is charged, and nothing is held."
    )


def lacks_words(*, card: bool, address: bool) -> str:
    """What a promise still needs before it can be granted; empty when nothing."""
    if not (card or address):
        return ""
    both = " and ".join(
        part
        for part in ("a card to charge" if card else "", "an address to send it to" if address else "")
        if part
    )
    return f"One thing is missing: to grant it we need {both}. The page of your wishes asks for it."
