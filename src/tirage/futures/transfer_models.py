"""Wine en primeur that one customer gives another."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import amount_check, reference_field, state_check
from tirage.customers.models import Customer
from tirage.futures.states import TRANSFER_OPEN, TransferState
from tirage.orders.models import Order


class Transfer(models.Model):
    """Pieces of a lot that the customer of ``order`` gives whoever has the address ``to_email``.

    Both sign by their names; what was paid for the pieces is known once it is done, and then on ``made`` with them.
    """

    reference = reference_field("TRF")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="transfers")
    lot = models.ForeignKey("futures.Lot", on_delete=models.PROTECT, related_name="transfers")
    pieces = models.PositiveIntegerField()
    #: As addresses are compared.
    to_email = models.CharField(max_length=254)
    message = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=9, default=TransferState.PROPOSED.value)
    proposed_at = models.DateTimeField()
    giver_signature = models.CharField(max_length=160)
    #: Until when the other may accept, and then the team approve.
    expires_at = models.DateTimeField()
    receiver = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="transfers_received"
    )
    receiver_signature = models.CharField(max_length=160, blank=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: Who approved or refused it.
    ended_by = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    #: The receiver's order that has the wine now, and what was paid for it.
    made = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="transferred_by")
    amount_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            state_check("state", TransferState, "transfer_state_is_legal"),
            models.CheckConstraint(condition=Q(pieces__gte=1), name="transfer_of_something"),
            models.CheckConstraint(
                condition=~Q(to_email="") & ~Q(giver_signature=""), name="transfer_signed_and_addressed"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "approved"])
                | Q(receiver__isnull=False, accepted_at__isnull=False) & ~Q(receiver_signature=""),
                name="transfer_accepted_is_signed_twice",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", made__isnull=False, amount_minor__gte=0)
                | ~Q(state="approved") & Q(made__isnull=True, amount_minor__isnull=True),
                name="transfer_done_has_its_order",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in TRANSFER_OPEN], ended_at__isnull=True)
                | ~Q(state__in=[state.value for state in TRANSFER_OPEN]) & Q(ended_at__isnull=False),
                name="transfer_ended_has_its_time",
            ),
            amount_check("amount_minor", "transfer_amount_in_bounds"),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=[state.value for state in TRANSFER_OPEN]),
                name="transfer_open_by_end",
            ),
            models.Index(fields=["to_email"], name="transfer_by_address"),
        ]

    def __str__(self) -> str:
        return self.reference
