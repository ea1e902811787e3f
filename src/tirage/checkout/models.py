"""The journey from offer to order."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.checkout.states import RecordingKind
from tirage.core.fields import amount_check, reference_field, state_check
from tirage.customers.models import Customer
from tirage.offers.models import Offer, OfferItem, Release
from tirage.orders.models import Order


class Cart(models.Model):
    """One per customer and release, the same on every device. Its bottles are held under its reference.

    Besides, one for each time that the winery set bottles aside for the customer (``kept_until``): they may be bought
    until then, whatever has become of the offer, and count as the customer's own.
    """

    reference = reference_field("CRT")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="carts")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="carts")
    #: When the holds end, counted from the first bottle; empty while nothing is held.
    expires_at = models.DateTimeField(null=True)
    #: The order being paid for; while it is set the cart doesn't change.
    pending_order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="cart")
    #: Counts the checkouts; a form carries it, so that a second submit finds the first one's order.
    attempt = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    #: Of bottles set aside: until when they may be bought, of which offer, and when the customer is reminded.
    kept_until = models.DateTimeField(null=True)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, null=True, related_name="kept_carts")
    remind_at = models.DateTimeField(null=True)
    #: Whether what is set aside is of the customer's own allowance: split off because it may not go yet.
    is_split = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "release"],
                condition=Q(kept_until__isnull=True),
                name="cart_one_a_release",
            ),
            models.CheckConstraint(
                condition=Q(kept_until__isnull=True, offer__isnull=True, remind_at__isnull=True)
                | Q(kept_until__isnull=False, offer__isnull=False),
                name="cart_kept_of_an_offer",
            ),
            models.CheckConstraint(
                condition=Q(is_split=False) | Q(kept_until__isnull=False), name="cart_split_is_kept"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="cart_by_expiry", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["customer", "release"], name="cart_by_customer"),
            models.Index(fields=["kept_until"], name="cart_by_kept", condition=Q(kept_until__isnull=False)),
            models.Index(fields=["remind_at"], name="cart_by_reminder", condition=Q(remind_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference


class CartLine(models.Model):
    """What the customer wants, in pieces; whether it is held is the inventory's to say."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    offer_item = models.ForeignKey(OfferItem, on_delete=models.CASCADE, related_name="cart_lines")
    quantity = models.PositiveIntegerField()
    #: Of bottles set aside: how many, and the most that a piece costs.
    kept = models.PositiveIntegerField(default=0, db_default=0)
    price_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart", "offer_item"], name="cart_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(kept__gt=0), name="cart_line_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(kept=0) | Q(quantity__lte=F("kept")), name="cart_line_within_what_is_kept"
            ),
            amount_check("price_minor", "cart_line_price_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.offer_item_id}"


class RestockRequest(models.Model):
    """A customer who wants to be told when bottles held by others come back."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    release = models.ForeignKey(Release, on_delete=models.CASCADE)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    #: When it was last tried to answer it: those that wait longest for a try come first.
    looked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "release", "sku"],
                condition=Q(told_at__isnull=True),
                name="restock_request_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["release", "sku"], condition=Q(told_at__isnull=True), name="restock_request_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} waits for {self.sku_id}"


class OpeningReminder(models.Model):
    """A customer who wants a mail shortly before an offer opens; queued once."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="opening_reminders")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="opening_reminders")
    asked_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "offer"], name="opening_reminder_once"),
            models.CheckConstraint(
                condition=Q(queued_at__isnull=True) | Q(queued_at__gte=F("asked_at")),
                name="opening_reminder_after_it_was_asked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["offer"], condition=Q(queued_at__isnull=True), name="opening_reminder_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} is reminded of {self.offer_id}"


class OpeningPlan(models.Model):
    """What a customer means to take of an offer once it opens. It holds nothing, and nothing happens by itself.

    Address, way and card are chosen as on the checkout, by reference, and may be gone when it is used.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="opening_plans")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="opening_plans")
    #: Pieces by the id of the offer item; what is used is held to the rules of then.
    wines = models.JSONField(default=dict)
    address = models.CharField(max_length=16, blank=True)
    method = models.CharField(max_length=16, blank=True)
    card = models.CharField(max_length=16, blank=True)
    uses_credit = models.BooleanField(default=True, db_default=True)
    changed_at = models.DateTimeField()
    #: When the customer pressed the button; once.
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "offer"], name="opening_plan_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} plans {self.offer_id}"


class OfferLook(models.Model):
    """That a customer has seen an offer while it was open: the first time, and no more than that."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="looks")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="offer_looks")
    first_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "customer"], name="offer_look_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} saw {self.offer_id}"


class Recording(models.Model):
    """What the shop showed a customer, or what a customer pressed; written once, moments later, and kept for a while.

    ``name`` is the page or the button, ``data`` is as ``tirage.checkout.recording`` writes it.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="recordings")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, null=True, related_name="recordings")
    at = models.DateTimeField()
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=20)
    data = models.JSONField()

    class Meta:
        constraints = [state_check("kind", RecordingKind, "recording_kind_is_legal")]
        indexes = [
            models.Index(fields=["customer", "at"], name="recording_by_customer"),
            models.Index(fields=["offer", "at"], name="recording_by_offer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} at {self.at}"
