"""Engraved pictures made of lines: ridge, sea, wind, road, lantern, dawn, and the oak.

Every drawing is a function of a seed (the year), so that two vintages of a wine are sisters, not twins.
Lengths are label units (a label is 600 wide); coordinates are written in tenths, whole numbers, to keep the
files small.
"""

import math
import random
from collections.abc import Callable, Iterable
from itertools import pairwise

Point = tuple[float, float]
LEFT, RIGHT = 64, 536  # the drawn field of a label
TOP, BOTTOM = 76, 414


def stroke(points: Iterable[Point]) -> str:
    """Path data of a broken line through the points, in tenths."""
    whole = [(round(x * 10), round(y * 10)) for x, y in points]
    return f"M{whole[0][0]} {whole[0][1]}l" + _relative(whole)


def curve(points: Iterable[Point]) -> str:
    """Path data of a smooth line led by the points (a quadratic spline through the middles), in tenths.

    Each point costs one pair of numbers, as in a broken line, and a third of the points are enough.
    """
    even = [(round(x * 5) * 2, round(y * 5) * 2) for x, y in points]  # so that the middles are whole, too
    if len(even) < 3:
        return f"M{even[0][0]} {even[0][1]}l" + _relative(even)
    middles = [((x + x2) // 2, (y + y2) // 2) for (x, y), (x2, y2) in pairwise(even[1:])]
    middles[-1] = even[-1]
    (x, y), (cx, cy) = even[0], even[1]
    first = f"M{x} {y}q{cx - x} {cy - y} {middles[0][0] - x} {middles[0][1] - y}".replace(" -", "-")
    return first + ("t" + _relative(middles) if len(middles) > 1 else "")


def _relative(whole: list[tuple[int, int]]) -> str:
    pairs = zip(whole[1:], whole, strict=False)
    numbers = [str(c - b) for now, before in pairs for c, b in zip(now, before, strict=True)]
    return " ".join(numbers).replace(" -", "-")


def paths(lines: Iterable[Iterable[Point]], width: float, *, extra: str = "", smooth: bool = False) -> str:
    data = "".join((curve if smooth else stroke)(line) for line in lines)
    return f'<path d="{data}" stroke-width="{width * 10:g}"{extra}/>'


def drawing(*parts: str) -> str:
    """Strokes in ink; the fill of those that hide what lies behind is the paper."""
    return (
        '<g transform="scale(.1)" fill="none" stroke="var(--ink)" stroke-linejoin="round" '
        f'stroke-linecap="round">{"".join(parts)}</g>'
    )


def bell(x: float, centre: float, width: float) -> float:
    return math.exp(-(((x - centre) / width) ** 2))


def ripple(seed: int) -> Callable[[float, float], float]:
    """A smooth random surface: the same for the same seed, about -1 to 1."""
    chance = random.Random(seed)
    waves = [
        (chance.uniform(0.6, 1.6) / span, chance.uniform(-0.12, 0.12), chance.uniform(0, 6.28), weight)
        for span, weight in ((70, 0.5), (38, 0.3), (19, 0.2))
    ]
    return lambda x, row: sum(weight * math.sin(x * f + row * g * 3 + phase) for f, g, phase, weight in waves)


def steps(start: float, end: float, gap: float) -> list[float]:
    count = max(1, round((end - start) / gap))
    return [start + (end - start) * index / count for index in range(count + 1)]


def hidden(lines: Iterable[list[Point]], width: float) -> str:
    """Lines from back to front, each hiding what rises behind it."""
    separate = "".join(f'<path d="{curve(line)}"/>' for line in lines)
    return f'<g fill="var(--paper)" stroke-width="{width * 10:g}">{separate}</g>'


def oak(x: float, y: float, size: float, seed: int = 1974) -> str:
    """The oak on its islet, foot at (x, y): foliage of small arcs, denser on the side away from the light."""
    chance = random.Random(seed)
    boughs = [
        (-0.30, -0.62, 0.26),
        (0.02, -0.80, 0.30),
        (0.33, -0.63, 0.25),
        (-0.10, -0.55, 0.24),
        (0.16, -0.53, 0.22),
    ]
    shade = "".join(
        f'<circle cx="{(x + dx * size) * 10:.0f}" cy="{(y + dy * size) * 10:.0f}" r="{r * size * 10:.0f}" '
        'fill="var(--paper)" stroke="none"/>'
        for dx, dy, r in boughs
    )
    leaves: list[list[Point]] = []
    while len(leaves) < 100:
        dx, dy, radius = chance.choice(boughs)
        angle, reach = chance.uniform(0, 6.283), math.sqrt(chance.random())
        px, py = dx + math.cos(angle) * reach * radius, dy + math.sin(angle) * reach * radius
        dark = 0.45 + 0.8 * (px + 0.5 * (py + 0.65))
        if chance.random() < dark or reach > 0.82:
            leaves.append(_leaf(x + px * size, y + py * size, size * 0.052, chance.uniform(2.5, 3.9)))
    trunk = [
        [(x + side * size * (0.035 + 0.05 * t * t), y - size * 0.46 * (1 - t)) for t in steps(0, 1, 0.2)]
        for side in (-1, -0.35, 0.3, 0.7, 1)
    ]
    limbs = [
        [
            (x - 0.02 * size, y - 0.4 * size),
            (x - 0.13 * size, y - 0.55 * size),
            (x - 0.26 * size, y - 0.62 * size),
        ],
        [
            (x + 0.02 * size, y - 0.4 * size),
            (x + 0.12 * size, y - 0.54 * size),
            (x + 0.27 * size, y - 0.6 * size),
        ],
        [(x, y - 0.42 * size), (x + 0.01 * size, y - 0.7 * size)],
    ]
    thin = max(0.7, size * 0.011)
    return shade + paths(leaves, thin, smooth=True) + paths(trunk, thin) + paths(limbs, thin * 1.5)


def _leaf(x: float, y: float, size: float, turn: float) -> list[Point]:
    return [
        (x + size * r * math.cos(turn + bend), y + size * 0.8 * r * math.sin(turn + bend))
        for bend, r in ((0.0, 1), (1.4, 1.9), (2.8, 1))
    ]


def fog(top: float, bottom: float, seed: int, gap: float = 7.0, centre: float = 300) -> str:
    """Long broken lines, thinning out downwards: the bank of fog that the ridge stands out of."""
    chance = random.Random(seed)
    lines = []
    for row, y in enumerate(steps(top, bottom, gap)):
        x = LEFT + chance.uniform(0, 30)
        while x < RIGHT - 12:
            length = chance.uniform(40, 170) * (1 - row * 0.05)
            end = min(RIGHT, x + max(14, length))
            lines.append([(at, y + 2.0 * math.sin(at / 31 + row * 1.7 + seed)) for at in steps(x, end, 34)])
            x = end + chance.uniform(8, 26 + row * 5)
    return paths(lines, 1.0, smooth=True)


def feathered(lines: list[list[Point]], seed: int, most: float) -> list[list[Point]]:
    """Each line cut back a little at both ends, by chance: an engraver's soft edge."""
    chance = random.Random(seed)
    cut = []
    for line in lines:
        first, last = line[0][0] + chance.uniform(0, most), line[-1][0] - chance.uniform(0, most)
        kept = [point for point in line if first < point[0] < last]
        if kept:
            cut.append([(first, at(line, first)), *kept, (last, at(line, last))])
    return cut


def at(line: list[Point], x: float) -> float:
    """The height of a line at x, which lies between its ends."""
    for (x1, y1), (x2, y2) in pairwise(line):
        if x1 <= x <= x2:
            return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return line[-1][1]


def slope(seed: int, rows: list[float], height: Callable[[float], float], rough: float) -> list[list[Point]]:
    """Contours of a hill: one line a row, from the back, raised by `height` and roughened."""
    surface = ripple(seed)
    lines = []
    for index, base in enumerate(rows):
        fall = 1 - index / len(rows)

        def lifted(x: float, base: float = base, fall: float = fall, index: int = index) -> float:
            return base - height(x) * fall - rough * (1 + surface(x, index)) * min(1, height(x) / 60)

        lines.append([(x, lifted(x)) for x in steps(LEFT, RIGHT, 19)])
    return feathered(lines, seed, 34)


def ridge(seed: int) -> str:
    """Estate Cabernet: the ridge as an engraver's contours, the oak on top, fog at its feet."""
    chance = random.Random(seed)
    peak = 322 + chance.uniform(-14, 14)

    def height(x: float) -> float:
        return 112 * bell(x, peak, 92) + 54 * bell(x, peak - 142, 62) + 42 * bell(x, peak + 132, 54)

    rows = steps(292, 366, 5.6)
    lines = slope(seed, rows, height, 6)
    top = min(y for _, y in lines[0])
    crest = next(x for x, y in lines[0] if y == top)
    return drawing(hidden(lines, 1.05), oak(crest, top + 6, 88), fog(376, 412, seed))


def lantern(seed: int) -> str:
    """Lantern Block: a lantern under a bough; its light is nothing but rays and rows of vines."""
    cx, cy = 300, 226
    chance = random.Random(seed)
    rays = []
    for index in range(96):
        angle = math.tau * index / 96
        near = 62 + (6 if index % 2 else 0)
        far = near + (112 if index % 4 == 0 else 74 if index % 2 == 0 else 44) * chance.uniform(0.82, 1.1)
        rays.append([(cx + r * math.cos(angle), cy + r * math.sin(angle)) for r in (near, far)])
    rays = [ray for ray in rays if ray[1][1] < 342]
    depths = [353 + 4.4 * n + 0.9 * n * n for n in range(7)]
    rows = [[(300 + column * (9 + 0.62 * (y - 346)), y) for y in depths] for column in range(-13, 14)]
    horizon = [[(x, 350 + 5 * math.sin(x / 58 + seed)) for x in steps(LEFT, RIGHT, 9)]]
    vines = [_bush(x, y) for row in rows for x, y in row if LEFT + 8 < x < RIGHT - 8]
    return drawing(
        paths(rays, 1.0), _lantern_body(cx, cy), paths(horizon, 1.2), paths(vines, 1.0, smooth=True)
    )


def _bush(x: float, y: float) -> list[Point]:
    size = 1.9 + (y - 350) * 0.1
    return [(x + size * 1.5 * math.cos(a), y - size + size * math.sin(a)) for a in steps(2.6, 6.9, 1.1)]


def _lantern_body(cx: float, cy: float) -> str:
    frame = [
        [(cx - 25, cy - 30), (cx - 20, cy + 34), (cx + 20, cy + 34), (cx + 25, cy - 30), (cx - 25, cy - 30)],
        [(cx - 31, cy - 30), (cx + 31, cy - 30), (cx + 13, cy - 48), (cx - 13, cy - 48), (cx - 31, cy - 30)],
        [(cx - 25, cy + 34), (cx + 25, cy + 34), (cx + 29, cy + 44), (cx - 29, cy + 44), (cx - 25, cy + 34)],
        [(cx - 7, cy - 48), (cx - 7, cy - 55), (cx + 7, cy - 55), (cx + 7, cy - 48)],
    ]
    handle = [(cx + 21 * math.cos(a), cy - 55 + 34 * math.sin(a)) for a in steps(math.pi, math.tau, 0.26)]
    hatch = [[(cx - 27 + i * 6, cy - 32), (cx - 12 + i * 2.7, cy - 46)] for i in range(10)]
    base = [[(cx - 25 + i * 5.5, cy + 36), (cx - 27 + i * 6, cy + 42)] for i in range(10)]
    candle = [(cx - 5, cy + 33), (cx - 5, cy + 20), (cx + 5, cy + 20), (cx + 5, cy + 33)]
    half = [(6.5 * math.sin(t) * (1 - t / 4.2), cy + 19 - 8.5 * t) for t in steps(0, math.pi, 0.3)]
    flame = [(cx + dx, y) for dx, y in half] + [(cx - dx, y) for dx, y in reversed(half)]
    return (
        paths(frame, 1.8, extra=' fill="var(--paper)"')
        + paths([handle], 1.8)
        + paths(hatch + base, 0.9)
        + paths([candle], 1.2)
        + paths([flame], 1.3, extra=' stroke="var(--accent)"')
    )


def sea(seed: int) -> str:
    """Seaward Chardonnay: ruled sky, low sun, swell growing towards the foot."""
    chance = random.Random(seed)
    sun_x, sun_y, sun_r = 300 + chance.uniform(-70, 70), 206 + chance.uniform(-12, 8), 56
    sky = []
    for y in steps(112, 258, 5.4):
        inside = sun_r**2 - (y - sun_y) ** 2
        half = math.sqrt(inside) if inside > 0 else 0
        begin = LEFT + 90 * bell(y, 96, 52) + chance.uniform(0, 34)
        end = RIGHT - 90 * bell(y, 96, 52) - chance.uniform(0, 34)
        spans = ((begin, sun_x - half), (sun_x + half, end)) if half else ((begin, end),)
        sky += [[(a, y), (b, y)] for a, b in spans if b > a]
    swell = []
    phase = chance.uniform(0, 6)
    for row, y in enumerate(steps(264, 412, 6.2)):
        size = 0.5 + row * 0.17
        span = 16 + row * 1.1
        swell.append(
            [
                (
                    x,
                    y
                    + size
                    * (math.sin(x / span + row * 0.55 + phase) + 0.5 * math.sin(x / span * 0.53 - row * 0.3)),
                )
                for x in steps(LEFT, RIGHT, 19)
            ]
        )
    rim = [[(sun_x + sun_r * math.cos(a), sun_y + sun_r * math.sin(a)) for a in steps(0, math.tau, 0.15)]]
    glitter = [
        [
            (sun_x + chance.uniform(-30, 30) * (1 + n / 12) - 9, 266 + n * 7),
            (sun_x + chance.uniform(0, 26) * (1 + n / 12), 266 + n * 7),
        ]
        for n in range(14)
    ]
    return drawing(
        paths(sky, 0.85),
        paths(rim, 1.5, extra=' stroke="var(--accent)"'),
        paths(feathered(swell, seed, 34), 1.05, smooth=True),
        paths(glitter, 1.6, extra=' stroke="var(--accent)"'),
    )  # fmt: skip


def wind(seed: int) -> str:
    """Windward Pinot Noir: streams of air that part around the oak and close again behind it."""
    chance = random.Random(seed)
    ox, oy = 258 + chance.uniform(-10, 10), 262
    lines = []
    for row, base in enumerate(steps(96, 404, 9)):
        start, end = LEFT + chance.uniform(0, 46), RIGHT - chance.uniform(0, 46)
        away = base - oy
        push = 74 * math.exp(-abs(away) / 74) * (1 if away >= 0 else -1)
        lines.append(
            [
                (
                    x,
                    base
                    + push * bell(x, ox, 92)
                    + (2.2 + 5.2 * bell(x, ox + 190, 120) * math.exp(-abs(away) / 60))
                    * math.sin(x / 26 + row * 0.55 + seed),
                )
                for x in steps(start, end, 21)
            ]
        )
    ground = [
        [(x, oy + 50 + 0.0016 * (x - ox) ** 2) for x in steps(ox - 46 - i * 3, ox + 46 + i * 3, 12)]
        for i in range(1)
    ]
    return drawing(paths(lines, 1.0, smooth=True), oak(ox, oy + 50, 104), paths(ground, 1.3))


def road(seed: int) -> str:
    """Old Road Syrah: hills behind hills, and the logging road that winds up to the last of them."""
    chance = random.Random(seed)
    shift = chance.uniform(-12, 12)
    far = slope(seed, steps(214, 246, 6), lambda x: 62 * bell(x, 190 + shift, 80) + 84 * bell(x, 420, 96), 4)
    near = slope(seed + 1, steps(290, 410, 7), lambda x: 108 * bell(x, 300 + shift, 150), 2)
    bends = [
        (300 + shift + 96 * math.sin(t * 7.4 + 0.4) * t**0.9, 186 + 226 * t**1.25, 1.6 + 25 * t**1.7)
        for t in steps(0, 1, 0.04)
    ]
    left = [(x - w, y) for x, y, w in bends]
    right = [(x + w, y) for x, y, w in bends]
    ruts = [[(x + w * k, y) for x, y, w in bends[7:]] for k in (-0.36, 0.36)]
    surface = (
        f'<path d="{curve(left)}{curve(right[::-1]).replace("M", "L")}z" fill="var(--paper)" stroke="none"/>'
    )
    return drawing(
        hidden(far, 0.9), hidden(near, 1.05), surface, paths([left, right], 1.5, smooth=True),
        paths(ruts, 0.9, extra=' stroke-dasharray="160 70" stroke="var(--accent)"', smooth=True),
        oak(300 + shift + 62, 192, 58),
    )  # fmt: skip


def dawn(seed: int) -> str:
    """Vin Gris: the sun coming up behind the islet, arc upon arc, and fog below."""
    cx, cy = 300, 322
    arcs = [
        [(cx + r * math.cos(a), cy + r * math.sin(a)) for a in steps(math.pi * 1.02, math.pi * 1.98, 0.2)]
        for r in (70, 74, 80, 88, 98, 110, 124, 140, 158, 178, 200, 224)
    ]
    lines = slope(seed, steps(322, 340, 5), lambda x: 34 * bell(x, 300, 74), 2)
    chance = random.Random(seed)
    lines = [
        [(x, y) for x, y in line if abs(x - 300) < 128 + 9 * row + chance.uniform(-10, 10)]
        for row, line in enumerate(lines)
    ]
    top = min(y for _, y in lines[0])
    return drawing(
        paths(arcs[:1], 1.6, extra=' stroke="var(--accent)"', smooth=True),
        paths(arcs[1:], 0.95, smooth=True), hidden(lines, 1.05),
        oak(300, top + 5, 72), fog(346, 410, seed),
    )  # fmt: skip


MOTIFS: dict[str, Callable[[int], str]] = {
    "ridge": ridge,
    "lantern": lantern,
    "sea": sea,
    "wind": wind,
    "road": road,
    "dawn": dawn,
}


def panorama(seed: int) -> str:
    """Range behind range from the bay to the ridge; each hides the one behind by stopping where it begins."""
    surface = [ripple(seed + n) for n in range(4)]
    heights: list[Callable[[float], float]] = [
        lambda x: 190 - 60 * bell(x, 350, 260) - 46 * bell(x, 1220, 300) - 8 * surface[0](x, 0),
        lambda x: 232 - 96 * bell(x, 1010, 210) - 30 * bell(x, 300, 200) - 9 * surface[1](x, 0),
        lambda x: 306 - 58 * bell(x, 520, 320) - 34 * bell(x, 1440, 260) - 6 * surface[2](x, 0),
    ]
    parts = []
    for layer, height in enumerate(heights):
        fronts = heights[layer + 1 :]
        for depth in range((11, 26, 16)[layer]):
            sink = depth * (5.2 + layer) + 0.12 * depth**2
            parts += _visible(
                [
                    (x, height(x) + sink * (1 + 0.0012 * abs(x - 1010) * (layer == 1)))
                    for x in steps(0, 1600, 28)
                ],
                fronts,
            )
    crest = min(steps(850, 1150, 5), key=heights[1])
    bank = [
        [(at, y + 3 * math.sin(at / 60 + y)) for at in steps(start, start + length, 40)]
        for y, start, length in _banks(seed)
    ]
    tree = oak(crest, heights[1](crest) + 4, 104).replace("var(--paper)", "none")
    return drawing(paths(parts, 1.1, smooth=True), tree, paths(bank, 1.1, smooth=True))


def _visible(line: list[Point], fronts: list[Callable[[float], float]]) -> list[list[Point]]:
    """The stretches of a line that no range in front covers."""
    runs: list[list[Point]] = [[]]
    for x, y in line:
        if all(y < front(x) - 3 for front in fronts) and y < 380:
            runs[-1].append((x, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _banks(seed: int) -> Iterable[tuple[float, float, float]]:
    chance = random.Random(seed)
    for y in (386, 396, 406):
        x = chance.uniform(0, 60)
        while x < 1540:
            length = min(chance.uniform(120, 420), 1600 - x)
            yield y, x, length
            x += length + chance.uniform(30, 90)
