"""A payment's life: one attempt to move money, either way."""

from enum import StrEnum


class PaymentKind(StrEnum):
    CHARGE = "charge"
    AUTHORISE = "authorise"
    CAPTURE = "capture"
    REFUND = "refund"


class PaymentState(StrEnum):
    #: Stored with its key; the gateway may or may not have been asked.
    PENDING = "pending"
    #: The gateway was asked and did not answer; the reconciler finds out.
    UNKNOWN = "unknown"
    #: The bank wants to see the customer.
    NEEDS_CUSTOMER = "needs_customer"
    SETTLED = "settled"
    DECLINED = "declined"
    #: Given up before any money moved.
    VOIDED = "voided"


PAYMENT_STEPS: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.PENDING: frozenset(
        {
            PaymentState.UNKNOWN,
            PaymentState.NEEDS_CUSTOMER,
            PaymentState.SETTLED,
            PaymentState.DECLINED,
            PaymentState.VOIDED,
        }
    ),
    PaymentState.UNKNOWN: frozenset(
        {PaymentState.NEEDS_CUSTOMER, PaymentState.SETTLED, PaymentState.DECLINED, PaymentState.VOIDED}
    ),
    PaymentState.NEEDS_CUSTOMER: frozenset(
        {PaymentState.SETTLED, PaymentState.DECLINED, PaymentState.VOIDED}
    ),
    PaymentState.SETTLED: frozenset(),
    PaymentState.DECLINED: frozenset(),
    #: Money can still turn up after we gave up on an answer; it is booked, then given back.
    PaymentState.VOIDED: frozenset({PaymentState.SETTLED}),
}

#: Kinds that bring money in and can be given back.
MONEY_IN = (PaymentKind.CHARGE.value, PaymentKind.CAPTURE.value)
#: Kinds that take money or set it aside.
TAKING = (PaymentKind.CHARGE.value, PaymentKind.AUTHORISE.value, PaymentKind.CAPTURE.value)

#: Payments whose outcome is still open.
OPEN = (PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.NEEDS_CUSTOMER)


class OfflineKind(StrEnum):
    """How money comes that no gateway moves."""

    CHEQUE = "cheque"
    TRANSFER = "transfer"
    CASH = "cash"
    #: A gift of the house: nothing comes, the order counts as paid. Always with a reason.
    COMP = "comp"
    #: What was paid for wine en primeur that one customer gave another: off the one's order, on the other's.
    MOVED = "moved"


#: What staff can say has come.
BY_HAND = (OfflineKind.CHEQUE, OfflineKind.TRANSFER, OfflineKind.CASH, OfflineKind.COMP)


#: Names in a payment's ``gateway`` that are not gateways: what they say is settled in the moment it is written.
OFFLINE = "offline"
CREDIT = "credit"
AT_ONCE = (OFFLINE, CREDIT)
#: Money that a former system moved; it is written down, and nobody is ever asked for it or to give it back.
HISTORY = "history"
#: The gateway of test orders, whatever the shop's own is: the test gateway, with books apart. No figure counts what is
#: paid by it.
TRIAL = "trial"

#: Offline money inside a sentence: "recorded a check of $120.00"; said through gettext.
OFFLINE_WORDS = {
    OfflineKind.CHEQUE: "a check",
    OfflineKind.TRANSFER: "a bank transfer",
    OfflineKind.CASH: "cash",
    OfflineKind.COMP: "a gift of the house",
    OfflineKind.MOVED: "what was paid for wine from another customer",
}


class LinkState(StrEnum):
    """What can be done with a pay link; the clock and its columns know, nothing stores it."""

    LIVE = "live"
    PAID = "paid"
    #: Ended before it was paid: a new one was made, or what it was for is over.
    REVOKED = "revoked"
    EXPIRED = "expired"


class CollectionState(StrEnum):
    OPEN = "open"
    COLLECTED = "collected"
    #: Given up by staff, or not owed any more.
    LET_GO = "let_go"


class FindingKind(StrEnum):
    """Where the gateway's own list and the books disagree."""

    #: The gateway has money that no payment of ours tells of.
    STRAY_CHARGE = "stray_charge"
    #: The gateway gave money of a payment of ours back, and no refund of ours tells of it.
    STRAY_REFUND = "stray_refund"
    #: Both know it, with another amount or outcome.
    DIFFERS = "differs"
    #: The books say that it settled, and the gateway knows nothing of it.
    MISSING = "missing"


class FindingState(StrEnum):
    OPEN = "open"
    #: Its money is being given back at the gateway.
    GIVING = "giving"
    CLOSED = "closed"


class Resolution(StrEnum):
    ATTACHED = "attached"
    GIVEN_BACK = "given_back"
    BOOKED = "booked"
    LOOKED_INTO = "looked_into"
    #: Nobody had to: gateway and books agree by now.
    AGREED = "agreed"


class ComparisonStage(StrEnum):
    """What a comparison is at: the gateway's list, then payments of ours that weren't in it, then older findings."""

    LIST = "list"
    OURS = "ours"
    FINDINGS = "findings"
    DONE = "done"
