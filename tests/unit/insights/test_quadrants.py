"""Where to go: every area with enough customers stands in the quadrant of its figures."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tirage.insights.rules.areas import AreaFigures, AreaKind, Sums
from tirage.insights.rules.quadrants import FEWEST, Quadrant, plot_of

SUMS = st.builds(
    Sums,
    customers=st.just(50),
    active=st.integers(0, 40),
    active_before=st.integers(0, 40),
    sales_minor=st.integers(0, 10**7),
    sales_before_minor=st.integers(0, 10**7),
    gross_minor=st.integers(0, 10**7),
    refunded_minor=st.integers(0, 10**6),
)


def area(key: str, sums: Sums) -> AreaFigures:
    return AreaFigures(AreaKind.METRO, key, f"Area {key}", sums)


@given(st.lists(SUMS, max_size=20), st.booleans())
def test_each_area_stands_where_its_figures_are(some: list[Sums], by_growth: bool) -> None:
    areas = [area(str(at), sums) for at, sums in enumerate(some)]
    plot = plot_of(areas, by_growth=by_growth)
    for one in plot.placed:
        assert one.area.sums.active >= FEWEST
        assert (one.quadrant in (Quadrant.GO, Quadrant.MEND)) is (one.height >= plot.height)
        assert (one.quadrant in (Quadrant.GO, Quadrant.WIN)) is (one.ratio <= plot.ratio)
    assert plot.few + len(plot.placed) == sum(sums.active > 0 for sums in some)
    extras = [one.extra_minor for one in plot.go]
    assert extras == sorted(extras, reverse=True)


def test_rich_and_content_is_where_to_go() -> None:
    rich = area("1", Sums(active=10, sales_minor=20_000_00, gross_minor=20_000_00, refunded_minor=0))
    poor = area("2", Sums(active=40, sales_minor=20_000_00, gross_minor=20_000_00, refunded_minor=2_000_00))
    sent = area("3", Sums(active=10, sales_minor=30_000_00, gross_minor=30_000_00, refunded_minor=9_000_00))
    few = area("4", Sums(active=4, sales_minor=90_000_00, gross_minor=90_000_00))
    plot = plot_of([rich, poor, sent, few, area("", Sums(active=20, sales_minor=1_00))])
    assert [one.area.key for one in plot.placed if one.quadrant is Quadrant.MEND] == ["3"]
    assert {one.area.key for one in plot.placed} == {"1", "2", "3"}
    assert plot.few == 1


def test_nobody_anywhere() -> None:
    plot = plot_of([])
    assert (plot.placed, plot.height, plot.go) == ((), 0, [])
