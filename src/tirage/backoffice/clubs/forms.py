"""The forms of clubs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.acting import MoneyField, choose
from tirage.clubs.fees import fee_of
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.plans import MOST_DESCRIPTION, MOST_TERMS
from tirage.clubs.states import FeeWay
from tirage.core.money import say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Group
from tirage.parts.hands import EditForm
from tirage.payments.models import PaymentMethod
from tirage.standing.queries import ways_of
from tirage.standing.rules import MOST_CAP
from tirage.standing.states import Amount


class ClubForm(EditForm):
    """A plan."""

    name = forms.CharField(max_length=80, label="Name", help_text="Customers see it.")
    description = forms.CharField(
        max_length=MOST_DESCRIPTION,
        required=False,
        label="What it is",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Customers read it before they join.",
    )
    terms = forms.CharField(
        max_length=MOST_TERMS,
        label="What members agree to",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Kept with each member, word by word. Members keep what they agreed to when you change it.",
    )
    group = forms.ChoiceField(
        label="Members come into",
        help_text="Into an allocation group out of another one; who leaves the club goes back to that.",
    )
    with_default = forms.BooleanField(
        label="And into the group that new customers join",
        required=False,
        help_text="Otherwise into the club’s group only.",
    )
    amount = forms.ChoiceField(
        label="Ordered for members by itself",
        required=False,
        choices=[
            ("", "Nothing"),
            (Amount.FULL.value, "Their full allocation of each release"),
            (Amount.USUAL.value, "The quantities that you suggest"),
            (Amount.CAPPED.value, "Their allocation, up to a number of bottles"),
        ],
        help_text="A standing order, with its mail days before, its skips and pauses.",
    )
    cap = forms.IntegerField(
        label="Up to how many bottles in all", required=False, min_value=1, max_value=MOST_CAP
    )
    fee_minor = MoneyField(
        required=False,
        label="Joining fee",
        help_text="Paid once, before somebody is a member. Empty: joining costs nothing.",
    )
    fee_includes_tax = forms.BooleanField(
        label="The fee includes tax",
        required=False,
        initial=True,
        help_text="What is charged is the fee as it stands here; no tax is added. Otherwise no tax is due on it.",
    )
    is_open = forms.BooleanField(label="Customers can join by themselves", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = Group.objects.order_by("kind", "rank", "name")
        choose(self, "group", [(group.reference, group.name) for group in groups])


class MemberForm(forms.Form):
    """A customer who joined by another way than the shop."""

    email = forms.EmailField(max_length=254, label="E-mail of the customer")
    said = forms.CharField(
        max_length=200,
        label="How they agreed",
        help_text="On the telephone on November 3, in the tasting room … It goes to their first address and is charged "
        "to their first card.",
    )
    adult = forms.BooleanField(
        label="They said that they are old enough to buy wine",
        required=False,
        help_text="Only asked of somebody who hasn’t confirmed it yet.",
    )
    fee_way = forms.ChoiceField(label="The joining fee", required=False)
    fee_note = forms.CharField(
        max_length=200,
        required=False,
        label="Note on the fee",
        help_text=gettext_lazy("The check’s number or the like; why, where nothing is charged."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    standing_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, club: Club, ways: Collection[FeeWay], **options: Any) -> None:
        """``ways`` are those by which whoever asks may have a fee paid."""
        super().__init__(*args, **options)
        if not club.fee_minor:
            del self.fields["fee_way"], self.fields["fee_note"]
            return
        amount = say_money(fee_of(club), current_winery().locale)
        self.fields["fee_way"].label = f"The joining fee of {amount}"
        self.fields["fee_way"].required = True
        choose(self, "fee_way", [(way.value, words) for way, words in _WAYS.items() if way in ways])


_WAYS: dict[FeeWay, Any] = {
    FeeWay.CARD: "Is charged to their first card now",
    FeeWay.CHEQUE: gettext_lazy("Came as a check"),
    FeeWay.TRANSFER: "Came as a bank transfer",
    FeeWay.CASH: "Came in cash",
    FeeWay.WAIVED: "Isn’t charged",
}


class FeeBackForm(forms.Form):
    """Gives a joining fee back; ``seen`` is what of it was left on the page."""

    reason = forms.CharField(max_length=200, label="Why it goes back", help_text="The member is mailed it.")
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**62)


class WaysForm(forms.Form):
    """Another of the member's saved cards and addresses."""

    card = forms.ChoiceField(label="What is charged")
    address = forms.ChoiceField(label="Where it goes")
    has_cards = can_choose = False

    @classmethod
    def of(
        cls, member: ClubMember, card: PaymentMethod | None, now: datetime, data: QueryDict | None = None
    ) -> WaysForm:
        """The form for a member whose card is charged now."""
        addresses, cards = ways_of(member.customer, now)
        address = (member.standing or member).address
        initial = {
            "card": card.reference if card else "",
            "address": address.reference if address else "",
        }
        form = cls(data, initial=initial)
        form.has_cards, form.can_choose = bool(cards), bool(cards and addresses)
        choose(form, "card", [(one.reference, one.label) for one in cards])
        choose(form, "address", [(one.reference, f"{one.recipient}, {one.one_line}") for one in addresses])
        return form
