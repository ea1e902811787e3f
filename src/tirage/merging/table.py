"""What becomes of everything that belongs to a customer, when the customer is merged into another: the whole table.

Each reference to a customer stands here, and a test finds those that don't: whoever adds one says what one person who
was two has of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    #: It is the other's from now on.
    MOVE = "move"
    #: Likewise, but for what the other has already: that is kept with the record of the merge.
    MOVE_ONCE = "move_once"
    #: It ends.
    DROP = "drop"
    #: Its own act says so (``acts.py``).
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Rule:
    """``once``: the fields of which, with the customer, there is one row only; ``where``: of which rows, as the filter
    of their constraint. ``walls``: the constraints on what one customer has once that an act of its own sees to.
    ``one``, ``many``: what the page calls them, empty where they aren't worth a line.
    """

    how: How
    one: str = ""
    many: str = ""
    once: tuple[str, ...] = ()
    where: tuple[tuple[str, object], ...] = ()
    walls: tuple[str, ...] = ()


def _moves(one: str = "", many: str = "") -> Rule:
    return Rule(How.MOVE, one, many)


def _once(*fields: str, one: str = "", many: str = "", where: tuple[tuple[str, object], ...] = ()) -> Rule:
    return Rule(How.MOVE_ONCE, one, many, fields, where)


def _own(one: str = "", many: str = "", *walls: str) -> Rule:
    return Rule(How.OWN, one, many, walls=walls)


#: By model and field, in the order in which the page counts them.
RULES: dict[str, Rule] = {
    "orders.Order.customer": _own("order", "orders", "order_one_draft_a_customer"),
    "futures.Transfer.receiver": _moves("transfer of wine", "transfers of wine"),
    "futures.Portfolio.customer": _moves("portfolio", "portfolios"),
    "payments.CreditEntry.customer": _own("entry of store credit", "entries of store credit"),
    "payments.PaymentMethod.customer": _own("saved card", "saved cards", "payment_method_one_default"),
    "customers.Address.customer": _own("address", "addresses", "address_one_default_a_customer"),
    "customers.Membership.customer": _own(
        "group", "groups", "membership_once", "membership_one_allocation_group"
    ),
    "customers.PastMembership.customer": _moves("former group", "former groups"),
    "customers.PastSuspension.customer": _moves("former suspension", "former suspensions"),
    "customers.TierPin.customer": _once(one="pin to a group", many="pins to a group"),
    "offers.CustomAllowance.customer": _once("offer_item", one="own allowance", many="own allowances"),
    "wishes.Wish.customer": _own("wish", "wishes", "wish_once_an_item"),
    "wishes.GrantLine.customer": _moves(),
    "wishes.Gift.customer": _once("reallocation"),
    "wishes.PolicyAct.customer": _once("step", "offer_item"),
    "checkout.Cart.customer": _own("cart", "carts", "cart_one_a_release"),
    "checkout.RestockRequest.customer": _once("release", "sku", where=(("told_at__isnull", True),)),
    "checkout.OpeningReminder.customer": _once("offer"),
    "checkout.OpeningPlan.customer": _once("offer"),
    "checkout.OfferLook.customer": _own("", "", "offer_look_once"),
    "checkout.Recording.customer": _moves(),
    "standing.StandingOrder.customer": _own(
        "standing order", "standing orders", "standing_one_live_a_customer"
    ),
    "standing.StandingLine.customer": _once("run"),
    "clubs.ClubMember.customer": _own("club membership", "club memberships", "club_member_once"),
    "moving.BroughtThing.customer": _moves(),
    "joining.WaitingPlace.customer": _own(
        "place in line", "places in line", "waiting_place_one_live_a_customer"
    ),
    "joining.SignUp.customer": _moves("sign-up form", "sign-up forms"),
    "customers.Tag_customers.customer": _once("tag", one="tag", many="tags"),
    "segments.CustomerListMember.customer": _once("list", one="list", many="lists"),
    "segments.SegmentMember.customer": _once("segment"),
    "segments.SegmentMove.customer": _once("day"),
    "insights.Placement.customer": Rule(How.DROP),
    "taxes.BusinessNumber.customer": _once(one="business number", many="business numbers"),
    "tiers.LadderStep.customer": _once("ladder", "offer_item"),
    "customers.MoveRow.customer": _own("bulk move", "bulk moves", "move_row_once"),
    "notifications.SentMail.customer": _moves("mail", "mails"),
    "notifications.InvitationChoice.customer": _once("run"),
    "notifications.OfferInvitation.customer": _once("offer", one="invitation", many="invitations"),
    "notifications.Reminder.customer": _once("release", "kind", one="reminder", many="reminders"),
    "marketing.Subscriber.customer": _own("", "", "subscriber_once"),
    "marketing.SyncLine.customer": _once("run", "done"),
    "customers.CustomerSession.customer": Rule(How.DROP, "sign-in", "sign-ins"),
    "customers.SignInRequest.customer": Rule(How.DROP),
    "customers.Passkey.customer": Rule(How.DROP, "passkey", "passkeys"),
    "leaving.ErasureAsk.customer": _once(
        one="wish to be erased", many="wishes to be erased", where=(("state", "open"),)
    ),
    "customers.FormerCustomer.customer": _moves("earlier merge", "earlier merges"),
}
