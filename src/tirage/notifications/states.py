from enum import StrEnum


class InviteState(StrEnum):
    """A run of invitations: waiting for its time or its next wave, under way, through, or ended before everybody was
    invited.
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class MailEnd(StrEnum):
    """Why a mail that was not sent won't be sent by itself any more."""

    #: Its mailbox, or the server for good.
    REFUSED = "refused"
    #: After the last try; asked again it may work.
    GIVEN_UP = "given_up"
    #: We didn't want to any more: no consent, suspended, run out, nothing left to say.
    WITHHELD = "withheld"


class MailState(StrEnum):
    """What became of a mail; computed, never stored."""

    SENT = "sent"
    WAITING = "waiting"
    #: It failed, and is tried again by itself.
    FAILING = "failing"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    WITHHELD = "withheld"


class MailboxTrouble(StrEnum):
    """Why a mailbox is set aside: it refuses mail for good, or its owner called a mail spam."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"


class MailKind(StrEnum):
    SIGN_IN_CODE = "sign_in_code"
    SIGN_IN_LINK = "sign_in_link"
    SIGN_UP = "sign_up"
    PLACE_OFFERED = "place_offered"
    PLACE_DECLINED = "place_declined"
    ORDER_RECEIPT = "order_receipt"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_NEEDS_CUSTOMER = "payment_needs_customer"
    PAY_LINK_CHANGE = "pay_link_change"
    PAY_LINK_ORDER = "pay_link_order"
    PAY_LINK_BALANCE = "pay_link_balance"
    CHARGE_FAILED = "charge_failed"
    CARD_NEEDED = "card_needed"
    PAYMENT_RECEIVED = "payment_received"
    ORDER_CHANGED = "order_changed"
    ORDER_CANCELLED = "order_cancelled"
    MONEY_GIVEN_BACK = "money_given_back"
    ORDER_SHIPPED = "order_shipped"
    PICKUP_READY = "pickup_ready"
    PICKUP_REMINDER = "pickup_reminder"
    OPENING_NEAR = "opening_near"
    CHANGE_ANSWERED = "change_answered"
    BOTTLES_BACK = "bottles_back"
    WISH_MADE = "wish_made"
    WISH_ASKED = "wish_asked"
    POLICY_TOLD = "policy_told"
    WISHES_GRANTED = "wishes_granted"
    BOTTLES_GIVEN = "bottles_given"
    SET_ASIDE = "set_aside"
    SET_ASIDE_ENDING = "set_aside_ending"
    SET_ASIDE_ENDED = "set_aside_ended"
    WISH_DECLINED = "wish_declined"
    STANDING_COMING = "standing_coming"
    STANDING_IN_THE_WAY = "standing_in_the_way"
    CLUB_JOINED = "club_joined"
    CLUB_PAUSED = "club_paused"
    CLUB_RESUMED = "club_resumed"
    CLUB_LEFT = "club_left"
    CLUB_REFUSED = "club_refused"
    CLUB_FEE_BACK = "club_fee_back"
    CLUB_CARD = "club_card"
    INSTALMENT_COMING = "instalment_coming"
    CARD_ENDING = "card_ending"
    IN_ARREARS = "in_arrears"
    STORAGE_CHARGED = "storage_charged"
    EARLY_RECEIPT = "early_receipt"
    EARLY_ASIDE = "early_aside"
    CUT_DONE = "cut_done"
    CUT_PROPOSED = "cut_proposed"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_TOLD = "transfer_told"
    SETTLEMENT_ASKED = "settlement_asked"
    SETTLEMENT_REMINDED = "settlement_reminded"
    OFFER_INVITATION = "offer_invitation"
    REMINDER_NOT_YET = "reminder_not_yet"
    REMINDER_CART = "reminder_cart"
    REMINDER_LAST_DAY = "reminder_last_day"
    WAVE_OPENED = "wave_opened"
    WAVE_CLOSED = "wave_closed"
    NOTES_FOUND = "notes_found"
    STAFF_INVITATION = "staff_invitation"
    STAFF_PASSWORD = "staff_password"  # noqa: S105  # a kind of mail


class ReminderKind(StrEnum):
    """Of what a release reminds by itself."""

    NOT_YET = "not_yet"
    CART = "cart"
    LAST_DAY = "last_day"
