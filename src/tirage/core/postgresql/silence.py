"""A connection that gives a silent server up: one that was stopped, or whose machine hangs, says nothing at all.

The server's own limits (``statement_timeout``) are kept by the server; keepalives are answered by its kernel. Neither
notices a process that stands still, so the waiting itself is counted, here, on this side.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import cache
from time import monotonic
from typing import Any, TypeVar

from psycopg import Connection, OperationalError

T = TypeVar("T")


class ImpatientConnection(Connection[Any]):
    """Ends itself, with an OperationalError, once the server has said nothing for ``silence`` seconds of an answer."""

    silence = 0.0

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        return super().wait(self._impatiently(gen) if self.silence else gen, *args, **kwargs)

    def _impatiently(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """``gen``, until nothing was ready for too long; whoever waits looks at it several times a second."""
        try:
            wanted = next(gen)
            heard = monotonic()
            while True:
                ready = yield wanted
                if ready:
                    heard = monotonic()
                elif monotonic() - heard >= self.silence:
                    # In the middle of an answer: nothing else can be asked on it.
                    self.pgconn.finish()
                    raise OperationalError(f"PostgreSQL said nothing for {self.silence:g} seconds")
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: T = end.value
            return answer


@cache
def impatient(silence: float) -> type[ImpatientConnection]:
    """The connections that wait so many seconds; 0 waits for ever."""
    return type("ImpatientConnection", (ImpatientConnection,), {"silence": silence})
