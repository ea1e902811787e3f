"""From offer to order: the cart that holds bottles, and the checkout that turns them into an order."""

from tirage.checkout.operations.cart import (
    CartOutcome,
    Shortage,
    empty_cart,
    hold_minimums,
    minimums_of,
    retake_cart,
    set_cart,
    take_full_allocation,
)
from tirage.checkout.operations.finishing import Placing, finish_payment, give_up_payment
from tirage.checkout.operations.looking import note_look
from tirage.checkout.operations.placing import place_order
from tirage.checkout.operations.telling import ask_to_be_told, tell_restocked

__all__ = [
    "CartOutcome",
    "Placing",
    "Shortage",
    "ask_to_be_told",
    "empty_cart",
    "finish_payment",
    "give_up_payment",
    "hold_minimums",
    "minimums_of",
    "note_look",
    "place_order",
    "retake_cart",
    "set_cart",
    "take_full_allocation",
    "tell_restocked",
]
