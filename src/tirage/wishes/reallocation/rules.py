"""How many unused pieces there are to give on, and what a second offer makes of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """One wine of one offer, or several added up, in pieces: ``entitled`` = ``taken`` + ``held`` + ``certain`` +
    ``open``.

    ``held`` is in live carts and in order changes under way. ``certain`` is left by those who can't take it any more,
    ``open`` is what the others may still take. ``beyond`` was bought beyond the maximum: wishes, what staff added.
    """

    people: int = 0
    entitled: int = 0
    taken: int = 0
    beyond: int = 0
    held: int = 0
    certain: int = 0
    open: int = 0
    #: Customers with something left.
    people_left: int = 0

    @property
    def bought(self) -> int:
        return self.taken + self.beyond

    @property
    def left(self) -> int:
        return self.certain + self.open

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            self.people + other.people,
            self.entitled + other.entitled,
            self.taken + other.taken,
            self.beyond + other.beyond,
            self.held + other.held,
            self.certain + other.certain,
            self.open + other.open,
            self.people_left + other.people_left,
        )


def add_up(many: Iterable[Counted]) -> Counted:
    total = Counted()
    for one in many:
        total += one
    return total


def to_give(*, left: int, beyond: int, given: int, free: int, waiting: int) -> int:
    """Pieces of a wine that can be given to others: left over, not given on yet, and really there.

    ``beyond`` was handed out besides the allowances. ``given`` was given on before; ``waiting`` is the part of it that
    nobody has taken yet and still may. ``free`` is on hand, not sold and not held.
    """
    return max(min(left - beyond - given, free - waiting), 0)


def share_for_each(pool: int, members: int, *, multiple: int, at_most: int) -> int:
    """The maximum for each of ``members`` of a second offer: the same for all, in whole multiples, and no more than
    the first offer's maximum where it had one (``at_most``; nought for none).

    Where there is less than a multiple for each, everybody may take one: who comes first has it.
    """
    if pool < multiple or members < 1:
        return 0
    each = max(pool // members // multiple, 1) * multiple
    most = at_most - at_most % multiple if at_most >= multiple else multiple
    return min(each, most) if at_most else each
