"""The one form of an order change: from what stands in it to the differences that ``edit_draft`` is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, DecimalException
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.acting import MoneyField, choose
from tirage.changes.facts import ship_to_of
from tirage.changes.models import ChangeDraft
from tirage.changes.rules import KEEP, AddWine, ChangeQuote, StaffCharge
from tirage.changes.states import Rates
from tirage.core.errors import DomainError
from tirage.core.texts import as_written
from tirage.customers.models import Address
from tirage.orders.rules import ShipTo
from tirage.orders.states import Channel, ChargeKind
from tirage.parts.addressing import every_country, follow_country
from tirage.parts.doubting import MEANT, Question, meant_changes, question_about, sure_mark
from tirage.parts.telephones import TelephoneField

#: The order's own address, and one that is typed here.
AS_ORDERED, TYPED = "", "typed"
#: The parts of a typed address; each has a field ``to_…``.
TO_PARTS = ("recipient", "company", "line1", "line2", "city", "state", "postal_code", "country", "phone")
PERCENT, AMOUNT = "percent", "amount"
MORE, LESS = "more", "less"
CORRECTABLE = {
    ChargeKind.SHIPPING.value: "Shipping",
    ChargeKind.TAX.value: "Tax",
    ChargeKind.DUTY.value: "Duty",
    ChargeKind.INSURANCE.value: "Insurance",
    ChargeKind.PACKAGING.value: "Packaging",
    ChargeKind.EXPEDITE.value: "Expediting",
    ChargeKind.RESHIP.value: "Reshipping a parcel that came back",
    ChargeKind.REROUTE.value: "Rerouting a parcel on its way",
    ChargeKind.RESTOCKING.value: "Restocking bottles that come back",
}
#: Fields and buttons of those who may give discounts and correct charges; the choices beside them mean nothing alone.
DISCOUNT_FIELDS = frozenset(
    {"discount_much", "discount_reason", "correction_amount", "correction_reason", "drop"}
)
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Acts:
    """What a press of one of the form's buttons asks for besides the fields."""

    add: tuple[AddWine, ...] = ()
    drop: tuple[int, ...] = ()
    #: Just take the draft on as it is: after others' changes, after its time, after a refused card.
    go_on: bool = False

    @classmethod
    def of(cls, post: QueryDict) -> Acts:
        today = post.get("add_today", "")
        sku = _number(post.get("add", "") or today)
        pieces = _number(post.get(f"add-{sku}", "1") or "0")
        drop = _number(post.get("drop", ""))
        return cls(
            (AddWine(sku, pieces, bool(today)),) if sku else (),
            (drop,) if drop else (),
            "go_on" in post,
        )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class ChangeForm(forms.Form):
    """Bound to what was sent, or showing the draft as it is.

    ``discounts`` and ``overrides`` open the parts for those who may; what is closed is neither shown nor read.
    While somebody is ``typing``, what is only meant when its button is pressed is left out: an address that is typed,
    a new discount. ``redrawn``: the country of the typed address was just changed.
    """

    #: The order's latest change that the person has seen; a later one must be looked at first.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    address = forms.ChoiceField(label="Goes to", required=False)
    method = forms.CharField(label="Delivery", max_length=20, required=False)
    ship_on = forms.DateField(label="Ship on", required=False, widget=_DAY)
    gift_note = forms.CharField(
        label="Gift note", max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    bought = forms.ChoiceField(
        label="Bought",
        required=False,
        choices=[(Channel.TELEPHONE.value, "From afar"), (Channel.WINERY.value, "At the winery")],
        help_text="Some states take only wine that was bought at the winery.",
    )
    rates = forms.ChoiceField(
        label="Rates", required=False, choices=[(one.value, one.value) for one in Rates]
    )
    reason = forms.CharField(
        label="Reason",
        max_length=300,
        required=False,
        help_text="The activity keeps it, and so does the refund.",
    )
    override = forms.CharField(
        label="Set the rules aside, because",
        max_length=300,
        required=False,
        help_text="Allowance, multiples, the offer’s rules, an offer that has closed. The activity keeps it.",
    )
    waive = forms.CharField(
        label="Let the cancellation terms go, because",
        max_length=300,
        required=False,
        help_text="Without a reason the fee of the order’s terms is charged, and what goes back is what they say.",
    )

    to_recipient = forms.CharField(label="Recipient", max_length=160, required=False)
    to_company = forms.CharField(label="Company", max_length=160, required=False)
    to_line1 = forms.CharField(label="Street and number", max_length=200, required=False)
    to_line2 = forms.CharField(label="Apartment, suite", max_length=200, required=False)
    to_city = forms.CharField(label="City", max_length=120, required=False)
    to_state = forms.CharField(label="State", max_length=60, required=False)
    to_postal_code = forms.CharField(label=gettext_lazy("ZIP or postal code"), max_length=16, required=False)
    to_country = forms.ChoiceField(label="Country", required=False)
    to_phone = TelephoneField(label="Telephone", widget=forms.TextInput())

    discount_on = forms.ChoiceField(label="On", required=False)
    discount_much = forms.CharField(
        label="How much",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    discount_unit = forms.ChoiceField(label="In", required=False)
    discount_reason = forms.CharField(
        label="Reason", max_length=160, required=False, help_text="The customer reads it on the order."
    )
    correction_kind = forms.ChoiceField(label="Of", required=False, choices=list(CORRECTABLE.items()))
    correction_way = forms.ChoiceField(
        label="By", required=False, choices=[(LESS, "Less"), (MORE, "More")], initial=LESS
    )
    correction_amount = MoneyField(label="How much", required=False)
    correction_reason = forms.CharField(
        label="Reason", max_length=160, required=False, help_text="The customer reads it on the order."
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        draft: ChangeDraft,
        quote: ChangeQuote,
        addresses: Sequence[Address],
        discounts: bool,
        overrides: bool,
        typing: bool = False,
        redrawn: bool = False,
    ) -> None:
        self.draft, self.quote, self.addresses = draft, quote, list(addresses)
        self.discounts, self.overrides, self.typing = discounts, overrides, typing
        self.redrawn = redrawn
        self.question: Question | None = None
        super().__init__(data, initial=self._as_it_is(), auto_id="%s")
        self._offer_choices()
        for line in quote.lines:
            self.fields[f"pieces-{line.key}"] = forms.IntegerField(
                label=line.title,
                required=False,
                min_value=0,
                max_value=9_999,
                initial=max(line.after, 0),
                error_messages={"invalid": "Write a number.", "min_value": "Nought or more."},
            )

    # The draft as it is

    def _as_it_is(self) -> dict[str, Any]:
        place = ship_to_of(self.draft)
        return {
            "seen": self.quote.number,
            "address": self.address_now,
            "method": self.method_now,
            "ship_on": self.ship_on_now,
            "gift_note": self.gift_note_now,
            "bought": self.draft.order.channel,
            "rates": self.quote.rates.value,
            "reason": self.draft.reason,
            "override": self.draft.override_reason,
            "waive": self.draft.waives_fee,
            **{f"to_{part}": getattr(place, part) for part in TO_PARTS},
        }

    @property
    def address_now(self) -> str:
        """Where the draft goes: as ordered, to a saved address, or to one that was typed."""
        if "ship_to" not in self.draft.delivery:
            return AS_ORDERED
        place = ship_to_of(self.draft)
        same = (address.reference for address in self.addresses if ShipTo.of(address) == place)
        return next(same, TYPED)

    @property
    def method_now(self) -> str:
        method = self.draft.order.method
        return str(self.draft.delivery.get("method", method.reference if method else ""))

    @property
    def ship_on_now(self) -> date | None:
        kept = self.draft.delivery.get("requested_ship_on", KEEP)
        if kept is KEEP:
            return self.draft.order.requested_ship_on
        return date.fromisoformat(kept) if kept else None

    @property
    def gift_note_now(self) -> str:
        return str(self.draft.delivery.get("gift_note", self.draft.order.gift_note))

    def _offer_choices(self) -> None:
        saved = [(address.reference, address.one_line) for address in self.addresses]
        choose(self, "address", [(AS_ORDERED, "As on the order"), *saved, (TYPED, "Another address")])
        follow_country(self, every_country(), pre="to_", path=".", redrawn=self.redrawn)
        wines = {str(line.sku_id): line.title for line in self.quote.lines if line.after > 0}
        choose(self, "discount_on", [("", "The whole order"), *wines.items()])
        choose(self, "discount_unit", [(PERCENT, "%"), (AMOUNT, self.quote.difference.currency)])

    # Reading what was sent

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.discounts and not self.typing:
            values["new_charges"] = [*self._new_discount(values), *self._new_correction(values)]
        return values

    def _new_discount(self, values: Mapping[str, Any]) -> list[StaffCharge]:
        much, reason = values.get("discount_much", ""), values.get("discount_reason", "")
        if not much and not reason:
            return []
        if not reason:
            self.add_error("discount_reason", "Say why.")
        try:
            amount = _amount_of(much, values.get("discount_unit", PERCENT))
        except ValidationError as wrong:
            self.add_error("discount_much", wrong)
            return []
        sku_id = _number(values.get("discount_on", "")) or None
        return [StaffCharge(ChargeKind.DISCOUNT.value, reason, sku_id=sku_id, **amount)]

    def _new_correction(self, values: Mapping[str, Any]) -> list[StaffCharge]:
        minor, reason = values.get("correction_amount"), values.get("correction_reason", "")
        if not minor and not reason:
            return []
        if not reason:
            self.add_error("correction_reason", "Say why.")
        if not minor:
            self.add_error("correction_amount", "Write an amount such as 12 or 12.50.")
            return []
        kind = values.get("correction_kind") or ChargeKind.SHIPPING.value
        return [
            StaffCharge(kind, reason, amount_minor=minor if values.get("correction_way") == MORE else -minor)
        ]

    def edits(self, acts: Acts) -> dict[str, Any]:
        """What differs from the draft, as arguments of ``edit_draft``; empty when nothing does."""
        values = self.cleaned_data
        found: dict[str, Any] = {
            **self._pieces(values),
            **self._address(values),
            **self._delivery(values),
            **self._words(values),
        }
        if values.get("new_charges"):
            found["add_charges"] = values["new_charges"]
        if self.discounts and acts.drop:
            found["drop_charges"] = acts.drop
        if acts.add:
            found["add"] = acts.add
        return found

    def _pieces(self, values: Mapping[str, Any]) -> dict[str, Any]:
        asked = {
            line.key: values[f"pieces-{line.key}"]
            for line in self.quote.lines
            if values.get(f"pieces-{line.key}") not in (None, max(line.after, 0))
        }
        return {"pieces": asked} if asked else {}

    def _address(self, values: Mapping[str, Any]) -> dict[str, Any]:
        chosen = values.get("address", AS_ORDERED)
        if not self._sent("address"):
            return {}
        if chosen == TYPED:
            typed = ShipTo(**self._typed_place(values))
            same = self.address_now == TYPED and typed == ship_to_of(self.draft)
            sure = sure_mark(self._answer)
            return {} if self.typing or same else {"ship_to": typed, "sure": sure}
        return {} if chosen == self.address_now else {"address_reference": chosen}

    @property
    def _answer(self) -> str:
        """What was said of a doubt about the typed address."""
        return str(self.data.get(MEANT, ""))

    def _typed_place(self, values: Mapping[str, Any]) -> dict[str, str]:
        typed = {part: str(values.get(f"to_{part}", "") or "") for part in TO_PARTS}
        return typed | meant_changes(self._answer)

    def _delivery(self, values: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        own = self.draft.order.method.reference if self.draft.order.method else ""
        method = values.get("method", "")
        if method and method != self.method_now:
            found["method_reference"] = "" if method == own else method
        if self._sent("ship_on") and values.get("ship_on") != self.ship_on_now:
            found["requested_ship_on"] = values.get("ship_on")
        note = as_written(values.get("gift_note", ""))
        if self._sent("gift_note") and note != as_written(self.gift_note_now):
            found["gift_note"] = note
        bought = values.get("bought")
        if bought and self.draft.is_new_order and bought != self.draft.order.channel:
            found["channel"] = Channel(bought)
        return found

    def _words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if values.get("rates") and values["rates"] != self.quote.rates.value:
            found["rates"] = Rates(values["rates"])
        if self._sent("reason") and values.get("reason", "") != self.draft.reason:
            found["reason"] = values.get("reason", "")
        override = values.get("override", "")
        if self.overrides and self._sent("override") and override != self.draft.override_reason:
            found["override_reason"] = override
        waive = values.get("waive", "")
        if self.overrides and self._sent("waive") and waive != self.draft.waives_fee:
            found["waives_fee"] = waive
        return found

    def _sent(self, name: str) -> bool:
        """Whether the field stood on the page: what isn't there is left as it is, not emptied."""
        return name in self.data

    # Refusals

    def refuse(self, refused: DomainError) -> None:
        """Puts the words beside the fields they concern, else on top."""
        self.question = question_about(self._typed_place(self.cleaned_data), refused)
        places = {part: f"to_{part}" for part in TO_PARTS} | {"requested_ship_on": "ship_on"}
        for name, message in refused.fields.items():
            field = places.get(name, name)
            self.add_error(field if field in self.fields else None, message)
        if not refused.fields:
            self.add_error(None, refused.message)


def _amount_of(text: str, unit: str) -> dict[str, int]:
    """``12.5`` percent as hundredths of a percent, or an amount off in minor units; raises ValidationError."""
    if unit == AMOUNT:
        minor = MoneyField().clean(text)
        if not minor:
            raise ValidationError("Write an amount such as 12 or 12.50.")
        return {"amount_minor": -minor}
    try:
        hundredths = Decimal(text.replace("%", "").strip()).scaleb(2)
    except DecimalException:
        hundredths = Decimal(0)
    if not hundredths.is_finite() or not 1 <= hundredths <= 10_000 or hundredths % 1:
        raise ValidationError("Write a percentage between 0.01 and 100.")
    return {"percent_bp": int(hundredths)}
