"""What becomes of each column in which a customer's words may stand, when the customer is erased: the whole table.

Whose a row is follows from the models themselves (``owner_path``): by way of its order, its draft, its cart. Each
column of text, of JSON, of bytes and of a day in such a table is named here, or a test fails. Every other table is
looked through for the person's words (``sweeping.py``), but for those that no person can be in.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models

from tirage.customers.models import Customer

#: What stands where somebody's words stood.
ERASED = "Erased"

#: Rows that are deleted. What hangs on them goes too.
GONE = frozenset(
    {
        "checkout.OpeningPlan",
        "checkout.OpeningReminder",
        "checkout.Recording",
        "checkout.RestockRequest",
        "customers.CustomerSession",
        "customers.Passkey",
        "customers.SignInRequest",
        "customers.Tag_customers",
        "customers.TierPin",
        "futures.Portfolio",
        "insights.Placement",
        "joining.SignUp",
        "notifications.InvitationChoice",
        "segments.CustomerListMember",
        "segments.SegmentMember",
        "segments.SegmentMove",
        "taxes.BusinessNumber",
    }
)
#: What each column says from then on. A column that is empty stays empty.
BLANKS: dict[str, dict[str, Any]] = {
    "changes.ChangeDraft": {
        "reason": ERASED,
        "override_reason": ERASED,
        "waives_fee": ERASED,
        "delivery": {},
        "waiting_for": ERASED,
    },
    "changes.ChangeDraftCharge": {"reason": ERASED},
    "clubs.ClubMember": {"reason": ERASED, "said": ERASED},
    "compliance.ComplianceCheck": {
        "asked": {},
        "answer": {},
        "reasons": [],
        "problem": ERASED,
        "decided_words": ERASED,
    },
    "customers.Address": {
        "recipient": ERASED,
        "company": "",
        "line1": ERASED,
        "line2": "",
        "city": ERASED,
        "postal_code": "",
        "phone": "",
        "birth_date": None,
        "location": "",
    },
    "customers.FormerCustomer": {
        "name": ERASED,
        "email": "",
        "other_email": "",
        "also_signs_in": "",
        "left_over": {},
    },
    "customers.Membership": {"joined_why": ERASED},
    "customers.PastMembership": {"joined_why": ERASED, "left_why": ERASED},
    "fulfilment.ChangeAsked": {"words": ERASED, "answer": ERASED},
    "fulfilment.PackRow": {"reason": ERASED},
    "fulfilment.ShipRow": {"reason": ERASED},
    "futures.Arrears": {"note": ERASED},
    "futures.CutLine": {"note": ERASED},
    "futures.Settlement": {"note": ERASED, "warehouse": "", "account": ""},
    "futures.Transfer": {
        "to_email": ERASED,
        "message": "",
        "giver_signature": ERASED,
        "receiver_signature": ERASED,
        "reason": ERASED,
    },
    "joining.WaitingPlace": {"source": "", "note": "", "reason": ERASED},
    "leaving.ErasureAsk": {"answer": ERASED},
    "moving.BroughtThing": {"problem": ERASED},
    "moving.MovedOrder": {"problem": ERASED},
    "notifications.SentMail": {"to": ERASED, "subject": "", "data": {}, "problem": "", "refused_by": ""},
    "orders.Order": {
        "recipient": ERASED,
        "company": "",
        "line1": ERASED,
        "line2": "",
        "phone": "",
        "location": "",
        "gift_note": "",
        "tracking": "",
        "attention": "",
    },
    "orders.OrderChange": {"reason": ERASED, "details": {}},
    "payments.CreditEntry": {"reason": ERASED},
    "payments.Payment": {"message": "", "note": ERASED},
    "payments.PaymentMethod": {"said": ERASED},
    "standing.StandingAgreement": {"said": ERASED},
    "standing.StandingLine": {"reason": ERASED},
    "standing.StandingOrder": {"reason": ERASED},
    "wishes.GrantLine": {"household": "", "left_out": ERASED, "reason": ERASED},
    "wishes.PolicyAct": {"note": ERASED},
    "wishes.Wish": {"reason": ERASED},
}
#: Columns of the customer's own row.
PERSON: dict[str, Any] = {
    "other_email": "",
    "first_name": "",
    "phone": "",
    "birth_date": None,
    "storage_warehouse": "",
    "storage_account": "",
    "source": "",
    "note": "",
    "search_text": "",
}
#: Columns in which nobody's words stand but the program's, the winery's or the bank's, by model; each is looked through
#: for the person all the same.
KEPT: dict[str, tuple[str, ...]] = {
    "changes.ChangeDraft": ("maker", "rates", "settle_by", "refund_to", "waiting_code"),
    "checkout.Cart": (),
    "clubs.ClubMember": ("words", "card_told", "fee_waived"),
    "clubs.MemberStep": ("act", "before", "after"),
    "compliance.ComplianceCheck": ("service", "fingerprint", "duty"),
    "customers.Address": ("country",),
    "customers.Customer": ("status_reason", "marketing_source"),
    "customers.MoveRow": ("before", "after"),
    "fulfilment.ChangeAsked": ("answered_by",),
    "fulfilment.Pickup": ("remind_on", "send_on", "draft"),
    "fulfilment.ShipRow": ("way",),
    # What the customer agreed to, word for word: the winery's proof of the sale.
    "futures.Acceptance": ("terms", "mandate"),
    "futures.Arrears": ("cause", "until"),
    "futures.CardNotice": ("due_on",),
    "futures.Instalment": ("due_on",),
    "futures.Mandate": ("words",),
    "futures.Settlement": ("due_on", "draft", "costs", "free_until", "stored_until"),
    "futures.StorageMonth": ("month", "draft"),
    # Its address is a hash once the service has heard (``operations.py``).
    "marketing.Subscriber": ("email", "reason", "sent"),
    "marketing.SyncLine": ("email", "reason"),
    # Rows of files keep what makes the order; the person in them goes by ``moved_rows``.
    "moving.BroughtThing": ("key", "file", "data"),
    "moving.MovedOrder": ("source", "number", "release"),
    "moving.MovedRow": ("file", "shape", "data"),
    "notifications.SentMail": ("ended",),
    "offers.CustomAllowance": ("told",),
    # Where tax was owed, and by which rates.
    "orders.Order": (
        "city",
        "ship_state",
        "postal_code",
        "country",
        "requested_ship_on",
        "terms",
        "withdraw_until",
        "packed_in",
    ),
    "orders.OrderCharge": ("description", "tax_kind", "jurisdiction", "tax_source"),
    "payments.Collection": ("decline_code", "message"),
    "payments.Finding": (
        "gateway_reference",
        "resolution",
        "their_state",
        "idempotency_key",
        "charge_reference",
        "description",
        "token",
        "reason",
        "problem",
    ),
    "payments.Payment": ("idempotency_key", "gateway_reference", "decline_code", "offline_kind"),
    "payments.PaymentMethod": ("token", "brand", "last4"),
    "standing.StandingAgreement": ("words",),
    "standing.StandingLine": ("planned", "promised"),
    "standing.StandingOrder": ("amount",),
    "wishes.GrantLine": ("shares",),
    "wishes.PolicyAct": ("maximums", "before"),
    "wishes.Wish": ("agreed_words",),
}
#: Columns with somebody's name, wherever they are: the customer's own is taken out, the team's stay.
LABELS = frozenset(
    {"actor_label", "editor_label", "joined_by", "left_by", "decided_by", "ended_by", "by_label"}
)
#: Columns of the program's own words, wherever they are.
CODES = frozenset(
    {
        "reference",
        "state",
        "kind",
        "status",
        "currency",
        "actor_kind",
        "channel",
        "gateway",
        "outcome",
        "purpose",
        "how",
        "done",
        "digest",
    }
)
#: Tables that no customer's words come into, and why.
NOBODY: dict[str, str] = {
    "account.EmailAddress": "sign-ins of the team",
    "account.EmailConfirmation": "sign-ins of the team",
    "auth.Group": "the program's own",
    "auth.Permission": "the program's own",
    "contenttypes.ContentType": "the program's own",
    "core.Heartbeat": "the worker's sign of life",
    "core.Winery": "the winery itself",
    "mfa.Authenticator": "second factors of the team",
    "staff.SharedMemory": "what pages remember for minutes",
    "staff.StaffMember": "the team",
    "staff.StaffSession": "sign-ins of the team",
    "catalog.Label": "pictures of labels",
    "fulfilment.BatchPaper": "what was printed for a batch with an order of theirs: deleted",
    "leaving.EverythingExport": "the record of a file; the file itself is deleted",
    "leaving.EverythingPart": "a file of everything: deleted",
    "leaving.Erasure": "the erasing itself, which forgets the words at its end",
    "imports.ImportPart": "files of people and orders: deleted",
    "imports.ImportProgress": "how far an import is",
}


@cache
def owner_path(model: type[models.Model]) -> str:
    """The shortest way from a row to its customer, as a filter spells it; empty where there is none."""
    if model._meta.label in _OWNERS:
        return _OWNERS[model._meta.label]
    seen: set[Any] = {model}
    queue: list[tuple[Any, tuple[str, ...]]] = [(model, ())]
    while queue:
        there, path = queue.pop(0)
        for field in there._meta.local_fields:
            if not isinstance(field, models.ForeignKey):
                continue
            if field.related_model is Customer:
                return "__".join((*path, field.name))
            if field.related_model not in seen:
                seen.add(field.related_model)
                queue.append((field.related_model, (*path, field.name)))
    return ""


#: Where a column without a foreign key says it.
_OWNERS = {"core.Event": "customer_id", "customers.Customer": "pk"}
#: Where only some columns are looked through: of other customers what the team wrote.
ONLY = {"customers.Customer": ("note", "status_reason", "source")}
#: What another customer wrote into a row of theirs stays theirs: where their wine went, whom they know.
OF_OTHERS_KEPT = frozenset({"customers.Address", "orders.Order"})
#: What a row of a file says of its person, of an order that is theirs.
MOVED_PERSON = frozenset(
    {"email", "first_name", "last_name", "full_name", "phone", "ship_first_name", "ship_last_name"}
    | {f"ship_{name}" for name in ("recipient", "company", "line_1", "line_2", "phone")}
    | {"note", "gift_note", "recipient", "company", "line_1", "line_2"}
)
#: Beside the shortest way.
OTHER_PATHS = {"futures.Transfer": ("order__customer",)}


def every_model() -> list[type[models.Model]]:
    found = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    return [found[label] for label in sorted(found)]


def owned_models() -> list[type[models.Model]]:
    """Every table whose rows are some customer's."""
    return [model for model in every_model() if owner_path(model)]


def wordy_fields(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    """Columns in which words could stand, the program's own left out."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.DateField)
    for field in model._meta.concrete_fields:
        is_moment = isinstance(field, models.DateTimeField)
        if isinstance(field, kinds) and not is_moment and field.name not in CODES:
            yield field


def swept_models() -> list[type[models.Model]]:
    """Every table that is looked through for the person's words."""
    return [model for model in every_model() if model._meta.label not in NOBODY and swept_fields(model)]


def swept_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Its columns of text and JSON."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    only = ONLY.get(str(model._meta.label))
    return [
        one
        for one in wordy_fields(model)
        if isinstance(one, kinds) and (only is None or one.name in only) and not one.primary_key
    ]
