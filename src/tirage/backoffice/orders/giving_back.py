"""Giving money back for named wines: how many, what becomes of the bottles, and what it comes to beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.frame.cells import money_cell
from tirage.backoffice.orders.cancelling import ORIGINAL, TO_CREDIT, places_words
from tirage.changes.operations import LineRefund
from tirage.changes.rules import Bottles, line_key
from tirage.changes.states import RefundTo
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.orders.queries import LineView
from tirage.orders.states import OrderState
from tirage.payments.models import Payment

_BOTTLES = [
    (Bottles.BACK.value, "Come back into stock, and leave the order"),
    (Bottles.KEPT.value, "Stay with the customer, and on the order (corked, late, a courtesy)"),
    (Bottles.GONE.value, "Are gone, and leave the order (broken before they arrived)"),
]


class GiveBackForm(forms.Form):
    """``seen`` is what the sums on the page are of: a button acts on nothing else."""

    bottles = forms.ChoiceField(label="The bottles", choices=_BOTTLES, widget=forms.RadioSelect)
    to = forms.ChoiceField(
        label="The money",
        choices=[(ORIGINAL, "Goes back to where it came from"), (TO_CREDIT, "Becomes store credit")],
        widget=forms.RadioSelect,
        initial=ORIGINAL,
    )
    reason = forms.CharField(
        label="Reason", max_length=200, help_text="The customer reads it where the bottles stay on the order."
    )
    mail = forms.BooleanField(required=False, initial=True)
    seen = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, order: Order, lines: Sequence[LineView]) -> None:
        super().__init__(data, auto_id="%s")
        self.lines = list(lines)
        usual = Bottles.KEPT if order.step == OrderState.SHIPPED else Bottles.BACK
        self.fields["bottles"].initial = usual.value
        choose(self, "bottles", _BOTTLES)
        self.fields["mail"].label = f"Tell {order.customer.name} by mail, to {order.customer.email}"
        for line in self.lines:
            self.fields[_field(line)] = forms.IntegerField(
                label=line.name,
                required=False,
                min_value=0,
                max_value=max(line.quantity, 0),
                initial=0,
                error_messages={"invalid": "Write a number."},
            )

    @property
    def pieces(self) -> dict[str, int]:
        """How many of each line, by its key, as far as they can be read."""
        found = {}
        for line in self.lines:
            value = str(self[_field(line)].value() or 0)
            count = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0
            if count:
                found[line_key(line.sku_id, line.unit_price.minor)] = count
        return found

    @property
    def chosen_bottles(self) -> Bottles:
        value = self["bottles"].value()
        return Bottles(value) if value in {one.value for one in Bottles} else Bottles.BACK

    @property
    def refund_to(self) -> RefundTo:
        return RefundTo.CREDIT if self["to"].value() == TO_CREDIT else RefundTo.ORIGINAL

    def signature(self, total: Money) -> str:
        """What the sums are of; another one was another choice, or another state of things."""
        pieces = "_".join(f"{key}x{count}" for key, count in sorted(self.pieces.items()))
        return f"{self.chosen_bottles.value}.{self.refund_to.value}.{total.minor}.{pieces}"[:400]

    def rows(self) -> list[tuple[LineView, forms.BoundField]]:
        """The order's wines with their fields."""
        return [(line, self[_field(line)]) for line in self.lines]


def _field(line: LineView) -> str:
    return f"pieces-{line_key(line.sku_id, line.unit_price.minor)}"


def button_words(refund: LineRefund, to: RefundTo, back: Sequence[tuple[Payment, Money]]) -> str:
    """What the button does, with its amount."""
    amount = money_cell(refund.to_give_back)
    if not refund.to_give_back:
        return f"Take {money_cell(refund.total)} off the order"
    if to is RefundTo.CREDIT or not back:
        return f"Give {amount} as store credit"
    return f"Refund {places_words(back)}"
