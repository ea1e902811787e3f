"""Where somebody stands who came to the list by a place in line."""

from enum import StrEnum


class PlaceState(StrEnum):
    WAITING = "waiting"
    #: A place in a group is theirs until a day, if they say yes.
    INVITED = "invited"
    #: In the group.
    JOINED = "joined"
    #: The invitation's days went by without an answer.
    EXPIRED = "expired"
    #: By the winery.
    DECLINED = "declined"
    #: By the person.
    LEFT = "left"


#: The legal steps; nothing else happens to a place.
PLACE_STEPS: dict[PlaceState, frozenset[PlaceState]] = {
    PlaceState.WAITING: frozenset(
        {PlaceState.INVITED, PlaceState.JOINED, PlaceState.DECLINED, PlaceState.LEFT}
    ),
    PlaceState.INVITED: frozenset(
        {PlaceState.JOINED, PlaceState.EXPIRED, PlaceState.DECLINED, PlaceState.LEFT, PlaceState.WAITING}
    ),
    PlaceState.JOINED: frozenset(),
    PlaceState.EXPIRED: frozenset({PlaceState.WAITING, PlaceState.JOINED}),
    PlaceState.DECLINED: frozenset({PlaceState.WAITING, PlaceState.JOINED}),
    PlaceState.LEFT: frozenset({PlaceState.WAITING, PlaceState.JOINED}),
}
#: In line, or on the way out of it into a group: one of these for a customer at a time.
LIVE = (PlaceState.WAITING, PlaceState.INVITED)
