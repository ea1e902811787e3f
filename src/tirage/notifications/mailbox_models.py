"""Mailboxes that are set aside."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import state_check
from tirage.notifications.states import MailboxTrouble


class Mailbox(models.Model):
    """A mailbox that refuses mail, or whose owner complained, says the mail provider; until it is taken back."""

    #: In the spelling that identifies a customer.
    address = models.CharField(max_length=254)
    why = models.CharField(max_length=10)
    #: What the provider said.
    words = models.CharField(max_length=300, blank=True)
    provider = models.CharField(max_length=40)
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("why", MailboxTrouble, "mailbox_why_is_legal"),
            models.UniqueConstraint(
                fields=["address", "why"],
                condition=Q(taken_back_at__isnull=True),
                name="mailbox_set_aside_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.why}"
