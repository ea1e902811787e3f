"""What is asked of a policy: when, what stays back, and row by row what happens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict

from tirage.backoffice.frame.acting import MomentField, choose
from tirage.backoffice.wishes.words import RULES
from tirage.core.winery import current_winery
from tirage.customers.models import Group
from tirage.customers.states import GroupKind
from tirage.offers.models import Offer, OfferItem, Release
from tirage.parts.faults import Fault, faults_of_form
from tirage.wishes.policies import PolicyValues, StepValues
from tirage.wishes.policies.rules import MOST_DAYS, MOST_PIECES, StepTerms
from tirage.wishes.policies.rules import RULES as SHARING
from tirage.wishes.policies.writing import MOST_STEPS
from tirage.wishes.rules import Rule
from tirage.wishes.states import PolicyTrigger, StepKind

KINDS = {
    StepKind.GRANT: "Grant wishes",
    StepKind.OPEN: "Open to groups",
    StepKind.RAISE: "Allow more to those who took all",
    StepKind.ASK: "Ask the team",
}
HELP = {
    StepKind.GRANT: "What is left goes to open wishes, by a rule. A grant run does it; the next step waits for it.",
    StepKind.OPEN: "A second offer with the words and prices of the first. Its maximums are never more than is left.",
    StepKind.RAISE: "Whoever bought their whole maximum of a wine may take more, while their offer is open: once "
    "it has closed they need a second offer.",
    StepKind.ASK: "The team gets a mail, and nothing goes on until somebody says so.",
}
#: The fields that each kind of step has.
FIELDS: dict[StepKind, tuple[str, ...]] = {
    StepKind.GRANT: (
        "groups",
        "rule",
        "customer_cap",
        "household_cap",
        "case",
        "kept_days",
        "keeps_rest",
        "seed",
    ),
    StepKind.OPEN: ("groups", "maximum", "days", "hour"),
    StepKind.RAISE: ("groups", "maximum", "rule"),
    StepKind.ASK: ("note",),
}
_STEP = re.compile(r"step-(\d{1,2})-([a-z_]{2,20})")


class PolicyForm(forms.Form):
    """When a policy begins, and what it keeps back: ``reserve-<sku id>`` for a wine with a number of its own."""

    trigger = forms.ChoiceField(
        label="It begins",
        widget=forms.RadioSelect,
        choices=[
            (PolicyTrigger.CLOSING.value, "When the offer closes, wherever its end is moved to"),
            (PolicyTrigger.TIME.value, "At a time"),
            (PolicyTrigger.HAND.value, "When somebody says so"),
        ],
    )
    offer = forms.ChoiceField(
        label="Offer",
        required=False,
        help_text="Whose wines it is about. Second offers have its words and prices.",
    )
    begins_at = MomentField(label="Time", required=False, help_text="Only for one that begins at a time.")
    reserve = forms.IntegerField(
        label="Keep back",
        required=False,
        min_value=0,
        max_value=MOST_PIECES,
        help_text="Pieces that nobody gets.",
    )
    reserve_of_all = forms.ChoiceField(
        label="Of what", choices=[("each", "Of each wine"), ("all", "Of all wines together")]
    )
    minds_offers = forms.BooleanField(
        label="Leave alone what other open offers may still sell", required=False
    )

    def __init__(self, release: Release, data: Mapping[str, Any] | None = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        offers = Offer.objects.filter(release=release).select_related("group").order_by("group__rank", "pk")
        choose(
            self,
            "offer",
            [("", "All wines of the release"), *((one.reference, one.group.name) for one in offers)],
        )
        self._offers = {one.reference: one.pk for one in offers}
        items = (
            OfferItem.objects.filter(offer__release=release).select_related("sku").order_by("position", "id")
        )
        self.wines = {item.sku_id: item.sku for item in items}
        for pk, sku in self.wines.items():
            self.fields[f"reserve-{pk}"] = forms.IntegerField(
                label=f"Keep back of {sku}", required=False, min_value=0, max_value=MOST_PIECES
            )

    @property
    def own_reserves(self) -> list[forms.BoundField]:
        return [self[f"reserve-{pk}"] for pk in self.wines]

    @property
    def has_own_reserves(self) -> bool:
        return any(field.value() not in (None, "") or field.errors for field in self.own_reserves)

    def values(self, steps: Sequence[StepValues]) -> PolicyValues:
        said = self.cleaned_data
        own = {pk: said[f"reserve-{pk}"] for pk in self.wines if said.get(f"reserve-{pk}") is not None}
        return PolicyValues(
            trigger=PolicyTrigger(said["trigger"]),
            offer_id=self._offers.get(said["offer"]),
            begins_at=said["begins_at"],
            reserve=said["reserve"] or 0,
            reserve_of_all=said["reserve_of_all"] == "all",
            reserve_own=own,
            minds_offers=said["minds_offers"],
            steps=steps,
        )

    @staticmethod
    def initial_of(values: PolicyValues) -> dict[str, Any]:
        named = Offer.objects.filter(pk=values.offer_id) if values.offer_id else Offer.objects.none()
        reference = named.values_list("reference", flat=True).first() or ""
        return {
            "trigger": values.trigger.value,
            "offer": reference,
            "begins_at": values.begins_at,
            "reserve": values.reserve,
            "reserve_of_all": "all" if values.reserve_of_all else "each",
            "minds_offers": values.minds_offers,
            **{f"reserve-{pk}": pieces for pk, pieces in values.reserve_own.items()},
        }


class StepForm(forms.Form):
    """One row: the fields of its kind."""

    kind = forms.ChoiceField(
        widget=forms.HiddenInput, choices=[(kind.value, words) for kind, words in KINDS.items()]
    )
    groups = forms.MultipleChoiceField(label="Groups", required=False, widget=forms.CheckboxSelectMultiple)
    rule = forms.ChoiceField(label="Rule", choices=[(rule.value, RULES[rule][0]) for rule in SHARING])
    customer_cap = forms.IntegerField(
        label="At most for a customer", required=False, min_value=1, max_value=MOST_PIECES
    )
    household_cap = forms.IntegerField(
        label="At most for a household", required=False, min_value=1, max_value=MOST_PIECES
    )
    case = forms.IntegerField(label="Only whole cases of", required=False, min_value=1, max_value=100)
    kept_days = forms.IntegerField(
        label="Days that bottles of declined cards are kept", min_value=1, max_value=MOST_DAYS
    )
    keeps_rest = forms.BooleanField(label="The rest of a wish stays open", required=False)
    seed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    maximum = forms.IntegerField(label="Of each wine", min_value=1, max_value=MOST_PIECES)
    days = forms.IntegerField(label="Days open", min_value=1, max_value=MOST_DAYS)
    hour = forms.TypedChoiceField(
        label="Opens",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "At once"), *((str(hour), f"At the next {hour}:00") for hour in range(24))],
    )
    note = forms.CharField(
        label="What they are asked",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self, place: int, kind: StepKind, groups: Sequence[Group], data: Any = None, initial: Any = None
    ) -> None:
        super().__init__(data, prefix=f"step-{place}", initial={"kind": kind.value, **(initial or {})})
        self.place, self.step_kind = place, kind
        for name in [name for name in self.fields if name not in ("kind", *FIELDS[kind])]:
            del self.fields[name]
        if "groups" in self.fields:
            choose(self, "groups", [(group.reference, group.name) for group in groups])
            self._groups = {group.reference: group.pk for group in groups}
            if kind is StepKind.GRANT:
                self.fields["groups"].label = "Wishes of"
                self.fields["groups"].help_text = "None chosen means all groups."
        if kind is StepKind.RAISE:
            self.fields["maximum"].label = "More of each wine"

    @property
    def title(self) -> str:
        return f"{self.place + 1}. {KINDS[self.step_kind]}"

    @property
    def help(self) -> str:
        return HELP[self.step_kind]

    @property
    def shown(self) -> Iterator[forms.BoundField]:
        return (field for field in self if not field.is_hidden)

    def values(self) -> StepValues:
        said = self.cleaned_data
        known = {
            name: said[name] for name in FIELDS[self.step_kind] if name != "groups" and said[name] is not None
        }
        if "rule" not in known:
            known["rule"] = Rule.EQUAL.value
        groups = [self._groups[reference] for reference in said.get("groups", [])]
        return StepValues(self.step_kind, groups, replace(StepTerms(), **known))


class Written:
    """The whole form as it was sent, or as a policy stands: the policy's own part, then a row for each step."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.groups = list(Group.objects.filter(kind=GroupKind.ALLOCATION.value).order_by("rank", "name"))
        self.form = PolicyForm(release)
        self.steps: list[StepForm] = []

    @classmethod
    def of(cls, release: Release, values: PolicyValues) -> Written:
        """As it stands."""
        found = cls(release)
        found.form = PolicyForm(release, initial=PolicyForm.initial_of(values))
        references = {group.pk: group.reference for group in found.groups}
        for place, step in enumerate(values.steps):
            initial = step.terms.as_json() | {
                "groups": [references[pk] for pk in step.groups if pk in references]
            }
            if initial["case"] == 1:
                initial["case"] = None
            found.steps.append(StepForm(place, step.kind, found.groups, initial=initial))
        return found

    @classmethod
    def sent(cls, release: Release, data: QueryDict) -> Written:
        """As it was sent, to be saved."""
        found = cls(release)
        found.form = PolicyForm(release, data)
        found.steps = [StepForm(place, kind, found.groups, data) for place, kind, _ in _rows(data)]
        return found

    @classmethod
    def rearranged(cls, release: Release, data: QueryDict, act: str) -> Written:
        """As it was sent with a row more, one less, or one moved up; nothing is refused yet."""
        found = cls(release)
        initial = {name: data.get(name, "") for name in found.form.fields}
        found.form = PolicyForm(release, initial=initial)
        rows = [(kind, typed) for _, kind, typed in _rows(data)]
        word, _, what = act.partition("-")
        place = int(what) if what.isdigit() and len(what) < 3 else -1
        if word == "add" and what in set(StepKind) and len(rows) < MOST_STEPS:
            rows.append((StepKind(what), fresh(StepKind(what))))
        elif word == "remove" and 0 <= place < len(rows):
            del rows[place]
        elif word == "up" and 0 < place < len(rows):
            rows[place - 1], rows[place] = rows[place], rows[place - 1]
        found.steps = [
            StepForm(at, kind, found.groups, initial=typed) for at, (kind, typed) in enumerate(rows)
        ]
        return found

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), *(step.is_valid() for step in self.steps)])

    def values(self) -> PolicyValues:
        return self.form.values([step.values() for step in self.steps])

    def refuse(self, problems: Mapping[str, str], message: str) -> None:
        """Puts what the operation refused beside its fields: ``reserve``, or ``1.groups`` of the second step."""
        for name, words in problems.items():
            place, _, of = name.partition(".")
            if of and place.isdigit() and int(place) < len(self.steps):
                step = self.steps[int(place)]
                step.add_error(of if of in step.fields else None, words)
            else:
                self.form.add_error(name if name in self.form.fields else None, words)
        if not problems:
            self.form.add_error(None, message)

    @property
    def faults(self) -> list[Fault]:
        """Those of the steps, by their number; the layout gathers the form's own."""
        return [
            replace(fault, label=f"Step {step.place + 1}, {fault.label.lower()}" if fault.label else "")
            for step in self.steps
            if step.is_bound
            for fault in faults_of_form(step)
        ]


def fresh(kind: StepKind) -> dict[str, Any]:
    """What a new row begins with."""
    terms = StepTerms(kept_days=current_winery().set_aside_days)
    return terms.as_json() | {"case": None, "groups": [], "kind": kind.value}


def _rows(data: QueryDict) -> list[tuple[int, StepKind, dict[str, Any]]]:
    """The steps that were sent, in their order: place, kind, and what was typed."""
    typed: dict[int, dict[str, Any]] = {}
    for name in data:
        if found := _STEP.fullmatch(name):
            place, field = int(found[1]), found[2]
            typed.setdefault(place, {})[field] = data.getlist(name) if field == "groups" else data[name]
    rows = []
    for place in sorted(typed)[:MOST_STEPS]:
        kind = typed[place].get("kind", "")
        if kind in set(StepKind):
            rows.append((place, StepKind(kind), typed[place]))
    return rows
