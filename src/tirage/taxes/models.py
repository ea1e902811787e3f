"""Dated tables of taxes and fees by place, and where the winery itself is taxed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.core.fields import amount_check, reference_field, state_check
from tirage.customers.models import Customer
from tirage.taxes.duties.models import Duty
from tirage.taxes.protocol import TaxKind
from tirage.taxes.states import BEGINNING, FEE_KINDS, RATE_KINDS, FeeUnit

__all__ = ["BusinessNumber", "Duty", "TaxFee", "TaxRate", "TaxSetup"]


class TaxSetup(models.Model):
    """The one row: where wine comes from, whether prices have VAT in them, and which version of the tables counts.

    ``revision`` is drawn anew with every change of a table, so that a process reads the tables again that it knows.
    """

    revision = models.CharField(max_length=40)
    country = models.CharField(max_length=2, default="US")
    state = models.CharField(max_length=60, blank=True, default="")
    county = models.CharField(max_length=80, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    prices_include_vat = models.BooleanField(default=False)
    #: The winery's own number, as it stands on receipts.
    vat_number = models.CharField(max_length=30, blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="tax_setup_is_one")]

    def __str__(self) -> str:
        return f"{self.country} {self.state}"


class DatedRow(models.Model):
    """A row of a place that counts from its first day until the same one's next begins, or to its last day."""

    country = models.CharField(max_length=2)
    state = models.CharField(max_length=60, blank=True)
    #: What the tax or the fee is called: a jurisdiction, or the fee's name as customers read it.
    name = models.CharField(max_length=80)
    first_day = models.DateField(default=BEGINNING)
    last_day = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} from {self.first_day}"


class TaxRate(DatedRow):
    """What a jurisdiction takes of a sale: a rate of what it taxes.

    It holds for all of its state or country, or only for a county, a city or ZIPs of it. With ``by_origin`` a state
    takes the local rates of where the wine comes from, for wineries in it.
    """

    reference = reference_field("TXR")
    county = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    #: ZIPs or beginnings of them, with commas.
    zips = models.CharField(max_length=1000, blank=True)
    kind = models.CharField(max_length=10, default=TaxKind.SALES.value)
    rate_ppm = models.PositiveIntegerField(default=0)
    on_wine = models.BooleanField(default=True)
    on_shipping = models.BooleanField(default=False)
    on_other = models.BooleanField(default=False)
    on_duty = models.BooleanField(default=False)
    by_line = models.BooleanField(default=False)
    by_origin = models.BooleanField(default=False)
    #: Counts only where no other row does: the rate of a state of which some places alone are known.
    elsewhere = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            state_check("kind", RATE_KINDS, "tax_rate_kind_is_legal"),
            models.CheckConstraint(condition=Q(rate_ppm__lte=1_000_000), name="tax_rate_at_most_all"),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="tax_rate_begins_before_it_ends",
            ),
            models.UniqueConstraint(
                fields=[
                    "country",
                    "state",
                    "county",
                    "city",
                    "zips",
                    "name",
                    "kind",
                    "elsewhere",
                    "first_day",
                ],
                name="tax_rate_once_a_day",
            ),
        ]


class TaxFee(DatedRow):
    """An amount per order or per container, due from so much wine on, and asked of the customer or absorbed."""

    reference = reference_field("TXF")
    kind = models.CharField(max_length=10, default=TaxKind.FEE.value)
    unit = models.CharField(max_length=10, default=FeeUnit.ORDER.value)
    amount_minor = models.BigIntegerField()
    #: Of wine after discounts.
    least_minor = models.BigIntegerField(default=0)
    least_millilitres = models.PositiveIntegerField(default=0)
    most_millilitres = models.PositiveIntegerField(null=True, blank=True)
    #: Only of what is sent, not of what is handed over.
    only_shipped = models.BooleanField(default=True)
    absorbed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            state_check("kind", FEE_KINDS, "tax_fee_kind_is_legal"),
            state_check("unit", FeeUnit, "tax_fee_unit_is_legal"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, least_minor__gte=0), name="tax_fee_not_negative"
            ),
            amount_check("amount_minor", "tax_fee_in_bounds"),
            models.CheckConstraint(
                condition=Q(most_millilitres__isnull=True) | Q(most_millilitres__gte=F("least_millilitres")),
                name="tax_fee_sizes_in_order",
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="tax_fee_begins_before_it_ends",
            ),
            models.UniqueConstraint(
                fields=["country", "state", "name", "least_millilitres", "first_day"],
                name="tax_fee_once_a_day",
            ),
        ]


class BusinessNumber(models.Model):
    """The number by which a customer buys as a business; it was found to be one when it was saved."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="business_number")
    country = models.CharField(max_length=2)
    number = models.CharField(max_length=30)
    #: Of the business, as it stands on its receipts.
    name = models.CharField(max_length=160, blank=True, default="", db_default="")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(number=""), name="business_number_is_there")]

    def __str__(self) -> str:
        return self.number
