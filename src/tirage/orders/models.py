"""The ledger of what is owed.

Lines and charges are only ever added, each by the change that caused it; an order's present state is their sum.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer, Group
from tirage.customers.rules import say_address
from tirage.delivery.models import Method
from tirage.offers.models import Offer, OfferItem, Release
from tirage.orders.states import TESTS, ChangeKind, Channel, ChargeKind, OrderState, is_test, step_of
from tirage.places import address_lines
from tirage.taxes.protocol import TaxKind

#: A checkout whose card was declined for good has written an order that never was one, one that staff put together
#: isn't one yet, and what a test group orders is only tried: nobody counts or lists them.
IS_ORDER = ~Q(
    state__in=[OrderState.ABANDONED.value, OrderState.DRAFT.value, *(state.value for state in TESTS)]
)
#: Anything but test orders: for figures that ask for no state.
IS_REAL = ~Q(state__in=[state.value for state in TESTS])
#: Test orders that are to be seen: whatever was tried and not removed.
IS_TEST = Q(
    state__in=[state.value for state in TESTS if state is not OrderState.TEST_VOID], removed_at__isnull=True
)


class Order(models.Model):
    """An order and where it goes. ``owed_minor`` and ``paid_minor`` are sums of the two ledgers, kept by
    ``record_change`` and ``record_paid`` alone and proven by ``tirage doctor``; the balance is the database's.
    """

    reference = reference_field("ORD")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="orders")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, null=True, related_name="orders")
    #: The group the customer had at this order.
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="orders")
    state = models.CharField(max_length=10, default=OrderState.PENDING.value)
    channel = models.CharField(max_length=10, default=Channel.OFFER.value)
    currency = models.CharField(max_length=3)
    made_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)
    method = models.ForeignKey(Method, on_delete=models.PROTECT, null=True)
    recipient = models.CharField(max_length=160, blank=True)
    company = models.CharField(max_length=160, blank=True)
    line1 = models.CharField(max_length=200, blank=True)
    line2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    ship_state = models.CharField(max_length=60, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, default="US")
    phone = models.CharField(max_length=40, blank=True)
    #: Where the carrier holds it for the customer, by the location's reference; empty where it goes to a door.
    location = models.CharField(max_length=12, blank=True, default="", db_default="")
    gift_note = models.CharField(max_length=400, blank=True)
    requested_ship_on = models.DateField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True)
    #: The carrier's number, where the wine went by one.
    tracking = models.CharField(max_length=80, blank=True, default="", db_default="")
    #: What the order was priced by (``delivery.rules.Terms``), so that a change can be priced by the same.
    terms = models.JSONField(null=True)
    #: Why a person should look at the order; empty when nobody has to.
    attention = models.CharField(max_length=300, blank=True)
    #: A compliance service hasn't let it ship yet, and nobody of the team has; ``compliance`` alone writes it.
    awaits_compliance = models.BooleanField(default=False, db_default=False)
    #: The frozen batch that it is packed in, by its reference; ``fulfilment`` alone writes it.
    packed_in = models.CharField(max_length=12, blank=True, default="", db_default="")
    #: When a test order was removed: it is on no page any more, and counts against no test allowance.
    removed_at = models.DateTimeField(null=True)
    owed_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    #: What of it isn't due yet by its payment plan: instalments that weren't called.
    later_minor = models.BigIntegerField(default=0, db_default=0)
    #: By what it was placed: the last day on which it may be withdrawn from in full, what a later cancellation costs of
    #: its wine's price in basis points, and whether the rest is store credit only. Never changed.
    withdraw_until = models.DateField(null=True)
    cancel_fee_bp = models.PositiveIntegerField(default=0, db_default=0)
    cancels_to_credit = models.BooleanField(default=False, db_default=False)
    #: What the ledger says of it, once it is placed: its wine after discounts, without delivery and tax; its bottles.
    wine_minor = models.BigIntegerField(default=0, db_default=0)
    bottle_count = models.IntegerField(default=0, db_default=0)
    balance_minor = models.GeneratedField(
        expression=F("owed_minor") - F("paid_minor"), output_field=models.BigIntegerField(), db_persist=True
    )

    class Meta:
        constraints = [
            state_check("state", OrderState, "order_state_is_legal"),
            state_check("channel", Channel, "order_channel_is_legal"),
            models.CheckConstraint(condition=Q(paid_minor__gte=0), name="order_paid_not_negative"),
            models.CheckConstraint(condition=Q(later_minor__gte=0), name="order_later_not_negative"),
            models.CheckConstraint(
                condition=Q(cancel_fee_bp__lte=10_000), name="order_cancel_fee_within_price"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "pending", "abandoned", "trying", "test_void"])
                | Q(placed_at__isnull=False),
                name="order_placed_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["shipped", "test_sent"]) | Q(shipped_at__isnull=False),
                name="order_shipped_has_its_time",
            ),
            # Whoever marks orders as shipped, one or many, and whatever they asked before.
            models.CheckConstraint(
                condition=~Q(state="shipped") | Q(awaits_compliance=False),
                name="order_shipped_is_compliant",
            ),
            # Whatever ends an order takes it out of its batch, or is refused.
            models.CheckConstraint(
                condition=Q(packed_in="") | Q(state="placed"), name="order_packed_is_placed"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(state__in=[state.value for state in TESTS]),
                name="order_removed_was_a_test",
            ),
            # An order of a former system is done with: whatever would charge, refund or change it breaks this.
            models.CheckConstraint(
                condition=~Q(channel="history")
                | Q(
                    state__in=["shipped", "cancelled"],
                    owed_minor=F("paid_minor"),
                    release__isnull=True,
                    offer__isnull=True,
                    requested_ship_on__isnull=True,
                ),
                name="order_history_is_closed",
            ),
            # Which states stand for tests is decided by the offer's group; without an offer there is none.
            models.CheckConstraint(
                condition=~Q(state__in=[state.value for state in TESTS]) | Q(offer__isnull=False),
                name="order_test_is_of_an_offer",
            ),
            # Whoever of the team takes up the telephone next goes on with the same one.
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state="draft"), name="order_one_draft_a_customer"
            ),
            models.CheckConstraint(
                condition=~Q(state="draft") | Q(owed_minor=0), name="order_draft_owes_nothing"
            ),
        ]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="order_by_time"),
            models.Index(fields=["customer", "-id", "state"], name="order_by_customer"),
            models.Index(fields=["release", "state"], name="order_by_release"),
            # A customer's figures in a period or release, and who bought then, without touching the orders.
            models.Index(
                fields=["customer", "placed_at", "wine_minor", "bottle_count", "release"],
                condition=Q(state__in=["placed", "shipped"]),
                name="order_figures",
            ),
            models.Index(fields=["state", "-made_at"], name="order_by_state"),
            models.Index(fields=["ship_state", "-made_at"], name="order_by_ship_state"),
            models.Index(
                fields=["balance_minor"], condition=~Q(balance_minor=0), name="order_by_open_balance"
            ),
            models.Index(fields=["-owed_minor", "-id"], name="order_by_total"),
            models.Index(fields=["-id"], condition=~Q(attention=""), name="order_needing_attention"),
            models.Index(fields=["id"], condition=Q(awaits_compliance=True), name="order_in_compliance"),
            models.Index(fields=["packed_in"], condition=~Q(packed_in=""), name="order_in_batch"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def step(self) -> OrderState:
        """How far it has come, whether it is real or a test."""
        return step_of(self.state)

    @property
    def called_minor(self) -> int:
        """What of the balance is due by now: all of it, but for instalments to come."""
        return int(self.balance_minor) - self.later_minor

    @property
    def is_test(self) -> bool:
        """A test order: it sells nothing, its money is the test gateway's, and no figure counts it."""
        return is_test(self.state)

    @property
    def one_line_address(self) -> str:
        """Where it goes, in the order of its country; empty where nobody brings it."""
        return say_address(self, state=self.ship_state) if self.line1 else ""

    @property
    def address_lines(self) -> list[str]:
        """What stands on the parcel, line by line, the recipient first; empty where nobody brings it."""
        if not self.line1:
            return []
        return address_lines(
            recipient=self.recipient,
            company=self.company,
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            state=self.ship_state,
            postal_code=self.postal_code,
            country=self.country,
        )


class OrderChange(models.Model):
    """An atomic, recorded alteration of an order; number 1 is its placing."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)
    reason = models.CharField(max_length=300, blank=True)
    difference_minor = models.BigIntegerField()
    #: What changed besides lines and charges, as ``{"field": [before, after]}`` in words.
    details = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="order_change_numbered_once"),
            state_check("kind", ChangeKind, "order_change_kind_is_legal"),
        ]

    def __str__(self) -> str:
        return f"change {self.number} of {self.order_id}"


class OrderLine(models.Model):
    """Pieces of a sku added to (or, negative, taken from) an order at a price."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    change = models.ForeignKey(OrderChange, on_delete=models.PROTECT, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="order_lines", db_index=False)
    offer_item = models.ForeignKey(OfferItem, on_delete=models.SET_NULL, null=True)
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="order_line_moves_something"),
            models.CheckConstraint(
                condition=Q(unit_price_minor__gte=0), name="order_line_price_not_negative"
            ),
        ]
        # Instead of the plain index on sku: answers "which orders have this wine" without touching the lines.
        indexes = [models.Index(fields=["sku", "order", "quantity"], name="order_line_by_sku")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class OrderCharge(models.Model):
    """An amount on an order that is not wine; a discount is negative."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="charges")
    change = models.ForeignKey(OrderChange, on_delete=models.PROTECT, related_name="charges")
    kind = models.CharField(max_length=10)
    amount_minor = models.BigIntegerField()
    description = models.CharField(max_length=160, blank=True)
    #: The line that a discount is for, a wine at a price; none when it is for the whole order.
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="+")
    unit_price_minor = models.BigIntegerField(null=True)
    #: How many of the line's pieces this entry makes cheaper; negative when they went with what they were given.
    pieces = models.IntegerField(null=True)
    #: Of a tax: a ``taxes.protocol.TaxKind`` (empty where staff corrected it by hand), whose it is, its rate of the
    #: base (nought for amounts per order or bottle), and what is in the price or absorbed instead of owed.
    tax_kind = models.CharField(max_length=10, blank=True, default="", db_default="")
    jurisdiction = models.CharField(max_length=80, blank=True, default="", db_default="")
    rate_ppm = models.PositiveIntegerField(default=0, db_default=0)
    base_minor = models.BigIntegerField(default=0, db_default=0)
    included_minor = models.BigIntegerField(default=0, db_default=0)
    tax_source = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            state_check("kind", ChargeKind, "order_charge_kind_is_legal"),
            models.CheckConstraint(
                condition=~Q(amount_minor=0) | ~Q(base_minor=0) | ~Q(included_minor=0),
                name="order_charge_moves_something",
            ),
            models.CheckConstraint(
                condition=Q(kind="tax")
                | Q(
                    tax_kind="",
                    jurisdiction="",
                    tax_source="",
                    rate_ppm=0,
                    base_minor=0,
                    included_minor=0,
                ),
                name="order_charge_only_tax_has_a_base",
            ),
            models.CheckConstraint(
                condition=Q(tax_kind__in=["", *(kind.value for kind in TaxKind)]),
                name="order_charge_tax_kind_is_legal",
            ),
            models.CheckConstraint(
                condition=Q(sku__isnull=True, unit_price_minor__isnull=True, pieces__isnull=True)
                | Q(
                    kind="discount",
                    sku__isnull=False,
                    unit_price_minor__isnull=False,
                    pieces__isnull=False,
                ),
                name="order_charge_names_a_line",
            ),
            models.CheckConstraint(
                condition=Q(pieces__isnull=True)
                | Q(amount_minor__gt=0)
                | Q(amount_minor__gte=-F("unit_price_minor") * F("pieces")),
                name="order_charge_within_its_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"


class CancelReason(models.Model):
    """A reason that staff choose from when they cancel an order."""

    name = models.CharField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name
