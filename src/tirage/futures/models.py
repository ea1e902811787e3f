"""Lots, what orders have of them, and what was agreed to be paid when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.core.fields import amount_check, reference_field, state_check
from tirage.futures.cut_models import Cut, CutLine
from tirage.futures.due_models import Arrears, CardNotice, Mandate
from tirage.futures.format_models import FormatChange
from tirage.futures.portfolio_models import Portfolio, PortfolioPart
from tirage.futures.settlement_models import Arrival, Settlement
from tirage.futures.states import LotStage
from tirage.futures.storage_models import StorageMonth, StorageTerm
from tirage.futures.transfer_models import Transfer
from tirage.orders.models import Order, OrderLine
from tirage.payments.models import PaymentMethod

__all__ = [
    "Acceptance",
    "Arrears",
    "Arrival",
    "CardNotice",
    "Certificate",
    "Commitment",
    "CostEstimate",
    "Cut",
    "CutLine",
    "FormatChange",
    "Instalment",
    "Lot",
    "Mandate",
    "Portfolio",
    "PortfolioPart",
    "Settlement",
    "StorageMonth",
    "StorageTerm",
    "Transfer",
]


class Lot(models.Model):
    """What the winery will bottle of a sku: so many pieces, within a range. ``committed`` is what placed orders have.

    The stock of the sku counts ``expected`` too, so that carts, drafts and orders can't promise more.
    """

    reference = reference_field("LOT")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="lots")
    #: The lot whose wine this is another format of: what it is expected to bring is drawn from there, as it is wanted.
    of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="formats")
    #: What a piece in this format costs more than as much wine of the lot that it is of.
    supplement_minor = models.BigIntegerField(default=0, db_default=0)
    name = models.CharField(max_length=80)
    lowest = models.PositiveIntegerField()
    expected = models.PositiveIntegerField()
    highest = models.PositiveIntegerField()
    committed = models.PositiveIntegerField(default=0)
    #: Of ``expected``, those that are in the cellar.
    arrived = models.PositiveIntegerField(default=0, db_default=0)
    #: What a piece is reckoned to cost the winery, while nobody knows what it really did.
    cost_minor = models.BigIntegerField(null=True, blank=True)
    stage = models.CharField(max_length=8, default=LotStage.ELEVAGE.value)
    #: Until this day the format may be chosen; empty while nobody knows.
    bottling_on = models.DateField(null=True, blank=True)
    #: When customers may expect it, from the first day to the last.
    window_from = models.DateField()
    window_until = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("stage", LotStage, "lot_stage_is_legal"),
            models.UniqueConstraint(fields=["sku", "name"], name="lot_named_once_a_sku"),
            models.CheckConstraint(
                condition=Q(committed__lte=F("expected")), name="lot_never_sold_beyond_expected"
            ),
            models.CheckConstraint(
                condition=Q(lowest__lte=F("expected")) & Q(highest__gte=F("expected")),
                name="lot_expected_within_its_range",
            ),
            models.CheckConstraint(condition=Q(arrived__lte=F("expected")), name="lot_arrived_was_expected"),
            models.CheckConstraint(
                condition=Q(cost_minor__isnull=True) | Q(cost_minor__gte=0), name="lot_cost_not_negative"
            ),
            amount_check("cost_minor", "lot_cost_in_bounds"),
            models.CheckConstraint(
                condition=Q(supplement_minor=0) | Q(of__isnull=False, supplement_minor__gt=0),
                name="lot_supplement_is_of_a_format",
            ),
            amount_check("supplement_minor", "lot_supplement_in_bounds"),
            models.UniqueConstraint(
                fields=["of", "sku"], condition=Q(of__isnull=False), name="lot_one_of_a_format"
            ),
            models.CheckConstraint(
                condition=Q(window_from__lte=F("window_until")), name="lot_window_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.sku_id}"

    @property
    def free(self) -> int:
        """Pieces that no placed order has; carts may hold some of them."""
        return self.expected - self.committed


class Commitment(models.Model):
    """Pieces of a lot that an order line has; negative where a line took them off. Never changed, never deleted."""

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="commitments")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="commitments")
    pieces = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "lot"], name="commitment_once_a_line_and_lot"),
            models.CheckConstraint(condition=~Q(pieces=0), name="commitment_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} of {self.lot_id}"


class Acceptance(models.Model):
    """The terms that an order was placed by, word for word, with their SHA-256; never changed."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="acceptance")
    terms = models.TextField()
    digest = models.CharField(max_length=64)
    #: What was said of later charges to the card, and which; empty where all was paid at once.
    mandate = models.TextField(blank=True)
    card = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(terms="") & ~Q(digest=""), name="acceptance_is_of_words"),
            models.CheckConstraint(
                condition=Q(card__isnull=True) | ~Q(mandate=""), name="acceptance_of_a_card_has_its_mandate"
            ),
        ]

    def __str__(self) -> str:
        return f"terms of {self.order_id}"


class Instalment(models.Model):
    """A later part of an order's price. Until it is called the order's ``later_minor`` counts it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    #: None until the winery releases the wine.
    due_on = models.DateField(null=True)
    announced_at = models.DateTimeField(null=True)
    #: When it became due; from then on it is money to collect like any other.
    called_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="instalment_numbered_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="instalment_not_negative"),
            amount_check("amount_minor", "instalment_amount_in_bounds"),
            models.CheckConstraint(
                condition=Q(called_at__isnull=True) | Q(announced_at__isnull=False),
                name="instalment_called_was_announced",
            ),
            models.CheckConstraint(
                condition=Q(announced_at__isnull=True) | Q(due_on__isnull=False),
                name="instalment_announced_has_its_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(called_at__isnull=True), name="instalment_to_come_by_day"
            )
        ]

    def __str__(self) -> str:
        return f"instalment {self.number} of {self.order_id}"


class CostEstimate(models.Model):
    """What delivery, duty and taxes may come to at release, for one destination, from a day on."""

    country = models.CharField(max_length=2)
    state = models.CharField(max_length=60, blank=True)
    first_day = models.DateField()
    #: Delivery of a bottle of 750 ml, from little to much.
    delivery_low_minor = models.BigIntegerField()
    delivery_high_minor = models.BigIntegerField()
    #: Duty on a litre of pure alcohol, and VAT or sales tax on wine, delivery and duty in basis points.
    duty_minor = models.BigIntegerField(default=0)
    tax_bp = models.PositiveIntegerField(default=0)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "state", "first_day"], name="cost_estimate_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(delivery_low_minor__gte=0)
                & Q(delivery_high_minor__gte=F("delivery_low_minor"))
                & Q(duty_minor__gte=0),
                name="cost_estimate_from_little_to_much",
            ),
            models.CheckConstraint(condition=Q(tax_bp__lte=10_000), name="cost_estimate_tax_to_whole"),
            models.CheckConstraint(condition=~Q(source=""), name="cost_estimate_has_its_source"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.state}".strip()


class Certificate(models.Model):
    """The name by which anybody can check what an order has; whose it is, it doesn't tell."""

    reference = reference_field("CER")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="certificate")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference
