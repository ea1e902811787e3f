"""A filter as a sentence: ``spent $5,000 or more since 2022, bought Estate Cabernet, and is not in Premier``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date

from tirage.core.money import Money, exponent, say_money
from tirage.core.texts import say_names
from tirage.segments.rules.tree import Condition, Junction, Node, Span, Value

#: The name of a thing by what it is and its key: ``name("group", "GRP-7K2M9QXA")``.
Naming = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Voice:
    """How the winery writes money and days, and what its things are called."""

    currency: str
    locale: str
    name: Naming

    @property
    def is_american(self) -> bool:
        return self.locale == "en_US"

    def money(self, whole: Decimal) -> str:
        """``$5,000`` where there are no cents, ``$99.50`` where there are."""
        said = say_money(Money(minor_of(whole, self.currency), self.currency), self.locale)
        cents = "0" * exponent(self.currency)
        if not cents or whole != int(whole):
            return said
        for mark in (".", ","):
            head, found, tail = said.rpartition(mark + cents)
            if found and not any(letter.isdigit() for letter in tail):
                return head + tail
        return said

    def day(self, day: date) -> str:
        return str(format_date(day, "long", locale="en_US" if self.is_american else "en_GB"))

    def series(self, words: Sequence[str], last: str) -> str:
        """``a, b, and c`` as Americans write it, ``a, b and c`` as the British do."""
        if len(words) < 3 and not (len(words) == 2 and self.is_american and "," in words[0]):
            return f" {last} ".join(words)
        comma = "," if self.is_american else ""
        return f"{', '.join(words[:-1])}{comma} {last} {words[-1]}"


def minor_of(whole: Decimal, currency: str) -> int:
    """Whole units as minor ones; what is finer than the currency is rounded."""
    return int(whole.scaleb(exponent(currency)).to_integral_value(rounding=ROUND_HALF_UP))


def sentence(node: Node, voice: Voice) -> str:
    """What is said after *customers who*; without a full stop."""
    return _say(node, voice, inside=False)


def _say(node: Node, voice: Voice, *, inside: bool) -> str:
    if isinstance(node, Condition):
        return say_condition(node, voice)
    if node.junction is Junction.NONE and len(node.parts) == 1:
        part = node.parts[0]
        if isinstance(part, Condition):
            return say_condition(part, voice, negated=True)
        return f"is not among those who {_say(part, voice, inside=True)}"
    words = [_say(part, voice, inside=True) for part in node.parts]
    if len(words) == 1:
        return words[0]
    if node.junction is Junction.NONE:
        return f"is in none of these cases: ({voice.series(words, 'or')})"
    said = voice.series(words, "or" if node.junction is Junction.ANY else "and")
    return f"({said})" if inside else said


def say_condition(found: Condition, voice: Voice, *, negated: bool = False) -> str:
    """One condition, or its opposite."""
    said = _PHRASES[found.word](found, voice)
    return said.no if negated else said.yes


@dataclass(frozen=True, slots=True)
class _Said:
    yes: str
    no: str


def _verb(past: str, plain: str, rest: str) -> _Said:
    return _Said(f"{past} {rest}".strip(), f"didn’t {plain} {rest}".strip())


def _is(rest: str) -> _Said:
    return _Said(f"is {rest}", f"is not {rest}")


def _has(rest: str, without: str = "") -> _Said:
    return _Said(f"has {rest}", f"has {without or 'not ' + rest}")


def _range(found: Condition, say: Callable[[Decimal], str]) -> str:
    low, high = found.number("from"), found.number("to")
    if low is not None and high is not None:
        return f"exactly {say(low)}" if low == high else f"{say(low)} to {say(high)}"
    if low is not None:
        return f"{say(low)} or more"
    return f"{say(high if high is not None else Decimal(0))} or less"


def _period(found: Condition, voice: Voice) -> str:
    """`` since 2022``, `` in 2023``, `` from March 1, 2022 to …``, `` in the last 24 months``; empty for any time."""
    last, since, until = found.get("last"), found.get("since"), found.get("until")
    if isinstance(last, Span):
        return f" in the last {_span(last)}"
    return _between(since, until, voice)


def _between(since: Value | None, until: Value | None, voice: Voice) -> str:
    first = since if isinstance(since, date) else None
    last = until if isinstance(until, date) else None
    if first and last:
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            same = first.year == last.year
            return f" in {first.year}" if same else f" from {first.year} to {last.year}"
        return (
            f" on {voice.day(first)}" if first == last else f" from {voice.day(first)} to {voice.day(last)}"
        )
    if first:
        return f" since {first.year if (first.month, first.day) == (1, 1) else voice.day(first)}"
    if last:
        whole_year = (last.month, last.day) == (12, 31)
        return f" before {last.year + 1 if whole_year else voice.day(last + timedelta(days=1))}"
    return ""


def _span(span: Span) -> str:
    return span.unit.value[:-1] if span.count == 1 else f"{span.count} {span.unit.value}"


def _count(one: str, many: str) -> Callable[[Decimal], str]:
    return lambda value: f"{int(value):,} {one if value == 1 else many}"


def _percent(value: Decimal) -> str:
    return f"{value.normalize():f} %"


def _amount(past: str, plain: str) -> Callable[[Condition, Voice], _Said]:
    return lambda found, voice: _verb(past, plain, _range(found, voice.money) + _period(found, voice))


def _counted(past: str, plain: str, one: str, many: str) -> Callable[[Condition, Voice], _Said]:
    return lambda found, voice: _verb(past, plain, _range(found, _count(one, many)) + _period(found, voice))


def _things(found: Condition, voice: Voice, empty: str) -> str:
    named = [voice.name(key, found.text(key)) for key in ("sku", "vintage", "wine") if found.text(key)]
    said = say_names(named) or empty
    release = found.text("release")
    return f"{said} in {voice.name('release', release)}".strip() if release else said


def _bought(found: Condition, voice: Voice) -> _Said:
    return _verb("bought", "buy", _things(found, voice, "") + _period(found, voice))


def _wished(found: Condition, voice: Voice) -> _Said:
    outcome = found.text("outcome")
    of = _things(found, voice, "a wine" if not found.text("release") else "wine") + _period(found, voice)
    if outcome == "asked":
        return _verb("wished for", "wish for", of)
    return _Said(f"had a wish {outcome} for {of}", f"had no wish {outcome} for {of}")


def _offered(found: Condition, voice: Voice) -> _Said:
    group = found.text("group")
    rest = f"offered {voice.name('release', found.text('release'))}"
    rest += f" in {voice.name('group', group)}" if group else ""
    return _Said(f"was {rest}", f"was not {rest}")


def _invited(found: Condition, voice: Voice) -> _Said:
    group = found.text("group")
    rest = f"invited to {voice.name('release', found.text('release'))}"
    rest += f" as {voice.name('group', group)}" if group else ""
    return _Said(f"was {rest}", f"was not {rest}")


def _of_release(yes: str, no: str) -> Callable[[Condition, Voice], _Said]:
    """``yes`` and ``no`` with the release's name."""

    def said(found: Condition, voice: Voice) -> _Said:
        name = voice.name("release", found.text("release"))
        return _Said(yes.format(name), no.format(name))

    return said


def _club(found: Condition, voice: Voice) -> _Said:
    name, state = voice.name("club", found.text("club")), found.text("as")
    if state == "left":
        return _Said(f"left {name}", f"didn’t leave {name}")
    return _is(f"a member of {name}" if state == "member" else f"a paused member of {name}")


def _group(found: Condition, voice: Voice) -> _Said:
    name, on = voice.name("group", found.text("group")), found.get("on")
    if isinstance(on, date):
        return _Said(f"was in {name} on {voice.day(on)}", f"was not in {name} on {voice.day(on)}")
    return _is(f"in {name}")


def _near(found: Condition, voice: Voice) -> _Said:
    miles = found.whole("miles")
    place = voice.name("zip", found.text("zip"))
    rest = f"within {miles:,} mile{'' if miles == 1 else 's'} of {place}"
    return _Said(f"lives {rest}", f"doesn’t live {rest}")


def _lives(key: str, words: str, called: str = "") -> Callable[[Condition, Voice], _Said]:
    """``key`` has the value, which is named as ``called``, where that is another word."""

    def said(found: Condition, voice: Voice) -> _Said:
        rest = words.format(voice.name(called or key, found.text(key)))
        return _Said(f"lives {rest}", f"doesn’t live {rest}")

    return said


def _within(found: Condition) -> str:
    days = found.whole("days")
    return "today" if days == 0 else f"within {days:,} day{'' if days == 1 else 's'}"


def _expires(found: Condition, voice: Voice) -> _Said:
    return _has(f"a card that expires {_within(found)}", f"no card that expires {_within(found)}")


def _anniversary(found: Condition, voice: Voice) -> _Said:
    words = {
        "birthday": "birthday",
        "sign_up": "anniversary of signing up",
        "first_order": "anniversary of a first order",
    }
    what = words[found.text("of")]
    an = "an" if what[0] in "aeiou" else "a"
    return _has(f"{an} {what} {_within(found)}", f"no {what} {_within(found)}")


def _take(found: Condition, voice: Voice) -> _Said:
    count = found.whole("releases")
    of = "the last release" if count == 1 else f"the last {count} releases"
    return _verb("took", "take", f"{_range(found, _percent)} of what {of} offered them")


def _rfm(found: Condition, voice: Voice) -> _Said:
    name = voice.name("class", found.text("class"))
    return _Said(f"is of the RFM class {name}", f"is not of the RFM class {name}")


def _named(words: str, key: str) -> Callable[[Condition, Voice], _Said]:
    return lambda found, voice: _is(words.format(voice.name(key, found.text(key))))


_PHRASES: dict[str, Callable[[Condition, Voice], _Said]] = {
    "spent": _amount("spent", "spend"),
    "orders": _counted("placed", "place", "order", "orders"),
    "bottles": _counted("bought", "buy", "bottle", "bottles"),
    "average": lambda found, voice: _Said(
        f"has an average order of {_range(found, voice.money)}{_period(found, voice)}",
        f"doesn’t have an average order of {_range(found, voice.money)}{_period(found, voice)}",
    ),
    "refunded": lambda found, voice: _verb("got", "get", f"{_range(found, _percent)} of their money back"),
    "credit": lambda found, voice: _Said(
        f"has {_range(found, voice.money)} of store credit",
        f"doesn’t have {_range(found, voice.money)} of store credit",
    ),
    "rfm": _rfm,
    "bought": _bought,
    "first_order": lambda found, voice: _verb("first ordered", "first order", _period(found, voice).strip()),
    "last_order": lambda found, voice: _verb("last ordered", "last order", _period(found, voice).strip()),
    "take": _take,
    "wished": _wished,
    "offered": _offered,
    "invited": _invited,
    "seen": _of_release("saw the offer in {}", "didn’t see the offer in {}"),
    "in_cart": _of_release("has bottles of {} in the cart", "has no bottles of {} in the cart"),
    "group": _group,
    "tier": lambda found, voice: _is("in an allocation group"),
    "club": _club,
    "tag": lambda found, voice: _is(f"tagged {voice.name('tag', found.text('tag'))}"),
    "segment": _named("in the segment {}", "segment"),
    "list": _named("on the list {}", "list"),
    "state": _lives("state", "in {}"),
    "zip": _lives("zip", "in a ZIP that begins with {}", "text"),
    "near": _near,
    "lives": _lives("area", "in {}"),
    "place": _lives("place", "in the place {}"),
    "signed_up": lambda found, voice: _verb("signed up", "sign up", _period(found, voice).strip()),
    "source": lambda found, voice: _verb("came", "come", f"by {voice.name('source', found.text('source'))}"),
    "opted_in": lambda found, voice: _Said("opted in to mail", "hasn’t opted in to mail"),
    "suspended": lambda found, voice: _is("suspended"),
    "bounced": lambda found, voice: _has("an address that bounced", "no address that bounced"),
    "card": lambda found, voice: _has("a valid card", "no valid card"),
    "card_expires": _expires,
    "anniversary": _anniversary,
}
