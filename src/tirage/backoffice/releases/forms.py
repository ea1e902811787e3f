"""Forms about releases, offers, items and allowances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet

from tirage.backoffice.frame.acting import MomentField, MoneyField, choose
from tirage.customers.models import Customer, Group
from tirage.customers.queries import find_as_written
from tirage.customers.states import GroupKind
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.operations import MOST_BOTTLES, ItemValues, OfferValues
from tirage.offers.states import ReleaseKind, WishKind
from tirage.parts.hands import EditForm

DAY = {"type": "date"}
RELEASE_FIELDS = (
    "name",
    "kind",
    "wish_kind",
    "wish_after_maximum",
    "wishes_decided_on",
    "wish_rule",
    "packing_on",
    "changes_until",
    "shown_early",
    "note",
)


class ReleaseForm(EditForm):
    name = forms.CharField(label="Name", max_length=120, help_text="Such as Autumn 2026.")
    kind = forms.ChoiceField(
        label="What is sold",
        choices=[
            (ReleaseKind.ALLOCATION.value, "Bottles that are there, by allocation"),
            (ReleaseKind.EN_PRIMEUR.value, "En primeur: wine that isn’t bottled yet, in bond"),
        ],
        initial=ReleaseKind.ALLOCATION.value,
        required=False,
        widget=forms.RadioSelect,
    )
    wish_kind = forms.ChoiceField(
        label="What a wish means",
        choices=[
            (WishKind.PROMISE.value, "A promise: the customer agrees that granted bottles are charged"),
            (WishKind.REQUEST.value, "A request: a grant opens the right to buy"),
            (WishKind.OFF.value, "No wishes in this release"),
        ],
        initial=WishKind.PROMISE.value,
        widget=forms.RadioSelect,
    )
    wish_after_maximum = forms.BooleanField(
        label="Wishing opens only once the maximum is taken",
        required=False,
        help_text="Of each wine, or all that can still be had of it.",
    )
    wishes_decided_on = forms.DateField(
        label="Wishes are decided on",
        required=False,
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text="Customers read it beside their wish; empty says after the offer closes.",
    )
    wish_rule = forms.CharField(
        label="How wishes are decided",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Customers read it with their wishes; it may stay empty.",
    )
    packing_on = forms.DateField(
        label="Packing begins on",
        required=False,
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text="The settings may end customers’ changes some days before.",
    )
    changes_until = forms.DateField(
        label="Customers may change their orders until",
        required=False,
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text="To the end of that day; the team may until an order ships. Empty: as the settings say.",
    )
    shown_early = forms.BooleanField(
        label="Customers see the wines before it opens",
        required=False,
        help_text="With their prices and limits. They may plan then what to take; nothing is held before it opens.",
    )
    note = forms.CharField(
        label="Note for the team", required=False, max_length=5_000, widget=forms.Textarea(attrs={"rows": 3})
    )

    @staticmethod
    def values_of(release: Release) -> dict[str, Any]:
        return {name: getattr(release, name) for name in RELEASE_FIELDS}


class CloneForm(forms.Form):
    name = forms.CharField(label="Name of the new release", max_length=120)
    first_day = forms.DateField(
        label="First day",
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text="The earliest offer opens on this day; every window keeps its time of day and its length.",
    )


class OfferForm(EditForm):
    operation_names: ClassVar[Mapping[str, str]] = {"spend_minimum": "spend_minimum_minor"}

    group = forms.ModelChoiceField(
        label="Group", queryset=Group.objects.none(), to_field_name="reference", empty_label="Choose a group"
    )
    opens_at = MomentField(label="Opens")
    closes_at = MomentField(label="Closes", help_text="Customers can buy up to this moment.")
    title = forms.CharField(
        label="Title", max_length=160, required=False, help_text="What customers read first."
    )
    message = forms.CharField(
        label="Message",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="On the page of the offer, and in the invitation below “Dear Ana”. An empty line begins a paragraph.",
    )
    confirmation_message = forms.CharField(
        label="Confirmation message",
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Read after buying, on the receipt.",
    )
    bottles_minimum = forms.IntegerField(
        label="Bottles at least",
        min_value=0,
        max_value=MOST_BOTTLES,
        initial=0,
        help_text="In the whole cart; 0 for none.",
    )
    bottles_maximum = forms.IntegerField(
        label="Bottles at most",
        min_value=1,
        max_value=MOST_BOTTLES,
        required=False,
        help_text="In the whole cart; empty for none.",
    )
    spend_minimum = MoneyField(
        label="Money at least", required=False, help_text="Wine before shipping and tax."
    )

    RULES = ("bottles_minimum", "bottles_maximum", "spend_minimum")

    def __init__(self, *args: Any, release: Release, offer: Offer | None, zone: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["opens_at"].help_text = f"On the winery's clock, {zone.replace('_', ' ')}."
        if offer is not None:
            del self.fields["group"]
            return
        taken = release.offers.values("group")
        groups: QuerySet[Group] = Group.objects.filter(kind=GroupKind.ALLOCATION.value).exclude(pk__in=taken)
        field = self.fields["group"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = groups.order_by("rank", "name")

    @staticmethod
    def values_of(offer: Offer) -> dict[str, Any]:
        names = (
            "opens_at",
            "closes_at",
            "title",
            "message",
            "confirmation_message",
            "bottles_minimum",
            "bottles_maximum",
        )
        return {name: getattr(offer, name) for name in names} | {"spend_minimum": offer.spend_minimum_minor}

    def offer_values(self) -> OfferValues:
        values = {
            name: value for name, value in self.cleaned_data.items() if name not in ("group", "spend_minimum")
        }
        return OfferValues(**values, spend_minimum_minor=self.cleaned_data["spend_minimum"] or 0)


class ItemForm(EditForm):
    """One row of the items table; a row without a sku is empty."""

    operation_names: ClassVar[Mapping[str, str]] = {"price": "price_minor"}
    asks: ClassVar[frozenset[str]] = frozenset({"sku", "remove"})

    sku = forms.ChoiceField(label="Sku", required=False)
    position = forms.IntegerField(label="Place", min_value=0, max_value=MOST_BOTTLES, required=False)
    purchase_minimum = forms.IntegerField(
        label="Minimum", min_value=0, max_value=MOST_BOTTLES, required=False
    )
    purchase_maximum = forms.IntegerField(
        label="Maximum", min_value=0, max_value=MOST_BOTTLES, required=False
    )
    wish_maximum = forms.IntegerField(
        label="Wish maximum", min_value=0, max_value=MOST_BOTTLES, required=False
    )
    default_quantity = forms.IntegerField(
        label="Default", min_value=0, max_value=MOST_BOTTLES, required=False
    )
    multiple = forms.IntegerField(label="Sold in", min_value=1, max_value=MOST_BOTTLES, required=False)
    price = MoneyField(label="Price", required=False)
    remove = forms.BooleanField(label="Remove", required=False)

    NUMBERS = ("purchase_minimum", "purchase_maximum", "wish_maximum", "default_quantity")

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_known = bool(self.initial.get("sku"))
        if self.is_known:
            self.fields["sku"] = forms.CharField(widget=forms.HiddenInput)
        else:
            choose(self, "sku", choices)
        self.row_name = str(self.initial.get("name", "")) if self.is_known else "new item"
        for name, bound in self.fields.items():
            bound.widget.attrs["aria-label"] = f"{bound.label}: {self.row_name}"
            if name in (*self.NUMBERS, "multiple", "position"):
                bound.widget.attrs["size"] = 4

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data
        sent = [values.get(name) for name in (*self.NUMBERS, "multiple", "position", "price")]
        if not values.get("sku") and any(value is not None for value in sent):
            self.add_error("sku", "Choose the wine of this row.")
        return values

    @staticmethod
    def values_of(item: OfferItem) -> dict[str, Any]:
        names = ("position", *ItemForm.NUMBERS, "multiple")
        return {name: getattr(item, name) for name in names} | {
            "sku": item.sku.code,
            "name": str(item.sku),
            "list_price": item.sku.price_minor,
            "price": item.price_minor,
        }

    @property
    def item_names(self) -> list[str]:
        """What a row says of its item, by the operation's names."""
        return [self.operation_names.get(name, name) for name in self._showing()]

    def item_values(self, sku_id: int) -> ItemValues:
        values = self.cleaned_data
        return ItemValues(
            sku_id=sku_id,
            position=values["position"],
            multiple=values["multiple"] or 1,
            price_minor=values["price"],
            **{name: values[name] or 0 for name in self.NUMBERS},
        )


class CustomerFinder(EditForm):
    """A customer by e-mail address or reference."""

    customer = forms.CharField(label="Customer", max_length=254, help_text="E-mail address or reference.")

    def clean_customer(self) -> Customer:
        found = find_as_written(self.cleaned_data["customer"])
        if found is None:
            raise forms.ValidationError("No customer has this e-mail address or reference.")
        return found


class PreviewForm(CustomerFinder):
    at = MomentField(label="At", required=False, help_text="Empty for now.")


class AllowanceForm(CustomerFinder):
    """Begins empty; what the page shows of others' limits is carried beside it."""

    asks = frozenset({"customer", "item", "purchase_minimum", "purchase_maximum", "wish_maximum"})
    item = forms.ChoiceField(label="Wine")
    purchase_minimum = forms.IntegerField(label="Minimum", min_value=0, max_value=MOST_BOTTLES, initial=0)
    purchase_maximum = forms.IntegerField(label="Maximum", min_value=0, max_value=MOST_BOTTLES)
    wish_maximum = forms.IntegerField(label="Wish maximum", min_value=0, max_value=MOST_BOTTLES, initial=0)

    def __init__(self, *args: Any, items: list[OfferItem], **options: Any) -> None:
        super().__init__(*args, **options)
        self.items = {item.sku.code: item for item in items}
        choose(self, "item", [(code, str(item.sku)) for code, item in self.items.items()])
