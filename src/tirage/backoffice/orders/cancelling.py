"""Cancelling an order: what can be chosen, and what would come of it in words before anything happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.frame.cells import listed, money_cell
from tirage.backoffice.payments.words import how
from tirage.catalog.rules import full_title
from tirage.changes.operations import CancelQuote
from tirage.changes.states import RefundTo
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.orders.queries import LineView
from tirage.parts.wording import say_number
from tirage.payments.models import Payment

#: More wines than this are only counted.
MOST_NAMED = 4
YES, NO = "yes", "no"
ORIGINAL, TO_CREDIT, KEEP_IT = "original", "credit", "keep"
_REFUND_TO = {ORIGINAL: RefundTo.ORIGINAL, TO_CREDIT: RefundTo.CREDIT, KEEP_IT: None}


class CancelForm(forms.Form):
    """``seen`` is what the preview on the page was of: a button acts on nothing else."""

    restock = forms.ChoiceField(label="The bottles", widget=forms.RadioSelect, initial=YES)
    money = forms.ChoiceField(label="The money", widget=forms.RadioSelect, initial=ORIGINAL)
    reason = forms.ChoiceField(label="Reason")
    words = forms.CharField(
        label="In your words",
        max_length=200,
        required=False,
        help_text="The activity keeps reason and words.",
    )
    mail = forms.BooleanField(required=False, initial=True)
    terms = forms.ChoiceField(label="The terms of the order", widget=forms.RadioSelect, initial=YES)
    waive = forms.CharField(label="Why they are let go", max_length=200, required=False)
    seen = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        order: Order,
        quote: CancelQuote,
        reasons: Sequence[str],
        asks_terms: bool = False,
    ) -> None:
        super().__init__(data, auto_id="%s")
        self.order, self.quote = order, quote
        self._ask_of_terms(asks_terms)
        self.fields["mail"].label = f"Tell {order.customer.name} by mail, to {order.customer.email}"
        choose(self, "restock", [(YES, "Come back into stock"), (NO, "Are gone (broken, drunk, given away)")])
        choose(self, "reason", [("", "Choose one"), *((reason, reason) for reason in reasons)])
        amount = money_cell(quote.to_give_back)
        if quote.to_give_back:
            ways = [
                (ORIGINAL, f"Goes back to where it came from: {places_words(quote.payments)}"),
                (TO_CREDIT, f"Becomes store credit: {amount}"),
                (KEEP_IT, "Stays with us for now; the order says what is to be refunded"),
            ]
            if quote.credit_only:
                ways = ways[1:]
                self.fields["money"].initial = TO_CREDIT
            choose(self, "money", ways)
        else:
            del self.fields["money"]

    def _ask_of_terms(self, asks: bool) -> None:
        if not asks:
            del self.fields["terms"], self.fields["waive"]
            return
        counts = "Count: the fee is kept" if self.order.cancel_fee_bp else "Count"
        if self.order.cancels_to_credit:
            counts += ", and the rest becomes store credit"
        choose(self, "terms", [(YES, counts), (NO, "Are let go: all of it goes back")])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("terms") == NO and not values.get("waive", "").strip():
            self.add_error("waive", forms.ValidationError("Write a few words.", code="required"))
        return values

    def chosen(self, name: str) -> str:
        """What stands in the field, whether the rest of the form is right or not."""
        return str(self[name].value()) if name in self.fields else KEEP_IT

    @property
    def signature(self) -> str:
        """What a preview is of; another one was another choice, or another state of things."""
        facts = (self.chosen("restock"), self.chosen("money"), self.chosen("mail"), self.chosen("terms"))
        return f"{'.'.join(facts)}.{self.quote.pieces}.{self.quote.to_give_back.minor}"

    def arguments(self) -> dict[str, Any]:
        """What ``cancel_order`` takes."""
        values = self.cleaned_data
        return {
            "restock": values["restock"] == YES,
            "refund_to": _REFUND_TO[values.get("money", KEEP_IT)],
            "reason": values["reason"],
            "words": values["words"],
            "mail": values["mail"],
            "waive": values["waive"] if values.get("terms") == NO else "",
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen, sentence by sentence, and what the button says."""

    sentences: list[str]
    button: str


def preview_cancel(form: CancelForm, drafts: int) -> Preview:
    """The form's choices as what they do. ``drafts`` changes of the order are being prepared."""
    quote, customer = form.quote, form.order.customer
    wines, back = wines_words(quote.lines), form.chosen("restock") == YES
    amount, money = money_cell(quote.to_give_back), form.chosen("money")
    sentences = [f"{wines} come back into stock." if back else f"{wines} leave the cellar’s books."]
    ends = ""
    if quote.to_give_back and money == ORIGINAL:
        one = len(quote.payments) == 1
        where = f" to {_place(quote.payments[0][0])}" if one else f": {places_words(quote.payments)}"
        sentences.append(f"{amount} go back{where}.")
        ends = f" and refund {amount}"
    elif quote.to_give_back and money == TO_CREDIT:
        sentences.append(f"{amount} become store credit of {customer.name}.")
        ends = f" and give {amount} as store credit"
    elif quote.to_give_back:
        sentences.append(f"{amount} stay with us for now; the order says they are to be refunded.")
        ends = f" and keep {amount} for now"
    if quote.fee:
        sentences.append(f"{money_cell(quote.fee)} are kept: the fee that the order’s terms ask for.")
    if quote.authorised:
        sentences.append(f"{money_cell(quote.authorised)} that are set aside on the card are let go.")
    if drafts:
        sentences.append(
            "The change that is being prepared is let go."
            if drafts == 1
            else f"The {drafts} changes that are being prepared are let go."
        )
    told = "gets" if form["mail"].value() else "doesn’t get"
    sentences.append(f"{customer.name} {told} a mail about it.")
    return Preview(sentences, f"Cancel the order{ends}")


def places_words(payments: Sequence[tuple[Payment, Money]]) -> str:
    """``$200.00 to Visa 4242 and $68.00 to store credit``."""
    return listed([f"{money_cell(amount)} to {_place(payment)}" for payment, amount in payments])


def _place(payment: Payment) -> str:
    words = how(payment)
    if payment.offline_kind:
        return f"the customer by hand ({words.lower()})"
    return words if payment.payment_method else words.lower()


def wines_words(lines: Sequence[LineView]) -> str:
    """``2 × Estate Cabernet 2023``; of many wines only how much in all."""
    if len(lines) <= MOST_NAMED:
        named = [f"{line.quantity} × {full_title(line.name, line.format_name)}" for line in lines]
        return listed(named) or "No bottles"
    pieces = sum(line.quantity for line in lines)
    return f"{say_number(pieces, current_winery().locale)} pieces of {len(lines)} wines"
