"""What the winery makes: wines, their vintages, and the skus that stock and prices hang on."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from tirage.catalog.formats import PLAIN, Formats
from tirage.catalog.states import Colour
from tirage.core.fields import amount_check, reference_field, state_check
from tirage.core.winery import current_winery


class Label(models.Model):
    """A label's picture, kept in the database so that a backup is one thing."""

    digest = models.CharField(max_length=64, unique=True)
    media_type = models.CharField(max_length=40)
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.digest[:12]


class Wine(models.Model):
    reference = reference_field("WIN")
    name = models.CharField(max_length=160, unique=True)
    variety = models.CharField(max_length=120, blank=True)
    appellation = models.CharField(max_length=120, blank=True)
    colour = models.CharField(
        max_length=12, choices=[(colour.value, colour.value.capitalize()) for colour in Colour], default="red"
    )

    class Meta:
        constraints = [state_check("colour", Colour, "wine_colour_is_legal")]

    def __str__(self) -> str:
        return self.name


class Vintage(models.Model):
    """A year of a wine; no year means non-vintage."""

    wine = models.ForeignKey(Wine, on_delete=models.PROTECT, related_name="vintages")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField("tasting note", blank=True)
    alcohol_percent = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    cases_made = models.PositiveIntegerField(null=True, blank=True)
    label = models.ForeignKey(Label, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        constraints = [
            # Without a year counts as one too; SQLite would let an empty year be there twice.
            models.UniqueConstraint(F("wine"), Coalesce("year", 0), name="vintage_once_a_wine"),
            models.CheckConstraint(
                condition=Q(year__isnull=True) | Q(year__gte=1800, year__lte=2200),
                name="vintage_year_1800_to_2200",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wine.name} {self.year or 'NV'}"


class Sku(models.Model):
    """Vintage × wine × format. ``units`` bottles of ``millilitres`` each are sold as one piece."""

    code = models.CharField(max_length=40, unique=True)
    vintage = models.ForeignKey(Vintage, on_delete=models.PROTECT, related_name="skus")
    name = models.CharField(max_length=240, help_text="Wine and vintage, as lists and receipts print them")
    millilitres = models.PositiveIntegerField(default=750)
    units = models.PositiveSmallIntegerField(default=1)
    price_minor = models.BigIntegerField()
    is_active = models.BooleanField(default=True)
    #: The trade's number of it, of 7, 11 or 18 digits (``catalog.lwin``); empty where it has none.
    lwin = models.CharField(max_length=18, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="sku_price_not_negative"),
            amount_check("price_minor", "sku_price_in_bounds"),
            models.CheckConstraint(condition=Q(millilitres__gt=0, units__gt=0), name="sku_format_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.format_name}"

    @property
    def format_name(self) -> str:
        """``750 ml``, ``1.5 l``, ``3 × 750 ml``."""
        return format_name(self.millilitres, self.units)

    @property
    def equivalents_milli(self) -> int:
        """Thousandths of a 750 ml bottle, what shipping rates count in."""
        return current_formats().equivalents_milli(self.millilitres, self.units)

    @property
    def grams(self) -> int:
        """What a piece weighs, packed."""
        return current_formats().grams(self.millilitres, self.units)


def current_formats() -> Formats:
    """What bottles count as now; from memory, as the winery."""
    kept = current_winery().bottle_formats
    return Formats.from_json(kept) if kept else PLAIN


def format_name(millilitres: int, units: int) -> str:
    """A format in the trade's way of writing it."""
    size = f"{millilitres} ml" if millilitres < 1000 else f"{millilitres / 1000:g} l"
    return size if units == 1 else f"{units} × {size}"
