"""A stand-in for Campaign Monitor, written from its public documentation (API v3.3): a server on this machine.

The real library talks to it over HTTP. It keeps lists, fields and subscribers in their states, answers with the
documented codes, and remembers every call. ``troubles`` are given instead of the next answers.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "a-key-of-the-tests"
#: The next answer is none: the line is cut before, or after, the call is done.
CUT, CUT_AFTER = "cut", "cut after"


@dataclass
class SubscriberThere:
    email: str
    name: str
    state: str
    date: datetime
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class ListThere:
    id: str
    name: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    people: dict[str, SubscriberThere] = field(default_factory=dict)
    #: Webhooks by their id: address, events, state.
    hooks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def emails(self, state: str = "Active") -> list[str]:
        return sorted(one.email for one in self.people.values() if one.state == state)


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    body: Any


class Answer(Exception):
    def __init__(self, status: int, body: Any) -> None:
        self.status, self.body = status, body


def refuse(code: int, message: str, status: int = 400, **more: Any) -> Answer:
    return Answer(status, {"Code": code, "Message": message, **more})


class CampaignMonitorThere:
    """What the stand-in knows. Its clock stands where the test puts it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.key = KEY
        self.clients = {"client-1": ("Ridge House Winery", ["list-1", "list-2"])}
        self.lists = {
            "list-1": ListThere(
                "list-1",
                "Friends of the house",
                {
                    "[Groups]": ("Groups", "Text"),
                    "[LifetimeValue]": ("Lifetime value", "Number"),
                    "[LastOrder]": ("Last order", "Date"),
                    "[Colour]": ("Colour", "MultiSelectOne"),
                },
            ),
            "list-2": ListThere("list-2", "Press"),
        }
        self.suppressed: set[str] = set()
        #: Whether the addresses of hooks answer it.
        self.reaches = True
        self.calls: list[Call] = []
        #: Statuses, statuses with bodies, or CUT; each is given once, the first first. None answers as usual.
        self.troubles: list[int | str | tuple[int, str] | None] = []
        self.lock = threading.Lock()

    def count(self, path: str) -> int:
        return sum(one.path.endswith(path) for one in self.calls)

    def leave(self, email: str, state: str, at: datetime, list_id: str = "list-1") -> None:
        """Somebody unsubscribed by a link, or bounced."""
        people = self.lists[list_id].people
        one = people.setdefault(email, SubscriberThere(email, "", state, at))
        one.state, one.date = state, at

    # What each address answers.

    def answer(self, call: Call) -> tuple[int, Any]:
        parts = call.path.removesuffix(".json").strip("/").split("/")
        try:
            return self._route(call, parts)
        except Answer as refused:
            return refused.status, refused.body

    def _route(self, call: Call, parts: list[str]) -> tuple[int, Any]:
        match call.method, *parts:
            case "GET", "clients":
                found = [{"ClientID": id, "Name": name} for id, (name, _) in self.clients.items()]
                return 200, found
            case "GET", "clients", id, "lists":
                return 200, [{"ListID": one, "Name": self.lists[one].name} for one in self.clients[id][1]]
            case "GET", "lists", id, "customfields":
                return 200, [
                    {"FieldName": name, "Key": key, "DataType": kind, "FieldOptions": []}
                    for key, (name, kind) in self._list(id).fields.items()
                ]
            case "POST", "lists", id, "customfields":
                return self._make_field(self._list(id), call.body)
            case "GET", "lists", id, ("unsubscribed" | "bounced") as state:
                return self._page(self._list(id), state.capitalize(), call.query)
            case "POST", "subscribers", id, "import":
                return self._import(self._list(id), call.body)
            case "POST", "subscribers", id, "unsubscribe":
                return self._end(self._list(id), call.body["EmailAddress"], "Unsubscribed")
            case "DELETE", "subscribers", id:
                return self._end(self._list(id), call.query["email"], "Deleted")
            case "PUT", "subscribers", id:
                return self._move(self._list(id), call.query["email"], call.body["EmailAddress"])
            case _, "lists", id, "webhooks", *more:
                return self._answer_hooks(call, self._list(id), more)
        return 404, {"Code": 404, "Message": "Not found"}

    def _answer_hooks(self, call: Call, there: ListThere, more: list[str]) -> tuple[int, Any]:
        match call.method, *more:
            case ("GET",):
                return 200, list(there.hooks.values())
            case ("POST",):
                return self._make_hook(there, call.body)
            case "GET", hook, "test":
                return self._test_hook(self._hook(there, hook))
            case "PUT", hook, "activate":
                self._hook(there, hook)["Status"] = "Active"
                return 200, ""
            case "DELETE", hook:
                self._hook(there, hook)
                del there.hooks[hook]
                return 200, ""
        return 404, {"Code": 404, "Message": "Not found"}

    def _make_hook(self, there: ListThere, body: dict[str, Any]) -> tuple[int, Any]:
        if set(body["Events"]) - {"Subscribe", "Deactivate", "Update"} or body["PayloadFormat"] != "json":
            raise refuse(600, "Invalid events or format")
        key = f"hook-{len(there.hooks) + 1}"
        there.hooks[key] = {"WebhookID": key, "Status": "Active", **body}
        return 201, key

    def _hook(self, there: ListThere, key: str) -> dict[str, Any]:
        if key not in there.hooks:
            raise refuse(601, "Invalid webhook ID", 404)
        return there.hooks[key]

    def _test_hook(self, hook: dict[str, Any]) -> tuple[int, Any]:
        if not self.reaches:
            raise refuse(610, "Failed to respond")
        return 200, ""

    def tell(self, list_id: str, *events: dict[str, Any]) -> tuple[str, str]:
        """What it posts to the address of the list's hook, and there."""
        address = next(iter(self.lists[list_id].hooks.values()))["Url"]
        told = [{"CustomFields": [], "Name": "", **one} for one in events]
        return address, json.dumps({"Events": told, "ListID": list_id})

    def _list(self, id: str) -> ListThere:
        if id not in self.lists:
            raise refuse(101, "Invalid ListID", 401)
        return self.lists[id]

    def _make_field(self, there: ListThere, body: dict[str, Any]) -> tuple[int, Any]:
        if body["FieldName"].lower() in {name.lower() for name, _ in there.fields.values()}:
            raise refuse(255, "The Field Name already exists in this list")
        key = f"[{body['FieldName'].replace(' ', '')}]"
        there.fields[key] = (body["FieldName"], body["DataType"])
        return 201, key

    def _page(self, there: ListThere, state: str, query: dict[str, str]) -> tuple[int, Any]:
        since = query.get("date", "")
        found = [
            one for one in there.people.values() if one.state == state and f"{one.date:%Y-%m-%d}" >= since
        ]
        found.sort(key=lambda one: (one.date, one.email))
        page, size = int(query["page"]), int(query["pagesize"])
        if not 10 <= size <= 1000:
            raise refuse(801, "Invalid Page Size")
        shown = found[(page - 1) * size : page * size]
        return 200, {
            "Results": [
                {
                    "EmailAddress": one.email,
                    "Name": one.name,
                    "Date": f"{one.date:%Y-%m-%d %H:%M:%S}",
                    "State": state,
                    "CustomFields": [],
                }
                for one in shown
            ],
            "ResultsOrderedBy": query["orderfield"],
            "OrderDirection": query["orderdirection"],
            "PageNumber": page,
            "PageSize": size,
            "RecordsOnThisPage": len(shown),
            "TotalNumberOfRecords": len(found),
            "NumberOfPages": max(-(-len(found) // size), 1),
        }

    def _import(self, there: ListThere, body: dict[str, Any]) -> tuple[int, Any]:
        people, again = body["Subscribers"], body["Resubscribe"]
        if not people:
            raise refuse(212, "No subscribers were provided in this batch.")
        if len(people) > 1000:
            raise refuse(209, "Too many subscribers in this batch.")
        failures, new, existing = [], 0, 0
        for person in people:
            if person.get("ConsentToTrack") not in {"Yes", "No", "Unchanged"}:
                raise refuse(214, "Please provide a consent to track value")
            email = person["EmailAddress"]
            if problem := self._problem(there, email, again):
                failures.append({"EmailAddress": email, "Code": problem[0], "Message": problem[1]})
                continue
            known = there.people.get(email)
            existing, new = existing + (known is not None), new + (known is None)
            one = known or SubscriberThere(email, "", "Active", self.now)
            one.state, one.name = "Active", person["Name"]
            for value in person.get("CustomFields", []):
                if value.get("Clear"):
                    one.fields.pop(value["Key"], None)
                elif value["Key"] in there.fields:
                    one.fields[value["Key"]] = value["Value"]
            there.people[email] = one
        result = {
            "FailureDetails": failures,
            "TotalUniqueEmailsSubmitted": len({one["EmailAddress"] for one in people}),
            "TotalExistingSubscribers": existing,
            "TotalNewSubscribers": new,
            "DuplicateEmailsInSubmission": [],
        }
        if failures:
            raise refuse(210, "Subscriber Import had some failures", ResultData=result)
        return 201, result

    def _problem(self, there: ListThere, email: str, again: bool) -> tuple[int, str] | None:
        if "@" not in email or email.endswith(".invalid"):
            return 1, "Invalid Email Address"
        if email in self.suppressed:
            return 204, "In Suppression List"
        known = there.people.get(email)
        states = {"Deleted": 205, "Unsubscribed": 206, "Bounced": 207}
        if known is not None and known.state in states and not again:
            return states[known.state], f"Is {known.state}"
        return None

    def _end(self, there: ListThere, email: str, state: str) -> tuple[int, Any]:
        known = there.people.get(email)
        if known is None or known.state == "Deleted":
            raise refuse(203, "Subscriber Not In List Or Has Already Been Removed")
        known.state, known.date = state, self.now
        return 200, ""

    def _move(self, there: ListThere, email: str, to: str) -> tuple[int, Any]:
        known = there.people.get(email)
        if known is None or known.state != "Active":
            raise refuse(203, "Subscriber Not In List")
        if to in there.people:
            raise refuse(201, "Already subscribed")
        del there.people[email]
        known.email = to
        there.people[to] = known
        return 200, ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    there: CampaignMonitorThere

    def _serve(self) -> None:
        there, parts = self.there, urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        call = Call(
            self.command,
            parts.path.removeprefix("/api/v3.3"),
            {name: values[0] for name, values in parse_qs(parts.query).items()},
            json.loads(raw) if raw.strip() else None,
        )
        with there.lock:
            there.calls.append(call)
            trouble = there.troubles.pop(0) if there.troubles else None
            if trouble == CUT:
                self.close_connection = True
                return None
            if isinstance(trouble, int):
                return self._say(trouble, json.dumps({"Code": trouble, "Message": "Trouble"}))
            if isinstance(trouble, tuple):
                return self._say(*trouble)
            sent = f"{there.key}:x".encode()
            if self.headers.get("Authorization") != f"Basic {base64.b64encode(sent).decode()}":
                return self._say(401, json.dumps({"Code": 100, "Message": "Invalid API Key"}))
            status, body = there.answer(call)
        if trouble == CUT_AFTER:
            self.close_connection = True
            return None
        return self._say(status, json.dumps(body))

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - names that the server asks for

    def _say(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(there: CampaignMonitorThere) -> Iterator[str]:
    """Its address while it serves."""
    handler = type("Handler", (_Handler,), {"there": there})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/v3.3"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def connected(there: CampaignMonitorThere, settings: Any, monkeypatch: Any) -> Iterator[CampaignMonitorThere]:
    """The library asks the stand-in, without TLS, which nobody on this machine has a certificate for."""
    import createsend.createsend as library

    import_module("tirage.config.urls")  # made once a process: other tests want it without a key

    monkeypatch.setattr(library, "VerifiedHTTPSConnection", HTTPConnection)
    with serving(there) as address:
        settings.TIRAGE_CAMPAIGN_MONITOR_API_KEY = KEY
        settings.TIRAGE_CAMPAIGN_MONITOR_API_BASE = address
        yield there
