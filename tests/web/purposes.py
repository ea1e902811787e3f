"""What a page of the shop tells browsers and screen readers of its controls: what each is for, and which of wine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: WCAG 1.3.5: what a field with such a name (the end of it) is for.
PURPOSES = {
    "first_name": "given-name",
    "last_name": "family-name",
    "email": "email",
    "phone": "tel",
    "recipient": "name",
    "company": "organization",
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "state": "address-level1",
    "postal_code": "postal-code",
    "country": "country",
    "birth_date": "bday",
}
#: Of whoever else, not of who types.
ELSE = frozenset({"off"})
#: Fields that may be left empty, and say so.
OPTIONAL = frozenset({"phone", "company", "line2", "note"})
_VOID = frozenset({"input", "br", "img", "link", "meta", "hr", "use", "path"})


@dataclass(slots=True)
class _Said(HTMLParser):
    fields: list[tuple[str, str, str]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    summaries: list[str] = field(default_factory=list)
    label: str | None = None
    summary: list[str] | None = None

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        is_field = tag in {"select", "textarea"} or (
            tag == "input" and said.get("type") not in {"hidden", "radio"}
        )
        if is_field and said.get("name"):
            self.fields.append((said["name"], said.get("id", ""), said.get("autocomplete", "")))
        elif tag == "label" and "for" in said:
            self.label = said["for"]
        elif tag == "summary":
            self.summary = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.label = None
        elif tag == "summary" and self.summary is not None:
            self.summaries.append(" ".join("".join(self.summary).split()))
            self.summary = None

    def handle_data(self, data: str) -> None:
        if self.label is not None:
            self.labels[self.label] = self.labels.get(self.label, "") + data
        if self.summary is not None:
            self.summary.append(data)


def wrong_purposes(html: str) -> Iterator[str]:
    """Fields whose purpose a browser isn't told, optional ones that don't say so, and two things of one name."""
    said = _Said()
    said.feed(html)
    for name, key, autocomplete in said.fields:
        part = next((one for one in PURPOSES if name == one or name.endswith(f"-{one}")), "")
        told = autocomplete.split()[-1:] or [""]
        if part and told[0] != PURPOSES[part] and told[0] not in ELSE:
            yield f"{name}: autocomplete is {autocomplete!r}, not {PURPOSES[part]!r}"
        last = name.rpartition("-")[2]
        if last in OPTIONAL and "optional" not in said.labels.get(key, ""):
            yield f"{name}: its label doesn't say that it is optional: {said.labels.get(key, '')!r}"
    twice = [words for words, count in Counter(said.summaries).items() if count > 1 and "ish" in words]
    yield from (f"several things that open are called {words!r}" for words in twice)
