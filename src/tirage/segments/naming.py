"""Names of what filters refer to, and everything that can be chosen in one."""

from __future__ import annotations

from functools import cached_property

from tirage.catalog.models import Sku, Vintage, Wine
from tirage.clubs.models import Club
from tirage.core.winery import current_winery
from tirage.customers.models import Customer, Group, Tag
from tirage.offers.models import Release
from tirage.places import STATES, countries, find_zip, metro_areas
from tirage.segments.models import CustomerList, SavedPlace, Segment
from tirage.segments.rules import RFM_CLASSES, Node, Takes, Voice, conditions, home_name, read_home, sentence

Choices = list[tuple[str, str]]
_SOURCES = 200


def _vintages() -> Choices:
    rows = Vintage.objects.order_by("wine__name", "-year").values_list(
        "wine__reference", "year", "wine__name"
    )
    return [(f"{wine}.{year or 'NV'}", f"{name} {year or 'NV'}") for wine, year, name in rows]


def _skus() -> Choices:
    return [(sku.code, f"{sku.name} {sku.format_name}") for sku in Sku.objects.order_by("name", "code")]


def _sources() -> Choices:
    found = Customer.objects.exclude(source="").values_list("source", flat=True).distinct().order_by("source")
    return [(source, source) for source in found[:_SOURCES]]


class Things:
    """What the winery has that a filter can name, each kind read once when it is first asked for."""

    def choices(self, what: str) -> Choices:
        """Key and name of ``what``: group, club, tag, sku, wine, vintage, release, segment, list, state, source."""
        found: Choices = getattr(self, f"_{what}")
        return found

    def names(self, what: str) -> dict[str, str]:
        kept = self.__dict__.setdefault("_names", {})
        if what not in kept:
            kept[what] = dict(self.choices(what))
        found: dict[str, str] = kept[what]
        return found

    def name(self, what: str, key: str) -> str:
        """How a thing is called; of one that isn't there any more, that it isn't."""
        if what == "class":
            return dict(RFM_CLASSES).get(key, key)
        if what == "zip":
            place = find_zip(key)
            return f"{key} {place.city}" if place else key
        if what == "area":
            return home_name(key) or key
        if what in ("text", "source"):
            return key
        return self.names(what).get(key) or f"{_GONE[what]} that isn’t there any more"

    @cached_property
    def _group(self) -> Choices:
        return list(Group.objects.order_by("kind", "rank", "name").values_list("reference", "name"))

    @cached_property
    def _club(self) -> Choices:
        return list(Club.objects.order_by("name").values_list("reference", "name"))

    @cached_property
    def _tag(self) -> Choices:
        return [(name, name) for name in Tag.objects.order_by("name").values_list("name", flat=True)]

    @cached_property
    def _sku(self) -> Choices:
        return _skus()

    @cached_property
    def _wine(self) -> Choices:
        return list(Wine.objects.order_by("name").values_list("reference", "name"))

    @cached_property
    def _vintage(self) -> Choices:
        return _vintages()

    @cached_property
    def _release(self) -> Choices:
        return list(Release.objects.order_by("-made_at", "-pk").values_list("reference", "name"))

    @cached_property
    def _segment(self) -> Choices:
        return list(Segment.objects.order_by("name").values_list("reference", "name"))

    @cached_property
    def _list(self) -> Choices:
        return list(CustomerList.objects.order_by("name").values_list("reference", "name"))

    @cached_property
    def _state(self) -> Choices:
        return [(code, state.name) for code, state in STATES.items()]

    @cached_property
    def _area(self) -> Choices:
        """Counties and ZIPs are too many to choose from; links of the map name them."""
        states = [(f"state-{code}", state.name) for code, state in STATES.items()]
        metros = [(f"metro-{one.code}", one.name) for one in metro_areas() if one.kind == "metro"]
        abroad = [(f"country-{one.code}", one.name) for one in countries()]
        return [*states, *metros, *abroad]

    @cached_property
    def _place(self) -> Choices:
        return list(SavedPlace.objects.order_by("name").values_list("reference", "name"))

    @cached_property
    def _source(self) -> Choices:
        return _sources()


_GONE = {
    "group": "a group",
    "club": "a club",
    "tag": "a tag",
    "sku": "a sku",
    "wine": "a wine",
    "vintage": "a vintage",
    "release": "a release",
    "segment": "a segment",
    "list": "a list",
    "state": "a state",
    "area": "an area",
    "place": "a place",
}


def voice_of(things: Things) -> Voice:
    winery = current_winery()
    return Voice(winery.currency, winery.locale, things.name)


def say_filter(node: Node, things: Things | None = None) -> str:
    """The filter as a sentence after *customers who*; reads the names of what it refers to, once each kind."""
    return sentence(node, voice_of(things or Things()))


def missing_things(node: Node, things: Things) -> list[str]:
    """Words for each thing that the filter names and that isn't there (any more)."""
    words = []
    for one in conditions(node):
        for field in one.kind.fields:
            key = one.text(field.key)
            if (
                field.takes is Takes.THING
                and field.key != "source"
                and key
                and key not in things.names(field.key)
                and not (field.key == "area" and read_home(key))
            ):
                words.append(
                    f"{one.kind.label}: choose another {field.label.lower()}; {key} isn’t there any more."
                )
    return words
