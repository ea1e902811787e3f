"""Stripe as this shop uses it, in memory, behind the real library: shapes and refusals as Stripe's documents give them.

It is what localstripe isn't: it remembers idempotency keys, refunds no more than was captured, captures once, names
decline codes, and loses answers on purpose. ``test_fake.py`` holds its shapes against the library's own types.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

Answer = tuple[int, dict[str, Any]]
#: 6 October 2026, 9:00 in California; every object is made a second later than the one before.
_EPOCH = 1_791_302_400
_DAY = 86_400

#: Cards whose charges the bank declines: code, decline code.
DECLINES = {
    "card_declined": ("card_declined", "generic_decline"),
    "insufficient_funds": ("card_declined", "insufficient_funds"),
    "expired_card": ("expired_card", "expired_card"),
    "stolen_card": ("card_declined", "stolen_card"),
}
_NUMBERS = {"authenticates_always": "3184", "authenticates_once": "3155"}


class StripeSaysNo(Exception):
    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error.get("message"))
        self.status = status
        self.error = {"type": "invalid_request_error", **error}


@dataclass
class Card:
    """A payment method and how it behaves."""

    shape: dict[str, Any]
    behaviour: str
    authenticated: bool = False


@dataclass
class FakeStripe(stripe.HTTPClient):
    """``request`` is all that the library calls; the rest is for tests: the customer's browser, the bank, Stripe's
    own pages."""

    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    setups: dict[str, dict[str, Any]] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    charges: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: What was asked, as (method, path), oldest first.
    asked: list[tuple[str, str]] = field(default_factory=list)
    #: The next call whose method and end of path are here does its work, and its answer is lost.
    silent: list[tuple[str, str]] = field(default_factory=list)
    down: bool = False
    #: What happens just before a call whose path ends so, once.
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    #: What a call whose path ends so is told, instead of being heard.
    answers: dict[str, Answer] = field(default_factory=dict)

    name = "fake"

    def __post_init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._keys: dict[str, tuple[str, Any, Answer]] = {}
        self._lost: set[str] = set()
        self._losing = False
        #: Stripe lets nobody else near an object while a call is at work on it.
        self._one_at_a_time = Lock()
        #: Whether a key is remembered at all; a day later it isn't.
        self.remembers_keys = True

    # The wire.

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **more: Any
    ) -> tuple[Any, int, Mapping[str, str]]:
        parts = urlsplit(url)
        path = parts.path.removeprefix("/v1/")
        params = dict(parse_qsl(post_data if method == "post" else parts.query, keep_blank_values=True))
        self.asked.append((method, path))
        if self.down:
            raise stripe.APIConnectionError("no line")
        if meanwhile := self.before.pop(path.rsplit("/", 1)[-1], None):
            meanwhile()
        sent_with = headers or {}
        key = sent_with.get("Idempotency-Key", "") if method == "post" else ""
        # Each secret key, and so each mode, has idempotency keys of its own.
        key = key and f"{sent_with['Authorization']} {key}"
        with self._one_at_a_time:
            status, body = self._once(key, path, params, lambda: self._answer(method, path, params))
        silent = next((one for one in self.silent if (method, True) == (one[0], path.endswith(one[1]))), None)
        if silent:
            self.silent.remove(silent)
        if silent or self._losing:
            self._losing = False
            raise stripe.APIConnectionError("no answer")
        sent = {"Request-Id": f"req_{next(self._numbers)}"}
        return json.dumps(body).encode(), status, sent

    def close(self) -> None:
        """Nothing is open."""

    def _once(self, key: str, path: str, params: Any, act: Callable[[], Answer]) -> Answer:
        """The same key again: the same answer, or a refusal when it comes with other arguments."""
        if key in self._keys and self.remembers_keys:
            known_path, known_params, answer = self._keys[key]
            if (known_path, known_params) != (path, params):
                message = "Keys for idempotent requests can only be used with the same parameters."
                return 400, {"error": {"type": "idempotency_error", "message": message}}
            return answer
        answer = act()
        if key:
            self._keys[key] = (path, params, answer)
        return answer

    def _answer(self, method: str, path: str, params: dict[str, str]) -> Answer:
        if told := self.answers.get(path.rsplit("/", 1)[-1]):
            return told
        try:
            return 200, self._route(method, path.split("/"), params)
        except StripeSaysNo as no:
            return no.status, {"error": no.error}

    def _route(self, method: str, path: list[str], params: dict[str, str]) -> dict[str, Any]:
        match method, path:
            case "post", ["customers"]:
                return self._customer(params)
            case "post", ["setup_intents"]:
                return self._setup(params)
            case "get", ["setup_intents", setup]:
                return self._read_setup(setup)
            case _, ["payment_methods", token, *act]:
                shapes = {name: card.shape for name, card in self.cards.items()}
                return self._detach(token) if act == ["detach"] else self._found(shapes, token)
            case "post", ["payment_intents"]:
                return self._intent(params)
            case _, ["payment_intents", intent, *act]:
                return self._route_payment(self._found(self.intents, intent), act, params)
            case "post", ["refunds"]:
                return self._refund(params)
            case "get", ["refunds"]:
                return self._list_refunds(params)
            case "get", ["charges"]:
                return self._list_charges(params)
            case "get", ["charges", charge]:
                return self._found(self.charges, charge)
            case "get", ["refunds", refund]:
                return self._found(self.refunds, refund)
        raise StripeSaysNo(404, message=f"Unrecognized request URL ({method}: {'/'.join(path)}).")

    def _route_payment(
        self, intent: dict[str, Any], act: list[str], params: dict[str, str]
    ) -> dict[str, Any]:
        match act:
            case []:
                return self._shown(intent, params)
            case ["confirm"]:
                return self._confirm(intent, params)
            case ["capture"]:
                return self._capture(intent, params)
            case ["cancel"]:
                return self._cancel(intent, "requested_by_customer")
        raise StripeSaysNo(404, message=f"Unrecognized request URL ({act}).")

    def _new(self, prefix: str, kind: str, **facts: Any) -> dict[str, Any]:
        number = next(self._numbers)
        return {
            "id": f"{prefix}_{number:014}",
            "object": kind,
            "created": _EPOCH + number,
            "livemode": False,
            **facts,
        }

    @staticmethod
    def _found(kept: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        if name not in kept:
            raise StripeSaysNo(404, code="resource_missing", message=f"No such object: '{name}'", param="id")
        return kept[name]

    @staticmethod
    def _metadata(params: dict[str, str]) -> dict[str, str]:
        return {name[9:-1]: value for name, value in params.items() if name.startswith("metadata[")}

    # Cards.

    def _customer(self, params: dict[str, str]) -> dict[str, Any]:
        made = self._new("cus", "customer", metadata=self._metadata(params))
        self.customers[made["id"]] = made
        return made

    def _setup(self, params: dict[str, str]) -> dict[str, Any]:
        if params["customer"] not in self.customers:
            raise StripeSaysNo(400, code="resource_missing", message="No such customer", param="customer")
        made = self._new(
            "seti",
            "setup_intent",
            customer=params["customer"],
            last_setup_error=None,
            metadata=self._metadata(params),
            next_action=None,
            payment_method=None,
            payment_method_types=[params["allowed_payment_method_types[0]"]],
            status="requires_payment_method",
            usage=params["usage"],
        )
        made["client_secret"] = f"{made['id']}_secret_{next(self._numbers)}"
        self.setups[made["id"]] = made
        return made

    def _read_setup(self, name: str) -> dict[str, Any]:
        setup = self._found(self.setups, name)
        card = self.cards.get(setup["payment_method"] or "")
        if card and card.behaviour == "save_times_out":
            self._lose(setup)
        return {**setup, "payment_method": card.shape if card else None}

    def _detach(self, token: str) -> dict[str, Any]:
        card = self.cards.get(token)
        if card is None or card.shape["customer"] is None:
            raise StripeSaysNo(400, message="The payment method you provided is not attached to a customer.")
        card.shape["customer"] = None
        return card.shape

    # Payments.

    def _intent(self, params: dict[str, str]) -> dict[str, Any]:
        card = self.cards.get(params["payment_method"])
        if card is None:
            raise StripeSaysNo(
                400, code="resource_missing", message="No such PaymentMethod", param="payment_method"
            )
        if card.shape["customer"] != params["customer"]:
            raise StripeSaysNo(
                400,
                message="The provided PaymentMethod was detached from a Customer. It may not be used again.",
            )
        amount = int(params["amount"])
        made = self._new(
            "pi",
            "payment_intent",
            amount=amount,
            amount_capturable=0,
            amount_received=0,
            canceled_at=None,
            cancellation_reason=None,
            capture_method=params["capture_method"],
            confirmation_method="automatic",
            currency=params["currency"],
            customer=params["customer"],
            description=params.get("description") or None,
            last_payment_error=None,
            latest_charge=None,
            metadata=self._metadata(params),
            next_action=None,
            payment_method=params["payment_method"],
            payment_method_types=[params["allowed_payment_method_types[0]"]],
            status="requires_confirmation",
        )
        made["client_secret"] = f"{made['id']}_secret_{next(self._numbers)}"
        self.intents[made["id"]] = made
        return dict(made)

    def _confirm(self, intent: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        if intent["status"] not in {"requires_confirmation", "requires_payment_method"}:
            raise self._unexpected(intent)
        card = self.cards[params["payment_method"]]
        if card.behaviour == "times_out_lost":
            raise stripe.APIConnectionError("never arrived")
        if params.get("off_session") != "true":
            raise StripeSaysNo(400, message="this shop only confirms off session")
        if card.behaviour in DECLINES:
            code, decline_code = DECLINES[card.behaviour]
            raise self._decline(intent, code, decline_code)
        if self._wants_customer(card):
            no = self._decline(intent, "authentication_required", "authentication_required")
            if card.behaviour == "times_out_authenticates":
                self._lose(intent)
            raise no
        self._pay(intent)
        if card.behaviour == "times_out_charged":
            self._lose(intent)
        return self._shown(intent, params)

    def _lose(self, about: dict[str, Any]) -> None:
        """The work is done and remembered under its key; its first answer doesn't come through."""
        self._losing = about["id"] not in self._lost
        self._lost.add(about["id"])

    @staticmethod
    def _wants_customer(card: Card) -> bool:
        if card.behaviour == "authenticates_once":
            return not card.authenticated
        return card.behaviour in {"authenticates_always", "times_out_authenticates"}

    def _decline(self, intent: dict[str, Any], code: str, decline_code: str) -> StripeSaysNo:
        charge = self._charge(intent, status="failed", failure_code=code)
        error = {
            "type": "card_error",
            "charge": charge["id"],
            "code": code,
            "decline_code": decline_code,
            "message": "Your card was declined.",
        }
        intent.update(status="requires_payment_method", last_payment_error=dict(error), payment_method=None)
        return StripeSaysNo(402, **error, payment_intent=dict(intent))

    def _charge(self, intent: dict[str, Any], status: str, failure_code: str | None = None) -> dict[str, Any]:
        manual = intent["capture_method"] == "manual"
        card = self.cards[intent["payment_method"]].shape["card"] if intent["payment_method"] else {}
        charge = self._new(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_captured=0 if manual or status == "failed" else intent["amount"],
            amount_refunded=0,
            captured=not manual and status == "succeeded",
            currency=intent["currency"],
            customer=intent["customer"],
            description=intent["description"],
            failure_code=failure_code,
            metadata={},
            paid=status == "succeeded",
            payment_intent=intent["id"],
            payment_method=intent["payment_method"],
            payment_method_details={
                "type": "card",
                "card": {
                    **{name: card.get(name) for name in ("brand", "last4", "exp_month", "exp_year")},
                    "capture_before": None,
                },
            },
            refunded=False,
            status=status,
        )
        if manual and status == "succeeded":
            charge["payment_method_details"]["card"]["capture_before"] = charge["created"] + 7 * _DAY
        self.charges[charge["id"]] = charge
        intent["latest_charge"] = charge["id"]
        return charge

    def _pay(self, intent: dict[str, Any]) -> None:
        self._charge(intent, "succeeded")
        manual = intent["capture_method"] == "manual"
        intent.update(
            status="requires_capture" if manual else "succeeded",
            amount_capturable=intent["amount"] if manual else 0,
            amount_received=0 if manual else intent["amount"],
            last_payment_error=None,
            next_action=None,
        )

    def _shown(self, intent: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        """As Stripe shows it: the charge by name, or whole where that was asked for."""
        if params.get("expand[0]") == "latest_charge" and intent["latest_charge"]:
            return {**intent, "latest_charge": dict(self.charges[intent["latest_charge"]])}
        return dict(intent)

    @staticmethod
    def _unexpected(intent: dict[str, Any]) -> StripeSaysNo:
        return StripeSaysNo(
            400,
            code="payment_intent_unexpected_state",
            message=f"This PaymentIntent's status is {intent['status']}.",
            payment_intent=dict(intent),
        )

    def _capture(self, intent: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        if intent["status"] != "requires_capture":
            raise self._unexpected(intent)
        amount = int(params["amount_to_capture"])
        if amount > intent["amount_capturable"]:
            raise StripeSaysNo(
                400, code="amount_too_large", message="The amount is more than can be captured."
            )
        charge = self.charges[intent["latest_charge"]]
        charge.update(captured=True, amount_captured=amount)
        intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
        intent["metadata"] = {**intent["metadata"], **self._metadata(params)}
        return dict(intent)

    def _cancel(self, intent: dict[str, Any], reason: str) -> dict[str, Any]:
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise self._unexpected(intent)
        intent.update(
            status="canceled",
            cancellation_reason=reason,
            canceled_at=_EPOCH,
            amount_capturable=0,
            next_action=None,
        )
        return dict(intent)

    # Refunds.

    def _refund(self, params: dict[str, str]) -> dict[str, Any]:
        if "charge" in params:
            bare = self._found(self.charges, params["charge"])
            intent = {"id": None, "currency": bare["currency"], "latest_charge": bare["id"]}
        else:
            intent = self._found(self.intents, params["payment_intent"])
        charge = self.charges.get(intent["latest_charge"] or "")
        if charge is None or not charge["captured"]:
            raise StripeSaysNo(400, message="This PaymentIntent does not have a successful charge to refund.")
        amount, left = int(params["amount"]), charge["amount_captured"] - charge["amount_refunded"]
        if not left:
            raise StripeSaysNo(
                400, code="charge_already_refunded", message="Charge has already been refunded."
            )
        if amount > left:
            raise StripeSaysNo(
                400,
                param="amount",
                message=f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            )
        behaviour = self._behaviour_of(intent)
        refund = self._new(
            "re",
            "refund",
            amount=amount,
            charge=charge["id"],
            currency=intent["currency"],
            failure_reason=None,
            metadata=self._metadata(params),
            payment_intent=intent["id"],
            reason=None,
            status={"refund_declined": "failed", "refund_waits": "pending"}.get(behaviour, "succeeded"),
        )
        del refund["livemode"]
        self.refunds[refund["id"]] = refund
        if refund["status"] != "failed":
            charge["amount_refunded"] += amount
            charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        if behaviour == "refund_times_out":
            self._lose(charge)
        return dict(refund)

    def _behaviour_of(self, intent: dict[str, Any]) -> str:
        token = self.charges[intent["latest_charge"]]["payment_method"]
        return self.cards[token].behaviour if token in self.cards else ""

    def _list_refunds(self, params: dict[str, str]) -> dict[str, Any]:
        about = {name: params[name] for name in ("payment_intent", "charge") if name in params}
        wanted = {
            key: one
            for key, one in self.refunds.items()
            if about.items() <= {n: one[n] for n in about}.items()
        }
        return self._page("/v1/refunds", wanted, params)

    def _list_charges(self, params: dict[str, str]) -> dict[str, Any]:
        found = self._page("/v1/charges", self.charges, params)
        if params.get("expand[0]") == "data.payment_intent":
            intents = [self.intents.get(one["payment_intent"] or "") for one in found["data"]]
            whole = zip(found["data"], intents, strict=True)
            found["data"] = [{**one, "payment_intent": dict(it) if it else None} for one, it in whole]
        return found

    @staticmethod
    def _page(url: str, kept: Mapping[str, dict[str, Any]], params: dict[str, str]) -> dict[str, Any]:
        """Newest first, after what was seen, as many as were asked for."""
        since, until = int(params.get("created[gte]", 0)), int(params.get("created[lt]", 10**12))
        rows = [one for one in kept.values() if since <= one.get("created", _EPOCH) < until][::-1]
        if after := params.get("starting_after"):
            names = [one["id"] for one in rows]
            if after not in names:
                raise StripeSaysNo(400, message=f"No such object: '{after}'", param="starting_after")
            rows = rows[names.index(after) + 1 :]
        limit = int(params.get("limit", 10))
        return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": rows[:limit]}

    # What isn't asked by us: the customer's browser, the bank, Stripe's own pages.

    def fill_card(self, client_secret: str, behaviour: str = "succeeds") -> dict[str, Any]:
        """The customer gives a card to the fields; the setup afterwards."""
        setup = next(one for one in self.setups.values() if one["client_secret"] == client_secret)
        if behaviour == "save_declined":
            setup["last_setup_error"] = {
                "type": "card_error",
                "code": "card_declined",
                "decline_code": "generic_decline",
                "message": "Your card was declined.",
            }
            return setup
        shape = self._new(
            "pm",
            "payment_method",
            billing_details={"name": None},
            card={
                "brand": "visa",
                "last4": _NUMBERS.get(behaviour, "4242"),
                "exp_month": 4,
                "exp_year": 2039,
                "funding": "credit",
            },
            customer=setup["customer"],
            metadata={},
            type="card",
        )
        self.cards[shape["id"]] = Card(shape, behaviour)
        setup.update(status="succeeded", payment_method=shape["id"])
        return setup

    def answer_bank(self, client_secret: str, token: str, *, approve: bool) -> bool:
        """The customer confirms, or fails to, with the page's secret; False when Stripe takes no answer any more."""
        intent = next(one for one in self.intents.values() if one["client_secret"] == client_secret)
        if intent["status"] not in {"requires_payment_method", "requires_action"}:
            return False
        intent["payment_method"] = token
        if approve:
            self.cards[token].authenticated = True
            self._pay(intent)
        else:
            code = "payment_intent_authentication_failure"
            error = {
                "type": "card_error",
                "code": code,
                "message": "We are unable to authenticate your card.",
            }
            intent.update(status="requires_payment_method", last_payment_error=error, payment_method=None)
        return True

    def forget_keys(self) -> None:
        """A day goes by."""
        self._keys.clear()

    def lapse(self, intent_id: str) -> None:
        """What was set aside has lapsed: Stripe lets it go by itself."""
        self._cancel(self.intents[intent_id], "automatic")

    def taken(self, key: str) -> int:
        """Captured minus refunded of the payment that carries our key."""
        intents = [one for one in self.intents.values() if one["metadata"].get("tirage_key") == key]
        charges = [
            one for one in self.charges.values() for it in intents if one["payment_intent"] == it["id"]
        ]
        return sum(one["amount_captured"] - one["amount_refunded"] for one in charges)
