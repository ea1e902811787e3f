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


#: The legal steps; nothing else happens to an order's state.
ORDER_STEPS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.DRAFT: frozenset({OrderState.PLACED, OrderState.ABANDONED}),
    OrderState.PENDING: frozenset({OrderState.PLACED, OrderState.ABANDONED}),
    OrderState.PLACED: frozenset({OrderState.SHIPPED, OrderState.CANCELLED}),
    OrderState.SHIPPED: frozenset(),
    OrderState.CANCELLED: frozenset(),
    OrderState.BOOKED: frozenset({OrderState.ABANDONED}),
    OrderState.ABANDONED: frozenset(),
}

#: Orders whose bottles count against the stock's ``sold``.
PROMISING = (OrderState.PENDING, OrderState.PLACED)
#: Orders whose bottles count against the customer's allowance.
BOUGHT = (OrderState.PENDING, OrderState.PLACED, OrderState.SHIPPED)


class ChargeKind(StrEnum):
    SHIPPING = "shipping"
    TAX = "tax"
    DUTY = "duty"
    INSURANCE = "insurance"
    DISCOUNT = "discount"
    #: What joining a club costs.
    FEE = "fee"
    #: Negative: a rest that is less than a card can be charged, and was let go.
    WAIVED = "waived"


class ChangeKind(StrEnum):
    PLACING = "placing"
    CHANGE = "change"
    GRANT = "grant"
    REFUND = "refund"
    CANCEL = "cancel"


class Channel(StrEnum):
    OFFER = "offer"
    STAFF = "staff"
    #: Taken by staff, for a customer on the line.
    TELEPHONE = "telephone"
