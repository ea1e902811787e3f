"""Stripe's own library over a real wire to localstripe, which runs as a process of its own (it is GPL: nothing here
imports it).

localstripe is older than the version of Stripe's interface that we speak and refuses words it doesn't know. ``Wire``
leaves those out on the way, and nothing else; it also loses answers where a test wants that.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
import stripe

#: Words that localstripe refuses, by the end of the path they are sent to.
UNKNOWN_TO_LOCALSTRIPE = {
    "setup_intents": ("allowed_payment_method_types[0]",),
    "payment_intents": ("allowed_payment_method_types[0]", "description"),
    "confirm": ("off_session", "payment_method"),
    "capture": ("metadata[tirage_capture]",),
}
NUMBERS = {
    "card_declined": "4000000000000341",
    "authenticates_always": "4000002760003184",
    "authenticates_once": "4000002500003155",
    "times_out_authenticates": "4000002760003184",
    "save_declined": "4000000000000002",
}


class Wire(stripe.RequestsClient):
    """The library's usual client, with a pair of scissors."""

    def __init__(self) -> None:
        super().__init__(timeout=20)
        #: Saved cards by what they do, and what was paid with which.
        self.behaviours: dict[str, str] = {}
        self.paid_with: dict[str, str] = {}
        self.lost: set[str] = set()

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **more: Any
    ) -> tuple[Any, int, Mapping[str, str]]:
        path = urlsplit(url).path
        sent = dict(parse_qsl(post_data or ""))
        last = path.rsplit("/", 1)[-1]
        behaviour = self._behaviour(path, sent)
        if behaviour == "times_out_lost" and last == "confirm":
            raise stripe.APIConnectionError("cut before it left")
        left = {
            name: value for name, value in sent.items() if name not in UNKNOWN_TO_LOCALSTRIPE.get(last, ())
        }
        answer = super().request(method, url, headers, urlencode(left) if method == "post" else None)
        if self._loses(behaviour, last, path):
            raise stripe.APIConnectionError("cut before the answer came")
        return answer

    def _behaviour(self, path: str, sent: dict[str, str]) -> str:
        """What the card that this call is about does."""
        name = sent.get("payment_intent") or path.split("/")[3] if path.count("/") > 2 else ""
        name = sent.get("payment_intent", name)
        if path.endswith("/confirm"):
            self.paid_with[name] = sent["payment_method"]
        return self.behaviours.get(self.paid_with.get(name, name), "")

    def _loses(self, behaviour: str, last: str, path: str) -> bool:
        losing = {
            "times_out_charged": "confirm",
            "times_out_authenticates": "confirm",
            "refund_times_out": "refunds",
        }
        is_setup = behaviour == "save_times_out" and "/setup_intents/" in path
        if path in self.lost or not (is_setup or losing.get(behaviour) == last):
            return False
        self.lost.add(path)
        return True


class Browser:
    """The customer's: what Stripe's fields and the bank's window would do, with the publishable key."""

    def __init__(self, base: str, wire: Wire) -> None:
        self.base, self.wire = base, wire

    def fill_card(self, client_secret: str, behaviour: str = "succeeds") -> str:
        """Gives a card to the fields; the setup's name."""
        setup = client_secret.partition("_secret_")[0]
        card = {
            "number": NUMBERS.get(behaviour, "4242424242424242"),
            "exp_month": "4",
            "exp_year": "2039",
            "cvc": "123",
        }
        fields = {f"payment_method_data[card][{name}]": value for name, value in card.items()}
        answer = self._post(
            f"setup_intents/{setup}/confirm", client_secret, {"payment_method_data[type]": "card", **fields}
        )
        if answer.get("status") == "requires_action":
            answer = self._post(f"setup_intents/{setup}/confirm", client_secret, {})
        if token := answer.get("payment_method"):
            self.wire.behaviours[token] = self.wire.behaviours[setup] = behaviour
        return setup

    def answer_bank(self, client_secret: str, *, approve: bool) -> bool:
        """Answers the bank's question; False when it takes no answer any more."""
        intent = client_secret.partition("_secret_")[0]
        answer = self._post(
            f"payment_intents/{intent}/_authenticate", client_secret, {"success": str(approve).lower()}
        )
        return "error" not in answer

    def _post(self, path: str, client_secret: str, fields: dict[str, str]) -> dict[str, Any]:
        sent = {"key": "pk_test_tirage", "client_secret": client_secret, **fields}
        answer: dict[str, Any] = requests.post(f"{self.base}/v1/{path}", data=sent, timeout=20).json()
        return answer


@contextmanager
def running_localstripe() -> Iterator[str]:
    """Its address, while it runs."""
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=20)
        # It keeps what it knew in a place of its own choice.
        Path("/tmp/localstripe.pickle").unlink(missing_ok=True)


def _wait_for(base: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, "localstripe ended (it needs IPv6 on this machine)"
        try:
            requests.get(f"{base}/js.stripe.com/v3/", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("localstripe never answered")
