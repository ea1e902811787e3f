"""Whether a customer's mailbox takes mail, as far as we know."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from tirage.notifications.models import SentMail


def bounced() -> Exists:
    """Of a queryset of customers: whose mailbox refused a mail for good and took none since.

    Another address counts anew: what refused is kept with the mail.
    """
    taken = SentMail.objects.filter(customer=OuterRef("customer"), sent_at__gt=OuterRef("due_at"))
    refused = SentMail.objects.exclude(refused_by="").filter(
        customer=OuterRef("pk"), refused_by=OuterRef("email")
    )
    return Exists(refused.filter(~Exists(taken)))
