"""What can be asked of a customer: every kind of condition, with the values that it takes. One table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Takes(StrEnum):
    """What a value is."""

    #: Whole units of the winery's currency, with cents if need be.
    AMOUNT = "amount"
    COUNT = "count"
    PERCENT = "percent"
    DAY = "day"
    #: ``24months``, ``90days``, ``2years``.
    SPAN = "span"
    #: One of ``Field.choices``.
    CHOICE = "choice"
    #: The key of something that the winery has: ``Field.key`` says what.
    THING = "thing"
    TEXT = "text"
    #: A ZIP that is on the map.
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a condition. ``least`` and ``most`` bound numbers; texts are at most ``most`` characters long."""

    key: str
    label: str
    takes: Takes
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    least: int = 0
    most: int = 10**9


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of condition. ``one_of`` names fields of which one at least is filled in."""

    word: str
    label: str
    chapter: str
    fields: tuple[Field, ...] = ()
    one_of: tuple[str, ...] = ()
    #: Why one of these is needed, in words that say what to do.
    lacking: str = ""
    #: How it is worked out, shown beside it.
    note: str = ""

    def field(self, key: str) -> Field | None:
        return next((field for field in self.fields if field.key == key), None)


SINCE, UNTIL, LAST = (
    Field("since", "From day", Takes.DAY),
    Field("until", "To day", Takes.DAY),
    Field("last", "In the last", Takes.SPAN),
)
PERIOD = (SINCE, UNTIL, LAST)
PERIOD_KEYS = ("since", "until", "last")


def _range(takes: Takes, most: int = 10**9) -> tuple[Field, Field]:
    return Field("from", "At least", takes, most=most), Field("to", "At most", takes, most=most)


_RANGE = ("from", "to")
_SAY_RANGE = "Fill in at least, at most, or both."
_SAY_PERIOD = "Choose a day or a period."
_WITHIN = Field("days", "Within days", Takes.COUNT, required=True, most=366)

RFM_CLASSES = (
    ("champions", "Champions"),
    ("loyal", "Loyal"),
    ("new", "New"),
    ("at_risk", "At risk"),
    ("asleep", "Asleep"),
    ("steady", "Steady"),
    ("never", "Never bought"),
)
RFM_NOTE = (
    "Recency, frequency and money are each scored 1 to 5 among everybody who has ordered: 1 + 5 × those who are lower "
    "÷ all, rounded down, by last order, number of orders and lifetime value. Champions: 4 or more in each. Loyal: "
    "frequency 4 or more, recency 3 or more. New: recency 4 or more, frequency 2 or less. At risk: recency 2 or less, "
    "frequency 3 or more. Asleep: recency 2 or less, frequency 2 or less. Steady: everybody else who has ordered. The "
    "first that fits counts."
)

_SKU, _WINE, _VINTAGE, _RELEASE = (
    Field("sku", "Sku", Takes.THING),
    Field("wine", "Wine", Takes.THING),
    Field("vintage", "Vintage", Takes.THING),
    Field("release", "In release", Takes.THING),
)
_OF_RELEASE, _GROUP = (
    Field("release", "Release", Takes.THING, required=True),
    Field("group", "Group", Takes.THING),
)

_ALL = (
    Kind("spent", "Lifetime value", "What they spent", (*_range(Takes.AMOUNT), *PERIOD), _RANGE, _SAY_RANGE,
         "Wine after discounts, refunds and changes, without delivery and tax, of orders that stand."),
    Kind("orders", "Number of orders", "What they spent", (*_range(Takes.COUNT), *PERIOD), _RANGE, _SAY_RANGE),
    Kind("bottles", "Bottles", "What they spent", (*_range(Takes.COUNT), *PERIOD), _RANGE, _SAY_RANGE,
         "Bottles of any size, of orders that stand; a 3-pack is three."),
    Kind("average", "Average order", "What they spent", (*_range(Takes.AMOUNT), *PERIOD), _RANGE, _SAY_RANGE,
         "Value ÷ number of orders; who has none has no average."),
    Kind("refunded", "Refund ratio", "What they spent", _range(Takes.PERCENT, 100), _RANGE, _SAY_RANGE,
         "Money given back ÷ money taken, of all payments that arrived; who never paid has no ratio."),
    Kind("credit", "Store credit", "What they spent", _range(Takes.AMOUNT), _RANGE, _SAY_RANGE),
    Kind("rfm", "RFM class", "What they spent",
         (Field("class", "Class", Takes.CHOICE, required=True, choices=RFM_CLASSES),), note=RFM_NOTE),
    Kind("bought", "Bought", "What they bought", (_SKU, _WINE, _VINTAGE, _RELEASE, *PERIOD),
         ("sku", "wine", "vintage", "release"), "Choose a sku, a wine, a vintage or a release.",
         "Bottles that are still on an order that stands."),
    Kind("first_order", "First order", "What they bought", PERIOD, PERIOD_KEYS, _SAY_PERIOD),
    Kind("last_order", "Last order", "What they bought", PERIOD, PERIOD_KEYS, _SAY_PERIOD),
    Kind("take", "Take rate", "What they bought",
         (Field("releases", "Of the last releases", Takes.COUNT, required=True, least=1, most=20),
          *_range(Takes.PERCENT, 1000)), _RANGE, _SAY_RANGE,
         "Bottles bought ÷ bottles that the customer was offered, own limits included, in the releases that opened "
         "last; who was offered none has no take rate."),
    Kind("wished", "Wished", "What they wished",
         (Field("outcome", "What became of it", Takes.CHOICE, required=True,
                choices=(("asked", "any wish"), ("granted", "granted"), ("declined", "declined"))),
          _SKU, _RELEASE, *PERIOD)),
    Kind("offered", "Was offered a release", "What became of an offer", (_OF_RELEASE, _GROUP),
         note="Who was in an offer’s group while it was shown and wasn’t suspended all that while; who changed groups "
              "counts in the one they are in now."),
    Kind("invited", "Was invited", "What became of an offer", (_OF_RELEASE, _GROUP),
         note="By a mail from here; what became of it stands with the mails of the release."),
    Kind("seen", "Saw their offer", "What became of an offer", (_OF_RELEASE,),
         note="Opened the page of the offer themselves while it was open."),
    Kind("in_cart", "Has bottles in the cart", "What became of an offer", (_OF_RELEASE,),
         note="Bottles that are held for them at this moment."),
    Kind("group", "Group", "Where they belong",
         (Field("group", "Group", Takes.THING, required=True), Field("on", "On day", Takes.DAY)),
         note="Without a day: now. With one: in the group at any time of it."),
    Kind("tier", "In an allocation group", "Where they belong"),
    Kind("club", "Club", "Where they belong",
         (Field("club", "Club", Takes.THING, required=True),
          Field("as", "As", Takes.CHOICE, required=True,
                choices=(("member", "a member"), ("paused", "a member who paused"), ("left", "somebody who left")))),
         note="Members who paused are members. Who left and came back is a member and hasn’t left."),
    Kind("tag", "Tag", "Where they belong", (Field("tag", "Tag", Takes.THING, required=True),)),
    Kind("segment", "Segment", "Where they belong", (Field("segment", "Segment", Takes.THING, required=True),)),
    Kind("list", "List", "Where they belong", (Field("list", "List", Takes.THING, required=True),)),
    Kind("state", "State", "Where they live", (Field("state", "State", Takes.THING, required=True),)),
    Kind("zip", "ZIP", "Where they live",
         (Field("zip", "Begins with", Takes.TEXT, required=True, most=10),)),
    Kind("near", "Near a place", "Where they live",
         (Field("zip", "ZIP", Takes.ZIP, required=True),
          Field("miles", "Within miles", Takes.COUNT, required=True, least=1, most=500)),
         note="From the middle of one ZIP to that of the default address."),
    Kind("lives", "Lives in", "Where they live", (Field("area", "Area", Takes.THING, required=True),),
         note="As the map has it: by the address that they live at. Who has only a gift, business or pickup address "
              "lives nowhere there."),
    Kind("place", "Lives in a drawn place", "Where they live",
         (Field("place", "Place", Takes.THING, required=True),),
         note="As the map has it: the middle of their ZIP, or of their city abroad, lies in the place."),
    Kind("signed_up", "Sign-up", "How they came", PERIOD, PERIOD_KEYS, _SAY_PERIOD),
    Kind("source", "Source", "How they came", (Field("source", "Source", Takes.THING, required=True),)),
    Kind("opted_in", "Opted in to mail", "How they came"),
    Kind("suspended", "Suspended", "How they came"),
    Kind("bounced", "Address bounced", "How they came",
         note="Their mailbox refused a mail for good, and took none since; another address counts anew."),
    Kind("card", "Has a valid card", "Cards and days",
         note="A saved card whose month isn’t over."),
    Kind("card_expires", "Card expires", "Cards and days", (_WITHIN,),
         note="A saved card that is valid today and isn’t any more so many days from now."),
    Kind("anniversary", "Anniversary", "Cards and days",
         (Field("of", "Of", Takes.CHOICE, required=True,
                choices=(("birthday", "birthday"), ("sign_up", "sign-up"), ("first_order", "first order"))),
          _WITHIN),
         note="From today on; of a leap day on February 28 in other years."),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.word: kind for kind in _ALL}
