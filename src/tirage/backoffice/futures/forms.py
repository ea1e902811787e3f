"""Forms about campaigns, lots and estimates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from tirage.backoffice.frame.acting import MoneyField
from tirage.catalog.models import Sku
from tirage.core.hands import Clash, Overtaken
from tirage.futures.lots import MOST_PIECES, LotValues
from tirage.futures.models import Lot
from tirage.futures.states import LotStage
from tirage.offers.models import Campaign
from tirage.offers.operations import CampaignValues
from tirage.offers.operations.campaigns import MOST_PARTS
from tirage.offers.plans import WHOLE
from tirage.offers.states import PlanKind
from tirage.parts.hands import EditForm

DAY = {"type": "date"}


class PercentField(forms.DecimalField):
    """A part of a whole in percent; its value is basis points."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 6})

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=2, **options)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return None if found is None else int(found * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / 100:f}".rstrip("0").rstrip(".") if isinstance(value, int) else value


class CampaignForm(EditForm):
    """Terms, plan and policies; the later parts are rows of a day and a share."""

    operation_names: ClassVar[Mapping[str, str]] = {"deposit": "deposit_bp", "cancel_fee": "cancel_fee_bp"}

    terms = forms.CharField(
        label="The terms of the sale",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="Customers agree to exactly these words; each order keeps its own. An empty line begins a paragraph.",
    )
    plan = forms.ChoiceField(
        label="When it is paid",
        choices=[
            (PlanKind.NOW.value, "All of it now"),
            (PlanKind.INSTALMENTS.value, "A deposit now, the rest on the days below"),
            (PlanKind.AT_RELEASE.value, "A deposit now, the rest when it is released"),
        ],
        widget=forms.RadioSelect,
    )
    deposit = PercentField(label="Deposit, in percent", required=False)
    instalments = forms.CharField(
        label="Later parts",
        required=False,
        widget=forms.Textarea(attrs={"rows": MOST_PARTS}),
        help_text="A line for each: its day and its percent, such as 2027-03-01 35. With the deposit they come to 100.",
    )
    withdrawal_days = forms.IntegerField(
        label="Days to withdraw",
        min_value=0,
        max_value=365,
        help_text="Customers are told at the checkout; 0 says nothing.",
    )
    cancel_fee = PercentField(label="Fee for wine taken back later, in percent", required=False)
    cancels_to_credit = forms.BooleanField(
        label="Wine taken back later is given back as store credit only", required=False
    )

    @staticmethod
    def values_of(campaign: Campaign) -> dict[str, Any]:
        return {
            "terms": campaign.terms,
            "plan": campaign.plan,
            "deposit": campaign.deposit_bp,
            "instalments": _lines(campaign.instalments),
            "withdrawal_days": campaign.withdrawal_days,
            "cancel_fee": campaign.cancel_fee_bp,
            "cancels_to_credit": campaign.cancels_to_credit,
        }

    def clean_instalments(self) -> str:
        """As typed, once it can be read."""
        typed = str(self.cleaned_data["instalments"])
        _parts(typed)
        return typed

    def campaign_values(self) -> CampaignValues:
        typed = self.cleaned_data
        return CampaignValues(
            terms=typed["terms"],
            plan=PlanKind(typed["plan"]),
            deposit_bp=WHOLE if typed["deposit"] is None else typed["deposit"],
            instalments=_parts(typed["instalments"]),
            withdrawal_days=typed["withdrawal_days"],
            cancel_fee_bp=typed["cancel_fee"] or 0,
            cancels_to_credit=typed["cancels_to_credit"],
        )

    def overtaken(self, refused: Overtaken) -> None:
        """Parts are lines here, and rows where they are kept."""
        stands = {name: _lines(v) if name == "instalments" else v for name, v in refused.stands.items()}
        clashes = {
            name: Clash(*map(_lines, (one.was, one.theirs, one.yours))) if name == "instalments" else one
            for name, one in refused.clashes.items()
        }
        super().overtaken(Overtaken(clashes, stands))

    @property
    def campaign_shown(self) -> dict[str, Any] | None:
        """What the page showed, as the campaign keeps it."""
        shown = self.shown
        if shown is None or not isinstance(shown.get("instalments"), str):
            return shown
        kept = [{"on": on.isoformat(), "share_bp": bp} for on, bp in _parts(shown["instalments"])]
        return shown | {"instalments": kept}


def _lines(parts: Any) -> Any:
    """What ``_parts`` reads, of parts as a campaign keeps them; what isn't known any more stays so."""
    if not isinstance(parts, list):
        return parts
    return "\n".join(f"{one['on']} {Decimal(one['share_bp']) / 100:f}".removesuffix(".00") for one in parts)


def _parts(text: str) -> tuple[tuple[date, int], ...]:
    return tuple(_part(line) for line in text.splitlines() if line.strip())


def _part(line: str) -> tuple[date, int]:
    """``2027-03-01 35``: a day and basis points."""
    try:
        day, share = line.replace("%", " ").split()
        return date.fromisoformat(day), int(Decimal(share.replace(",", ".")) * 100)
    except (ValueError, ArithmeticError):
        raise forms.ValidationError(
            f"“{line.strip()[:60]}” can’t be read. Write a day and a percent, such as 2027-03-01 35."
        ) from None


class LotForm(EditForm):
    sku = forms.ModelChoiceField(
        label="Wine and format",
        queryset=Sku.objects.none(),
        to_field_name="code",
        empty_label="Choose a wine",
    )
    name = forms.CharField(label="Name", max_length=80, help_text="Such as Barrels 1–40.")
    expected = forms.IntegerField(
        label="Expected",
        min_value=0,
        max_value=MOST_PIECES,
        help_text="Bottles, or packs, that the winery will bottle. No more can be sold.",
    )
    lowest = forms.IntegerField(label="At least", min_value=0, max_value=MOST_PIECES)
    highest = forms.IntegerField(label="At most", min_value=0, max_value=MOST_PIECES)
    bottling_on = forms.DateField(
        label="Bottling",
        required=False,
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text="Empty while nobody knows.",
    )
    window_from = forms.DateField(label="Released from", widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    window_until = forms.DateField(
        label="Released until", widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    stage = forms.ChoiceField(
        label="Where it is",
        choices=[(LotStage.ELEVAGE.value, "Élevage"), (LotStage.BOTTLED.value, "Bottled")],
        initial=LotStage.ELEVAGE.value,
    )
    note = forms.CharField(label="Note for the team", max_length=300, required=False)

    def __init__(self, *args: Any, lot: Lot | None, **options: Any) -> None:
        super().__init__(*args, about=lot, **options)
        if lot is not None:
            del self.fields["sku"]
            if lot.stage == LotStage.ARRIVED:
                self.fields["stage"].disabled = True
            return
        field = self.fields["sku"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Sku.objects.filter(is_active=True).order_by("name", "millilitres", "units")

    @staticmethod
    def values_of(lot: Lot) -> dict[str, Any]:
        names = (
            "name",
            "expected",
            "lowest",
            "highest",
            "bottling_on",
            "window_from",
            "window_until",
            "stage",
            "note",
        )
        return {name: getattr(lot, name) for name in names}

    def lot_values(self) -> LotValues:
        typed = {name: value for name, value in self.cleaned_data.items() if name != "sku"}
        return LotValues(**typed | {"stage": LotStage(typed["stage"])})


class EstimateForm(forms.Form):
    """What costs may come to for one destination from a day on; a later day replaces an earlier one."""

    country = forms.CharField(
        label="Country", max_length=2, min_length=2, help_text="Two letters, such as GB."
    )
    state = forms.CharField(
        label="State", max_length=60, required=False, help_text="Where costs differ by state, such as NY."
    )
    first_day = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text="The day it begins to count.",
    )
    delivery_low = MoneyField(label="Delivery of a bottle, at least")
    delivery_high = MoneyField(label="Delivery of a bottle, at most")
    duty = MoneyField(label="Duty on 1 l of pure alcohol", required=False)
    tax = PercentField(label="VAT or sales tax, in percent", required=False)
    source = forms.CharField(label="Where these figures are from", max_length=200)


class BalanceForm(forms.Form):
    due_on = forms.DateField(
        label="Charged on",
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text="At least three days from now. Customers get a mail a week before, or at once.",
    )
