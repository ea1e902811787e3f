"""An order's life. Whether it is paid is arithmetic, not a state."""

from enum import StrEnum


class OrderState(StrEnum):
    #: Staff put it together for a customer: nothing is sold or owed yet, its bottles are held by its draft.
    DRAFT = "draft"
    #: Bottles are taken, the first payment is under way.
    PENDING = "pending"
    PLACED = "placed"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    #: A fee: money and nothing else. No wine: it is no order to who counts or ships orders by states.
    BOOKED = "booked"
    #: Never placed: the first payment failed, or what staff put together was let go. The bottles went back.
    ABANDONED = "abandoned"
    #: Test orders: what a test group tries goes the same way in states of its own, so that whoever counts, sells or
    #: ships orders by states never meets one. This one is being paid; then placed, shipped, cancelled, never placed.
    TRYING = "trying"
    TEST = "test"
    TEST_SENT = "test_sent"
    TEST_OFF = "test_off"
    TEST_VOID = "test_void"


#: The legal steps; nothing else happens to an order's state.
ORDER_STEPS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.DRAFT: frozenset({OrderState.PLACED, OrderState.ABANDONED}),
    OrderState.PENDING: frozenset({OrderState.PLACED, OrderState.ABANDONED}),
    OrderState.PLACED: frozenset({OrderState.SHIPPED, OrderState.CANCELLED}),
    OrderState.SHIPPED: frozenset(),
    OrderState.CANCELLED: frozenset(),
    OrderState.BOOKED: frozenset({OrderState.ABANDONED}),
    OrderState.ABANDONED: frozenset(),
    OrderState.TRYING: frozenset({OrderState.TEST, OrderState.TEST_VOID}),
    OrderState.TEST: frozenset({OrderState.TEST_SENT, OrderState.TEST_OFF}),
    OrderState.TEST_SENT: frozenset(),
    OrderState.TEST_OFF: frozenset(),
    OrderState.TEST_VOID: frozenset(),
}

#: What a real order would be where a test order is.
STEP_OF_TEST: dict[OrderState, OrderState] = {
    OrderState.TRYING: OrderState.PENDING,
    OrderState.TEST: OrderState.PLACED,
    OrderState.TEST_SENT: OrderState.SHIPPED,
    OrderState.TEST_OFF: OrderState.CANCELLED,
    OrderState.TEST_VOID: OrderState.ABANDONED,
}
#: And the other way round.
TEST_AT: dict[OrderState, OrderState] = {step: state for state, step in STEP_OF_TEST.items()}
#: The states of test orders: they sell nothing, move no money and are in no figure.
TESTS = tuple(STEP_OF_TEST)


def step_of(state: str) -> OrderState:
    """How far an order has come, a test order as a real one."""
    return STEP_OF_TEST.get(OrderState(state), OrderState(state))


def is_test(state: str) -> bool:
    return OrderState(state) in STEP_OF_TEST


#: Orders whose bottles count against the stock's ``sold``.
PROMISING = (OrderState.PENDING, OrderState.PLACED)
#: Orders whose bottles count against the customer's allowance.
BOUGHT = (OrderState.PENDING, OrderState.PLACED, OrderState.SHIPPED)
#: The same within an offer to a test group, where nothing else counts.
TESTED = (OrderState.TRYING, OrderState.TEST, OrderState.TEST_SENT)


class ChargeKind(StrEnum):
    SHIPPING = "shipping"
    TAX = "tax"
    DUTY = "duty"
    INSURANCE = "insurance"
    #: What the team charges for more than the way itself: sturdier boxes, haste, a parcel that came back and goes
    #: again, one that is sent elsewhere on its way, bottles that come back.
    PACKAGING = "packaging"
    EXPEDITE = "expedite"
    RESHIP = "reship"
    REROUTE = "reroute"
    RESTOCKING = "restocking"
    #: Keeping wine that was settled for nobody yet, by the day.
    STORAGE = "storage"
    DISCOUNT = "discount"
    #: What joining a club costs.
    FEE = "fee"
    #: What taking bottles back costs by the terms that an order was placed by.
    CANCELLING = "cancelling"
    #: Negative: a rest that is less than a card can be charged, and was let go.
    WAIVED = "waived"


#: What is taxed as handling, where the tables of a place say that it is.
HANDLING = (
    ChargeKind.INSURANCE,
    ChargeKind.PACKAGING,
    ChargeKind.EXPEDITE,
    ChargeKind.RESHIP,
    ChargeKind.REROUTE,
    ChargeKind.RESTOCKING,
)


#: Kinds of charge in words, where they aren't their own.
CHARGE_WORDS = {
    ChargeKind.CANCELLING: "cancellation",
    ChargeKind.EXPEDITE: "expediting",
    ChargeKind.RESHIP: "reshipping",
    ChargeKind.REROUTE: "rerouting",
}


def charge_words(kind: str) -> str:
    """``reshipping``, ``shipping``: what a charge is for, whatever its kind is."""
    known = {one.value: words for one, words in CHARGE_WORDS.items()}
    return known.get(kind, kind)


class ChangeKind(StrEnum):
    PLACING = "placing"
    CHANGE = "change"
    GRANT = "grant"
    REFUND = "refund"
    CANCEL = "cancel"
    #: Wine that one customer gave another, on both their orders; it counts against nobody's allowance.
    TRANSFER = "transfer"


class Channel(StrEnum):
    OFFER = "offer"
    STAFF = "staff"
    #: Taken by staff, for a customer on the line.
    TELEPHONE = "telephone"
    #: Taken by staff, for a customer who stands before them.
    WINERY = "winery"
    #: Placed in a former system and brought in: counted everywhere, and done with.
    HISTORY = "history"


#: Orders that staff put together with a customer.
TAKEN = (Channel.TELEPHONE, Channel.WINERY)
