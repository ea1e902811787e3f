"""Lines that don't fit on a label."""

from hypothesis import given
from hypothesis import strategies as st

from tirage.places.lengths import LINE_LENGTHS, long_lines


def test_what_is_too_long_is_said_with_how_much_and_what_to_do() -> None:
    parts = {"recipient": "A" * 30, "company": "", "line1": "1" * 31, "line2": "Apartment 12"}
    assert long_lines(parts, "winedirect") == {
        "line1": "30 characters fit on the label: this is 1 too many. Write St for Street, and move the apartment to "
        "the second line.",
        "line2": "8 characters fit on the label: these are 4 too many. Write the number alone, such as #4B.",
    }
    assert list(long_lines(parts, "parcel")) == []
    assert long_lines(parts, "any") == {}


@given(st.dictionaries(st.sampled_from(["recipient", "company", "line1", "line2"]), st.text(max_size=60)))
def test_what_fits_warehouses_fits_parcels_and_the_limit_itself_fits(parts: dict[str, str]) -> None:
    assert long_lines(parts, "parcel").keys() <= long_lines(parts, "winedirect").keys()
    for whose, limits in LINE_LENGTHS.items():
        cut = {name: text[: limits[name]] for name, text in parts.items()}
        assert long_lines(cut, whose) == {}
