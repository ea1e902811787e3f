"""The labels of the demo wines, the estate's mark and the drawing over its sign-in page, as SVG.

`python -m tirage.demo.labels` writes them all into `labels/`; the files are checked in and a test
compares them. No font, script, style sheet or outside reference is in them, so that they look the same
everywhere, <img> included.
"""

from dataclasses import dataclass
from pathlib import Path

from tirage.demo import engraving
from tirage.demo.estate import ESTATE, SKUS, DemoSku, DemoVintage, DemoWine, vintage, wine
from tirage.demo.lettering import Typesetter

WIDTH, HEIGHT = 600, 780
FOLDER = Path(__file__).parent / "labels"
LARGE = {1500: ("Magnum", "1.5 l"), 3000: ("Double Magnum", "3 l")}


@dataclass(frozen=True, slots=True)
class Tint:
    paper: str
    ink: str
    accent: str


TINTS = {
    "ridge": Tint("#f5efe2", "#2a2a27", "#7c2a25"),
    "lantern": Tint("#1d2422", "#e3d3a8", "#d9a441"),
    "sea": Tint("#f2f1ea", "#26455a", "#b98a2f"),
    "wind": Tint("#efece6", "#40364a", "#7d3450"),
    "road": Tint("#f3ebdd", "#3a2a22", "#a1502a"),
    "dawn": Tint("#f7e9e2", "#5b3a3c", "#c0565a"),
}


def label(kind: DemoWine, made: DemoVintage, millilitres: int = 750) -> str:
    """The front label of one wine and vintage in one bottle size."""
    tint = TINTS[kind.motif]
    setter = Typesetter()
    text = _words(setter, kind, made, millilitres)
    accents = _accents(setter, made, millilitres)
    picture = engraving.MOTIFS[kind.motif](made.year)
    title = f"{ESTATE.name} {kind.name} {made.year}"
    body = f"{_frame(millilitres)}{picture}" + _pressed("t", text, "var(--ink)", tint)
    body += _pressed("a", accents, "var(--accent)", tint)
    return _document(WIDTH, HEIGHT, title, setter.definitions(), _tinted(_paper() + body, tint))


def _words(setter: Typesetter, kind: DemoWine, made: DemoVintage, millilitres: int) -> str:
    size = LARGE[millilitres][1] if millilitres in LARGE else "750 ml"
    first, second = _two_lines(kind)
    alcohol = f"{made.alcohol_tenths // 10}.{made.alcohol_tenths % 10}"
    lines = [
        setter.line("EKHOLM", x=300, y=492, size=64, tracking=190),
        setter.line(first, x=300, y=560, size=27, tracking=110, widest=440),
        setter.line(second, x=300, y=654, size=22, face="italic", tracking=8),
        setter.line(f"Grown and bottled by {ESTATE.name}", x=300, y=703, size=12.5, tracking=110),
        setter.line("Los Gatos, California", x=300, y=733, size=12.5, tracking=110),
        setter.line(f"Alc. {alcohol}% by vol.", x=60, y=733, size=11, anchor="start", tracking=60),
        setter.line(size, x=540, y=733, size=11, anchor="end", tracking=60),
    ]  # fmt: skip
    return "".join(lines)


def _two_lines(kind: DemoWine) -> tuple[str, str]:
    """The name in capitals; under it what the name leaves open: grape and place."""
    if kind.key == "lantern-block":
        return "Lantern Block", "Cabernet Sauvignon · Santa Cruz Mountains"
    if kind.key == "estate-cabernet":
        return "Cabernet Sauvignon", "Estate grown · Santa Cruz Mountains"
    return kind.name, "Santa Cruz Mountains"


def _accents(setter: Typesetter, made: DemoVintage, millilitres: int) -> str:
    parts = [
        setter.line(str(made.year), x=300, y=612, size=34, tracking=150),
        '<path d="M150 600h72M378 600h72" stroke="currentColor" stroke-width="1.2"/>',
    ]
    if millilitres in LARGE:
        parts.append(setter.line(LARGE[millilitres][0], x=303, y=34, size=17, tracking=260))
    return "".join(parts)


def _pressed(name: str, marks: str, colour: str, tint: Tint) -> str:
    """Ink bitten into soft paper: the same marks once more underneath, lighter and a hair lower."""
    is_light = tint.paper[1] > "8"
    shine = "#fff" if is_light else "#000"
    return (
        f'<use href="#{name}" fill="{shine}" color="{shine}" opacity=".7" transform="translate(.4 1.1)"/>'
        f'<g fill="{colour}" color="{colour}"><g id="{name}">{marks}</g></g>'
    )


def _frame(millilitres: int) -> str:
    """Two rules; a large bottle's name interrupts them at the head."""
    half = {1500: 86, 3000: 148}.get(millilitres, 0)
    gap = (
        f'<rect x="{300 - half}" y="20" width="{2 * half}" height="16" fill="var(--paper)"/>' if half else ""
    )
    return (
        '<g fill="none" stroke="var(--ink)"><rect x="24" y="24" width="552" height="732" stroke-width="2.4"/>'
        '<rect x="32" y="32" width="536" height="716" stroke-width=".8"/></g>' + gap
    )


def _paper() -> str:
    return f'<rect width="{WIDTH}" height="{HEIGHT}" fill="var(--paper)"/>'


def _tinted(body: str, tint: Tint) -> str:
    for name, value in (("paper", tint.paper), ("ink", tint.ink), ("accent", tint.accent)):
        body = body.replace(f"var(--{name})", value)
    return body


def _document(width: int, height: int, title: str, definitions: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img"><title>{title}</title>'
        f"<defs>{definitions}</defs>{body}</svg>\n"
    )


def logo(colour: str = "currentColor") -> str:
    """The mark: the oak on its islet above three lines of fog, and the name. One colour, no ground."""
    setter = Typesetter()
    name = setter.line("EKHOLM", x=300, y=310, size=86, tracking=190)
    place = setter.line("Santa Cruz Mountains", x=300, y=358, size=27, tracking=160)
    mark = _mark(300, 178, 150)
    body = f'<g fill="{colour}">{name}{place}</g>' + mark.replace("var(--ink)", colour).replace(
        "var(--paper)", "none"
    )
    return _document(600, 384, ESTATE.name, setter.definitions(), body)


def emblem(colour: str = "currentColor") -> str:
    """The mark alone, square, for small places."""
    mark = _mark(100, 142, 118).replace("var(--ink)", colour).replace("var(--paper)", "none")
    return _document(200, 200, ESTATE.name, "", mark)


def _mark(x: float, y: float, size: float) -> str:
    islet = [[(x + (dx * 0.62 * size), y + 0.13 * size * dx * dx) for dx in engraving.steps(-0.8, 0.8, 0.1)]]
    fog = [
        [(x - half * size, y + drop * size), (x + half * size, y + drop * size)]
        for half, drop in ((0.74, 0.16), (0.56, 0.24), (0.34, 0.32))
    ]
    width = size * 0.018
    return engraving.drawing(
        engraving.oak(x, y + 2, size), engraving.paths(islet, width), engraving.paths(fog, width)
    )


def vineyard(colour: str = "currentColor") -> str:
    """The ridge at first light, wide and low, for the head of a page; one colour, no ground."""
    body = engraving.panorama(1974).replace("var(--ink)", colour)
    return _document(1600, 420, "The ridge above the fog", "", body)


def all_pictures() -> dict[str, str]:
    """File name and content of everything in `labels/`."""
    found = {}
    for sku in SKUS:
        found[sku.label] = label_of(sku)
    for name, colour in (("", "currentColor"), ("-on-light", ESTATE.ink), ("-on-dark", ESTATE.paper)):
        found[f"logo{name}.svg"] = logo(colour)
        found[f"emblem{name}.svg"] = emblem(colour)
        found[f"vineyard{name}.svg"] = vineyard(colour)
    return found


def label_of(sku: DemoSku) -> str:
    return label(wine(sku.wine), vintage(sku.vintage), sku.millilitres)


def write_pictures(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in all_pictures().items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write_pictures()
