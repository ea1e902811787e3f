"""What is sent to each address: read off its pages and forms, so that a new one is tried without being named here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TypeAlias

from django.test import Client

from tests.web.odd import values
from tests.web.odd.forms import Control, Form, forms_of, kind_of
from tests.web.odd.search import FORM, MULTIPART, Answer, Search, encoded, in_parts

Pair: TypeAlias = tuple[str, str]

_PASSABLE = [value for value in (*values.NUMBERS, *values.DAYS, *values.TEXTS) if "\0" not in value]
_DAY_KINDS = {"date", "datetime-local", "month"}


@dataclass(slots=True)
class Target:
    """An address and who asks it."""

    who: str
    client: Client
    path: str


@dataclass(slots=True)
class Asker:
    """Asks ``search`` about targets: ``each`` odd values for a field by itself (0: all of them), ``sweeps`` of all."""

    search: Search
    each: int
    sweeps: int
    turn: Iterator[int] = field(default_factory=count)
    families: set[tuple[str, ...]] = field(default_factory=set)

    def forms_on(self, target: Target) -> list[Form]:
        """The forms that the page shows to whoever asks."""
        page = self.search.send(target.client, "get", target.path)
        return forms_of(page.body, target.path) if page.status == 200 else []

    def look(self, target: Target) -> None:
        """A page with each parameter that it reads odd. ``q`` is the search field that every page has."""
        names = self.search.send(target.client, "get", target.path).read
        controls = [Control(name, "text") for name in sorted(names)]
        few = 1 if names <= {"q"} and self.each else self.each
        for pairs in self._odd_pairs([], controls, few):
            query = encoded(pairs).decode()
            self.search.send(
                target.client, "get", target.path, said=_difference([], pairs), QUERY_STRING=query
            )

    def act(self, target: Target) -> None:
        """An act that no page of the stage offers: by the names that it reads."""
        names = self.search.send(target.client, "post", target.path).read
        controls = [Control(name, "text") for name in sorted(names - {"q"})]
        self.submit(target, Form(target.path, "post", controls))

    def submit(self, target: Target, form: Form) -> None:
        """A form as it stands, with each of its fields odd in turn, with all of them odd, and out of shape.

        Of a form with several buttons each is pressed with all fields odd, the first with each in turn.
        """
        files = {control.name for control in form.controls if control.kind == "file"}
        baseline = _filled(form)
        names = self._post(target, form.path, baseline, files, "as it stands").read
        known = {control.name for control in form.controls} | {"q"}
        extra = [Control(name, "text") for name in sorted(names - known - files) if kind_of(name) == name]
        controls = [*_one_of_each(control for control in form.controls if control.kind != "file"), *extra]
        is_new = form.family not in self.families
        self.families.add(form.family)
        each = self.each if is_new or not self.each else -1
        for pairs in self._odd_pairs(baseline, controls, each):
            self._post(target, form.path, pairs, files, _difference(baseline, pairs))
        if is_new:
            self._misshapen(target, form.path, baseline, files)

    def _odd_pairs(self, baseline: list[Pair], controls: list[Control], each: int) -> Iterator[list[Pair]]:
        for control in controls if each >= 0 else ():
            for value in self._values(control, each):
                yield _with(baseline, {control.name: value})
        for _ in range(self.sweeps if len(controls) > 1 else 0):
            at = next(self.turn) * 7
            odd = {c.name: _PASSABLE[(at + i * 5) % len(_PASSABLE)] for i, c in enumerate(controls)}
            yield _with(baseline, odd)

    def _values(self, control: Control, each: int) -> Iterable[str]:
        if not each:
            return values.ALL
        lists = [values.NUMBERS, values.TEXTS, values.DAYS]
        if (
            control.kind in _DAY_KINDS
            or "date" in control.name
            or control.name.endswith(("_at", "_on", "day"))
        ):
            lists = [values.DAYS, values.DAYS, values.NUMBERS, values.TEXTS]
        elif control.kind == "number" or (control.value or "").isdigit():
            lists = [values.NUMBERS, values.NUMBERS, values.TEXTS]
        turn = next(self.turn)
        those = [lists[(turn + at) % len(lists)] for at in range(each)]
        return [one[(turn * 11 + at) % len(one)] for at, one in enumerate(those)]

    def _misshapen(self, target: Target, path: str, baseline: list[Pair], files: set[str]) -> None:
        self._post(target, path, [], set(), "nothing at all")
        self._post(target, path, [*baseline, *baseline], files, "everything twice")
        self._post(
            target, path, _with(baseline, {baseline[-1][0]: values.LONG}) if baseline else [], files, "much"
        )
        bodies = ODD_BODIES if not self.each else [ODD_BODIES[next(self.turn) % len(ODD_BODIES)]]
        for kind, body in bodies:
            self.search.send(target.client, "post", path, body, kind, f"{kind} {body[:60]!r}")
        for called, data in ODD_FILES if files else ():
            body = in_parts(baseline, dict.fromkeys(files, (called, data)))
            self.search.send(target.client, "post", path, body, MULTIPART, f"file {called} {data[:40]!r}")
        if not files:
            as_files = {name: ("a.csv", b"Sku\nCAB23\n") for name, _ in baseline}
            self.search.send(
                target.client, "post", path, in_parts([], as_files), MULTIPART, "files for words"
            )

    def _post(self, target: Target, path: str, pairs: list[Pair], files: set[str], said: str) -> Answer:
        if files:
            given = dict.fromkeys(files, ("a.csv", b"Sku\nCAB23\n"))
            body = in_parts([(name, value) for name, value in pairs if name not in files], given)
            return self.search.send(target.client, "post", path, body, MULTIPART, said)
        return self.search.send(target.client, "post", path, encoded(pairs), FORM, said)


ODD_BODIES: list[tuple[str, bytes]] = [
    ("application/json", b'{"a": [1'),
    ("text/plain", b"a=b"),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name="),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n*\r\n--x--',
    ),
    ("multipart/form-data; boundary=" + "x" * 300, b"--" + b"x" * 300),
    ("multipart/form-data; boundary=\u00e9", b"--\xe9"),
    (
        "multipart/form-data; boundary=x; charset=nonsense",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
    ),
    ("application/x-www-form-urlencoded; charset=nonsense", b"a=%E9"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"a=%E9&\xff\xfe=b"),
    ("application/x-www-form-urlencoded", b"\xff\xfe=\x80&=&&==&%=%zz&a[]=1&a[b]=2"),
    ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(1_500))),
    ("", b"a=b"),
    (";;;", b"a=b"),
]
_DEEP = b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 40_000 + b"</g>" * 40_000 + b"</svg>"
ODD_FILES: list[tuple[str, bytes]] = [
    ("a.csv", b""),
    ("a.csv", b"\x00" * 100),
    ("a.csv", b"Sku\x00,E-mail\n\xff\xfe\n"),
    ("a.csv", b'"' * 1001),
    (
        "a.csv",
        b"E-mail,Sku,Zone,Country,Name\n" + b"a\x00b,\xed\xa0\x80,9999999999999999999,1e999,9999-12-31\n" * 3,
    ),
    ("a.csv", b"," * 20_000 + b"\n" + b"," * 20_000),
    ("a.xlsx", b"PK\x03\x04" + b"\x00" * 60),
    ("a.svg", _DEEP),
    ("a.svg", b"<svg"),
    ("a.svg", b'<?xml version="1.0" encoding="nonsense"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
    (
        "a.svg",
        b'<!DOCTYPE svg [<!ENTITY a "&b;&b;"><!ENTITY b "&a;">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
    ),
    (
        "a.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="nan inf 1e999 -1" width="1e999" height="\xc2\xb2"/>',
    ),
    ("a.png", b"\x89PNG\r\n\x1a\n\x00\x00"),
    ("a.jpg", b"\xff\xd8\xff\xe0\x00"),
    ("a.webp", b"RIFF\x00\x00\x00\x00WEBP"),
    ("x" * 300 + ".csv", b"a"),
    ("", b"a"),
]


def _filled(form: Form) -> list[Pair]:
    """As the page has it, with something in what must not be empty."""
    pairs: list[Pair] = []
    seen_radio: set[str] = set()
    for control in form.controls:
        value = control.value
        if control.kind == "file":
            continue
        if not value and control.is_required:
            value = _something(control)
        if control.kind == "radio" and value is None and control.choices and control.name not in seen_radio:
            value = (
                control.choices[0]
                if not any(c.name == control.name and c.value is not None for c in form.controls)
                else None
            )
        if value is not None:
            seen_radio.add(control.name)
            pairs.append((control.name, value))
    return pairs


def _something(control: Control) -> str:
    now = datetime.now(UTC)
    if control.choices:
        return next((choice for choice in control.choices if choice), "")
    return {
        "number": "1",
        "email": "odd@example.com",
        "date": f"{now:%Y-%m-%d}",
        "datetime-local": f"{now:%Y-%m-%dT%H:%M}",
        "month": f"{now:%Y-%m}",
        "checkbox": "on",
    }.get(control.kind, "7")


def _one_of_each(controls: Iterable[Control]) -> list[Control]:
    found: dict[str, Control] = {}
    for control in controls:
        if not control.name.startswith("csrf"):
            found.setdefault(kind_of(control.name), control)
    return list(found.values())


def _with(pairs: list[Pair], odd: dict[str, str]) -> list[Pair]:
    kept = [(name, value) for name, value in pairs if name not in odd]
    return [*kept, *odd.items()]


def _difference(baseline: list[Pair], pairs: list[Pair]) -> str:
    known = set(baseline)
    return " ".join(f"{name}={value[:40]!r}" for name, value in pairs if (name, value) not in known)
