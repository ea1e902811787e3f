"""Addresses and cards that somebody chose and that aren't saved any more, by what they are recognised by."""

from __future__ import annotations

from tirage.customers.models import Address
from tirage.payments.models import PaymentMethod

ASK_WHERE = "Choose where it goes."
ASK_CARD = "Choose how you pay."


def say_gone_address(customer_id: int, reference: str) -> str:
    """``2 Court Street, Brooklyn, NY 11201 is no longer saved. Choose where it goes.`` One statement."""
    address = Address.objects.filter(customer_id=customer_id, reference=reference).first()
    return f"{address.one_line if address else 'The address that you chose'} is no longer saved. {ASK_WHERE}"


def say_gone_card(customer_id: int, reference: str) -> str:
    """``Visa ending in 4242 is no longer saved. Choose how you pay.`` One statement."""
    card = PaymentMethod.objects.filter(customer_id=customer_id, reference=reference).first()
    return f"{card.long_label if card else 'The card that you chose'} is no longer saved. {ASK_CARD}"
