"""A customer's agreement and what becomes of it: made, changed, paused, gone on with, ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from tirage.checkout.operations.setting_aside import take_set_aside_back
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.runs import in_the_name_of
from tirage.core.texts import fitting
from tirage.core.winery import current_winery
from tirage.customers.models import Address, Customer
from tirage.customers.operations import confirm_adult_now
from tirage.customers.operations.one_address import became_of
from tirage.payments.models import PaymentMethod
from tirage.standing.models import StandingAgreement, StandingLine, StandingOrder
from tirage.standing.rules import MOST_CAP, agreed_words
from tirage.standing.states import LIVE, Amount, Outcome, StandingState
from tirage.standing.terms import current_terms

_LIVE = [state.value for state in LIVE]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is agreed to: how much, whither and from which card; empty references are the customer's first of each."""

    amount: Amount
    cap: int | None = None
    address_reference: str = ""
    card_reference: str = ""


def words_for(amount: Amount, cap: int | None = None) -> str:
    """The words as they stand beside the button."""
    terms = current_terms()
    winery = current_winery().name
    return agreed_words(terms.words, amount=amount, cap=cap, winery=winery, days=terms.told_days)


def agree(
    *,
    customer: Customer,
    wanted: Wanted,
    version: int,
    adult_confirmed: bool = False,
    birth_date: date | None = None,
    said: str = "",
    by_club: bool = False,
    actor: Actor,
    now: datetime,
) -> StandingOrder:
    """The customer's agreement, or another one than before: its words are kept with it. A live one goes on, changed.

    ``version`` is that of the words that were shown; ``by_club``: a club has it, whether it is offered to everybody or
    not; ``said`` how a customer told staff, who note it. Wanting the same again changes nothing. Locks the standing
    order, then the customer where an age is confirmed. Records ``standing.agreed``. Raises DomainError ``not_offered``,
    ``suspended``, ``cap_invalid``, ``address_missing``, ``card_missing``, ``adult_missing``, ``too_young``,
    ``said_missing``, Conflict ``words_changed``.
    """
    terms = current_terms()
    if not terms.is_offered and actor.is_customer and not by_club:
        raise DomainError("not_offered", "Standing orders aren't offered at the moment.")
    if not customer.is_active:
        raise DomainError("suspended", "The account is closed at the moment.")
    if version != terms.version:
        raise Conflict("words_changed", "The words have changed since this page was opened. Read them again.")
    said = fitting(said, 200, "said")
    if not actor.is_customer and not said:
        raise DomainError(
            "said_missing", "Write how the customer agreed.", {"said": "When, and by which way?"}
        )
    cap = _checked_cap(wanted)
    address, card = own_address(customer, wanted), own_card(customer, wanted)
    try:
        with transaction.atomic():
            standing = lock_row(StandingOrder.objects.filter(customer=customer, state__in=_LIVE))
            confirm_age(customer, address, adult_confirmed, birth_date, actor, now)
            facts = {"amount": wanted.amount.value, "cap": cap, "address": address, "card": card}
            if standing is None:
                standing = StandingOrder.objects.create(
                    customer=customer, agreed_at=now, changed_at=now, **facts
                )
            elif all(getattr(standing, name) == value for name, value in facts.items()):
                return standing
            else:
                for name, value in facts.items():
                    setattr(standing, name, value)
                standing.agreed_at = standing.changed_at = now
                standing.save()
            _keep_words(standing, terms.version, said, actor, now)
    except IntegrityError:
        # Another window was a moment faster.
        return StandingOrder.objects.get(customer=customer, state__in=_LIVE)
    return standing


def _keep_words(standing: StandingOrder, version: int, said: str, actor: Actor, now: datetime) -> None:
    words = words_for(Amount(standing.amount), standing.cap)
    StandingAgreement.objects.create(
        standing=standing, version=version, words=words, at=now, said=said, **in_the_name_of(actor)
    )
    text = "agreed to a standing order" if actor.is_customer else "noted that {} agreed to a standing order"
    _record(EventName.STANDING_AGREED, standing, text, actor, now, {"version": version, "said": said})


def _checked_cap(wanted: Wanted) -> int | None:
    if wanted.amount is not Amount.CAPPED:
        return None
    if wanted.cap is None or not 1 <= wanted.cap <= MOST_CAP:
        words = f"Write how many bottles at most, from 1 to {MOST_CAP}."
        raise DomainError("cap_invalid", words, {"cap": words})
    return wanted.cap


def own_address(customer: Customer, wanted: Wanted) -> Address | None:
    """The address that is named, of the customer's; None for their first. Raises DomainError ``address_missing``."""
    own = Address.objects.filter(customer=customer, removed_at__isnull=True)
    if not wanted.address_reference:
        if not own.exists():
            raise DomainError(
                "address_missing", "Save an address first.", {"address": "Save an address first."}
            )
        return None
    found = own.filter(reference=wanted.address_reference).first()
    if found is None:
        found = own.filter(reference=became_of(customer.pk, wanted.address_reference)).first()
    if found is None:
        words = "This address is no longer saved. Choose another."
        raise DomainError("address_missing", words, {"address": words})
    return found


def own_card(customer: Customer, wanted: Wanted) -> PaymentMethod | None:
    """The card that is named, of the customer's own; None for their first. Raises DomainError ``card_missing``."""
    own = PaymentMethod.objects.filter(
        customer=customer, kept=True, removed_at__isnull=True, gateway=settings.TIRAGE_GATEWAY
    )
    if not wanted.card_reference:
        if not own.exists():
            raise DomainError("card_missing", "Save a card first.", {"card": "Save a card first."})
        return None
    found = own.filter(reference=wanted.card_reference).first()
    if found is None:
        words = "This card is no longer saved. Choose another."
        raise DomainError("card_missing", words, {"card": words})
    return found


def confirm_age(
    customer: Customer,
    address: Address | None,
    confirmed: bool,
    born: date | None,
    actor: Actor,
    now: datetime,
) -> None:
    """As at the checkout: wine is sold to adults."""
    if customer.adult_confirmed_at is not None and born is None:
        return
    if not confirmed:
        words = "Please confirm that you are old enough to buy wine."
        raise DomainError("adult_missing", words, {"adult": words})
    place = (address.country, address.state) if address else ("", "")
    confirm_adult_now(
        customer=customer, birth_date=born, country=place[0], state=place[1], actor=actor, now=now
    )


def pause(*, customer: Customer, reason: str = "", actor: Actor, now: datetime) -> StandingOrder:
    """Nothing more is ordered until it goes on; bottles that are set aside are free again.

    Locks the standing order, then carts and stock. Records ``standing.paused``. Raises DomainError ``no_standing``,
    Conflict ``checkout_under_way``.
    """
    return _stop(customer, StandingState.PAUSED, reason, actor, now)


def end(*, customer: Customer, reason: str = "", actor: Actor, now: datetime) -> StandingOrder:
    """The customer takes the agreement back; as ``pause``, but for good. Records ``standing.ended``.

    What is ordered already stays ordered.
    """
    return _stop(customer, StandingState.ENDED, reason, actor, now)


def _stop(customer: Customer, to: StandingState, reason: str, actor: Actor, now: datetime) -> StandingOrder:
    reason = fitting(reason, 200, "reason")
    with transaction.atomic():
        standing = locked_standing(customer)
        if standing.state == to:
            return standing
        give_back_aside(standing, actor, now)
        standing.state, standing.changed_at, standing.reason = to.value, now, reason
        standing.ended_at = now if to is StandingState.ENDED else None
        standing.save()
        did, name = {
            StandingState.PAUSED: ("paused", EventName.STANDING_PAUSED),
            StandingState.ENDED: ("ended", EventName.STANDING_ENDED),
        }[to]
        words = f"{did} {'the' if actor.is_customer else '{}’s'} standing order"
        _record(name, standing, f"{words} ({reason})" if reason else words, actor, now)
    return standing


def resume(*, customer: Customer, actor: Actor, now: datetime) -> StandingOrder:
    """Goes on with one that is paused. Locks it. Records ``standing.resumed``. Raises DomainError ``no_standing``."""
    with transaction.atomic():
        standing = locked_standing(customer)
        if standing.state == StandingState.ACTIVE:
            return standing
        standing.state, standing.changed_at, standing.reason = StandingState.ACTIVE.value, now, ""
        standing.save()
        words = f"went on with {'the' if actor.is_customer else '{}’s'} standing order"
        _record(EventName.STANDING_RESUMED, standing, words, actor, now)
    return standing


_KEPT = ("amount", "cap", "address_id", "card_id", "state", "reason")


def facts_of(standing: StandingOrder | None) -> dict[str, object] | None:
    """What ``put_back`` gives back: how much, whither, from which card, and its state. Goes as JSON."""
    if standing is None:
        return None
    return {"id": standing.pk, **{name: getattr(standing, name) for name in _KEPT}}


def put_back(*, standing: StandingOrder, facts: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Makes a standing order what it was (``facts_of``), because what was done to it since was a slip.

    Inside the caller's transaction, with the standing order locked; what is set aside while it isn't active any more is
    free again. What was agreed to meanwhile stays on file. Records ``standing.put_back``.
    """
    if facts["state"] != StandingState.ACTIVE:
        give_back_aside(standing, actor, now)
    for name in _KEPT:
        setattr(standing, name, facts[name])
    standing.ended_at = None if facts["state"] in _LIVE else now
    standing.changed_at = now
    standing.save()
    _record(EventName.STANDING_PUT_BACK, standing, "made {}’s standing order what it was", actor, now)


def locked_standing(customer: Customer) -> StandingOrder:
    """The customer's live standing order, locked; DomainError ``no_standing``."""
    standing = lock_row(StandingOrder.objects.filter(customer=customer, state__in=_LIVE))
    if standing is None:
        raise DomainError("no_standing", "There is no standing order (any more).")
    return standing


def give_back_aside(standing: StandingOrder, actor: Actor, now: datetime) -> None:
    """What a run holds for the customer and hasn't ordered is anybody's again, with the standing order locked."""
    for line in StandingLine.objects.filter(standing=standing, outcome=Outcome.ASIDE.value):
        if line.cart_id is not None:
            take_set_aside_back(cart_id=line.cart_id, actor=actor, now=now)
        StandingLine.objects.filter(
            pk=line.pk, outcome__in=[Outcome.ASIDE.value, Outcome.RETURNED.value]
        ).update(outcome=Outcome.WAITING.value, cart=None, reason="")


def _record(
    name: EventName,
    standing: StandingOrder,
    text: str,
    actor: Actor,
    now: datetime,
    data: dict[str, object] | None = None,
) -> None:
    record_event(
        name,
        "standing",
        standing.pk,
        text=text.format(standing.customer.name) if "{}" in text else text,
        data={"reference": standing.reference, **(data or {})},
        customer_id=standing.customer_id,
        actor=actor,
        now=now,
    )
