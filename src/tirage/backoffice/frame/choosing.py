"""Which rows of a list somebody chose: some by name, or *all found except these*.

A choice lives in the member's session under a short word that the list's address carries (``?choice=``), so that it
goes from page to page, comes back after a refused act, and is what an export gives; a form sends what changed on the
page that it shows. It belongs to the filters it was made under.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from tirage.backoffice.frame.filters import only_filters
from tirage.backoffice.frame.links import own_path
from tirage.parts.numbers import read_whole

M = TypeVar("M", bound=models.Model)

_KEPT = "list_choices"
#: Choices that a session keeps at once; older ones are forgotten.
MOST_KEPT = 6
#: Rows that can be named one by one; filters find more.
MOST_NAMED = 2_000


@dataclass(frozen=True, slots=True)
class Choice:
    """``keys`` are chosen; with ``every`` everything that ``query`` finds is, and they are left out."""

    query: str = ""
    every: bool = False
    keys: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.every or bool(self.keys)

    def has(self, key: str) -> bool:
        return (key in self.keys) is not self.every

    def among(self, found: QuerySet[M], row_key: str) -> QuerySet[M]:
        """The chosen ones of what the filters found."""
        if not self.every:
            return found.filter(**{f"{row_key}__in": sorted(self.keys)})
        return found.exclude(**{f"{row_key}__in": sorted(self.keys)}) if self.keys else found


NOTHING = Choice()


def same_question(query: str) -> str:
    """The filters of a query string in one spelling: in order, without empty ones."""
    asked = QueryDict(only_filters(QueryDict(query)))
    settled = QueryDict(mutable=True)
    for name in sorted(asked):
        for value in asked.getlist(name):
            if value:
                settled.appendlist(name, value)
    return settled.urlencode()


def kept_choice(request: HttpRequest, list_name: str, word: str, query: str) -> Choice:
    """What was kept under ``word`` for this list and these filters; nothing when it is another's or forgotten."""
    kept = request.session.get(_KEPT, {}).get(word) if word else None
    if not kept or kept["list"] != list_name or kept["query"] != same_question(query):
        return NOTHING
    return Choice(kept["query"], kept["every"], frozenset(kept["keys"]))


def keep_choice(request: HttpRequest, list_name: str, choice: Choice) -> str:
    """Keeps a choice in the session; answers its word, empty for no choice."""
    if not choice:
        return ""
    keys = sorted(choice.keys)
    row = {"list": list_name, "query": choice.query, "every": choice.every, "keys": keys}
    word = hashlib.sha256(json.dumps(row).encode()).hexdigest()[:12]
    kept: dict[str, Any] = request.session.get(_KEPT, {})
    kept.pop(word, None)
    request.session[_KEPT] = {**dict(list(kept.items())[1 - MOST_KEPT :]), word: row}
    return word


def sent_choice(request: HttpRequest, list_name: str) -> Choice:
    """What a form of the list chose: what was kept, and what was ticked and unticked among the ``shown`` rows."""
    post = request.POST
    query = same_question(post.get("query", ""))
    kept = kept_choice(request, list_name, post.get("choice", ""), query)
    shown, ticked = frozenset(post.getlist("shown")), frozenset(post.getlist("chosen"))
    if not post.get("every"):
        elsewhere: Iterable[str] = () if kept.every else kept.keys - shown
        return Choice(query, every=False, keys=ticked.union(elsewhere))
    # Without a script the ticks of a page that wasn't chosen as a whole say nothing about who is left out.
    if not (kept.every or post.get("minus")):
        return Choice(query, every=True)
    left_out = kept.keys if kept.every else frozenset()
    return Choice(query, every=True, keys=(left_out - ticked) | (shown - ticked))


def too_many_named(request: HttpRequest, choice: Choice) -> bool:
    """Says so when more rows were named one by one than are kept."""
    if len(choice.keys) <= MOST_NAMED:
        return False
    messages.error(
        request, f"At most {MOST_NAMED:,} can be chosen one by one. Narrow the list, then choose all found."
    )
    return True


def say_if_list_changed(request: HttpRequest, choice: Choice, count: int) -> None:
    """Tells when all found is another number than the list said; ``count`` are the chosen rows as they are now."""
    said = read_whole(request.POST.get("found", ""))
    if not choice.every or said < 0:
        return
    expected = max(said - len(choice.keys), 0)
    if count != expected:
        messages.warning(
            request,
            f"The list has changed since you chose: you chose {expected:,} then, and it has {count:,} now. "
            "Look at who is among them before you go on.",
        )


def back_to_choice(request: HttpRequest, list_name: str, url_name: str) -> str:
    """The list as it was when its form was sent: filters, page, order, and what was chosen."""
    path = reverse(url_name)
    asked = QueryDict(request.POST.get("back", "") or request.POST.get("query", ""), mutable=True)
    asked.pop("choice", None)
    choice = sent_choice(request, list_name)
    word = "" if len(choice.keys) > MOST_NAMED else keep_choice(request, list_name, choice)
    if word:
        asked["choice"] = word
    return (own_path(request, f"{path}?{asked.urlencode()}") if asked else "") or path
