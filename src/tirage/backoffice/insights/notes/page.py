"""What the pages of notes show: a sentence, its chart and its figures, all of one fact; and ways to act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tirage.backoffice.frame.who import with_filter
from tirage.customers.models import Customer
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.note_states import SETTLED, NotesState, NoteState
from tirage.insights.noting.running import STEPS
from tirage.insights.noting.words import fact_of, headline_of, nearest_filter, speech
from tirage.insights.rules.facts import Fact, FactKind, Topic
from tirage.insights.rules.quarters import EmptyQuarter
from tirage.insights.rules.sentences import Figure, chance_words, figures_of, rest_words, sentence_of
from tirage.parts.charts import Bar, bar_chart, row_chart
from tirage.places import find_zip
from tirage.segments.queries import having_ids
from tirage.staff.ways import may_open

#: Settled notes that the list still shows; customers that a note names.
SETTLED_SHOWN, PEOPLE_SHOWN = 20, 50
QUARTERS_SHOWN = 15
STATE_WORDS: dict[NoteState, tuple[str, str]] = {
    NoteState.OPEN: ("Open", "live"),
    NoteState.ACTED: ("Acted on", "good"),
    NoteState.DISMISSED: ("Dismissed", "hollow"),
    NoteState.PASSED: ("Over", "hollow"),
}
#: Where one looks further than at the customers, by topic: the list's name and the words of the way there.
_FURTHER: dict[Topic, tuple[str, str]] = {
    Topic.WISHES: ("wishes", "Their wishes"),
    Topic.REFUNDS: ("payments", "Their payments"),
    Topic.SALES: ("orders", "Their orders"),
}
#: What is done with the customers of a note, over the form that keeps them.
_ADVICE: dict[FactKind, str] = {
    FactKind.GROWING: "Keep them as a list to invite them to a tasting, or to give them more.",
    FactKind.FADING: "These are the customers who spent less: keep them as a list, and write or call.",
    FactKind.REFUNDS_HIGH: "These were refunded something: look at what went wrong on the way to them.",
    FactKind.REFUNDS_LOW: "These paid and were never refunded: good people to visit.",
    FactKind.WISHES_UNMET: "These wished for more than they were given: give them more, or a second offer.",
    FactKind.TIER_CONCENTRATED: "These are the group’s customers there: one evening reaches many of them.",
    FactKind.NEW_HERE: "These bought for the first time: welcome them before they forget you.",
    FactKind.LAPSING: "These have been silent for longer than ever before: write to them before they are gone.",
    FactKind.BUSY_HOUR: "Send what should be read then a little before.",
    FactKind.BUSY_DAY: "Send what should be read then on the day before, or that morning.",
    FactKind.BUSY_MONTH: "Plan releases and reminders around it.",
}


@dataclass(frozen=True)
class NoteShown:
    """One note as it is shown."""

    note: Note

    @cached_property
    def fact(self) -> Fact:
        return fact_of(self.note)

    @property
    def topic(self) -> str:
        return headline_of(self.fact)

    @property
    def state(self) -> tuple[str, str]:
        return STATE_WORDS[NoteState(self.note.state)]

    @property
    def is_open(self) -> bool:
        return self.note.state == NoteState.OPEN

    @property
    def is_settled(self) -> bool:
        return self.note.state in [state.value for state in SETTLED]

    @property
    def sentence(self) -> str:
        return sentence_of(self.fact, speech())

    @property
    def figures(self) -> list[Figure]:
        return figures_of(self.fact, speech())

    @property
    def chance(self) -> str:
        return chance_words(self.fact, self.note.run.tests, speech())

    @property
    def advice(self) -> str:
        return _ADVICE[self.fact.kind]

    @property
    def has_people(self) -> bool:
        """Whether it is about somebody in particular."""
        return self.fact.topic is not Topic.TIMING and bool(self.note.people)

    @property
    def people_count(self) -> int:
        return len(self.note.people)

    @property
    def chart(self) -> SafeString:
        """Two shares side by side, or how many fell into each hour, day or month."""
        said = speech()
        if self.fact.bars:
            bars = [Bar(label, count) for label, count in self.fact.bars]
            return bar_chart(
                bars, title="When they bought", unit="customers", say=lambda value: said.count(int(value))
            )
        words = rest_words(self.fact)
        here = "Now" if words == "a year ago" else self.fact.name
        return row_chart(
            [Bar(here, self.fact.share), Bar(words.capitalize(), self.fact.rest_share)],
            title=figures_of(self.fact, said)[0].label,
            unit="share",
            say=lambda value: said.percent(float(value)),
        )

    def ways(self, member: Any) -> list[tuple[str, str]]:
        """Words and address of the lists where one looks further, of those that somebody may open."""
        if self.fact.topic is Topic.TIMING:
            return []
        text = nearest_filter(self.fact)
        is_place = self.fact.key.startswith(("metro:", "state:", "country:"))
        found = [("customers", "Customers there" if is_place else "Customers like them")]
        if self.fact.topic in _FURTHER:
            found.append(_FURTHER[self.fact.topic])
        ways = [
            (words, with_filter(reverse(f"backoffice:{name}"), text))
            for name, words in found
            if may_open(member, f"backoffice:{name}")
        ]
        if may_open(member, "backoffice:new_event_plan"):
            ways.append(("Plan an event", with_filter(reverse("backoffice:new_event_plan"), text)))
        return ways

    def people(self) -> list[Customer]:
        """The first of whom it is about, by lifetime value."""
        rows = having_ids(Customer.objects.all(), self.note.people)
        return list(rows.order_by("-lifetime_minor", "pk")[:PEOPLE_SHOWN])


def notes_shown() -> tuple[list[NoteShown], list[NoteShown]]:
    """The open ones as they are told, and those that were settled last; two statements."""
    rows = Note.objects.select_related("run")
    told = rows.filter(state=NoteState.OPEN.value).order_by("rank", "pk")
    settled = rows.filter(state__in=[state.value for state in SETTLED]).order_by("-settled_at", "-pk")
    return [NoteShown(one) for one in told], [NoteShown(one) for one in settled[:SETTLED_SHOWN]]


def bar_of(run: NotesRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    done = len(run.found) + (run.quarters is not None)
    return {
        "name": "notes",
        "label": "Looking for notes" if done else "Waiting for its turn",
        "value": done or None,
        "max": STEPS,
        "words": f"{done} of {STEPS}",
        "url": reverse("backoffice:insight_look_progress", args=[run.reference]),
    }


def last_search() -> NotesRun | None:
    """The one whose notes are told."""
    return NotesRun.objects.filter(state=NotesState.FINISHED.value).defer("found").order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class QuarterShown:
    """A row of the empty quarters."""

    found: EmptyQuarter
    name: str
    alike: list[str]
    income: str
    expected: str
    chance: str
    customers_url: str


def quarters_shown(run: NotesRun) -> list[QuarterShown]:
    said = speech()
    return [_quarter(EmptyQuarter.from_json(one), said.count) for one in run.quarters or []]


def _quarter(found: EmptyQuarter, count: Callable[[int], str]) -> QuarterShown:
    return QuarterShown(
        found=found,
        name=_zip_name(found.zip),
        alike=[_zip_name(code) for code in found.alike],
        income=f"${count(found.income)}",
        expected=f"{found.expected:.1f}",
        chance=f"1 of {1 / found.p:,.0f}" if found.p > 1e-6 else "fewer than 1 of 1,000,000",
        customers_url=with_filter(reverse("backoffice:customers"), f"near(zip:{found.zip},miles:25)"),
    )


def _zip_name(code: str) -> str:
    place = find_zip(code)
    return f"{code} {place.city}, {place.state}" if place else code
