from datetime import timedelta

from django.db import migrations
from django.db.models import OuterRef, Subquery
from django.utils import timezone

#: What was withheld, as former versions said it.
WITHHELD = (
    "The customer is suspended.",
    "The customer wants no mail about offers and news.",
    "It had run out before it could be sent.",
)


def say_what_became(apps, schema_editor):
    """Invitations learn their mails; mails whose tries are over learn that."""
    mails = apps.get_model("notifications", "SentMail").objects
    invitations = apps.get_model("notifications", "OfferInvitation").objects
    own = mails.filter(kind="offer_invitation", customer=OuterRef("customer"), due_at=OuterRef("at"))
    invitations.filter(mail=None).update(mail_id=Subquery(own.order_by("pk").values("pk")[:1]))
    failed = mails.filter(sent_at=None).exclude(problem="")
    failed.filter(problem__in=WITHHELD).update(ended="withheld")
    # The last try comes eleven hours after the first.
    over = timezone.now() - timedelta(hours=12)
    failed.filter(ended="", due_at__lt=over).update(ended="given_up")


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_what_became")]
    operations = [migrations.RunPython(say_what_became, migrations.RunPython.noop)]
