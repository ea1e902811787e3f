"""Putting a change together: differences and held bottles, no money yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from tirage.catalog.models import Sku
from tirage.changes.facts import own_offer
from tirage.changes.models import ChangeDraft, ChangeDraftCharge
from tirage.changes.operations.pieces import (
    Differences,
    add_wines,
    differences_of,
    present_of,
    set_pieces,
    write_pieces,
)
from tirage.changes.operations.steps import (
    PAY_LINK,
    adds_bottles,
    adds_pieces,
    advance_draft,
    end_draft,
    hold_added,
    life_of,
    lock_allowance,
    lock_draft,
    lock_order,
    net_pieces,
    open_payments,
    refuse_at_bank,
    refuse_closed,
    refuse_customer,
    refuse_edited,
    refuse_stranger,
    refuse_unchangeable,
    stop_asking,
)
from tirage.changes.pricing import order_ship_to
from tirage.changes.queries import find_draft, quote_draft
from tirage.changes.rules import KEEP, AddWine, Keep, StaffCharge, line_key
from tirage.changes.states import LIVE, DraftState, Maker, Rates
from tirage.checkout.gone import say_gone_address
from tirage.core.actors import Actor, ActorKind, system
from tirage.core.errors import DomainError, NotAllowed
from tirage.core.texts import fitting
from tirage.core.turns import take_turns
from tirage.core.winery import local_time
from tirage.customers.models import Address
from tirage.customers.operations.addresses import accepted_address
from tirage.customers.operations.one_address import became_of
from tirage.delivery.models import Method
from tirage.delivery.states import Visibility
from tirage.orders.models import Order
from tirage.orders.rules import GIFT_NOTE_LENGTH, ShipTo
from tirage.orders.states import TAKEN, Channel, ChargeKind
from tirage.payments.operations import void_payment
from tirage.payments.states import PaymentState

#: A draft is kept so long after its bottles went back: its maker may take them again.
KEPT_AFTER = timedelta(hours=1)


def open_draft(*, order_reference: str, actor: Actor, now: datetime) -> ChangeDraft:
    """Finds the maker's live draft of an order, or starts one, with nothing in it and nothing held.

    What the program itself prepares is a draft of its own each time.

    Locks the order. Raises DomainError ``not_found``, ``not_changeable`` with the reason, and for customers
    ``switched_off``, ``window_over`` and ``suspended``.
    """
    with transaction.atomic():
        order = lock_order(order_reference)
        refuse_customer(order, actor, now)
        refuse_unchangeable(order)
        draft = None if actor.kind is ActorKind.SYSTEM else _live_of(order, actor)
        if draft is None:
            draft = _begin(order, actor, now)
            draft.save(force_insert=True)
        return draft


def begin_draft(*, order_reference: str, now: datetime, actor: Actor) -> ChangeDraft:
    """A draft of the program's own, not written yet, of an order that is locked to the end of the caller's transaction.

    Raises as ``open_draft``.
    """
    order = lock_order(order_reference)
    refuse_unchangeable(order)
    return _begin(order, actor, now)


def _live_of(order: Order, actor: Actor) -> ChangeDraft | None:
    drafts = ChangeDraft.objects.select_related("payment_method").filter(
        order_id=order.pk,
        maker=actor.kind.value,
        actor_id=actor.id,
        state__in=[state.value for state in LIVE],
    )
    draft = drafts.first()
    if draft:
        draft.order = order
    return draft


def _begin(order: Order, actor: Actor, now: datetime) -> ChangeDraft:
    draft = ChangeDraft(
        order=order,
        maker=actor.kind.value,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        base_number=order.changes.count(),
        made_at=now,
    )
    draft.expires_at = life_of(draft, now)
    return draft


def edit_draft(
    *,
    draft_reference: str,
    pieces: Mapping[str, int] | None = None,
    add: Sequence[AddWine] = (),
    ship_to: ShipTo | None = None,
    address_reference: str | None = None,
    sure: str | None = None,
    method_reference: str | None = None,
    requested_ship_on: date | Keep | None = KEEP,
    gift_note: str | None = None,
    channel: Channel | None = None,
    rates: Rates | None = None,
    add_charges: Sequence[StaffCharge] = (),
    drop_charges: Collection[int] = (),
    reason: str | None = None,
    override_reason: str | None = None,
    waives_fee: str | None = None,
    seen: int | None = None,
    actor: Actor,
    now: datetime,
) -> ChangeDraft:
    """Changes a draft and holds the bottles it adds, all of them or nothing; what isn't named stays.

    ``pieces`` are the desired pieces of lines by ``line_key``; ``add`` brings more of a wine. An empty
    ``address_reference`` or ``method_reference`` goes back to the order's own. Whoever edits has looked: the draft is
    based on the order's latest change afterwards, lapsed bottles are taken again, and a waiting draft is open again.
    ``channel`` says where staff's new order is taken: from afar or at the winery, which laws ask about.
    Bottles are held from the first one on: customers as long as in a cart, staff as the winery set.
    A person who types ``ship_to`` gives ``sure``, what they said of the doubt that they were shown (empty at first).
    ``waives_fee`` says why the team lets what the order's terms ask for a cancellation go.
    ``seen`` is the version that the page showed: what somebody else did to the draft since isn't overwritten.
    Locks order, draft, cart, stock. Raises DomainError ``not_enough`` (with a field per line), ``beyond_allowance``,
    ``offer_closed``, ``not_offered`` (customers only), ``not_found``, ``address_invalid``, AddressDoubtful,
    ``charge_invalid``, ``day_invalid``, NotAllowed, Conflict ``paying``, ``closed``, ``at_bank``,
    ``edited_meanwhile``; then nothing has changed.
    """
    with transaction.atomic():
        draft = lock_draft(draft_reference, actor)
        refuse_stranger(draft, actor)
        refuse_closed(draft)
        refuse_at_bank(draft)
        refuse_edited(draft, seen, actor)
        refuse_unchangeable(draft.order)
        refuse_customer(draft.order, actor, now)
        lock_allowance(draft, now)
        _refuse_staffs_choices(actor, rates, add_charges, drop_charges, override_reason or waives_fee, add)
        old = differences_of(draft)
        time_left = _time_left(draft, old, now)
        if pieces or add:
            _move_pieces(draft, old, pieces or {}, add, now)
        _set_place(draft, ship_to, address_reference, sure)
        _set_method(draft, method_reference, actor)
        _set_wishes(draft, requested_ship_on, gift_note, now)
        _set_channel(draft, channel)
        _set_charges(draft, add_charges, drop_charges)
        _set_words(draft, rates, reason, override_reason, waives_fee)
        _look_again(draft, time_left, actor, now)
        _hold(draft, now)
        if actor.is_customer and (pieces or add):
            _refuse_beyond(draft, now)
    return find_draft(draft_reference, actor)


def fill_draft(
    draft: ChangeDraft,
    *,
    add: Sequence[AddWine],
    charges: Callable[[Differences], Sequence[StaffCharge]],
    reason: str,
    override_reason: str,
    until: datetime,
    now: datetime,
) -> None:
    """Writes a draft that this transaction has begun (``begin_draft``), with wines, and holds its bottles until then.

    ``charges`` says which ones the differences ask for. Locks stock, after the cart that the caller has locked.
    Raises DomainError ``not_enough``, ``not_found``.
    """
    _set_words(draft, None, reason, override_reason)
    draft.expires_at = until
    draft.save(force_insert=True)
    _set_charges(draft, charges(_move_pieces(draft, {}, {}, add, now)), ())
    _hold(draft, now)


def _move_pieces(
    draft: ChangeDraft, old: Differences, pieces: Mapping[str, int], add: Sequence[AddWine], now: datetime
) -> Differences:
    page = own_offer(draft, now)
    offered = {item.sku_id: item for item in page.items} if page else {}
    present = present_of(draft.order_id)
    wanted = add_wines(present, set_pieces(present, old, pieces), add, offered)
    write_pieces(draft, old, wanted, offered)
    return wanted


def _refuse_staffs_choices(
    actor: Actor,
    rates: Rates | None,
    add_charges: Sequence[StaffCharge],
    drop_charges: Collection[int],
    override_reason: str | None,
    add: Sequence[AddWine],
) -> None:
    chosen = rates or add_charges or drop_charges or override_reason or any(wine.at_today for wine in add)
    if chosen and actor.is_customer:
        raise NotAllowed("Only the winery's team can do this. Write to us.")


def _time_left(draft: ChangeDraft, old: Differences, now: datetime) -> datetime | None:
    """The end of bottles that are held already: more of them don't prolong it. A pay link's time ends with the link."""
    runs = draft.expires_at > now and draft.waiting_code != PAY_LINK
    adds = adds_pieces((wine.sku_id, pieces) for wine, pieces in old.items())
    return draft.expires_at if runs and adds else None


def _set_channel(draft: ChangeDraft, channel: Channel | None) -> None:
    """Of an order that staff is putting together; with it locked."""
    if channel in TAKEN and draft.is_new_order:
        draft.order.channel = channel
        draft.order.save(update_fields=["channel"])


def _set_place(
    draft: ChangeDraft, ship_to: ShipTo | None, address_reference: str | None, sure: str | None
) -> None:
    if address_reference:
        ship_to = _saved(draft.order, address_reference)
    elif ship_to:
        stands = asdict(order_ship_to(draft.order))
        values = accepted_address(draft.order.customer, asdict(ship_to), sure=sure, stands=stands)
        ship_to = ShipTo(**{name: str(values.get(name) or "") for name in asdict(ship_to)})
    if address_reference == "" or (ship_to and ship_to == order_ship_to(draft.order)):
        draft.delivery.pop("ship_to", None)
    elif ship_to:
        draft.delivery["ship_to"] = asdict(ship_to)


def _saved(order: Order, address_reference: str) -> ShipTo:
    addresses = Address.objects.filter(customer_id=order.customer_id, removed_at__isnull=True)
    found = (
        addresses.filter(reference=address_reference).first()
        or addresses.filter(reference=became_of(order.customer_id, address_reference)).first()
    )
    if found is None:
        words = say_gone_address(order.customer_id, address_reference)
        raise DomainError("address_invalid", words, {"address": words})
    return ShipTo.of(found)


def _set_method(draft: ChangeDraft, method_reference: str | None, actor: Actor) -> None:
    if method_reference is None:
        return
    old = draft.order.method
    if not method_reference or (old and method_reference == old.reference):
        draft.delivery.pop("method", None)
        return
    methods = Method.objects.filter(reference=method_reference, is_active=True)
    if not actor.is_staff:
        of_groups = Q(
            visibility=Visibility.GROUPS.value, groups__memberships__customer=draft.order.customer_id
        )
        methods = methods.filter(Q(visibility=Visibility.ALL.value) | of_groups)
    if not methods.exists():
        words = "Choose another way of delivery."
        raise DomainError("not_found", words, {"method": words})
    draft.delivery["method"] = method_reference


def _set_wishes(
    draft: ChangeDraft, requested_ship_on: date | Keep | None, gift_note: str | None, now: datetime
) -> None:
    if not isinstance(requested_ship_on, Keep):
        if requested_ship_on and requested_ship_on < local_time(now).date():
            words = "Choose a day from today on."
            raise DomainError("day_invalid", words, {"requested_ship_on": words})
        _differ(draft, "requested_ship_on", requested_ship_on, draft.order.requested_ship_on)
    if gift_note is not None:
        _differ(draft, "gift_note", fitting(gift_note, GIFT_NOTE_LENGTH, "gift_note"), draft.order.gift_note)


def _differ(draft: ChangeDraft, name: str, wanted: date | str | None, present: date | str | None) -> None:
    """Keeps only what is another than on the order."""
    if wanted == present:
        draft.delivery.pop(name, None)
    else:
        draft.delivery[name] = wanted.isoformat() if isinstance(wanted, date) else wanted


def _set_charges(draft: ChangeDraft, added: Sequence[StaffCharge], dropped: Collection[int]) -> None:
    if dropped:
        draft.charges.filter(pk__in=dropped).delete()
    for charge in added:
        if words := _charge_problem(charge):
            raise DomainError("charge_invalid", next(iter(words.values())), words)
        ChangeDraftCharge.objects.create(
            draft=draft,
            kind=charge.kind,
            sku_id=charge.sku_id,
            amount_minor=charge.amount_minor,
            percent_bp=charge.percent_bp,
            reason=fitting(charge.reason, 160, "reason"),
        )


def _charge_problem(charge: StaffCharge) -> dict[str, str]:
    if charge.kind not in {kind.value for kind in ChargeKind} - {
        ChargeKind.WAIVED.value,
        ChargeKind.FEE.value,
    }:
        return {"kind": "Choose what to correct."}
    if not charge.reason.strip():
        return {"reason": "Say why; the customer reads it on the order."}
    if (charge.amount_minor is None) == (charge.percent_bp is None) or charge.amount_minor == 0:
        return {"amount": "Write an amount or a percentage."}
    if charge.percent_bp is not None and not 1 <= charge.percent_bp <= 10_000:
        return {"percent": "Between 0.01 and 100 percent."}
    if charge.percent_bp is not None and charge.kind != ChargeKind.DISCOUNT:
        return {"percent": "Only a discount can be a percentage."}
    if charge.sku_id is not None and charge.kind != ChargeKind.DISCOUNT:
        return {"sku": "Only a discount can be for one wine."}
    if charge.kind == ChargeKind.DISCOUNT and (charge.amount_minor or 0) > 0:
        return {"amount": "A discount takes something off: write it with a minus."}
    if charge.sku_id is not None and not Sku.objects.filter(pk=charge.sku_id).exists():
        return {"sku": "There is no such wine."}
    return {}


def _set_words(
    draft: ChangeDraft,
    rates: Rates | None,
    reason: str | None,
    override_reason: str | None,
    waives_fee: str | None = None,
) -> None:
    if rates:
        draft.rates = rates.value
    if reason is not None:
        draft.reason = fitting(reason, 300, "reason")
    if override_reason is not None and draft.maker != Maker.CUSTOMER:
        draft.override_reason = fitting(override_reason, 300, "override_reason")
    if waives_fee is not None and draft.maker != Maker.CUSTOMER:
        draft.waives_fee = fitting(waives_fee, 300, "waives_fee")


def _look_again(draft: ChangeDraft, time_left: datetime | None, actor: Actor, now: datetime) -> None:
    """The maker has seen the order as it is: the draft builds on that, and is open whatever it waited for."""
    if draft.state == DraftState.WAITING:
        stop_asking(draft, now)
        advance_draft(draft, DraftState.OPEN, waiting_code="", waiting_for="", confirmed_minor=None)
    draft.base_number = draft.order.changes.count()
    draft.expires_at = time_left if time_left and adds_bottles(draft) else life_of(draft, now)
    draft.version, draft.editor_id, draft.editor_label = draft.version + 1, actor.id, actor.label[:200]
    written = ["base_number", "expires_at", "delivery", "rates", "reason", "override_reason", "waives_fee"]
    draft.save(update_fields=[*written, "version", "editor_id", "editor_label"])


def _hold(draft: ChangeDraft, now: datetime) -> None:
    short = hold_added(draft, until=draft.expires_at, now=now)
    if not short:
        return
    names = dict(Sku.objects.filter(pk__in=short).values_list("pk", "name"))
    wanted = net_pieces(draft)
    lines = dict(draft.lines.filter(quantity__gt=0).values_list("sku_id", "unit_price_minor"))
    fields = {
        f"pieces-{line_key(sku_id, lines[sku_id])}": _short_words(names[sku_id], wanted[sku_id] - missing)
        for sku_id, missing in short.items()
    }
    raise DomainError("not_enough", " ".join(fields.values()), fields)


def _short_words(name: str, left: int) -> str:
    if not left:
        return f"{name}: no more are to be had right now."
    return f"{name}: only {left} more {'is' if left == 1 else 'are'} to be had."


def _refuse_beyond(draft: ChangeDraft, now: datetime) -> None:
    """Customers are told at once; what else stands against the change shows beside it."""
    for problem in quote_draft(draft, now).problems:
        if problem.code in ("beyond_allowance", "offer_closed", "not_offered"):
            raise DomainError(problem.code, problem.text, {problem.field: problem.text})


def drop_draft(*, draft_reference: str, actor: Actor, now: datetime) -> ChangeDraft:
    """Lets a draft, its bottles and its pay link go; staff may do so with anybody's. Letting go twice is once.

    A payment that waits for the customer at the bank is given up there, after the draft is gone; money that had moved
    already goes back. Talks to the gateway then; no transaction may be open. Locks order, draft, stock.
    Raises DomainError ``not_found``, NotAllowed, Conflict ``paying``, ``closed`` (it was applied).
    """
    with transaction.atomic():
        draft = lock_draft(draft_reference, actor)
        if not actor.is_staff:
            refuse_stranger(draft, actor)
        if draft.state != DraftState.DROPPED:
            refuse_closed(draft)
            end_draft(draft, DraftState.DROPPED, "let a change of the order go", actor, now)
        at_bank = open_payments(draft)
    for payment in at_bank:
        if payment.state == PaymentState.NEEDS_CUSTOMER:
            void_payment(payment_id=payment.pk, reason="The change was let go.", actor=actor, now=now)
    return find_draft(draft_reference, actor)


def lapse_drafts(*, now: datetime) -> int:
    """Closes drafts whose time has been over for a while; how many. Scheduled; what is held ends by itself, earlier."""
    over = ChangeDraft.objects.filter(
        state__in=[DraftState.OPEN.value, DraftState.WAITING.value], expires_at__lte=now - KEPT_AFTER
    )
    return sum(
        take_turns(partial(_lapse, one, now) for one in over.values_list("reference", flat=True)[:500])
    )


@transaction.atomic
def _lapse(reference: str, now: datetime) -> bool:
    actor = system()
    draft = lock_draft(reference, actor)
    is_over = draft.state in (DraftState.OPEN, DraftState.WAITING) and draft.expires_at <= now - KEPT_AFTER
    if not is_over or open_payments(draft):
        return False
    end_draft(draft, DraftState.LAPSED, f"the time for a change by {draft.actor_label} was over", actor, now)
    return True
