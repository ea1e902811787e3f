"""What the mails about wishes say: what was wished and what it may cost, what was granted and charged, what is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from tirage.checkout.models import Cart
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.customers.sign_in import make_campaign_link
from tirage.notifications.change_content import say_change_money
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, order_of, order_values, public_url
from tirage.notifications.wording import Say
from tirage.offers.models import OfferItem
from tirage.offers.states import WishKind
from tirage.payments.models import Payment
from tirage.payments.states import PaymentState
from tirage.wishes.models import GrantLine, Policy, Wish
from tirage.wishes.policies import say as say_policy
from tirage.wishes.queries import what_lacks, wish_price
from tirage.wishes.reallocation.models import Gift
from tirage.wishes.states import GrantOutcome, PolicyState, WishState
from tirage.wishes.wording import lacks_words, next_words, price_words


def _granted(mail: SentMail, winery: Winery) -> Values:
    order, said = order_of(mail), Say(winery)
    lines = list(
        GrantLine.objects.filter(pk__in=mail.data.get("line_ids", []), outcome=GrantOutcome.GRANTED.value)
        .select_related("wish__offer_item__sku", "draft")
        .order_by("turn")
    )
    if not lines:
        raise NothingToSay("Nothing of it was granted after all.")
    return order_values(order, winery) | {
        "granted.wines": Rows([_row(line, order.currency, said) for line in lines]),
        "granted.money": _money(lines, said),
        "granted.rest": _rest(lines, said),
    }


def _row(line: GrantLine, currency: str, said: Say) -> tuple[str, str]:
    sku = line.wish.offer_item.sku
    amount = Money(line.price_minor * line.given, currency)
    return f"{line.given} × {sku.name}, {sku.format_name}", said.money(amount)


def _money(lines: Sequence[GrantLine], said: Say) -> str:
    """What the grant took, with delivery and tax; empty when there was nothing to take."""
    line = lines[0]
    if line.order_id is None:
        return ""
    purpose = line.draft.reference if line.draft else ""
    paid = Payment.objects.select_related("payment_method").filter(
        order_id=line.order_id, purpose=purpose, state=PaymentState.SETTLED.value
    )
    payment = paid.order_by("-id").first()
    return f"{say_change_money(payment, said)} Delivery and tax are in it." if payment else ""


def _rest(lines: Sequence[GrantLine], said: Say) -> str:
    open_ = sum(line.wish.left for line in lines if line.wish.state == WishState.OPEN)
    if not open_:
        return ""
    verb = "stays" if open_ == 1 else "stay"
    return f"{said.bottles(open_)} of your wishes {verb} open: we write again, should more be left."


def _wish_of(mail: SentMail) -> Wish:
    wishes = Wish.objects.select_related("customer", "offer_item__sku", "offer_item__offer__release")
    wish = wishes.filter(pk=mail.data.get("wish_id")).first()
    if wish is None:
        raise NothingToSay("The wish is gone.")
    return wish


def _of_wish(wish: Wish, winery: Winery) -> Values:
    sku = wish.offer_item.sku
    price = wish_price(wish, winery.currency)
    is_promise = wish.kind == WishKind.PROMISE
    return {
        "wish.wine": f"{sku.name}, {sku.format_name}",
        "wish.quantity": Say(winery).bottles(wish.asked),
        "wish.release": wish.offer_item.offer.release.name,
        "wish.price": price_words(price, wish.asked, winery.locale, is_promise=is_promise),
    }


def _asked(mail: SentMail, winery: Winery) -> Values:
    wish = _wish_of(mail)
    if wish.state != WishState.OPEN:
        raise NothingToSay("The wish is answered, or withdrawn.")
    page, said, price = (
        public_url("backoffice:wish", wish.reference),
        Say(winery),
        wish_price(wish, winery.currency),
    )
    return _of_wish(wish, winery) | {
        "wish.customer": wish.customer.name,
        "wish.price": f"{said.money(price)} each, {said.money(price * wish.asked)} in all, before tax and delivery.",
        "wish.grant_link": Link(f"{page}#grant", "Grant it"),
        "wish.decline_link": Link(f"{page}#decline", "Decline it"),
        "wish.link": Link(page, "See the wish"),
    }


def _made(mail: SentMail, winery: Winery) -> Values:
    wish, said = _wish_of(mail), Say(winery)
    if wish.state != WishState.OPEN:
        raise NothingToSay("The wish is answered, or withdrawn.")
    offer, is_promise = wish.offer_item.offer, wish.kind == WishKind.PROMISE
    decided_on = offer.release.wishes_decided_on
    when = (
        f"on {said.date(decided_on)}"
        if decided_on
        else f"after the offer closes, {said.moment(offer.closes_at)}"
    )
    lacks = what_lacks(wish.customer_id, mail.due_at) if is_promise else None
    return _of_wish(wish, winery) | {
        "wish.next": next_words(is_promise=is_promise),
        "wish.decision": f"We decide {when}.",
        "wish.rule": offer.release.wish_rule,
        "wish.lacks": lacks_words(card=lacks.card, address=lacks.address) if lacks else "",
        "wishes.link": _wishes_link("See or change your wishes"),
    }


def _declined(mail: SentMail, winery: Winery) -> Values:
    wish = _wish_of(mail)
    stays = "stays" if wish.granted == 1 else "stay"
    had = (
        f"What was granted of it before, {Say(winery).bottles(wish.granted)}, {stays} yours."
        if wish.granted
        else ""
    )
    return _of_wish(wish, winery) | {
        "wish.reason": wish.reason,
        "wish.before": had,
        "wishes.link": _wishes_link("See your wishes"),
    }


def _wishes_link(words: str) -> Link:
    return Link(public_url("storefront:wishes"), words)


def _set_aside(mail: SentMail, winery: Winery) -> Values:
    """What is set aside in a cart; nothing is left to say once it was bought, let go, or its time is over."""
    cart = Cart.objects.filter(pk=mail.data.get("cart_id")).first()
    lines = list(cart.lines.select_related("offer_item__sku").order_by("id")) if cart else []
    if cart is None or mail.customer is None or cart.kept_until is None or not lines:
        raise NothingToSay("They aren't set aside any more.")
    if cart.kept_until <= mail.due_at:
        raise NothingToSay("The time for which they were set aside is over.")
    said = Say(winery)
    wines = [
        (line.offer_item, line.kept, Money((line.price_minor or 0) * line.kept, winery.currency))
        for line in lines
    ]
    return {
        "kept.wines": _rows([(item, pieces, said.money(amount)) for item, pieces, amount in wines]),
        "kept.bottles": said.bottles(sum(item.sku.units * pieces for item, pieces, _ in wines)),
        "kept.until": said.moment(cart.kept_until),
        "kept.link": Link(_kept_link(cart, mail.customer, mail.due_at), "See your bottles"),
    }


def _kept_link(cart: Cart, customer: Customer, now: datetime) -> str:
    """Signs the customer in; good for as long as the bottles are kept, and a day."""
    days = math.ceil((cart.kept_until - now) / timedelta(days=1)) + 1 if cart.kept_until else 1
    return make_campaign_link(customer, reverse("storefront:set_aside", args=[cart.reference]), days, now=now)


def _set_aside_ended(mail: SentMail, winery: Winery) -> Values:
    kept = {int(item): (int(pieces), int(price)) for item, pieces, price in mail.data.get("wines", [])}
    items = list(
        OfferItem.objects.filter(pk__in=kept).select_related("sku", "offer__release").order_by("position")
    )
    if not items:
        raise NothingToSay("The wines are gone.")
    over = mail.data.get("how") == "time_over"
    return {
        "kept.wines": _rows([(item, *_worth(*kept[item.pk], winery)) for item in items]),
        "kept.release": items[0].offer.release.name,
        "kept.why": _TIME_OVER if over else _TAKEN_BACK,
        "wishes.link": _wishes_link("See your wishes"),
    }


def _worth(pieces: int, price_minor: int, winery: Winery) -> tuple[int, str]:
    return pieces, Say(winery).money(Money(price_minor * pieces, winery.currency))


_TIME_OVER = "The time for which these bottles were set aside for you is over, and others may have them now."
_TAKEN_BACK = (
    "We are sorry: we had to take back these bottles, which we had set aside for you. If that comes as a surprise, "
    "answer this mail."
)


def _rows(wines: Sequence[tuple[OfferItem, int, str]]) -> Rows:
    return Rows(
        [(f"{pieces} × {item.sku.name}, {item.sku.format_name}", amount) for item, pieces, amount in wines]
    )


def _policy(mail: SentMail, winery: Winery) -> Values:
    found = (
        Policy.objects.select_related("release", "offer__group").filter(pk=mail.data.get("policy_id")).first()
    )
    if found is None:
        raise NothingToSay("The policy is gone.")
    if found.state not in (PolicyState.ASKING, PolicyState.FINISHED):
        raise NothingToSay("Somebody has looked at it already.")
    is_over = found.state == PolicyState.FINISHED
    steps = [(str(step.position), step.result) for step in found.steps.order_by("position") if step.result]
    return {
        "policy.release": found.release.name,
        "policy.news": "What is left was given as you wrote." if is_over else "A policy needs somebody.",
        "policy.needs": found.needs,
        "policy.sentence": say_policy(found),
        "policy.steps": Rows(steps, []) if steps else "",
        "policy.link": Link(public_url("backoffice:policy", found.reference), "Look at it"),
    }


def _given(mail: SentMail, winery: Winery) -> Values:
    """What a customer may take more of; nothing once it was taken back or the offer is over."""
    gift = (
        Gift.objects.filter(pk=mail.data.get("gift_id"), taken_back_at=None)
        .select_related("offer_item__sku", "offer_item__offer", "customer")
        .first()
    )
    if gift is None or gift.offer_item.offer.closes_at <= mail.due_at:
        raise NothingToSay("It was taken back, or the offer is over.")
    offer, sku = gift.offer_item.offer, gift.offer_item.sku
    days = math.ceil((offer.closes_at - mail.due_at) / timedelta(days=1)) + 1
    link = make_campaign_link(gift.customer, reverse("storefront:offer"), days, now=mail.due_at)
    return {
        "gift.wine": f"{sku.name}, {sku.format_name}",
        "gift.pieces": str(gift.pieces),
        "gift.words": str(mail.data.get("words", "")),
        "gift.until": Say(winery).moment(offer.closes_at),
        "gift.link": Link(link, "See your wines"),
    }


WISH_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.WISH_MADE: _made,
    MailKind.WISH_DECLINED: _declined,
    MailKind.BOTTLES_GIVEN: _given,
    MailKind.EARLY_ASIDE: _set_aside,
    MailKind.SET_ASIDE: _set_aside,
    MailKind.SET_ASIDE_ENDING: _set_aside,
    MailKind.SET_ASIDE_ENDED: _set_aside_ended,
    MailKind.WISHES_GRANTED: _granted,
    MailKind.WISH_ASKED: _asked,
    MailKind.POLICY_TOLD: _policy,
}
