"""The demo's groups, releases and offers, and what the estate says in them.

Customers see titles and messages; group names, criteria and notes are the team's own. A host speaks: what
the year was like, what there is, until when.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from tirage.demo.people import Tier


@dataclass(frozen=True, slots=True)
class DemoGroup:
    tier: Tier
    name: str
    kind: str  # "allocation" or "standard"
    criteria: str
    rank: int
    discount_bp: int = 0
    free_shipping: bool = False
    is_default: bool = False
    is_test: bool = False


GROUPS = (
    DemoGroup(
        Tier.RIDGE,
        "Ridge",
        "allocation",
        "First to be offered everything, magnums and Lantern Block included. On the list eight years or "
        "longer, or bought at every release of the last three years and spent 4,000 dollars in that time. "
        "Ingrid decides on the borderline each January. Ships free.",
        10,
        free_shipping=True,
    ),
    DemoGroup(
        Tier.SLOPE,
        "Slope",
        "allocation",
        "Bought at two of the last three releases. Two bottles of Lantern Block, no large formats except by"
        " wish. Moves up after three years in a row, down after two releases missed.",
        20,
    ),
    DemoGroup(
        Tier.FIELD,
        "Field",
        "allocation",
        "New from the waiting list, or came back after a pause. Estate Cabernet and the whites, no Lantern "
        "Block. Stays here until the second purchase.",
        30,
    ),
    DemoGroup(
        Tier.WAITING,
        "Waiting list",
        "standard",
        "Everybody who signed up and has no allocation yet, in the order they came. We invite about 150 "
        "each spring, when we know the size of the vintage.",
        90,
        is_default=True,
    ),
    DemoGroup(
        Tier.EMPLOYEE,
        "Employees",
        "standard",
        "The crew and their households: 30 % off, for drinking and giving, not for selling on. Ends with "
        "the job.",
        80,
        discount_bp=3_000,
    ),
    DemoGroup(
        Tier.TEST,
        "Test tasters",
        "allocation",
        "Our own test accounts. Open a copy of each offer here before it opens for anybody else.",
        99,
        is_test=True,
    ),
)


class Stage(StrEnum):
    FINISHED = "finished"
    OPEN = "open"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class DemoItem:
    """Limits in pieces of the sku, as each member of the tier may take them."""

    sku: str
    minimum: int = 0
    maximum: int = 0
    wish: int = 0
    default: int = 0
    multiple: int = 1
    price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class DemoOffer:
    tier: Tier
    title: str
    message: str
    confirmation: str
    items: tuple[DemoItem, ...]
    bottles_minimum: int = 0
    bottles_maximum: int | None = None
    spend_minimum_minor: int = 0
    opens_later_days: int = 0  # after the release's first offer


@dataclass(frozen=True, slots=True)
class DemoRelease:
    """Days count from the day the demo is loaded, negative ones back. Doors open at nine, winery time."""

    name: str
    stage: Stage
    wish_kind: str  # "promise" or "request"
    opens_in_days: int
    closes_in_days: int
    note: str
    offers: tuple[DemoOffer, ...] = field(default=())


AUTUMN_2024 = DemoRelease(
    "Autumn 2024",
    Stage.FINISHED,
    "promise",
    -769,
    -741,
    "Our first release by allocation. Nobody knew how much to ask for; the Chardonnay was offered too freely.",
    (
        DemoOffer(
            Tier.RIDGE,
            "The dry year: 2021",
            "The creek was silent by June and the vines made do. There is less of everything and more in each "
            "bottle. From this autumn each of you has bottles with your name on them until the end of the "
            "month, so nobody has to be first.",
            "Thank you. Your 2021s are set aside with your name on them. We ship when the nights are cool and "
            "write the day before.",
            (
                DemoItem("EK-CS-21-750", minimum=3, maximum=12, wish=6, default=6, multiple=3),
                DemoItem("EK-LB-21-750", maximum=4, wish=4, default=2),
                DemoItem("EK-CH-22-750", maximum=12, wish=6, default=3),
            ),
            bottles_minimum=3,
        ),
        DemoOffer(
            Tier.SLOPE,
            "The dry year: 2021",
            "Less wine than we wanted, and more in each bottle. Six of the Estate Cabernet are yours until the "
            "end of the month, and two of the Lantern Block for a long winter.",
            "Thank you. Your 2021s are set aside. We ship in the first cool week of November and write the day "
            "before.",
            (
                DemoItem("EK-CS-21-750", maximum=6, wish=6, default=3),
                DemoItem("EK-LB-21-750", maximum=2, wish=2, default=1),
                DemoItem("EK-CH-22-750", maximum=6, wish=6, default=3),
            ),
            bottles_minimum=3,
        ),
        DemoOffer(
            Tier.FIELD,
            "Welcome up the hill",
            "You waited a while, and we are glad you did. Three bottles of the Cabernet are yours, and the "
            "Chardonnay beside them, from the side of the hill that looks at the sea.",
            "Thank you, and welcome. Your bottles are set aside; we ship in November and write the day before.",
            (
                DemoItem("EK-CS-21-750", maximum=3, wish=3, default=2),
                DemoItem("EK-CH-22-750", maximum=6, wish=3, default=2),
            ),
            opens_later_days=3,
        ),
    ),
)

SPRING_2025 = DemoRelease(
    "Spring 2025",
    Stage.FINISHED,
    "request",
    -615,
    -587,
    "Rain in the week of the release and a quiet opening; the Pinot caught up by the end.",
    (
        DemoOffer(
            Tier.RIDGE,
            "Pale and long: the 2023 Pinot",
            "We picked this Pinot three weeks later than ever before, and it came out paler than ever, too. "
            "Hold it to the window. The Vin Gris is what we drank while we waited.",
            "Thank you. These leave in April, before it gets warm.",
            (
                DemoItem("EK-PN-23-750", maximum=6, wish=6, default=3),
                DemoItem("EK-VG-24-750", maximum=12, wish=0, default=3, multiple=3),
                DemoItem("EK-CH-22-750", maximum=6, wish=0, default=0),
            ),
        ),
        DemoOffer(
            Tier.SLOPE,
            "Pale and long: the 2023 Pinot",
            "Four bottles of a Pinot that took its time, and a Vin Gris that didn't. Both like a table outside.",
            "Thank you. These leave in April, before it gets warm.",
            (
                DemoItem("EK-PN-23-750", maximum=4, wish=4, default=2),
                DemoItem("EK-VG-24-750", maximum=6, wish=0, default=3, multiple=3),
            ),
        ),
        DemoOffer(
            Tier.FIELD,
            "For the first warm evening",
            "Two bottles of Pinot for each of you, and as much Vin Gris as fits in a picnic basket. Spring "
            "comes up the hill a week later than below; we hope it has reached you.",
            "Thank you. These leave in April, before it gets warm.",
            (
                DemoItem("EK-PN-23-750", maximum=2, wish=2, default=2),
                DemoItem("EK-VG-24-750", maximum=6, wish=0, default=0, multiple=6),
            ),
            opens_later_days=2,
        ),
    ),
)

AUTUMN_2025 = DemoRelease(
    "Autumn 2025",
    Stage.FINISHED,
    "promise",
    -404,
    -376,
    "Second autumn by allocation. Lantern Block gone before the end; Slope asked for more than we had.",
    (
        DemoOffer(
            Tier.RIDGE,
            "The 2022s are ready",
            "We thought the heat of that September would have the last word. It didn't: nine cool mornings "
            "did, and everybody who owns a headlamp came to pick. Your bottles have been asleep since June "
            "and travel well now. Take what you like until the end of the month; what you leave goes to "
            "people who have waited a while.",
            "Thank you. Your 2022s are set aside with your name on them. We ship when the nights are cool, "
            "usually the first week of November, and write the day before.",
            (
                DemoItem("EK-CS-22-750", minimum=3, maximum=12, wish=6, default=6, multiple=3),
                DemoItem("EK-LB-22-750", maximum=4, wish=4, default=2),
                DemoItem("EK-CH-23-750", maximum=12, wish=6, default=3),
            ),
            bottles_minimum=3,
        ),
        DemoOffer(
            Tier.SLOPE,
            "The 2022s are ready",
            "A hot year saved by nine cool mornings. The Estate Cabernet is open and generous already; the "
            "Lantern Block wants a decanter, or your patience. Two of those are yours if you would like "
            "them.",
            "Thank you. Your 2022s are set aside. We ship in the first cool week of November and write the "
            "day before.",
            (
                DemoItem("EK-CS-22-750", maximum=6, wish=6, default=3),
                DemoItem("EK-LB-22-750", maximum=2, wish=2, default=1),
                DemoItem("EK-CH-23-750", maximum=6, wish=6, default=3),
            ),
            bottles_minimum=3,
        ),
        DemoOffer(
            Tier.FIELD,
            "Your first autumn with us",
            "Welcome up the hill. We made less wine than we wanted to and are glad to share it with you all"
            " the same: the Cabernet from the warm side, the Chardonnay from the side that looks at the "
            "sea. Try them together.",
            "Thank you, and welcome. Your bottles are set aside; we ship in November and write the day "
            "before.",
            (
                DemoItem("EK-CS-22-750", maximum=3, wish=3, default=2),
                DemoItem("EK-CH-23-750", maximum=6, wish=3, default=2),
            ),
            opens_later_days=3,
        ),
    ),
)

SPRING_2026 = DemoRelease(
    "Spring 2026",
    Stage.FINISHED,
    "request",
    -250,
    -222,
    "Pinot went faster than the plan. Vin Gris in sixes was too many for Field: make it threes next year.",
    (
        DemoOffer(
            Tier.RIDGE,
            "Pinot, and something for the porch",
            "The wind blew all through May of 2024 and left us berries the size of peas. There is not much "
            "of this Pinot, and we like it more than is good for business. The Vin Gris was pressed in "
            "September and tastes of that week.",
            "Thank you. These leave in April, before it gets warm. The Vin Gris is meant for this summer; "
            "the Pinot can wait if you can.",
            (
                DemoItem("EK-PN-24-750", maximum=6, wish=6, default=3),
                DemoItem("EK-VG-25-750", maximum=12, wish=0, default=3, multiple=3),
                DemoItem("EK-CH-23-750", maximum=6, wish=0, default=0),
            ),
        ),
        DemoOffer(
            Tier.SLOPE,
            "Pinot, and something for the porch",
            "A windy May gave us very small berries and a pale, serious Pinot. Four bottles are yours. The "
            "Vin Gris comes in threes, because one is never enough on a porch.",
            "Thank you. These leave in April, before it gets warm.",
            (
                DemoItem("EK-PN-24-750", maximum=4, wish=4, default=2),
                DemoItem("EK-VG-25-750", maximum=6, wish=0, default=3, multiple=3),
            ),
        ),
        DemoOffer(
            Tier.FIELD,
            "Something for the porch",
            "Spring on the ridge smells of sage and new wood. We kept two bottles of Pinot for each of you,"
            " and as much Vin Gris as fits in a picnic basket.",
            "Thank you. These leave in April, before it gets warm.",
            (
                DemoItem("EK-PN-24-750", maximum=2, wish=2, default=2),
                DemoItem("EK-VG-25-750", maximum=6, wish=0, default=0, multiple=6),
            ),
            opens_later_days=2,
        ),
    ),
)

AUTUMN_2026 = DemoRelease(
    "Autumn 2026",
    Stage.OPEN,
    "promise",
    -2,
    19,
    "The cool vintage. Ridge first, Slope a day later, Field two days after that. Keep 24 magnums back for "
    "the dinner.",
    (
        DemoOffer(
            Tier.RIDGE,
            "The slow year: 2023",
            "Come in. 2023 was the longest season since we began keeping a diary: we picked the last "
            "Cabernet on the eighth of November, in wool hats, and nobody was in a hurry. The wines are "
            "like that, too. Everything below is open to you first; it stays open for three weeks, as far "
            "as it reaches. If you would like more of something, tell us beside it: when others leave "
            "bottles, we think of you.",
            "Thank you. Your 2023s are set aside with your name on them. You can still change your mind "
            "about bottles, address or date until they leave us; just open your order. Wishes are answered "
            "the week after we close.",
            (
                DemoItem("EK-CS-23-750", minimum=3, maximum=12, wish=6, default=6, multiple=3),
                DemoItem("EK-CS-23-3PK", maximum=2, wish=1),
                DemoItem("EK-CS-23-1500", maximum=2, wish=1, default=1),
                DemoItem("EK-CS-23-3000", maximum=1, wish=1),
                DemoItem("EK-LB-23-750", maximum=4, wish=4, default=2),
                DemoItem("EK-LB-23-3PK", maximum=1, wish=1),
                DemoItem("EK-LB-23-1500", maximum=1, wish=1),
                DemoItem("EK-CH-24-750", maximum=12, wish=6, default=3),
            ),
            bottles_minimum=6,
        ),
        DemoOffer(
            Tier.SLOPE,
            "The slow year: 2023",
            "2023 took its time. The fog stayed below the house all summer, the grapes stayed on the vine "
            "until November, and we stayed up. Six Estate Cabernets and two of the Lantern Block are yours "
            "until we close; from six bottles on, we pack them in one case and nobody rattles.",
            "Thank you. Your 2023s are set aside. Until they leave us you can still change bottles, address"
            " or date in your order.",
            (
                DemoItem("EK-CS-23-750", maximum=6, wish=6, default=3),
                DemoItem("EK-CS-23-3PK", maximum=1, wish=1),
                DemoItem("EK-CS-23-1500", maximum=0, wish=1),
                DemoItem("EK-LB-23-750", maximum=2, wish=2, default=1),
                DemoItem("EK-CH-24-750", maximum=6, wish=6, default=2),
            ),
            bottles_minimum=6,
            bottles_maximum=18,
            opens_later_days=1,
        ),
        DemoOffer(
            Tier.FIELD,
            "The slow year: 2023",
            "You joined us in a good moment: this is the Cabernet we will talk about when we are old. Three"
            " bottles are yours, and the new Chardonnay beside them. Lantern Block comes with time; it does"
            " for the vines, too.",
            "Thank you. Your bottles are set aside. Until they leave us you can still change them in your "
            "order.",
            (
                DemoItem("EK-CS-23-750", maximum=3, wish=3, default=2),
                DemoItem("EK-CH-24-750", maximum=6, wish=3, default=1),
            ),
            opens_later_days=3,
        ),
        DemoOffer(
            Tier.TEST,
            "The slow year: 2023 (rehearsal)",
            "A copy of the Ridge offer to click through before the doors open. What you order here is a test: "
            "no bottle leaves, and only test cards pay.",
            "A test order. Change it, cancel it, ship it: it is in no figure.",
            (
                DemoItem("EK-CS-23-750", minimum=3, maximum=12, wish=6, default=6, multiple=3),
                DemoItem("EK-LB-23-750", maximum=4, wish=4, default=2),
                DemoItem("EK-CH-24-750", maximum=12, wish=6, default=3),
            ),
            bottles_minimum=6,
        ),
    ),
)

SPRING_2027 = DemoRelease(
    "Spring 2027",
    Stage.DRAFT,
    "request",
    101,
    129,
    "Draft. Decide in January how many magnums of Chardonnay stay for the library, and write the Field "
    "message.",
    (
        DemoOffer(
            Tier.RIDGE,
            "From the old road",
            "The Syrah along the logging road had five extra weeks in 2023 and used them well. We add a few"
            " magnums of the Seaward Chardonnay, which like a second winter, and a last look at the 2022 "
            "Cabernet from our own library.",
            "Thank you. These leave in April, before it gets warm.",
            (
                DemoItem("EK-SY-23-750", maximum=6, wish=6, default=3),
                DemoItem("EK-CH-24-1500", maximum=2, wish=1, default=1),
                DemoItem("EK-CS-22-750", maximum=3, wish=0, price_minor=135_00),
            ),
        ),
        DemoOffer(
            Tier.SLOPE,
            "From the old road",
            "Syrah from the cool edge of what Syrah will put up with: peppery, under thirteen percent, and "
            "lovely with anything from the fire.",
            "Thank you. These leave in April, before it gets warm.",
            (
                DemoItem("EK-SY-23-750", maximum=4, wish=4, default=2),
                DemoItem("EK-CH-24-1500", maximum=1, wish=1),
            ),
        ),
        DemoOffer(
            Tier.FIELD,
            "From the old road",
            "",
            "",
            (DemoItem("EK-SY-23-750", maximum=2, wish=2, default=2),),
            opens_later_days=2,
        ),
    ),
)

RELEASES = (AUTUMN_2024, SPRING_2025, AUTUMN_2025, SPRING_2026, AUTUMN_2026, SPRING_2027)
