"""Is it more than chance? Exact tests of counts, and what many tests at once have to be corrected by; no Django.

Every p is the chance of something at least as unlikely where nothing is the matter: of all such worlds at most a share
of p gives p or less (R. A. Fisher, The Design of Experiments, 1935). Tails are summed term by term, so few are as
exact as many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb, exp, inf, lgamma, log, log1p

#: A term that is so much smaller than the sum adds nothing to it any more.
_NOTHING = 1e-17


def share_against_rest(part: int, whole: int, rest_part: int, rest_whole: int) -> float:
    """How likely chance alone parts ``part`` of ``whole`` here from ``rest_part`` of ``rest_whole`` elsewhere.

    Fisher's exact test: everybody is dealt to here and elsewhere blindly. Twice the smaller tail, 1 at most. Raises
    ValueError for counts that can't be.
    """
    if not (0 <= part <= whole and 0 <= rest_part <= rest_whole):
        raise ValueError("a part is nought or more, and no more than its whole")
    everybody, having = whole + rest_whole, part + rest_part
    lowest, highest = max(0, having - rest_whole), min(whole, having)
    if lowest == highest:
        return 1.0

    def step(place: int) -> float:
        """The chance of one more ÷ the chance of ``place``."""
        above = (having - place) * (whole - place)
        return above / ((place + 1) * (everybody - having - whole + place + 1))

    start = exp(
        _log_choose(having, part)
        + _log_choose(everybody - having, whole - part)
        - _log_choose(everybody, whole)
    )
    return _two_sided(part, lowest, highest, start, step)


def count_against_share(part: int, whole: int, share: float) -> float:
    """How likely chance alone gives ``part`` of ``whole`` where each has a chance of ``share``: the binomial test.

    Twice the smaller tail, 1 at most. Raises ValueError for a share outside 0 to 1, or counts that can't be.
    """
    if not 0 <= part <= whole or not 0 <= share <= 1:
        raise ValueError("a part is within its whole, and a share within 0 and 1")
    if share in (0.0, 1.0):
        return 1.0 if part == whole * share else 0.0

    odds = share / (1 - share)

    def step(place: int) -> float:
        return (whole - place) / (place + 1) * odds

    start = exp(_log_choose(whole, part) + part * log(share) + (whole - part) * log1p(-share))
    return _two_sided(part, 0, whole, start, step)


def highest_of_many(counts: Sequence[int], shares: Sequence[float]) -> float:
    """How likely chance alone makes one of these counts stand out so far upwards, each expected by its share.

    The binomial test of the one that does most, times as many as there are (Bonferroni), 1 at most.
    """
    whole = sum(counts)
    tails = [
        count_against_share(count, whole, share) if whole and count > whole * share else 1.0
        for count, share in zip(counts, shares, strict=True)
    ]
    return min(1.0, len(tails) * min(tails, default=1.0))


def fewer_than_expected(count: int, expected: float) -> float:
    """How likely chance alone gives ``count`` or fewer where ``expected`` come on average (Poisson)."""
    if count < 0 or expected < 0:
        raise ValueError("counts are nought or more")
    if not expected:
        return 1.0
    middle = min(count, int(expected))
    start = exp(middle * log(expected) - expected - lgamma(middle + 1))
    total = term = start
    for place in range(middle, 0, -1):
        term *= place / expected
        total += term
    term = start
    for place in range(middle + 1, count + 1):
        term *= expected / place
        total += term
    return min(1.0, total)


def corrected(values: Sequence[float], of: int | None = None) -> list[float]:
    """The p of many tests as q: taking all with q ≤ 0.05, one in twenty of those is chance on average, or fewer.

    Benjamini and Hochberg (1995), as adjusted values in the order given. They hold for independent tests and for such
    as go up together, as areas do that share customers. ``of``: how many tests there were, where those whose p is
    larger than the level that is asked for are left out; what reaches the level is the same then.
    """
    many = len(values) if of is None else of
    order = sorted(range(len(values)), key=lambda at: values[at], reverse=True)
    result, lowest = [1.0] * len(values), 1.0
    for behind, at in enumerate(order):
        lowest = min(lowest, values[at] * many / (len(values) - behind))
        result[at] = lowest
    return result


def _two_sided(at: int, lowest: int, highest: int, start: float, ratio: Callable[[int], float]) -> float:
    upper = lower = start
    term, place = start, at
    while place < highest and term > upper * _NOTHING:
        term *= ratio(place)
        upper += term
        place += 1
    term, place = start, at
    while place > lowest and term > lower * _NOTHING:
        place -= 1
        down = ratio(place)
        term = term / down if down else inf
        lower += term
    return min(1.0, 2 * min(upper, lower))


def _log_choose(of: int, taken: int) -> float:
    if of < 60:
        return log(comb(of, taken))
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)
