"""What the page of a customer's order change prints, as finished words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.catalog.rules import full_title
from tirage.changes.fees import leaving
from tirage.changes.operations.steps import ASK_TO_CANCEL
from tirage.changes.pricing import NO_RATES
from tirage.changes.reactions import NOT_APPLIED
from tirage.changes.rules import Addable, ChangeQuote, QuoteLine
from tirage.changes.states import DraftState, RefundTo
from tirage.changes.ways_out import ways_out_of_draft
from tirage.core.models import Winery
from tirage.core.money import Money, say_money
from tirage.core.states import ChargeWhen
from tirage.core.winery import current_winery, local_time
from tirage.customers.rules import say_address
from tirage.delivery.states import MethodKind
from tirage.orders.queries import order_changes
from tirage.orders.rules import ShipTo
from tirage.storefront.checkout.storing import STORAGE_CONTROLS
from tirage.storefront.checkout.till import NEW, card_words
from tirage.storefront.frame.holding import hold_url
from tirage.storefront.offer.wines import label_url, say_bottles
from tirage.storefront.orders.activity import WE, YOU, say_change
from tirage.storefront.orders.changing.desk import (
    ADD,
    AS_IT_IS,
    BY_CREDIT,
    TYPED,
    Desk,
    field_of,
    problems_by_wine,
)
from tirage.storefront.orders.charges import charge_name, charge_rank

#: The code of a payment that the customer left at the bank's page.
GIVEN_UP = "given_up"
_NO_VALUE = "none"
_OUR_WORDS = {
    "the customer's offer": "your offer any more",
    "the allocation is": "your allocation is",
}
#: What becomes of bottles whose time ends with the offer.
CLOSING = "The offer closes then. What isn’t added by then goes back to our cellar."
#: What they are asked to do where the winery doesn't let them do it themselves.
_CANCEL = "Cancel the order instead."
#: The controls of the page by what the operations call them; a group of choices takes the focus itself.
_CONTROLS = {
    "requested_ship_on": ("ship_on", "Ship on"),
    "gift_note": ("gift_note", "Gift note"),
    "method": ("change-ways", "How it gets there"),
    "address": ("change-places", "Where it goes"),
    "card": ("pay", "How you pay"),
    **STORAGE_CONTROLS,
}


@dataclass(frozen=True, slots=True)
class WineChoice:
    """A wine with a stepper. ``limit`` are the words after the number, ``note`` what the draft does to it."""

    field: str
    title: str
    label_url: str
    price: str
    quantity: int
    maximum: int
    multiple: int
    limit: str
    note: str
    is_moved: bool
    problem: str


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    value: str
    name: str
    one_line: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changes: before and after in words, and what it costs or saves."""

    name: str
    before: str
    after: str
    money: str = ""
    is_wine: bool = False


@dataclass(frozen=True, slots=True)
class Settles:
    """What happens to the money: ``kind`` is ``pay``, ``back`` or ``none``."""

    kind: str
    name: str
    amount: str
    act: str
    bar_act: str
    note: str


def change_words(
    desk: Desk, typed: Mapping[str, str], fields: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """The context of the page. ``typed`` is what was sent, ``fields`` says what is wrong with it, by field."""
    quote, locale = desk.quote, current_winery().locale
    outs = ways_out_of_draft(desk.draft, quote, now)
    found = [*((one.field, one.why or one.text) for one in quote.problems), *fields.items()]
    wrong = problems_by_wine({field: say_to_customers(text) for field, text in found})
    return {
        "draft": desk.draft,
        "order": desk.draft.order,
        "quote": quote,
        "wines": [_wine(line, desk, typed, wrong) for line in quote.lines if line.before],
        "more_wines": _more(desk, typed, wrong),
        "can_add": bool(quote.addable),
        "can_cancel": current_winery().customers_cancel_orders,
        "places": _places(desk),
        "place": typed.get("address", desk.place),
        "is_sent": _is_sent(desk),
        "ways": [(way, say_money(way.shipping, locale) if way.shipping else "Free") for way in quote.methods],
        "method": desk.method,
        "hold_url": _hold_url(desk),
        "storage": _storage(desk, typed),
        "ship_on": typed.get("ship_on", desk.ship_on),
        "ship_on_problem": fields.get("requested_ship_on", ""),
        "gift_note_problem": fields.get("gift_note", ""),
        "today": local_time(now).date().isoformat(),
        "gift_note": typed.get("gift_note", desk.gift_note),
        "differences": _differences(quote, locale),
        "notes": _notes(quote),
        "before": say_money(quote.before.owed, locale),
        "after": say_money(quote.after.owed, locale),
        "settles": _settles(desk, current_winery()),
        "can_confirm": quote.can_confirm,
        "problems": [say_to_customers(one.why if outs and one.why else one.text) for one in quote.problems],
        "outs": outs,
        "cards": card_words(desk.cards, now),
        "card": _card(desk, typed, now),
        "credit": say_money(desk.credit, locale) if desk.credit else "",
        "credit_covers": desk.credit_covers,
        "goes_to_credit": typed.get("refund_to") == RefundTo.CREDIT.value,
        "credit_only": leaving(desk.draft.order, now).to_credit,
        **_held(desk, now),
        **_waits(desk),
        "moved_on": _moved_on(desk) if quote.moved_on else [],
    }


def say_to_customers(text: str) -> str:
    """A sentence about a change as its customer reads it, where it is worded for the team."""
    for ours, theirs in _OUR_WORDS.items():
        text = text.replace(ours, theirs)
    return text if current_winery().customers_cancel_orders else text.replace(_CANCEL, ASK_TO_CANCEL)


def control_of(name: str, wines: Sequence[WineChoice]) -> tuple[str, str]:
    """The id and the words of the control that an operation's field ``name`` means; empty where there is none."""
    if name in _CONTROLS:
        return _CONTROLS[name]
    # A wine may be a line of the order on the page where the operation added it, and the other way round.
    meant = problems_by_wine({name: ""}).keys()
    for wine in wines:
        if wine.field == name or meant & problems_by_wine({wine.field: ""}).keys():
            return wine.field, wine.title
    return "", ""


def _wine(line: QuoteLine, desk: Desk, typed: Mapping[str, str], wrong: Mapping[int, str]) -> WineChoice:
    """A wine that is on the order. More of it may come when the customer's offer has it."""
    addable = next((wine for wine in desk.quote.addable if wine.sku_id == line.sku_id), None)
    maximum = max(line.before, line.after + (addable.most if addable else 0))
    more = maximum > line.before
    return WineChoice(
        field=field_of(line),
        title=line.title,
        label_url=label_url(line.label_digest),
        price=say_money(line.unit_price, current_winery().locale),
        quantity=_typed(typed, field_of(line), line.after),
        maximum=maximum,
        multiple=addable.multiple if addable and addable.multiple > 1 else 1,
        limit=f"of up to {maximum}" if more else f"of the {line.before} you ordered",
        note=_note(line, ordered=line.before if more else 0),
        is_moved=bool(line.change),
        problem=wrong.get(line.sku_id, ""),
    )


def _note(line: QuoteLine, *, ordered: int) -> str:
    """``2 more``, and how many of them aren't kept; before anything is changed how many are on the order."""
    if line.change < 0:
        return f"{-line.change} fewer"
    if not line.change:
        return f"{ordered} ordered" if ordered else ""
    missing = line.change - line.held
    more = f"{line.change} more" if line.before else "Added"
    return f"{more}, {missing} not kept for you now" if missing else more


def _more(desk: Desk, typed: Mapping[str, str], wrong: Mapping[int, str]) -> list[WineChoice]:
    """The other wines of the customer's offer, and those that the draft adds, whatever became of the offer."""
    ordered = {line.sku_id for line in desk.quote.lines if line.before}
    added = {line.sku_id: line for line in desk.quote.lines if not line.before}
    offered = {wine.sku_id: wine for wine in desk.quote.addable}
    return [
        _other_wine(sku_id, offered.get(sku_id), added.get(sku_id), typed, wrong.get(sku_id, ""))
        for sku_id in dict.fromkeys([*offered, *added])
        if sku_id not in ordered and (sku_id in added or offered[sku_id].most)
    ]


def _other_wine(
    sku_id: int, wine: Addable | None, line: QuoteLine | None, typed: Mapping[str, str], problem: str
) -> WineChoice:
    field, has = f"{ADD}{sku_id}", line.after if line else 0
    maximum = has + (wine.most if wine else 0)
    price = line.unit_price if line else wine.price if wine else None
    digest = line.label_digest if line else wine.label_digest if wine else ""
    return WineChoice(
        field=field,
        title=line.title if line else _name(wine),
        label_url=label_url(digest),
        price=say_money(price, current_winery().locale) if price else "",
        quantity=_typed(typed, field, has),
        maximum=maximum,
        multiple=max(wine.multiple, 1) if wine else 1,
        limit=f"of up to {maximum}",
        note=_note(line, ordered=0) if line else "",
        is_moved=line is not None,
        problem=problem,
    )


def _name(wine: Addable | None) -> str:
    if wine is None:
        return ""
    return full_title(wine.name, wine.format_name)


def _typed(typed: Mapping[str, str], field: str, otherwise: int) -> int:
    text = typed.get(field, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else otherwise


def _is_sent(desk: Desk) -> bool:
    """Whether the wine would be sent to an address; picked up or stored it needs none."""
    chosen = next((way.kind for way in desk.quote.methods if way.is_chosen), "ship")
    return chosen == "ship"


def _storage(desk: Desk, typed: Mapping[str, str]) -> tuple[str, str] | None:
    """Warehouse and account as they were typed or are known, where wine may go into storage."""
    if all(way.kind != MethodKind.STORAGE for way in desk.quote.methods):
        return None
    known = desk.draft.order.customer
    return (
        typed.get("storage_warehouse", known.storage_warehouse),
        typed.get("storage_account", known.storage_account),
    )


def _hold_url(desk: Desk) -> str:
    """The page on which a carrier's location is chosen; empty where nothing is held, or it goes to one already."""
    goes_to = desk.typed_place or desk.own_place
    if goes_to.location or not any(way.may_be_held for way in desk.quote.methods):
        return ""
    return hold_url(near=desk.place, back=desk.draft.reference)


def _places(desk: Desk) -> list[PlaceChoice]:
    own, typed = desk.own_place, desk.typed_place
    way = desk.draft.order.method
    stays = PlaceChoice(AS_IT_IS, "As it is", way.name if way else "Not sent")
    places = [_place(AS_IT_IS, own) if own.line1 else stays]
    if typed and desk.place == TYPED:
        places.append(_place(TYPED, typed))
    saved = [one for one in desk.addresses if ShipTo.of(one) != own]
    return places + [_place(one.reference, ShipTo.of(one)) for one in saved]


def _place(value: str, to: ShipTo) -> PlaceChoice:
    parts = [to.company, say_address(to, state=to.state)]
    return PlaceChoice(value, to.recipient, ", ".join(part for part in parts if part))


def _differences(quote: ChangeQuote, locale: str) -> list[Difference]:
    wines = [
        Difference(
            line.title, str(line.before), str(line.after), _signed(line.difference, locale), is_wine=True
        )
        for line in quote.lines
        if line.change
    ]
    words = [Difference(one.label, _plain(one.before), _plain(one.after)) for one in quote.fields]
    charges = [
        Difference(charge_name(charge.kind, charge.description), "", "", _signed(charge.difference, locale))
        for charge in sorted(quote.charges, key=lambda charge: charge_rank(charge.kind))
        if charge.difference
    ]
    return wines + words + charges


def _plain(value: str) -> str:
    return "" if value == _NO_VALUE else value


def _notes(quote: ChangeQuote) -> Sequence[str]:
    """What was reckoned how; of interest only once something is."""
    return () if quote.is_empty else [note for note in quote.notes if note != NO_RATES]


def _signed(amount: Money, locale: str) -> str:
    return f"+{say_money(amount, locale)}" if amount.minor > 0 else say_money(amount, locale)


def _settles(desk: Desk, winery: Winery) -> Settles:
    """What the button does to the money, and says."""
    quote, is_later = desk.quote, winery.charge_when == ChargeWhen.AT_SHIPMENT
    if quote.to_pay:
        amount = say_money(quote.to_pay, winery.locale)
        if is_later:
            note = "It is set aside on your card now, and taken when the wine ships."
            act = f"Set {amount} aside and change it"
            return Settles("pay", "To set aside", amount, act, "Change my order", note)
        return Settles("pay", "To pay now", amount, f"Pay {amount} and change it", "Pay and change", "")
    if quote.to_give_back:
        amount = say_money(quote.to_give_back, winery.locale)
        note = "By the terms of your order it becomes store credit." if quote.credit_only else ""
        return Settles("back", "You get back", amount, "Change my order", "Change my order", note)
    is_aside = quote.difference.minor < 0 and quote.balance > quote.uncovered
    note = "That much less is taken when the wine ships." if is_aside else ""
    return Settles("none", "To pay now", "Nothing", "Change my order", "Change my order", note)


def _card(desk: Desk, typed: Mapping[str, str], now: datetime) -> str:
    """What is chosen to pay with: as before; at first the first card that is good and wasn't just declined."""
    usable = [card["reference"] for card in card_words(desk.cards, now) if not card["has_expired"]]
    chosen = typed.get("card", "")
    if chosen in [*usable, NEW] or (chosen == BY_CREDIT and desk.credit_covers):
        return chosen
    if chosen:
        return ""  # It is gone, and nothing else is chosen for somebody.
    declined = desk.draft.payment_method if desk.draft.state == DraftState.WAITING else None
    return next((one for one in usable if declined is None or one != declined.reference), NEW)


def _held(desk: Desk, now: datetime) -> dict[str, Any]:
    """Bottles that are kept for the change, until when, or that they were."""
    held = sum(line.held * line.units for line in desk.quote.lines)
    added = sum(line.change * line.units for line in desk.quote.lines if line.change > 0)
    is_kept = bool(held) and desk.quote.expires_at > now
    verb = "is" if held == 1 else "are"
    return {
        "is_kept": is_kept,
        "held_words": f"{_more_bottles(held)} {verb} kept for you for",
        "lapsed_words": _more_bottles(added) if added and not is_kept else "",
        "over_words": _more_bottles(added) if added else "",
        "closing": CLOSING if desk.quote.ends_with_offer else "",
    }


def _more_bottles(count: int) -> str:
    """``2 more bottles``."""
    return say_bottles(count).replace(" ", " more ", 1)


def _waits(desk: Desk) -> dict[str, Any]:
    """Why the draft waits: a bank's no, or money that came and is on its way back."""
    draft = desk.draft
    if draft.state != DraftState.WAITING or not draft.waiting_for:
        return {"waits": "", "waits_next": ""}
    if draft.waiting_code == NOT_APPLIED:
        said = "You paid, and then this change could not be made any more. The money goes back to you."
        return {"waits": said, "waits_next": "Your order is as it was. Look at the change again."}
    said = draft.waiting_for.rstrip(".") + "."
    if draft.waiting_code == GIVEN_UP:
        said = "You did not go on to your bank."
    return {
        "waits": said,
        "waits_next": "Nothing was charged and your order is as it was.",
        "asks_card": True,
    }


def _moved_on(desk: Desk) -> list[str]:
    """What happened to the order since the customer looked, told as their order's page tells it."""
    order, name = desk.draft.order, desk.draft.order.customer.name
    later = [change for change in order_changes(order) if change.number > desk.draft.base_number]
    return [f"{say_change(change, YOU if change.actor_label == name else WE)}." for change in later]
