"""One function per mail. Each inserts the mail and (but for receipts) its job inside the caller's transaction,
and reads nothing: what the mail says is looked up when the worker sends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from tirage.checkout.models import Cart
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import Clash, Overtaken, is_same, settle
from tirage.core.jobs import Urgency, queue_job
from tirage.core.locks import lock_rows
from tirage.core.models import Winery
from tirage.core.texts import say_names
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.futures.models import Settlement, Transfer
from tirage.notifications import statements
from tirage.notifications.compose import words_of
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import MailText, SentMail
from tirage.notifications.rules import UnknownPlaceholders, check_words
from tirage.notifications.states import MailKind
from tirage.notifications.values import sealed_data
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.rules import DeclineKind
from tirage.standing.models import StandingLine
from tirage.wishes.models import GrantLine
from tirage.wishes.states import GrantOutcome

_SEND = "tirage.notifications.tasks.send_mail"
#: Jobs made in one go.
MOST_JOBS = 500


def queue_sign_in_code(
    *,
    customer_id: int | None,
    email: str,
    code: str,
    link: str,
    request_id: int | None = None,
    now: datetime,
) -> SentMail:
    """A sign-in code; ``link`` is the whole public address. Both are forgotten once the mail is out.

    ``request_id`` is the request that they belong to: once it lets nobody in, the mail isn't sent.
    """
    data = {"code": code, "link": link, "request_id": request_id}
    return _queue(MailKind.SIGN_IN_CODE, data, to=email, customer_id=customer_id, now=now)


def queue_sign_in_link(*, customer_id: int, days: int, now: datetime) -> SentMail:
    """A link that signs the customer in, asked for by the team, and made when the mail is sent.

    Whoever has it is the customer, so it goes to the customer's own mailbox of that moment and nowhere else.
    """
    return _queue(MailKind.SIGN_IN_LINK, {"days": days}, customer_id=customer_id, now=now)


def queue_sign_up(*, email: str, first_name: str, link: str, now: datetime) -> SentMail:
    """The button that proves a mailbox; ``link`` is the whole public address, and is forgotten once the mail is out."""
    return _queue(MailKind.SIGN_UP, {"first_name": first_name, "link": link}, to=email, now=now)


def queue_place_offered(*, place_id: int, customer_id: int, now: datetime) -> SentMail:
    """Somebody in line is invited into a group; the link that signs them in is made when the mail is sent."""
    return _queue(MailKind.PLACE_OFFERED, {"place_id": place_id}, customer_id=customer_id, now=now)


def queue_place_declined(*, place_id: int, customer_id: int, now: datetime) -> SentMail:
    """Somebody was taken off the line, with the reason kept with the place."""
    return _queue(MailKind.PLACE_DECLINED, {"place_id": place_id}, customer_id=customer_id, now=now)


def queue_order_receipt(*, order_id: int, customer_id: int, now: datetime) -> int:
    """The receipt of a placed order; one statement, for thousands may order in the same minute.

    Its job is made by ``give_mails_jobs``. The mail's id.
    """
    return statements.insert_receipt(
        kind=MailKind.ORDER_RECEIPT.value,
        early=MailKind.EARLY_RECEIPT.value,
        order_id=order_id,
        customer_id=customer_id,
        now=now,
    )


@transaction.atomic
def give_mails_jobs(*, now: datetime) -> int:
    """Makes the jobs of mails that have none, oldest first, those of a crowd last; how many. Run by the schedule."""
    jobless = SentMail.objects.filter(has_job=False, due_at__lte=now)
    crowd = Q(kind__in=[kind.value for kind, facts in KINDS.items() if facts.urgency is Urgency.BULK])
    oldest = list(jobless.exclude(crowd).order_by("pk").values_list("pk", flat=True)[:MOST_JOBS])
    if room := MOST_JOBS - len(oldest):
        oldest += jobless.filter(crowd).order_by("pk").values_list("pk", flat=True)[:room]
    waiting = lock_rows(jobless.filter(pk__in=oldest))
    for mail in waiting:
        queue_job(_SEND, mail.pk, urgency=_urgency_of(mail))
    SentMail.objects.filter(pk__in=[mail.pk for mail in waiting]).update(has_job=True)
    return len(waiting)


def _urgency_of(mail: SentMail) -> Urgency:
    """A kind that this version doesn't know fails by itself when it is sent, and keeps no other mail waiting."""
    kind = KINDS.get(mail.kind)  # type: ignore[call-overload]  # a StrEnum's value finds its member
    return min(kind.urgency, Urgency.SOON) if kind else Urgency.SOON


def queue_payment_failed(*, order_id: int, customer_id: int, message: str, now: datetime) -> SentMail:
    """A declined card of a customer who is no longer there to see it; ``message`` is the bank's."""
    data = {"order_id": order_id, "message": message}
    return _queue(MailKind.PAYMENT_FAILED, data, customer_id=customer_id, now=now)


def queue_pay_link(
    *, pay_link_id: int, order_id: int, customer_id: int, purpose: str, now: datetime
) -> SentMail:
    """A pay link: for an order's balance, or for the change that ``purpose`` names."""
    kind = MailKind.PAY_LINK_CHANGE if purpose else MailKind.PAY_LINK_BALANCE
    if purpose and Order.objects.filter(pk=order_id, state=OrderState.DRAFT.value).exists():
        kind = MailKind.PAY_LINK_ORDER
    data = {"pay_link_id": pay_link_id, "order_id": order_id}
    return _queue(kind, data, customer_id=customer_id, now=now)


#: What a bank's no asks of the customer: another day, another card, or a word with the bank.
_AFTER_A_NO = {
    DeclineKind.SOFT: MailKind.CHARGE_FAILED,
    DeclineKind.HARD: MailKind.CARD_NEEDED,
    DeclineKind.NEEDS_CUSTOMER: MailKind.PAYMENT_NEEDS_CUSTOMER,
}


def queue_charge_failed(
    *, collection_id: int, customer_id: int, pay_link_id: int, kind: DeclineKind, now: datetime
) -> SentMail:
    """A charge failed while the customer was not there: when it is tried again, and how to pay now."""
    data = {"collection_id": collection_id, "pay_link_id": pay_link_id}
    return _queue(_AFTER_A_NO[kind], data, customer_id=customer_id, now=now)


def queue_card_needed(*, customer_id: int, now: datetime) -> SentMail:
    """Staff ask for another card."""
    return _queue(MailKind.CARD_NEEDED, {}, customer_id=customer_id, now=now)


def queue_payment_received(*, payment_id: int, customer_id: int, now: datetime) -> SentMail:
    """Money that the customer was asked for has come."""
    return _queue(MailKind.PAYMENT_RECEIVED, {"payment_id": payment_id}, customer_id=customer_id, now=now)


def queue_order_changed(
    *, order_id: int, change_id: int, customer_id: int, draft_id: int, now: datetime
) -> SentMail | None:
    """An order was changed, by its customer or by staff; a granted wish has a mail of its own."""
    if GrantLine.objects.filter(draft_id=draft_id).exists():
        return None
    data = {"order_id": order_id, "change_id": change_id, "draft_id": draft_id}
    return _queue(MailKind.ORDER_CHANGED, data, customer_id=customer_id, now=now)


def queue_order_cancelled(
    *, order_id: int, customer_id: int, reason: str, mail: bool, now: datetime
) -> SentMail | None:
    """An order was cancelled; nothing is queued where staff don't want the customer told."""
    if not mail:
        return None
    data = {"order_id": order_id, "reason": reason}
    return _queue(MailKind.ORDER_CANCELLED, data, customer_id=customer_id, now=now)


def queue_money_given_back(
    *,
    order_id: int,
    customer_id: int,
    payment_ids: Sequence[int],
    change_id: int | None,
    reason: str,
    now: datetime,
) -> SentMail:
    """Staff give money back by these refunds; ``change_id`` names the wines it is for, if it is for wines."""
    data = {"order_id": order_id, "payment_ids": list(payment_ids), "change_id": change_id, "reason": reason}
    return _queue(MailKind.MONEY_GIVEN_BACK, data, customer_id=customer_id, now=now)


def queue_order_shipped(*, order_id: int, customer_id: int, tracking: str, now: datetime) -> SentMail:
    """An order has left, with its tracking number if it has one."""
    data = {"order_id": order_id, "tracking": tracking}
    return _queue(MailKind.ORDER_SHIPPED, data, customer_id=customer_id, now=now)


def queue_pickup_ready(*, order_id: int, customer_id: int, now: datetime) -> SentMail:
    """An order lies ready to be picked up."""
    return _queue(MailKind.PICKUP_READY, {"order_id": order_id}, customer_id=customer_id, now=now)


def queue_pickup_reminder(*, order_id: int, customer_id: int, now: datetime) -> SentMail:
    """An order lies ready and wasn't picked up yet."""
    return _queue(MailKind.PICKUP_REMINDER, {"order_id": order_id}, customer_id=customer_id, now=now)


def queue_opening_near(*, offer_id: int, customer_id: int, now: datetime) -> SentMail:
    """An offer opens in a moment, and the customer asked to be told."""
    return _queue(MailKind.OPENING_NEAR, {"offer_id": offer_id}, customer_id=customer_id, now=now)


def queue_change_answered(*, asked_id: int, order_id: int, customer_id: int, now: datetime) -> SentMail:
    """The team answered a change that was asked for while the order was packed."""
    data = {"order_id": order_id, "asked_id": asked_id}
    return _queue(MailKind.CHANGE_ANSWERED, data, customer_id=customer_id, now=now)


def queue_bottles_back(*, customer_id: int, sku_ids: Sequence[int], now: datetime) -> SentMail:
    """Bottles that the customer asked to be told of are free again."""
    return _queue(MailKind.BOTTLES_BACK, {"sku_ids": list(sku_ids)}, customer_id=customer_id, now=now)


def queue_wish_made(*, wish_id: int, customer_id: int, now: datetime) -> SentMail:
    """A wish was received."""
    return _queue(MailKind.WISH_MADE, {"wish_id": wish_id}, customer_id=customer_id, now=now)


def queue_wish_asked(*, wish_id: int, customer_id: int, now: datetime) -> SentMail | None:
    """The team is told of a wish, where the winery has switched that on."""
    winery = current_winery()
    if not winery.wish_mails or not winery.support_email:
        return None
    return _queue(MailKind.WISH_ASKED, {"wish_id": wish_id}, to=winery.support_email, now=now)


def queue_policy_told(*, policy_id: int, now: datetime) -> SentMail | None:
    """The team is told that a policy has run, or that it needs somebody."""
    winery = current_winery()
    if not winery.support_email:
        return None
    return _queue(MailKind.POLICY_TOLD, {"policy_id": policy_id}, to=winery.support_email, now=now)


def queue_wish_declined(*, wish_id: int, customer_id: int, now: datetime) -> SentMail:
    """A wish was declined, with the reason kept with it."""
    return _queue(MailKind.WISH_DECLINED, {"wish_id": wish_id}, customer_id=customer_id, now=now)


def queue_wishes_granted(
    *, order_id: int, customer_id: int, line_ids: Sequence[int], now: datetime
) -> SentMail:
    """Wishes were granted, and are on the order and paid: one mail for all of them."""
    data = {"order_id": order_id, "line_ids": list(line_ids)}
    return _queue(MailKind.WISHES_GRANTED, data, customer_id=customer_id, now=now)


def queue_bottles_given(*, gift_id: int, customer_id: int, words: str, now: datetime) -> SentMail:
    """A customer may take more of a wine than before; ``words`` are the team's, and may be empty."""
    data = {"gift_id": gift_id, "words": words}
    return _queue(MailKind.BOTTLES_GIVEN, data, customer_id=customer_id, now=now)


def queue_set_aside(*, cart_id: int, customer_id: int, now: datetime) -> SentMail:
    """Bottles are set aside for a customer, to be bought until a time."""
    return _queue(MailKind.SET_ASIDE, {"cart_id": cart_id}, customer_id=customer_id, now=now)


def queue_set_aside_ending(*, cart_id: int, customer_id: int, now: datetime) -> SentMail:
    """The time of bottles set aside is over soon."""
    return _queue(MailKind.SET_ASIDE_ENDING, {"cart_id": cart_id}, customer_id=customer_id, now=now)


def queue_set_aside_ended(
    *, cart_id: int, customer_id: int, how: str, actor: Actor, now: datetime
) -> SentMail | None:
    """Bottles aren't set aside any more; who let them go knows that; a standing order has words of its own."""
    if how == "let_go" or StandingLine.objects.filter(cart=cart_id).exists():
        return None
    if Cart.objects.filter(pk=cart_id, is_split=True).exists():
        # There is no wish that stays open; two reminders named the day.
        return None
    lines = GrantLine.objects.filter(cart=cart_id, outcome=GrantOutcome.OFFERED.value)
    if not lines.exists():
        # Set aside by the team, without a wish that stays open.
        return None
    wines = [
        list(one) for one in lines.order_by("turn").values_list("wish__offer_item_id", "given", "price_minor")
    ]
    return _queue(
        MailKind.SET_ASIDE_ENDED,
        {"cart_id": cart_id, "how": how, "wines": wines},
        customer_id=customer_id,
        now=now,
    )


def queue_standing_coming(*, line_id: int, customer_id: int, now: datetime) -> SentMail:
    """What a standing order comes to in a release, with the way to change it."""
    return _queue(MailKind.STANDING_COMING, {"line_id": line_id}, customer_id=customer_id, now=now)


def queue_standing_in_the_way(*, line_id: int, customer_id: int, now: datetime) -> SentMail:
    """Why a standing order can't be placed as it is, and what the customer can do about it."""
    return _queue(MailKind.STANDING_IN_THE_WAY, {"line_id": line_id}, customer_id=customer_id, now=now)


def queue_club_joined(*, member_id: int, customer_id: int, now: datetime) -> SentMail:
    """Somebody has joined a club: the words that were agreed to."""
    return _queue(MailKind.CLUB_JOINED, {"member_id": member_id}, customer_id=customer_id, now=now)


def queue_club_paused(*, member_id: int, customer_id: int, now: datetime) -> SentMail:
    """A membership is paused."""
    return _queue(MailKind.CLUB_PAUSED, {"member_id": member_id}, customer_id=customer_id, now=now)


def queue_club_resumed(*, member_id: int, customer_id: int, now: datetime) -> SentMail:
    """A membership goes on."""
    return _queue(MailKind.CLUB_RESUMED, {"member_id": member_id}, customer_id=customer_id, now=now)


def queue_club_left(*, member_id: int, customer_id: int, now: datetime) -> SentMail:
    """Somebody has left a club."""
    return _queue(MailKind.CLUB_LEFT, {"member_id": member_id}, customer_id=customer_id, now=now)


def queue_club_refused(*, club_id: int, customer_id: int, why: str, now: datetime) -> SentMail:
    """A joining fee could not be charged, and the customer wasn't there to see it."""
    return _queue(MailKind.CLUB_REFUSED, {"club_id": club_id, "why": why}, customer_id=customer_id, now=now)


def queue_club_fee_back(
    *, member_id: int, customer_id: int, amount_minor: int, currency: str, reason: str, now: datetime
) -> SentMail:
    """A joining fee goes back."""
    data = {
        "member_id": member_id,
        "amount_minor": amount_minor,
        "currency": currency,
        "reason": reason,
    }
    return _queue(MailKind.CLUB_FEE_BACK, data, customer_id=customer_id, now=now)


def queue_club_card(*, member_id: int, customer_id: int, now: datetime) -> SentMail:
    """The card of a membership is missing, has expired or will soon."""
    return _queue(MailKind.CLUB_CARD, {"member_id": member_id}, customer_id=customer_id, now=now)


def queue_settlement_asked(*, settlement_id: int, now: datetime) -> SentMail:
    """Wine that was bought en primeur is there: the customer says where it goes."""
    return _queue_settlement(MailKind.SETTLEMENT_ASKED, settlement_id, now)


def queue_settlement_reminded(*, settlement_id: int, now: datetime) -> SentMail:
    """The same once more, before the last day."""
    return _queue_settlement(MailKind.SETTLEMENT_REMINDED, settlement_id, now)


def _queue_settlement(kind: MailKind, settlement_id: int, now: datetime) -> SentMail:
    customer_id = Settlement.objects.values_list("order__customer", flat=True).get(pk=settlement_id)
    return _queue(kind, {"settlement_id": settlement_id}, customer_id=customer_id, now=now)


def queue_early_aside(*, cart_id: int, customer_id: int, now: datetime) -> SentMail:
    """Wine en primeur is set aside for a customer, who is asked to agree to its terms."""
    return _queue(MailKind.EARLY_ASIDE, {"cart_id": cart_id}, customer_id=customer_id, now=now)


def queue_transfer_offered(*, transfer_id: int, now: datetime) -> None:
    """Somebody offers wine en primeur to a customer; who isn't one yet has the link from who offers it."""
    email = Transfer.objects.values_list("to_email", flat=True).get(pk=transfer_id)
    for customer_id in Customer.objects.filter(email=email).values_list("pk", flat=True):
        _queue(MailKind.TRANSFER_OFFERED, {"transfer_id": transfer_id}, customer_id=customer_id, now=now)


def queue_transfer_told(*, transfer_id: int, now: datetime) -> None:
    """What became of such an offer, to both."""
    one = Transfer.objects.select_related("order").get(pk=transfer_id)
    for customer_id in (one.order.customer_id, one.receiver_id):
        if customer_id:
            _queue(MailKind.TRANSFER_TOLD, {"transfer_id": transfer_id}, customer_id=customer_id, now=now)


def queue_cut_done(*, line_id: int, customer_id: int, now: datetime) -> SentMail:
    """Wine that was bought en primeur won't be there: what goes, and what becomes of its money."""
    return _queue(MailKind.CUT_DONE, {"line_id": line_id}, customer_id=customer_id, now=now)


def queue_cut_proposed(*, line_id: int, customer_id: int, now: datetime) -> SentMail:
    """The same, where another wine is held instead until the customer has answered."""
    return _queue(MailKind.CUT_PROPOSED, {"line_id": line_id}, customer_id=customer_id, now=now)


def queue_instalment_coming(*, instalment_id: int, customer_id: int, now: datetime) -> SentMail:
    """An instalment of wine en primeur is charged in a week."""
    return _queue(
        MailKind.INSTALMENT_COMING, {"instalment_id": instalment_id}, customer_id=customer_id, now=now
    )


def queue_card_ending(*, card_id: int, customer_id: int, now: datetime) -> SentMail:
    """A card won't do any more when a later part of wine en primeur is charged to it."""
    return _queue(MailKind.CARD_ENDING, {"card_id": card_id}, customer_id=customer_id, now=now)


def queue_in_arrears(
    *, arrears_id: int, pay_link_id: int | None, customer_id: int, now: datetime
) -> SentMail:
    """Money of an order en primeur didn't come; until when it may still be paid."""
    data = {"arrears_id": arrears_id, "pay_link_id": pay_link_id}
    return _queue(MailKind.IN_ARREARS, data, customer_id=customer_id, now=now)


def queue_storage_charged(
    *,
    order_id: int,
    customer_id: int,
    until: str,
    total_minor: int,
    credit_minor: int,
    at: str,
    now: datetime,
) -> SentMail:
    """Months of storage that are over were charged; ``until`` is their last day, ``at`` when it was done."""
    data = {
        "order_id": order_id,
        "until": until,
        "total_minor": total_minor,
        "credit_minor": credit_minor,
        "at": at,
    }
    return _queue(MailKind.STORAGE_CHARGED, data, customer_id=customer_id, now=now)


def queue_offer_invitation(*, offer_id: int, customer_id: int, now: datetime) -> SentMail:
    """An offer opens; the link that signs the customer in is made when the mail is sent."""
    return _queue(MailKind.OFFER_INVITATION, {"offer_id": offer_id}, customer_id=customer_id, now=now)


def queue_wave_told(
    *,
    what: str,
    release: str,
    reference: str,
    groups: Sequence[str],
    moment: datetime,
    rows: Sequence[Sequence[str]],
    totals: Sequence[Sequence[str]],
    now: datetime,
) -> SentMail | None:
    """The team is told that offers opened or closed, with the figures of now."""
    winery = current_winery()
    if not winery.support_email:
        return None
    kind = MailKind.WAVE_OPENED if what == "opened" else MailKind.WAVE_CLOSED
    data = {
        "release": release,
        "reference": reference,
        "groups": list(groups),
        "moment": moment.isoformat(),
        "rows": [list(row) for row in rows],
        "totals": [list(row) for row in totals],
    }
    return _queue(kind, data, to=winery.support_email, now=now)


def queue_notes_found(
    *, email: str, name: str, first: str, until: date, rows: Sequence[Sequence[str]], now: datetime
) -> SentMail:
    """Somebody of the team is told the notes of the week; ``rows`` are topics and sentences."""
    data = {"name": name, "first": first, "until": until.isoformat(), "rows": [list(row) for row in rows]}
    return _queue(MailKind.NOTES_FOUND, data, to=email, now=now)


def queue_staff_invitation(*, email: str, name: str, inviter: str, url: str, now: datetime) -> SentMail:
    """Somebody was invited to the team; ``url`` sets the first password."""
    data = {"name": name, "inviter": inviter, "url": url}
    return _queue(MailKind.STAFF_INVITATION, data, to=email, now=now)


def queue_staff_password(*, email: str, name: str, url: str, now: datetime) -> SentMail:
    """A member of the team asked for a new password."""
    return _queue(MailKind.STAFF_PASSWORD, {"name": name, "url": url}, to=email, now=now)


def _queue(
    kind: MailKind, data: dict[str, Any], *, to: str = "", customer_id: int | None = None, now: datetime
) -> SentMail:
    kept = sealed_data(data) if KINDS[kind].private else data
    mail = SentMail(kind=kind.value, to=to, customer_id=customer_id, data=kept, due_at=now)
    mail.save(force_insert=True)
    queue_job(_SEND, mail.pk, urgency=KINDS[kind].urgency)
    return mail


@transaction.atomic
def save_mail_text(
    *,
    kind: MailKind,
    subject: str,
    body: str,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> MailText:
    """The winery's own words for a mail. Records ``mail_text.saved`` with what changed.

    Of what was ``shown`` (``subject``, ``body``) only what differs from it is changed. Locks the winery, since there
    may be no row of the mail yet. Raises DomainError ``mail_text_invalid`` with the fields that are empty or use
    unknown placeholders, Overtaken.
    """
    stands = _locked_words(kind)
    settled = settle({"subject": subject, "body": body}, shown=shown, stands=stands)
    fields = {}
    for name, words in settled.items():
        if problem := _problem_with(kind, words):
            fields[name] = problem
    if fields:
        raise DomainError("mail_text_invalid", "These words can't be sent as they are.", fields)
    text, _ = MailText.objects.update_or_create(
        kind=kind.value, defaults={name: words.strip() for name, words in settled.items()}
    )
    changed = [name for name, words in settled.items() if not is_same(words, stands[name])]
    what = {"subject": "subject", "body": "words"}
    if changed:
        _record(kind, f"changed the {' and '.join(what[name] for name in changed)} of", actor, now)
    return text


def _locked_words(kind: MailKind) -> dict[str, Any]:
    """What stands, under the winery's lock."""
    lock_rows(Winery.objects.filter(id=1))
    words = words_of(kind)
    return {"subject": words.subject, "body": words.body}


@transaction.atomic
def restore_mail_text(
    *, kind: MailKind, shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> None:
    """Back to the built-in words. ``shown``: the words that the page showed. Locks the winery. Raises Overtaken where
    they are others by now. Records ``mail_text.saved`` when there were others.
    """
    stands = _locked_words(kind)
    if shown is not None:
        clashes = {
            name: Clash(shown[name], stands[name], None)
            for name in stands
            if not is_same(shown[name], stands[name])
        }
        if clashes:
            raise Overtaken(clashes, stands)
    removed, _ = MailText.objects.filter(kind=kind.value).delete()
    if removed:
        _record(kind, "went back to the built-in words of", actor, now)


def _record(kind: MailKind, did: str, actor: Actor, now: datetime) -> None:
    record_event(
        EventName.MAIL_TEXT_SAVED,
        "mail_text",
        0,
        text=f"{did} the mail “{KINDS[kind].said}”",
        data={"kind": kind.value},
        actor=actor,
        now=now,
    )


def _problem_with(kind: MailKind, words: str) -> str:
    if not words.strip():
        return "Write something here."
    try:
        check_words(words, list(KINDS[kind].placeholders))
    except UnknownPlaceholders as unknown:
        return f"This mail doesn't know {say_names(unknown.names)}. The list beside shows what it knows."
    return ""
