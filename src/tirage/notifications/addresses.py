"""Whether a customer's mailbox takes mail, as far as we know."""

from __future__ import annotations

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from tirage.notifications.mailbox_models import Mailbox
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailboxTrouble


def bounced() -> ExpressionWrapper[Q]:
    """Of a queryset of customers: whose mailbox refused a mail for good and took none since, or of which the
    mail provider says that it refuses.

    Another address counts anew: what refused is kept with the mail.
    """
    taken = SentMail.objects.filter(customer=OuterRef("customer"), sent_at__gt=OuterRef("due_at"))
    refused = SentMail.objects.exclude(refused_by="").filter(
        customer=OuterRef("pk"), refused_by=OuterRef("email")
    )
    told = Mailbox.objects.filter(
        address=OuterRef("email"), why=MailboxTrouble.BOUNCED.value, taken_back_at__isnull=True
    )
    either = Q(Exists(refused.filter(~Exists(taken)))) | Q(Exists(told))
    return ExpressionWrapper(either, output_field=BooleanField())
