"""What words, dates and numbers of a file mean: guessed where everybody would, asked otherwise, never wrong unasked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.rooms.imports.conftest import Bring, notices, reasons, upload
from tests.world import World
from tirage.catalog.models import Sku
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.consent import change_consent
from tirage.customers.models import Customer
from tirage.customers.states import ConsentSource, CustomerStatus
from tirage.imports.models import ImportRun
from tirage.imports.operations import answer_questions, check_import
from tirage.imports.queries import options_of
from tirage.imports.same_person import PersonNames, are_two
from tirage.imports.states import ImportState

pytestmark = pytest.mark.django_db


def person(email: str) -> Customer:
    return Customer.objects.get(email=email)


def check(kind: str, content: str, now: datetime, **options: Any) -> ImportRun:
    run = upload(kind, content, now, **options)
    return check_import(reference=run.reference, actor=system("Tests"), now=now)


def asked(run: ImportRun) -> dict[str, str]:
    """Key to guess of what the check asks."""
    return {one["key"]: one["guess"] for one in run.reading["questions"]}


# Consent


def test_a_status_about_mail_suspends_nobody_and_a_date_beside_it_gives_nobody_consent(
    world: World, bring: Bring
) -> None:
    run = bring(
        "customers",
        "Email,Name,Subscribed date,Status\n"
        "eve@x.com,Eve Ito,2020-01-02,Subscribed\nmo@x.com,Mo Bey,2019-01-02,Unsubscribed\n",
    )
    assert person("eve@x.com").marketing_consent_at == datetime(2020, 1, 2, 8, tzinfo=UTC)
    mo = person("mo@x.com")
    assert (mo.marketing_consent_at, mo.status) == (None, CustomerStatus.ACTIVE)
    assert mo.marketing_left_at is not None, "a later list can't give it"
    assert asked(run) == {"word:opted_in:subscribed": "agreed", "word:opted_in:unsubscribed": "left"}


@pytest.mark.parametrize(
    ("status", "guess"), [("Pending", "nothing"), ("Cleaned", "left"), ("Inactive", ""), ("Lapsed", "")]
)
def test_what_suspends_nobody_among_words_of_mail(
    world: World, now: datetime, status: str, guess: str
) -> None:
    run = check("customers", f"Email,Status\na@x.com,Subscribed\nb@x.com,{status}\n", now)
    assert asked(run)[f"word:status:{status.lower()}"] == guess
    assert run.bad == (0 if guess else 1)


def test_a_word_that_nobody_knows_is_asked_and_the_answer_counts_for_all_rows(
    world: World, bring: Bring, now: datetime
) -> None:
    content = "Email,Status\na@x.com,Lapsed\nb@x.com,LAPSED\n"
    run = check("customers", content, now)
    assert reasons(run)[0] == (2, "Status", "What does “Lapsed” mean? Say it for all rows, or correct it.")
    assert run.bad == 2
    bring("customers", content, answers={"word:status:lapsed": "suspended"})
    assert {person(email).status for email in ("a@x.com", "b@x.com")} == {CustomerStatus.SUSPENDED}


def test_a_guess_may_be_turned(world: World, bring: Bring) -> None:
    bring("customers", "Email,Status\na@x.com,Inactive\n", answers={"word:status:inactive": "nothing"})
    assert person("a@x.com").is_active


def test_pending_is_no_consent_even_with_a_date(world: World, bring: Bring) -> None:
    bring("customers", "Email,Email Marketing Status,Opt In Date\na@x.com,Pending,2020-02-01\n")
    assert person("a@x.com").marketing_consent_at is None


def test_whether_a_date_alone_is_a_consent_is_asked(world: World, bring: Bring, now: datetime) -> None:
    content = "Email,Optin Time\na@x.com,2020-02-01 04:05:06\n"
    assert asked(check("customers", content, now)) == {"consent_date": "yes"}
    bring("customers", content, answers={"consent_date": "no"})
    assert person("a@x.com").marketing_consent_at is None
    bring("customers", content.replace("a@", "b@"), answers={"consent_date": "yes"})
    assert person("b@x.com").marketing_consent_at is not None


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Unsubscribed", "Yes"),
        ("Email Opt Out", "TRUE"),
        ("Do not contact", "x"),
        ("Suppressed", "1"),
        ("Unsub Time", "2021-03-04"),
        ("Deceased", "yes"),
        ("Date of death", "2021-03-04"),
    ],
)
def test_columns_that_say_no_win_over_any_yes(world: World, bring: Bring, header: str, cell: str) -> None:
    bring("customers", f"Email,Accepts Marketing,{header}\na@x.com,yes,{cell}\nb@x.com,yes,\n")
    assert person("a@x.com").marketing_consent_at is None and person("a@x.com").marketing_left_at is not None
    assert person("b@x.com").marketing_consent_at is not None
    is_dead = "ea" in header and header != "Unsubscribed"
    assert person("a@x.com").is_active is not is_dead


@pytest.mark.parametrize(
    "header", ["Marketing Status", "Email Marketing", "Email status", "Subscriber status"]
)
def test_columns_about_mail_by_other_names(world: World, bring: Bring, header: str) -> None:
    bring("customers", f"{header},Email\nOpted-out,a@x.com\nSubscribed,b@x.com\nPending,c@x.com\n")
    people = [person(f"{letter}@x.com") for letter in "abc"]
    assert [bool(one.marketing_left_at) for one in people] == [True, False, False]
    assert [bool(one.marketing_consent_at) for one in people] == [False, True, False]
    assert {one.status for one in people} == {CustomerStatus.ACTIVE}


def test_not_opted_out_is_no_consent(world: World, bring: Bring) -> None:
    bring("customers", "Email,Email Opt Out\na@x.com,0\n")
    assert person("a@x.com").marketing_consent_at is None and person("a@x.com").marketing_left_at is None


def leave(world: World, days: int) -> None:
    change_consent(
        customer=world.ana,
        agrees=False,
        source=ConsentSource.LINK,
        actor=world.staff,
        now=world.now - timedelta(days=days),
    )


@pytest.mark.parametrize("date_given", ["", "2026-08-01"])
def test_a_withdrawn_consent_stays_withdrawn_and_the_row_is_told(
    world: World, bring: Bring, date_given: str
) -> None:
    leave(world, days=30)
    run = bring("customers", f"Email,Accepts Marketing,Consent date\nana@example.com,yes,{date_given}\n")
    ana = person("ana@example.com")
    assert (ana.marketing_consent_at, ana.marketing_source) == (None, "link")
    assert "Wanted no more mail since 2026-09-06" in notices(run)
    assert run.outcome == "1 as they were." or run.outcome == "0 new customers, 1 as they were."


def test_a_no_that_is_older_than_the_yes_here_takes_nothing_back(world: World, bring: Bring) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(marketing_consent_at=world.now, marketing_left_at=None)
    run = bring("customers", "Email,Unsubscribed on\nana@example.com,2019-01-02\n")
    assert person("ana@example.com").marketing_consent_at == world.now
    assert "so it doesn’t count" in notices(run)
    bring("customers", "Email,Unsubscribed\nana@example.com,yes\n")
    assert person("ana@example.com").marketing_consent_at is None


def test_a_consent_of_tomorrow_is_refused(world: World, now: datetime) -> None:
    run = check("customers", "Email,Opt In Date\na@x.com,2030-02-01\n", now)
    assert reasons(run) == [(2, "Opt In Date", "This date lies ahead. Correct it.")]


# Dates and numbers


def test_one_order_of_dates_for_the_file_shown_as_a_guess_that_can_be_turned(
    world: World, bring: Bring, now: datetime
) -> None:
    content = "Email,Birthday,Created\na@x.com,25/12/1980,1/2/2020\nb@x.com,03/04/1982,3/4/2020\n"
    assert asked(check("customers", content, now)) == {"dates": "day_first"}
    bring("customers", content)
    b = person("b@x.com")
    assert (b.birth_date, b.signed_up_at.month) == (date(1982, 4, 3), 4)
    bring("customers", content.replace("@x", "@y"), answers={"dates": "month_first"})
    b = person("b@y.com")
    assert (b.birth_date, b.signed_up_at.month) == (date(1982, 3, 4), 3)


def test_a_file_that_contradicts_itself_is_asked(world: World, now: datetime) -> None:
    content = "Email,Birthday\na@x.com,25/12/1980\nb@x.com,12/25/1980\nc@x.com,3/4/1980\n"
    assert asked(check("customers", content, now)) == {"dates": ""}


@pytest.mark.parametrize(("cell", "point", "comma"), [("1.000", 1, 1000), ("1,000", 1000, 1)])
def test_one_or_a_thousand_bottles_is_asked_once(
    world: World, bring: Bring, now: datetime, cell: str, point: int, comma: int
) -> None:
    content = f"SKU;Stock\nCHA24;{cell}\n"
    run = check("stock", content, now)
    assert (asked(run), run.bad) == ({"numbers": ""}, 1)
    for answer, count in (("point", point), ("comma", comma)):
        bring("stock", content, answers={"numbers": answer})
        assert world.stock(world.chardonnay).on_hand == count


def test_prices_tell_how_the_bottles_are_written(world: World, bring: Bring) -> None:
    bring("skus", "Sku;Wine;Vintage;Price;On hand\nA;Hill;2022;85,50;1.000\n")
    sku = Sku.objects.get(code="A")
    assert (sku.price_minor, world.stock(sku).on_hand) == (85_50, 1000)


def test_a_number_that_the_files_mark_refuses_is_a_problem(world: World, now: datetime) -> None:
    run = check("stock", "SKU;Stock\nCHA24;1,5\n", now)
    assert asked(run) == {"numbers": "comma"}
    assert "not a whole number" in reasons(run)[0][2]


def test_a_column_of_cases_asks_for_their_size(world: World, bring: Bring, now: datetime) -> None:
    run = upload("stock", "SKU,Stock (cases)\nCHA24,12\n", now)
    ImportRun.objects.filter(pk=run.pk).update(mapping={"code": "SKU", "counted": "Stock (cases)"})
    run = check_import(reference=run.reference, actor=system("Tests"), now=now)
    assert asked(run) == {"case:counted": ""}
    assert reasons(run)[0][2] == "This column counts cases. Say how many pieces are in one."


def test_prices_in_another_currency_are_refused(world: World, now: datetime) -> None:
    with pytest.raises(DomainError, match="is in EUR, and amounts here are in USD"):
        check("skus", "Sku,Price (EUR)\nCHA24,50\n", now)


# Wines


def test_sizes_in_the_unit_of_the_header(world: World, bring: Bring, now: datetime) -> None:
    content = "Sku;Wine;Vintage;Bottle Size (cl);Price\nZ1;Hill;2018;150;95,00\nZ2;Hill;2018;300;200,00\n"
    run = check("skus", content, now)
    assert asked(run)["format_unit"] == "cl" and asked(run)["word:format:150"] == "1500x1"
    bring("skus", content)
    assert [Sku.objects.get(code=code).format_name for code in ("Z1", "Z2")] == ["1.5 l", "3 l"]


@pytest.mark.parametrize(
    ("header", "cell", "millilitres"),
    [("Size in ml", "1500", 1500), ("Bottle size in liters", "1.5", 1500), ("Volume cl", "37.5", 375)],
)
def test_the_unit_may_stand_in_the_header_without_brackets(
    world: World, bring: Bring, header: str, cell: str, millilitres: int
) -> None:
    bring("skus", f"Sku,Wine,Vintage,{header},Price\nZ1,Hill,2018,{cell},95\n")
    assert Sku.objects.get(code="Z1").millilitres == millilitres


def test_a_new_sku_without_a_size_is_told(world: World, bring: Bring) -> None:
    run = bring("skus", "Sku,Wine,Vintage,Price\nZ1,Hill,2018,95\nCHA24,,,40\n")
    assert [(row, column) for row, column, *_ in run.notices] == [(2, "Format")]
    assert "No size, so this becomes 750 ml." in notices(run)


def test_a_size_that_may_be_anything_is_asked(world: World, bring: Bring, now: datetime) -> None:
    content = "Sku,Wine,Vintage,Size,Price\nZ1,Hill,2018,42,95\n"
    run = check("skus", content, now)
    assert asked(run) == {"format_unit": ""} and run.bad == 1
    bring("skus", content, answers={"format_unit": "cl"})
    assert Sku.objects.get(code="Z1").millilitres == 420


def test_a_word_for_a_format_is_asked(world: World, bring: Bring, now: datetime) -> None:
    content = "Sku,Wine,Vintage,Size,Price\nZ1,Hill,2018,Big one,95\n"
    assert asked(check("skus", content, now)) == {"word:format:big one": ""}
    bring("skus", content, answers={"word:format:big one": "3000x1"})
    assert Sku.objects.get(code="Z1").millilitres == 3000


def test_half_a_percent_of_alcohol_is_not_fifty(world: World, bring: Bring, now: datetime) -> None:
    content = "Sku,Wine,Vintage,Size,Price,ABV\nZ1,Zero Rosé,2023,750 ml,25,0.5\n"
    assert asked(check("skus", content, now))["alcohol"] == "percent"
    bring("skus", content)
    assert Sku.objects.get(code="Z1").vintage.alcohol_percent == Decimal("0.5")
    bring("skus", content.replace("Z1,Zero Rosé", "Z2,Hill").replace("0.5", "0.145"))
    assert Sku.objects.get(code="Z2").vintage.alcohol_percent == Decimal("14.5")


def test_notes_of_a_wine_list_are_no_tasting_note(world: World, bring: Bring) -> None:
    bring("skus", "Sku,Wine,Vintage,Price,Notes\nZ1,Hill,2018,95,Cork taint in lot 4. Don't show!\n")
    assert Sku.objects.get(code="Z1").vintage.note == ""


# People


def test_a_mangled_telephone_leaves_the_old_one(world: World, bring: Bring) -> None:
    run = bring("customers", "Email,Phone\nana@example.com,4.47701E+11\n")
    assert person("ana@example.com").phone == "+14155550100"
    assert "has lost its last digits" in notices(run)


@pytest.mark.parametrize(
    "cell", ["4,47701E+11", "447701000000", "447701000000.0", "0", "none 1", "123456789012345678901"]
)
def test_what_is_no_telephone_leaves_the_old_one(world: World, bring: Bring, cell: str) -> None:
    run = bring("customers", f"Email;Mobile phone\nana@example.com;{cell}\n")
    assert person("ana@example.com").phone == "+14155550100"
    assert "a number known before stays" in notices(run)


@pytest.mark.parametrize("cell", ["17075550142", "17075550142.0", "tel:17075550142"])
def test_a_telephone_stands_without_what_programs_put_around_it(
    world: World, bring: Bring, cell: str
) -> None:
    bring("customers", f"Email;Phone\nana@example.com;{cell}\n")
    assert person("ana@example.com").phone == "+17075550142"


def test_an_extension_is_part_of_a_telephone(world: World, bring: Bring) -> None:
    bring("customers", "Email;Phone\nana@example.com;+44 20 7946 0958 ext. 12345\n")
    assert person("ana@example.com").phone == "+442079460958;ext=12345"


def test_two_numbers_in_one_cell_are_kept_and_said_to_be_no_number(world: World, bring: Bring) -> None:
    both = "+1 707 555 0142 / +1 707 555 0143"
    run = bring("customers", f"Email;Phone\nana@example.com;{both}\n")
    assert person("ana@example.com").phone == both
    assert "can’t be called as it is written" in notices(run)


def test_a_town_that_is_not_the_zips_is_said_and_taken_as_it_is_written(world: World, bring: Bring) -> None:
    run = bring("customers", f"{PLACE},Country\na@x.com,A A,1 Pine St,Seatle,WA,98109,US\n")
    assert person("a@x.com").addresses.get().city == "Seatle"
    assert (
        "ZIP 98109 is in Seattle. The address says Seatle. The address is taken as it is written."
        in notices(run)
    )


TWO = "Email,First Name,Last Name\nhome@x.com,Eve,Ruiz\nhome@x.com,Mo,Ruiz\n"


def test_two_people_behind_one_address_are_never_made_one_in_silence(
    world: World, bring: Bring, now: datetime
) -> None:
    run = check("customers", TWO, now)
    assert asked(run) == {"shared_email": "leave_out"}
    assert reasons(run) == [
        (
            3,
            "Email",
            "Row 2 has this address for Eve Ruiz. Give Mo Ruiz one of their own, or say that they share it.",
        )
    ]
    run = bring("customers", TWO, answers={"shared_email": "one"})
    home = person("home@x.com")
    assert (home.first_name, home.note) == ("Eve", "Also at this e-mail address: Mo Ruiz")
    assert "one customer, with Mo Ruiz in the note" in notices(run)


OTHER = "Email,First Name,Last Name\nana@example.com,Otto,Alvarez\n"


def test_somebody_elses_address_is_never_overwritten_in_silence(
    world: World, bring: Bring, now: datetime
) -> None:
    run = check("customers", OTHER, now)
    assert asked(run) == {"other_name": "leave_out"} and run.bad == 1
    bring("customers", OTHER, answers={"other_name": "keep"})
    ana = person("ana@example.com")
    assert ana.first_name == "Ana" and "Also at this e-mail address: Otto Alvarez" in ana.note
    bring("customers", OTHER, answers={"other_name": "take"})
    assert person("ana@example.com").first_name == "Otto"


@pytest.mark.parametrize(
    ("one", "other", "two"),
    [
        ("Ana|Ruiz", "Anna|Ruiz", False),
        ("Ana|Ruiz", "A.|Ruiz", False),
        ("Ana|Ruiz", "Ana and Jo|Ruiz", False),
        ("Ana|Ruiz", "Ana|Smith", False),
        ("José|Núñez", "Jose|Nunez", False),
        ("Ana|Ruiz", "Ruiz|Ana", False),
        ("Ana|Ruiz", "|Ruiz", False),
        ("Ana|Ruiz", "|", False),
        ("Ana|Ruiz", "Jo|Ruiz", True),
        ("Ana|Ruiz", "Bo|Kim", True),
        ("|Ruiz", "|Kim", True),
    ],
)
def test_who_is_somebody_else(one: str, other: str, two: bool) -> None:
    names = [PersonNames(*text.split("|")) for text in (one, other)]
    assert are_two(*names) is two is are_two(*reversed(names))


# Countries

PLACE = "Email,Name,Address,City,State,ZIP"


@pytest.mark.parametrize(
    ("city", "state", "postal", "country", "stored"),
    [
        ("Madrid", "", "28001", "Spain", ("ES", "")),
        ("Paris", "", "75001", "FRANCE", ("FR", "")),
        ("San Juan", "PR", "00901", "PR", ("US", "PR")),
        ("San Juan", "", "00901", "Puerto Rico", ("US", "PR")),
        ("London", "", "SW1A 2AA", "GBR", ("GB", "")),
        ("Napa", "CA", "94558", "United States (US)", ("US", "CA")),
        ("Napa", "CA - California", "94558", "US", ("US", "CA")),
        ("Roma", "Roma", "00118", "Italia", ("IT", "RM")),
        ("Yangon", "", "", "Burma", ("MM", "")),
        ("Seoul", "Seoul", "03051", "Korea, Republic of", ("KR", "Seoul")),
    ],
)
def test_countries_by_any_usual_name(
    world: World, bring: Bring, city: str, state: str, postal: str, country: str, stored: tuple[str, str]
) -> None:
    bring("customers", f'{PLACE},Country/Region\na@x.com,A A,1 Sol,{city},{state},{postal},"{country}"\n')
    address = person("a@x.com").addresses.get()
    assert (address.country, address.state) == stored


@pytest.mark.parametrize("prefix", ["", "Shipping ", "Billing "])
@pytest.mark.parametrize(
    ("state", "code", "country"),
    [
        ("State/Region", "Postal Code", "Country/Region"),
        ("State or Province", "ZIP / Postal code", "Country or Region"),
        ("Province/State", "Post Code", "Country / Territory"),
    ],
)
def test_two_words_of_an_address_in_one_header(
    world: World, bring: Bring, prefix: str, state: str, code: str, country: str
) -> None:
    names = ",".join(f"{prefix}{name}" for name in (country, code, state, "City", "Street Address"))
    run = bring("customers", f"{names},Email,Name\nCanada,M5H 1A1,ON,Toronto,1 King St W,a@x.com,A A\n")
    address = person("a@x.com").addresses.get()
    assert (address.country, address.state, address.postal_code) == ("CA", "ON", "M5H 1A1"), run.problems


@pytest.mark.parametrize(
    ("city", "state", "postal", "is_american"),
    [
        ("Madrid", "", "28001", False),
        ("Paris", "", "75001", False),
        ("Napa", "", "94558", True),
        ("St. Louis", "", "63101", True),
        ("Napa", "California", "94558", True),
    ],
)
def test_a_zip_alone_makes_nobody_american(
    world: World, now: datetime, city: str, state: str, postal: str, is_american: bool
) -> None:
    run = check("customers", f"{PLACE}\na@x.com,A A,1 Sol,{city},{state},{postal}\n", now)
    assert (run.good == 1) is is_american, run.problems
    if not is_american:
        assert reasons(run)[0][1] == "Country" and f"Which country is {city} in?" in reasons(run)[0][2]
        assert asked(run)["country"] == "told"


def test_the_country_may_be_said_for_the_whole_file(world: World, bring: Bring) -> None:
    bring("customers", f"{PLACE}\na@x.com,A A,1 Sol,Madrid,,28001\n", answers={"country": "ES"})
    assert person("a@x.com").addresses.get().country == "ES"


def test_an_unknown_country_is_asked(world: World, bring: Bring, now: datetime) -> None:
    content = f"{PLACE},Country\na@x.com,A A,1 Sol,Vaduz,,9490,Ländle\n"
    run = check("customers", content, now)
    assert asked(run) == {"word:country:ländle": ""}
    assert reasons(run) == [
        (2, "Country", "“Ländle” is no country that is known. Say which one it is, or correct it.")
    ]
    bring("customers", content, answers={"word:country:ländle": "LI"})
    assert person("a@x.com").addresses.get().country == "LI"


# Answers


def test_answers_are_kept_and_taken_for_the_next_file_with_the_same_columns(
    world: World, now: datetime
) -> None:
    run = check("customers", "Email,Status\na@x.com,Lapsed\n", now)
    answer_questions(
        run=run, answers={"word:status:lapsed": "left", "shared_email": "one"}, actor=system(), now=now
    )
    run = check_import(reference=run.reference, actor=system(), now=now)
    assert (run.good, run.bad) == (1, 0)
    later = upload("customers", "E-mail address,status\nb@x.com,Lapsed\n", now)
    assert options_of(later).answers == {}, "other columns"
    later = upload("customers", "email,STATUS\nb@x.com,Lapsed\n", now + timedelta(days=1))
    assert options_of(later).answers == {"word:status:lapsed": "left"}, (
        "and nothing about the people of one file"
    )
    answer_questions(run=later, answers={"word:status:lapsed": ""}, actor=system(), now=now)
    assert options_of(later).answers == {}


def test_nothing_is_answered_once_rows_are_in(world: World, bring: Bring, now: datetime) -> None:
    run = bring("customers", "Email,Name\na@x.com,Ana Ruiz\n")
    assert run.state == ImportState.DONE
    with pytest.raises(DomainError, match="under way or over"):
        answer_questions(run=run, answers={"dates": "day_first"}, actor=system(), now=now)


def test_three_rows_are_shown_as_they_were_read(world: World, now: datetime) -> None:
    rows = "".join(f"a{n}@x.com,Ana Ruiz,25/12/1980,yes,VIP\n" for n in range(5))
    run = check("customers", "Email,Name,Birthday,Accepts Marketing,Tags\n" + rows, now)
    assert [number for number, _ in run.reading["rows"]] == [2, 3, 4]
    assert run.reading["rows"][0][1] == [
        ["E-mail", "a0@x.com"],
        ["Name", "Ana Ruiz"],
        ["Born", "December 25, 1980"],
        ["Mail about offers", "yes"],
        ["Tags", "VIP"],
    ]


def test_lines_too_long_for_the_label_are_said_and_taken(world: World, bring: Bring) -> None:
    Winery.objects.update(label_limits="winedirect")
    forget_winery()
    street = "12345 Old Winery Road North-East"
    run = bring("customers", f"{PLACE},Country\na@x.com,A A,{street},Seattle,WA,98109-4607,US\n")
    kept = person("a@x.com").addresses.get()
    assert (kept.line1, kept.postal_code) == (street, "98109-4607")
    assert "30 characters fit on the label" in notices(run) and "taken as it is written" in notices(run)
