"""The activity as sentences: who did it, then what they did, in the words that were kept.

What is kept is said after its actor's name, so it begins with what the actor did ("put Margaret Holm into Ridge").
Rows are never rewritten: words of before that began with what happened to somebody are turned here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from tirage.core.actors import ActorKind
from tirage.core.events import EventName
from tirage.core.models import Event

#: What an event says that has no words of its own; every name has them.
WORDS: dict[EventName, Any] = {
    EventName.CUSTOMER_CREATED: "added a customer to the list",
    EventName.CUSTOMER_UPDATED: "changed the customer",
    EventName.CUSTOMER_SUSPENDED: "suspended the customer",
    EventName.CUSTOMER_REINSTATED: "reinstated the customer",
    EventName.CUSTOMER_SIGNED_IN: "signed in",
    EventName.CUSTOMER_ADULT_CONFIRMED: "confirmed being of legal age",
    EventName.CUSTOMER_AGE_REFUSED: "gave a date of birth under the legal age",
    EventName.CUSTOMER_SEEN_AS: "saw the shop as the customer",
    EventName.CUSTOMER_LINK_MADE: "made a link that signs in",
    EventName.CUSTOMER_NOTED: "wrote a note",
    EventName.CUSTOMER_CONSENT_CHANGED: "changed the consent to mail",
    EventName.CUSTOMER_TAGGED: "changed the tags",
    EventName.CUSTOMER_MERGED: "merged two customers",
    EventName.WAITING_BEGAN: "put somebody in line",
    EventName.WAITING_INVITED: "invited somebody out of the line",
    EventName.WAITING_ENDED: "ended a place in line",
    EventName.ADDRESS_SAVED: "saved an address",
    EventName.ADDRESS_REMOVED: "removed an address",
    EventName.ADDRESS_RESTORED: "kept a removed address after all",
    EventName.ADDRESS_MERGED: "made two addresses one",
    EventName.ADDRESS_PARTED: "parted two addresses again",
    EventName.GROUP_SAVED: "saved the group",
    EventName.GROUP_JOINED: "put somebody into the group",
    EventName.GROUP_LEFT: "took somebody out of the group",
    EventName.GROUP_MOVED: "moved somebody to the group",
    EventName.GROUP_DELETED: "deleted the group",
    EventName.GROUP_MOVE_FINISHED: "finished a bulk move",
    EventName.GROUP_MOVE_STOPPED: "stopped a bulk move",
    EventName.GROUP_MOVE_UNDONE: "undid a bulk move",
    EventName.GROUP_MOVE_SCHEDULED: "scheduled a bulk move",
    EventName.GROUP_MOVE_CALLED_OFF: "called off a scheduled move",
    EventName.CUSTOMER_PINNED: "pinned the customer to the group",
    EventName.CUSTOMER_UNPINNED: "let tiering move the customer again",
    EventName.LADDER_SAVED: "saved an allowance ladder",
    EventName.LADDER_APPLIED: "gave customers their own allowances by a ladder",
    EventName.LADDER_UNDONE: "took back the allowances of a ladder",
    EventName.LADDER_ENDED: "ended the guarantee of a ladder",
    EventName.SEGMENT_SAVED: "saved the segment",
    EventName.SEGMENT_DELETED: "deleted the segment",
    EventName.LIST_FROZEN: "kept customers as a list",
    EventName.LIST_DELETED: "deleted the list",
    EventName.NOTE_ACTED: "acted on a note",
    EventName.NOTE_DISMISSED: "dismissed a note",
    EventName.NOTE_TAKEN_UP: "took up a note again",
    EventName.PLACE_SAVED: "drew a place on the map",
    EventName.PLACE_DELETED: "deleted the place",
    EventName.EVENT_PLANNED: "planned an event",
    EventName.EVENT_PLACED: "chose the place of an event",
    EventName.EVENT_REMOVED: "removed the plan of an event",
    EventName.EVENT_PUT_BACK: "put the plan of an event back",
    EventName.TOUR_PLANNED: "planned a tour",
    EventName.TOUR_REMOVED: "removed a tour",
    EventName.TOUR_PUT_BACK: "put a tour back",
    EventName.WINE_SAVED: "saved the wine",
    EventName.VINTAGE_SAVED: "saved the vintage",
    EventName.LABEL_SAVED: "saved the label",
    EventName.SKU_SAVED: "saved the sku",
    EventName.STOCK_MOVED: "booked stock",
    EventName.RELEASE_SAVED: "saved the release",
    EventName.RELEASE_CLONED: "cloned the release",
    EventName.OFFER_SAVED: "saved the offer",
    EventName.OFFER_ACTIVATED: "activated the offer",
    EventName.OFFER_DEACTIVATED: "deactivated the offer",
    EventName.REMINDERS_SET: "set the reminders of the release",
    EventName.RELEASE_REMINDED: "queued reminders of the release",
    EventName.OFFER_INVITED: "invited customers to the offer",
    EventName.OFFER_ITEMS_SAVED: "saved the items of the offer",
    EventName.RELEASE_DELETED: "deleted the release",
    EventName.TESTS_REMOVED: "removed the test orders of the release",
    EventName.TESTS_RESTORED: "put removed test orders of the release back",
    EventName.OFFER_DELETED: "deleted the offer",
    EventName.GOALS_SAVED: "set the goals of the release",
    EventName.GRID_PROPOSED: "proposed numbers for the release grid",
    EventName.GRID_APPLIED: "applied a draft of the release grid",
    EventName.GRID_DISCARDED: "discarded a draft of the release grid",
    EventName.ALLOWANCE_SAVED: "saved a customer’s own limits",
    EventName.DELIVERY_SAVED: "saved the delivery settings",
    EventName.TAXES_SAVED: "saved the taxes",
    EventName.CART_CONFIRMED: "confirmed the cart",
    EventName.CART_LAPSED: "let the cart lapse",
    EventName.ORDER_STARTED: "began to pay for the order",
    EventName.ORDER_PLACED: "placed the order",
    EventName.ORDER_ABANDONED: "gave up the order",
    EventName.ORDER_CANCELLED: gettext_lazy("canceled the order"),
    EventName.ORDER_NOTED: "noted something on the order",
    EventName.ORDER_CHANGED: "changed the order",
    EventName.CHANGE_WAITING: "let a change wait",
    EventName.CHANGE_DROPPED: "let a change go",
    EventName.CHANGE_LAPSED: "ended a change whose time was over",
    EventName.CHANGE_NOT_APPLIED: "could not make a change",
    EventName.COMPLIANCE_PASSED: "lets the order ship",
    EventName.COMPLIANCE_REFUSED: "doesn’t let the order ship",
    EventName.COMPLIANCE_UNANSWERED: "has no answer about the order yet",
    EventName.COMPLIANCE_DECIDED: "lets the order ship, whatever the compliance service says",
    EventName.COMPLIANCE_TOLD: "told the compliance service of the order",
    EventName.COMPLIANCE_SET: "changed what the compliance service is asked for",
    EventName.ORDER_PACKED: "put the order into a batch",
    EventName.ORDER_RECALLED: "recalled the order from its batch",
    EventName.BATCH_FROZEN: "froze a batch",
    EventName.BATCH_DISSOLVED: "dissolved a batch",
    EventName.BATCH_PRINTED: "had the papers of a batch printed",
    EventName.CHANGE_ASKED: "asked for a change",
    EventName.CHANGE_ANSWERED: "answered a change that was asked for",
    EventName.ORDER_SHIPPED: "marked the order as shipped",
    EventName.ORDER_TRACKED: "set the tracking number",
    EventName.ORDER_READY: "said that the order is ready to be picked up",
    EventName.PICKUP_REMINDED: "reminded the customer that the order is ready",
    EventName.PICKUP_SENT: "changed the order to one that is sent, because it wasn’t picked up",
    EventName.ORDER_FLAGGED: "asked somebody to look at the order",
    EventName.ORDER_ATTENDED: "saw to the order",
    EventName.PAYMENT_STARTED: "began a payment",
    EventName.PAYMENT_SETTLED: "settled a payment",
    EventName.PAYMENT_FAILED: "tried a payment that failed",
    EventName.PAYMENT_ANSWERED: "answered for the bank",
    EventName.PAYMENT_UNKNOWN: "asked the bank, which hasn’t answered yet",
    EventName.PAYMENT_NEEDS_CUSTOMER: "asked the bank, which wants to hear from the customer",
    EventName.FINDING_FOUND: "found a difference to the gateway’s list",
    EventName.FINDING_GIVING: "began a refund at the gateway",
    EventName.FINDING_CLOSED: "closed a finding",
    EventName.AUTHORISATION_RENEWED: "set the amount aside anew",
    EventName.AUTHORISATION_FAILED: "could not set the amount aside anew",
    EventName.AUTHORISATION_RELEASED: "let go of the amount set aside",
    EventName.CREDIT_GIVEN: "gave store credit",
    EventName.CREDIT_TAKEN: "took back store credit",
    EventName.PAY_LINK_MADE: "made a pay link",
    EventName.PAY_LINK_TRIED: "tried a card",
    EventName.COLLECTION_OPENED: "began to collect an amount",
    EventName.COLLECTION_RETRIED: "asked to try an amount again",
    EventName.COLLECTION_COLLECTED: "collected an amount",
    EventName.COLLECTION_LET_GO: "let an amount go",
    EventName.CARD_LINK_MADE: "asked for another card",
    EventName.CARD_LINK_TRIED: "tried a card",
    EventName.CARD_SAVED: "saved a card",
    EventName.CARD_REMOVED: "removed a card",
    EventName.CARD_RESTORED: "kept a removed card after all",
    EventName.CARD_RENEWED: "renewed a card",
    EventName.CARD_EXPIRING: "noted that a card expires",
    EventName.WISH_MADE: "made a wish",
    EventName.WISH_CHANGED: "changed a wish",
    EventName.WISH_WITHDRAWN: "withdrew a wish",
    EventName.WISH_DECLINED: "declined a wish",
    EventName.WISH_GRANTED: "granted a wish",
    EventName.WISH_OFFERED: "set bottles aside for a wish",
    EventName.CART_SPLIT: "kept bottles until they may be sent",
    EventName.WISH_OFFER_ENDED: "ended the time of bottles set aside",
    EventName.WISH_ARCHIVED: "archived a wish",
    EventName.WISH_RESTORED: "restored an archived wish",
    EventName.GRANTING_STARTED: "began to grant wishes",
    EventName.REALLOCATION_MADE: "gave unused bottles on",
    EventName.REALLOCATION_UNDONE: "took back what was given on",
    EventName.POLICY_SAVED: "saved a policy",
    EventName.POLICY_DELETED: "deleted a policy",
    EventName.POLICY_ARMED: "let a policy wait for its time",
    EventName.POLICY_BEGUN: "began a policy",
    EventName.POLICY_ACTED: "did a step of a policy",
    EventName.POLICY_ASKED: "asked for somebody to look at a policy",
    EventName.POLICY_STOPPED: "stopped a policy",
    EventName.POLICY_FINISHED: "finished a policy",
    EventName.POLICY_UNDONE: "took a policy back",
    EventName.STANDING_AGREED: "agreed to a standing order",
    EventName.STANDING_PAUSED: "paused a standing order",
    EventName.STANDING_RESUMED: "went on with a standing order",
    EventName.STANDING_ENDED: "ended a standing order",
    EventName.STANDING_PUT_BACK: "made a standing order what it was",
    EventName.STANDING_CHOSEN: "chose bottles for a standing order",
    EventName.STANDING_SKIPPED: "skipped a release with a standing order",
    EventName.STANDING_RUN: "ran the standing orders",
    EventName.CAMPAIGN_SAVED: "changed how wine is sold en primeur",
    EventName.LOT_SAVED: "saved a lot",
    EventName.ARRIVAL_RECORDED: "booked wine in",
    EventName.ARRIVAL_TAKEN_BACK: "took an arrival back",
    EventName.STORAGE_SAVED: "set what storage costs",
    EventName.SETTLEMENT_ASKED: "asked where wine goes",
    EventName.SETTLEMENT_REMINDED: "reminded of a settlement",
    EventName.SETTLEMENT_KEPT: "kept wine in the cellar",
    EventName.SETTLEMENT_AGREED: "agreed to a settlement",
    EventName.SETTLEMENT_SETTLED: "settled an order",
    EventName.SETTLEMENT_ENDED: "opened a settlement again",
    EventName.SETTLEMENT_CALLED_OFF: "called a settlement off",
    EventName.INSTALMENT_ANNOUNCED: "announced an instalment",
    EventName.INSTALMENT_CALLED: "asked for an instalment",
    EventName.MANDATE_GIVEN: "named a card for what is still to come",
    EventName.CARD_ENDING_TOLD: "asked for another card",
    EventName.ARREARS_BEGUN: "noted that an order is in arrears",
    EventName.ARREARS_WAITING: "gave an order in arrears more time",
    EventName.ARREARS_ENDED: "noted that an order is no longer in arrears",
    EventName.ESTIMATE_SAVED: "saved an estimate of costs at release",
    EventName.CUT_PLANNED: "planned a cut",
    EventName.CUT_CALLED_OFF: "called a cut off",
    EventName.CUT_FINISHED: "finished a cut",
    EventName.FUTURES_SET_ASIDE: "set wine en primeur aside",
    EventName.FUTURES_TAKEN_BACK: "took wine back that was set aside",
    EventName.SUBSTITUTE_PROPOSED: "offered another wine",
    EventName.SUBSTITUTE_ACCEPTED: "took another wine",
    EventName.SUBSTITUTE_DECLINED: "didn’t take another wine",
    EventName.TRANSFER_PROPOSED: "offered wine to another customer",
    EventName.TRANSFER_ACCEPTED: "accepted wine from another customer",
    EventName.TRANSFER_APPROVED: "moved wine to another customer",
    EventName.TRANSFER_REFUSED: "refused wine from another customer",
    EventName.TRANSFER_WITHDRAWN: "took back what was offered to another customer",
    EventName.TRANSFER_EXPIRED: "let an offer to another customer expire",
    EventName.PORTFOLIO_SAVED: "saved a portfolio",
    EventName.PORTFOLIO_REMOVED: "removed a portfolio",
    EventName.FORMAT_ADDED: "offered a lot in another format",
    EventName.FORMAT_CHANGED: "chose another format",
    EventName.CLUB_SAVED: "saved the club",
    EventName.CLUB_JOINED: "joined a club",
    EventName.CLUB_PAUSED: "paused the membership in a club",
    EventName.CLUB_RESUMED: "went on with the membership in a club",
    EventName.CLUB_LEFT: "left a club",
    EventName.CLUB_REFUSED: "did not join a club",
    EventName.CLUB_FEE_BACK: "gave a joining fee back",
    EventName.CLUB_WAYS_CHANGED: "chose another card or address for a club",
    EventName.CLUB_UNDONE: "took back what was done to a membership in a club",
    EventName.OPENING_ASKED: "asked to be reminded of an opening",
    EventName.PLAN_KEPT: "planned what to take when an offer opens",
    EventName.RESTOCK_ASKED: "asked to be told when a wine comes back",
    EventName.NEWSLETTER_ADDRESS: "told of a new address for a newsletter",
    EventName.MAILBOX_SET_ASIDE: "set a mailbox aside",
    EventName.MAILBOX_TAKEN_BACK: "took a mailbox back",
    EventName.MAIL_SENT: "sent a mail",
    EventName.MAIL_FAILED: "could not send a mail",
    EventName.JOB_RETRIED: "had a job tried again",
    EventName.JOB_LET_GO: "let a failed job go",
    EventName.MAIL_RETRIED: "had mails tried again",
    EventName.MAIL_TESTED: "sent a test mail",
    EventName.SETTINGS_SAVED: "saved the settings",
    EventName.MAIL_TEXT_SAVED: "changed the words of a mail",
    EventName.STAFF_INVITED: "invited a colleague",
    EventName.STAFF_CHANGED: "changed a colleague",
    EventName.STAFF_SIGNED_IN: "signed in",
    EventName.MAILING_LIST_SAVED: "changed a mailing list",
    EventName.MAILING_LIST_FORGOTTEN: "let go of a mailing list",
    EventName.MAILING_LIST_SYNCED: "synced a mailing list",
    EventName.IMPORT_FINISHED: "imported a file",
    EventName.HISTORY_MOVED: "brought orders of the former system in",
    EventName.HISTORY_WITHDRAWN: "took files of the former system back",
    EventName.HISTORY_SIGNED: "signed the history off",
    EventName.HISTORY_OPENED: "opened the history again",
    EventName.EXPORT_MADE: "exported a list",
    EventName.CUSTOMER_ERASED: "erased the customer",
    EventName.CUSTOMER_ASKED_ERASING: "asked to be erased",
    EventName.CUSTOMER_ERASING_REFUSED: "didn’t erase the customer",
    EventName.EVERYTHING_EXPORTED: "exported everything",
    EventName.EVERYTHING_FETCHED: "fetched the file of everything",
    EventName.EVERYTHING_LET_GO: "let a file of everything go",
    EventName.EVERYTHING_RESTORED: "brought everything in",
}

#: Words as they were once kept, by how they begin, and the sentence that they are now; ``{who}`` is the customer.
_ONCE: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("group.joined", re.compile(r"^added to (.+)$"), r"put {who} into \1"),
    ("group.moved", re.compile(r"^moved to (.+?) from (.+)$"), r"put {who} into \1, out of \2"),
    ("group.moved", re.compile(r"^moved to (.+)$"), r"put {who} into \1"),
    ("group.moved", re.compile(r"^given back the groups"), r"gave {who} back the groups"),
    ("group.left", re.compile(r"^taken out of (.+)$"), r"took {who} out of \1"),
    ("group.saved", re.compile(r"^new customers join"), r"let new customers join"),
    ("group.move_finished", re.compile(r"^([\d,]+ customers?) (moved|added) to "), r"\2 \1 to "),
    (
        "group.move_undone",
        re.compile(r"^([\d,]+ customers?) (?:has|have) the groups"),
        r"gave \1 back the groups",
    ),
    ("group.move_undone", re.compile(r" of before again"), r" of before"),
    ("customer.suspended", re.compile(r"^suspended: "), r"suspended {who}: "),
    ("customer.reinstated", re.compile(r"^reinstated$"), r"reinstated {who}"),
    (
        "allowance.saved",
        re.compile(r"^has the group's limits for (.+) again$"),
        r"gave {who} the group's limits for \1 again",
    ),
    ("stock.moved", re.compile(r"^([+-]\d)"), r"booked \1"),
    ("order.flagged", re.compile(r"^needs attention: "), r"asked somebody to look at the order: "),
    (
        "order.abandoned",
        re.compile(r"^(\d+) bottles went back to the cart$"),
        r"put \1 bottles back into the cart",
    ),
    ("mail.sent", re.compile(r"^was mailed "), r"mailed {who} "),
    ("mail.failed", re.compile(r"^could not be mailed "), r"could not mail {who} "),
    ("card.renewed", re.compile(r"^(.+), is now "), r"replaced \1, by "),
    ("card.expiring", re.compile(r"^(.+) expires at"), r"noted that \1 expires at"),
    ("card.removed", re.compile(r"^(.+) was removed there$"), r"removed \1"),
    ("collection.let_go", re.compile(r"^(the change is made|nothing is left)"), r"stopped collecting: \1"),
    ("staff.invited", re.compile(r"^added to the team as"), r"joined the team as"),
    ("wish.made", re.compile(r"^wishes for"), r"wished for"),
    ("wish.changed", re.compile(r"^wishes for"), r"wished for"),
    ("payment.started", re.compile(r"^gives back "), r"asked the bank to refund "),
    ("finding.giving", re.compile(r"^gives ([^(]{1,40}?) back at "), r"began to refund \1 at "),
    ("finding.found", re.compile(r" given back at the gateway that no"), r" refunded at the gateway that no"),
    ("", re.compile(r"\b(asked the (?:bank|gateway) to) give ([^(;]{1,40}?) back\b"), r"\1 refund \2"),
    ("", re.compile(r"\b(asked the bank to) give back "), r"\1 refund "),
    ("", re.compile(r"^gives back (?=[^(]{0,6}\d)"), r"refunds "),
    ("", re.compile(r"^gave back (?=[^(]{0,6}\d)"), r"refunded "),
    ("", re.compile(r"^gave ([^(]{0,6}\d[^ ]{0,20}) back at "), r"refunded \1 at "),
    ("", re.compile(r"(\d) given back\b"), r"\1 refunded"),
)
#: Words that are said of somebody who did nothing: the sentence needs who did it.
PASSIVE = re.compile(
    r"^(?:was|were|is|are|has been|have been|been|being|added to|moved to|taken|given|put back|needs|"
    r"[+-]?\d|new customers)\b"
)


@dataclass(frozen=True, slots=True)
class Told:
    """One line: ``who`` and what they did make a sentence; a note's words stand for themselves."""

    who: str
    words: str
    at: datetime
    is_note: bool = False
    event_id: int | None = None

    def __str__(self) -> str:
        return f"{self.who}{': ' if self.is_note else ' '}{self.words}"


def tell(events: Sequence[Event], names: Mapping[int, str] | None = None) -> list[Told]:
    """The lines of ``events``, in their order; ``names`` are those of customers by id, for rows of before.

    Money that goes back is one line, however many acts were kept of it: that it was asked for, that it went, and what
    it changed on the order. One that the bank refused stays beside it.
    """
    elsewhere, gone = _parts_of_refunds(events)
    lines = []
    for event in events:
        if event.pk not in elsewhere:
            line = _line(event, names or {})
            lines.append(
                replace(line, words=_ASKED.sub("refunded ", line.words)) if event.pk in gone else line
            )
    return lines


def say(name: str, text: str, who: str = "the customer") -> str:
    """What one act says after its actor's name; ``who`` is the customer whom it is about."""
    if not text:
        return WORDS.get(EventName(name), name) if name in set(EventName) else name
    for of, once, now in _ONCE:
        if of in ("", name):
            text = once.sub(lambda found, now=now: found.expand(now).replace("{who}", who), text)  # type: ignore[misc]
    return text.replace("the customer", who, 1) if name in _ABOUT_SOMEBODY else text


#: Acts of many at once are kept without the name of each.
_ABOUT_SOMEBODY = {EventName.GROUP_JOINED, EventName.GROUP_MOVED, EventName.GROUP_LEFT}


def needs_name(event: Event) -> bool:
    """Whether the customer's name isn't among the words that were kept."""
    return event.customer_id is not None and "{who}" in say(event.name, event.text, "{who}")


def _line(event: Event, names: Mapping[int, str]) -> Told:
    who = names.get(event.customer_id or 0, "the customer")
    is_note = event.name == EventName.CUSTOMER_NOTED and not event.text.startswith("changed what to know")
    words = event.text if is_note else say(event.name, event.text, who)
    if event.actor_kind == ActorKind.CUSTOMER and event.actor_id == event.customer_id:
        return Told(
            event.actor_label, re.sub(r"^put .+ into ", "joined ", words), event.at, is_note, event.pk
        )
    for pattern, sentence in _OF_OTHERS.get(event.name, ()):
        words = pattern.sub(lambda found, to=sentence: found.expand(to).replace("{who}", who), words)  # type: ignore[misc]
    return Told(event.actor_label, words, event.at, is_note, event.pk)


#: What only a customer can have done, kept of somebody who did it for them.
_OF_OTHERS: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    EventName.CUSTOMER_CREATED: ((re.compile(r"^joined the list$"), "added {who} to the list"),),
    EventName.GROUP_JOINED: ((re.compile(r"^joined (.+)$"), r"put {who} into \1"),),
    EventName.CUSTOMER_UPDATED: ((re.compile(r"^signed out everywhere$"), "signed {who} out everywhere"),),
    EventName.CUSTOMER_CONSENT_CHANGED: ((re.compile(r"^(agreed|wants) "), r"noted that {who} \1 "),),
}


_ASKED = re.compile(r"^asked the bank to refund ")
_BACK = re.compile(r"(?:^|; |asked the bank to )(?:(?:gave|gives|give) back|refund(?:s|ed)?) ")


def _parts_of_refunds(events: Sequence[Event]) -> tuple[set[int], set[int]]:
    """Keys of the events whose money another line tells of; and of those that asked for money which has gone by now."""
    changes = {
        (event.at, event.actor_label)
        for event in events
        if event.name in (EventName.ORDER_CHANGED, EventName.ORDER_CANCELLED) and _BACK.search(event.text)
    }
    settled = {_payment(event) for event in events if event.name == EventName.PAYMENT_SETTLED}
    begun = {
        _payment(event): (event.at, event.actor_label)
        for event in events
        if event.name == EventName.PAYMENT_STARTED and _BACK.search(event.text)
    }
    elsewhere, gone = set(), set()
    for event in events:
        if event.name == EventName.PAYMENT_STARTED and _payment(event) in begun:
            if begun[_payment(event)] in changes:
                elsewhere.add(event.pk)
            elif _payment(event) in settled:
                gone.add(event.pk)
        elif event.name == EventName.PAYMENT_SETTLED and _BACK.search(event.text):
            is_told = _payment(event) in begun or (event.at, event.actor_label) in changes
            elsewhere |= {event.pk} if is_told else set()
    return elsewhere, gone


def _payment(event: Event) -> int:
    return int(event.data.get("payment_id") or 0)
