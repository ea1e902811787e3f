"""The demo winery: an invented estate in the Santa Cruz Mountains, its wines and what it sells.

Cabernet, Chardonnay, Pinot Noir and Syrah ripen on one ridge there and hardly anywhere else in California,
which is why the estate stands where it stands. Name, people and history are made up.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estate:
    name: str
    legal_name: str
    place: str
    founded: int
    motto: str
    address: tuple[str, str, str, str, str]  # line, city, state, ZIP, country
    email: str
    phone: str
    time_zone: str
    currency: str
    history: tuple[str, ...]
    voice: str
    paper: str
    ink: str
    accent: str


@dataclass(frozen=True, slots=True)
class DemoWine:
    """A wine across its vintages; `motif` names the drawing of its label."""

    key: str
    name: str
    variety: str
    appellation: str
    colour: str
    motif: str


@dataclass(frozen=True, slots=True)
class DemoVintage:
    wine: str
    year: int
    alcohol_tenths: int  # 138 is 13.8 %
    cases_made: int  # of twelve 750 ml bottles
    note: str

    @property
    def key(self) -> str:
        return f"{self.wine}-{self.year}"


@dataclass(frozen=True, slots=True)
class DemoSku:
    """`bottled` is what came into the cellar before any sale, counted in this format."""

    code: str
    wine: str
    year: int
    millilitres: int
    units: int
    price_minor: int
    bottled: int

    @property
    def vintage(self) -> str:
        return f"{self.wine}-{self.year}"

    @property
    def label(self) -> str:
        """The file in `labels/` that pictures this sku."""
        size = {1500: "-magnum", 3000: "-double-magnum"}.get(self.millilitres, "")
        return f"{self.vintage}{size}.svg"


ESTATE = Estate(
    name="Ekholm",
    legal_name="Ekholm Estate Vineyard, Inc.",
    place="Santa Cruz Mountains, California",
    founded=1974,
    motto="An island above the fog",
    address=("21480 Ekholm Ridge Road", "Los Gatos", "CA", "95033", "US"),
    email="hospitality@ekholm.example.com",
    phone="+1 408-555-0174",
    time_zone="America/Los_Angeles",
    currency="USD",
    history=(
        "Astrid and Carl Ekholm bought forty acres of burnt oak and sandstone in 1974 because nobody else "
        "bid for them. On most mornings from May to September the fog from Monterey Bay stops three hundred"
        " feet below the house, and the ridge stands out of it like an islet with one oak on top. In "
        "Swedish that is an ekholm.",
        "They planted Cabernet first, on the warm side that looks at the valley, then Chardonnay and Pinot "
        "Noir on the side that looks at the sea, and Syrah along the old logging road in between. Nineteen "
        "acres are in vine today, farmed without irrigation since 1991.",
        "Their daughter Ingrid keeps the vines. Tomás Aguilar, who came for one harvest in 2003, makes the "
        "wines: native yeast, French oak that is seldom more than a third new, and no filter. In a good "
        "year there are four thousand cases. Most of them go to people who have been on the list for longer"
        " than the barrels last.",
    ),
    voice=(
        "A host at the door: first names, short sentences, what the year was like, what there is and until "
        "when. No superlatives and no scores."
    ),
    paper="#f6f1e6",
    ink="#26302b",
    accent="#7a2e2a",
)

_MOUNTAIN = "Santa Cruz Mountains"

WINES = (
    DemoWine("estate-cabernet", "Estate Cabernet Sauvignon", "Cabernet Sauvignon", _MOUNTAIN, "red", "ridge"),
    DemoWine(
        "lantern-block", "Lantern Block Cabernet Sauvignon", "Cabernet Sauvignon", _MOUNTAIN, "red", "lantern"
    ),
    DemoWine("seaward-chardonnay", "Seaward Chardonnay", "Chardonnay", _MOUNTAIN, "white", "sea"),
    DemoWine("windward-pinot", "Windward Pinot Noir", "Pinot Noir", _MOUNTAIN, "red", "wind"),
    DemoWine("old-road-syrah", "Old Road Syrah", "Syrah", _MOUNTAIN, "red", "road"),
    DemoWine("vin-gris", "Vin Gris of Pinot Noir", "Pinot Noir", _MOUNTAIN, "rose", "dawn"),
)

VINTAGES = (
    DemoVintage(
        "estate-cabernet",
        2021,
        136,
        900,
        "A dry winter, a small crop, and berries that were mostly skin. Plum, tobacco and crushed granite, firm at "
        "first and generous with age. The magnums are for people with patience.",
    ),
    DemoVintage(
        "lantern-block",
        2021,
        140,
        200,
        "So little rain that the old oak dropped leaves in August. Blackberry, graphite and bay, dense and "
        "slow. Leave it alone until 2030 if you can.",
    ),
    DemoVintage(
        "seaward-chardonnay",
        2022,
        133,
        600,
        "Picked before the heat, at night, in three passes. Meyer lemon, fennel and salt, lean and bright. "
        "It has put on weight in bottle and wears it well.",
    ),
    DemoVintage(
        "windward-pinot",
        2023,
        129,
        400,
        "The longest season we remember, and the palest Pinot. Sour cherry, tea and damp leaves, light on its "
        "feet. Lovely with salmon from the grill.",
    ),
    DemoVintage(
        "vin-gris",
        2024,
        123,
        180,
        "Pressed on the first cool morning of September. Strawberry, grapefruit peel and a pinch of salt. "
        "Gone by August in most houses we know of.",
    ),
    DemoVintage(
        "estate-cabernet",
        2022,
        138,
        980,
        "A September of heat, picked in nine cool mornings between the spells. Blackcurrant, bay and warm "
        "stone, with tannins that were finer from barrel than we dared to hope. Open now with an hour of "
        "air, or wait until 2032.",
    ),
    DemoVintage(
        "estate-cabernet",
        2023,
        134,
        1060,
        "The longest, coolest season since 2011: we finished on the eighth of November in wool hats. Black "
        "cherry, graphite and dried sage over a spine of fresh acidity. It will outlive most of us, and is "
        "already hard to leave alone.",
    ),
    DemoVintage(
        "lantern-block",
        2022,
        141,
        210,
        "Two acres under the oak where Carl hung a lantern so that Astrid could prune after dark. Cassis, "
        "cedar and iron, closed at first and then all at once not. Give it a decanter or ten years.",
    ),
    DemoVintage(
        "lantern-block",
        2023,
        137,
        235,
        "The best fruit of the best corner in a year that forgot to hurry. Violets and crushed rock on the "
        "nose, then layer after layer of dark fruit held together by chalk. Twenty-two months in barrel, "
        "half of them new; drink from 2031.",
    ),
    DemoVintage(
        "seaward-chardonnay",
        2023,
        132,
        640,
        "From the rows that look at the bay and taste of it. Lemon peel, hazelnut and wet slate, with a "
        "long salty finish. Raised on its lees for sixteen months and never stirred.",
    ),
    DemoVintage(
        "seaward-chardonnay",
        2024,
        135,
        610,
        "A generous summer after two lean ones. White peach, toasted almond and oyster shell, broad in the "
        "middle and tight at the end. Serve it cool rather than cold, and keep a glass for the next day.",
    ),
    DemoVintage(
        "windward-pinot",
        2024,
        131,
        420,
        "The wind off the water keeps these berries the size of peas. Wild strawberry, orange rind and "
        "forest floor, pale in the glass and anything but light. A third whole cluster; lovely with quail.",
    ),
    DemoVintage(
        "old-road-syrah",
        2023,
        129,
        300,
        "Grown along the logging road at the cool edge of what Syrah will put up with. Cracked pepper, "
        "olive and blueberry skin, with the smell of smoke that drifts over from the neighbor's stove. "
        "Under thirteen percent, and serious.",
    ),
    DemoVintage(
        "vin-gris",
        2025,
        124,
        190,
        "Pressed straight from the youngest Pinot rows into old barrels. Rose hip, blood orange and a "
        "little chalk. Made for the porch, with enough acidity for the table behind it.",
    ),
)

SKUS = (
    DemoSku("EK-CS-21-750", "estate-cabernet", 2021, 750, 1, 110_00, 9_600),
    DemoSku("EK-LB-21-750", "lantern-block", 2021, 750, 1, 200_00, 2_100),
    DemoSku("EK-CH-22-750", "seaward-chardonnay", 2022, 750, 1, 62_00, 6_000),
    DemoSku("EK-PN-23-750", "windward-pinot", 2023, 750, 1, 75_00, 4_200),
    DemoSku("EK-VG-24-750", "vin-gris", 2024, 750, 1, 45_00, 1_980),
    DemoSku("EK-CS-22-750", "estate-cabernet", 2022, 750, 1, 115_00, 10_800),
    DemoSku("EK-CS-23-750", "estate-cabernet", 2023, 750, 1, 120_00, 9_600),
    DemoSku("EK-CS-23-3PK", "estate-cabernet", 2023, 750, 3, 345_00, 360),
    DemoSku("EK-CS-23-1500", "estate-cabernet", 2023, 1500, 1, 250_00, 420),
    DemoSku("EK-CS-23-3000", "estate-cabernet", 2023, 3000, 1, 540_00, 60),
    DemoSku("EK-LB-22-750", "lantern-block", 2022, 750, 1, 210_00, 1_260),
    DemoSku("EK-LB-23-750", "lantern-block", 2023, 750, 1, 225_00, 1_980),
    DemoSku("EK-LB-23-3PK", "lantern-block", 2023, 750, 3, 650_00, 120),
    DemoSku("EK-LB-23-1500", "lantern-block", 2023, 1500, 1, 470_00, 96),
    DemoSku("EK-CH-23-750", "seaward-chardonnay", 2023, 750, 1, 64_00, 7_200),
    DemoSku("EK-CH-24-750", "seaward-chardonnay", 2024, 750, 1, 68_00, 6_600),
    DemoSku("EK-CH-24-1500", "seaward-chardonnay", 2024, 1500, 1, 145_00, 240),
    DemoSku("EK-PN-24-750", "windward-pinot", 2024, 750, 1, 78_00, 4_800),
    DemoSku("EK-SY-23-750", "old-road-syrah", 2023, 750, 1, 62_00, 3_420),
    DemoSku("EK-VG-25-750", "vin-gris", 2025, 750, 1, 45_00, 2_160),
)


def wine(key: str) -> DemoWine:
    return next(one for one in WINES if one.key == key)


def vintage(key: str) -> DemoVintage:
    return next(one for one in VINTAGES if one.key == key)


def sku(code: str) -> DemoSku:
    return next(one for one in SKUS if one.code == code)
