"""What a request reads of what was sent, and what it leaves written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

_WRITES = re.compile(
    r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH\b.*?\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM))\s+\"?(\w+)",
    re.I | re.S,
)
_SAVEPOINT = re.compile(r"\s*(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT)\s+\"?(\w+)", re.I)


@contextmanager
def names_read() -> Iterator[set[str]]:
    """The names that were asked for in any query or form meanwhile; nobody writes them down by hand."""
    found: set[str] = set()

    def noting(method: str) -> Any:
        plain = getattr(MultiValueDict, method)

        def noted(self: QueryDict, name: str, *rest: Any) -> Any:
            if name != "csrfmiddlewaretoken":
                found.add(name)
            return plain(self, name, *rest)

        return noted

    methods = ("__getitem__", "getlist", "__contains__", "get")
    try:
        for method in methods:
            setattr(QueryDict, method, noting(method))
        yield found
    finally:
        for method in methods:
            delattr(QueryDict, method)


@contextmanager
def tables_written() -> Iterator[list[str]]:
    """The tables that were written to, but for what was rolled back by the end."""
    left: list[str] = []
    marks: list[tuple[str, int]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := _SAVEPOINT.match(sql):
            word, name = found[1].upper(), found[2]
            if word == "SAVEPOINT":
                marks.append((name, len(left)))
            elif name in (known := [at for at, _ in marks]):
                at = known.index(name)
                if word.startswith("ROLLBACK"):
                    del left[marks[at][1] :]
                # Going back to a mark leaves it where it is.
                del marks[at + word.startswith("ROLLBACK") :]
        result = execute(sql, params, many, context)
        if (found := _WRITES.match(sql)) and context["cursor"].rowcount != 0:
            left.append(found[1])
        return result

    with connection.execute_wrapper(watch):
        yield left
