"""Columns found by name, by synonym, or by the person's choice."""

import pytest

from tirage.tables.errors import TableError
from tirage.tables.matching import Field, Mapping, match_columns, normalise_header
from tirage.tables.synonyms import CUSTOMER_FIELDS, OFFER_ITEM_FIELDS, SKU_FIELDS, STOCK_FIELDS

EMAIL = Field("email", "E-mail", required=True, synonyms=("email address", "login"))
NAME = Field("name", "Name", required=True)
SPEND = Field("spend", "Lifetime spend", ignored=True)
FIELDS = (EMAIL, NAME, SPEND)


@pytest.mark.parametrize(
    "header", ["E-Mail Address", "email_address", "EmailAddress", " EMAIL\u00a0ADDRESS * ", "Émail address:"]
)
def test_case_spaces_punctuation_and_accents_of_a_header_do_not_matter(header: str) -> None:
    assert normalise_header(header) == "emailaddress"
    assert match_columns([header], FIELDS).matched == {"email": header}


def test_brackets_are_left_out_when_nothing_fits_with_them() -> None:
    assert match_columns(["Email (required)"], FIELDS).matched == {"email": "Email (required)"}


def test_the_surest_header_wins_and_the_others_are_told() -> None:
    mapping = match_columns(["Login", "Shoe size", "E-mail", "Lifetime Spend"], FIELDS)

    assert mapping.matched == {"email": "E-mail", "spend": "Lifetime Spend"}
    assert mapping.ambiguous == {"email": ("E-mail", "Login")}
    assert mapping.unmatched == ("Login", "Shoe size")
    assert mapping.ignored == ("Lifetime Spend",)
    assert mapping.missing == ("name",)
    with pytest.raises(TableError, match="No column was found for: Name"):
        mapping.require_complete()


def test_twin_columns_are_ambiguous() -> None:
    mapping = match_columns(["Email", "Email (2)", "Name"], FIELDS)

    assert mapping.matched["email"] == "Email"
    assert mapping.ambiguous == {"email": ("Email", "Email (2)")}


def test_a_person_chooses_takes_away_and_leaves_out() -> None:
    mapping = match_columns(["Login", "E-mail", "Who", "Name"], FIELDS)
    chosen = mapping.override({"email": "Login", "name": "Who"})

    assert chosen.matched == {"email": "Login", "name": "Who"}
    assert chosen.ambiguous == {}
    assert mapping.override({"name": None}).missing == ("name",)
    assert mapping.override({"name": "E-mail"}).missing == ("email",)
    assert mapping.matched == {"email": "E-mail", "name": "Name"}, "the mapping itself stays as it was"


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"shoe": "Name"}, "no field “shoe”"),
        ({"name": "Shoe"}, "no column “Shoe”"),
        ({"name": "Name", "email": "Name"}, "chosen for Name and E-mail"),
    ],
)
def test_choices_that_make_no_sense_are_refused(choices: dict[str, str | None], message: str) -> None:
    with pytest.raises(TableError, match=message):
        match_columns(["E-mail", "Name"], FIELDS).override(choices)


def test_a_choice_is_stored_as_json_and_read_for_the_same_file_only() -> None:
    headers = ("Login", "Who")
    chosen = match_columns(headers, FIELDS).override({"name": "Who"})

    read = Mapping.from_json(chosen.to_json(), headers, FIELDS)
    assert (read.matched, read.missing) == ({"email": "Login", "name": "Who"}, ())
    assert read.index("name") == 1
    with pytest.raises(TableError, match="Choose the columns again"):
        Mapping.from_json(chosen.to_json(), ("Login",), FIELDS)
    for broken in ("", "[]", '{"matched": 3}', "null"):
        with pytest.raises(TableError, match="Choose the columns again"):
            Mapping.from_json(broken, headers, FIELDS)


def matched(headers: str, fields: tuple[Field, ...]) -> dict[str, str]:
    return match_columns([header.strip() for header in headers.split(",")], fields).matched


def test_commerce7_customers() -> None:
    found = matched(
        "First Name, Last Name, Email, Phone, Birth Date, Company, Address, Address 2, City, State Code, "
        "Zip Code, Country Code, Email Marketing Status, Sign Up Date, Tags, Lifetime Value",
        CUSTOMER_FIELDS,
    )

    assert found == {
        "email": "Email",
        "first_name": "First Name",
        "last_name": "Last Name",
        "phone": "Phone",
        "company": "Company",
        "birth_date": "Birth Date",
        "line_1": "Address",
        "line_2": "Address 2",
        "city": "City",
        "state": "State Code",
        "postal_code": "Zip Code",
        "country": "Country Code",
        "tags": "Tags",
        "opted_in": "Email Marketing Status",
        "signed_up_at": "Sign Up Date",
        "lifetime_spend": "Lifetime Value",
    }


def test_winedirect_contacts_in_plain_and_in_bill_and_ship_columns() -> None:
    plain = matched(
        "Customer Number,BirthDate,FirstName,LastName,Company,Address,Address2,City,StateCode,ZipCode,"
        "CountryCode,MainPhone,Email",
        CUSTOMER_FIELDS,
    )
    paired = matched(
        "BillFirstName,BillLastName,BillAddress,BillCity,BillStateCode,BillZipCode,BillEmail,"
        "ShipFirstName,ShipLastName,ShipAddress,ShipAddress2,ShipCity,ShipStateCode,ShipZipCode,ShipCompany",
        CUSTOMER_FIELDS,
    )

    assert (plain["external_number"], plain["phone"], plain["line_2"]) == (
        "Customer Number",
        "MainPhone",
        "Address2",
    )
    assert (paired["email"], paired["line_1"], paired["postal_code"]) == (
        "BillEmail",
        "BillAddress",
        "BillZipCode",
    )
    assert (paired["ship_line_1"], paired["ship_postal_code"]) == ("ShipAddress", "ShipZipCode")
    assert (paired["first_name"], paired["ship_first_name"]) == ("BillFirstName", "ShipFirstName")
    assert len(paired) == 15


def test_offset_customers() -> None:
    found = matched(
        "first_name,last_name,email,phone,birthdate,bill_addr1,bill_postal,ship_name,ship_addr1,ship_postal,"
        "ship_state,group_id,tags,Active_Account,opt_in,lifetime_dollars,credits",
        CUSTOMER_FIELDS,
    )

    assert (found["status"], found["group"], found["opted_in"]) == ("Active_Account", "group_id", "opt_in")
    assert (found["line_1"], found["ship_line_1"], found["ship_recipient"]) == (
        "bill_addr1",
        "ship_addr1",
        "ship_name",
    )
    assert len(found) == 17


def test_one_name_column_is_the_full_name() -> None:
    assert matched("Customer Name, E-mail", CUSTOMER_FIELDS) == {
        "email": "E-mail",
        "full_name": "Customer Name",
    }


def test_skus_stock_and_offer_items() -> None:
    skus = matched(
        "SKU,Product Title,Vintage,Bottle Size,Retail Price,Varietal,AVA,Alc %,Inventory,Color", SKU_FIELDS
    )
    stock = matched("SKU,product_name,stock,promised_stock,available_to_purchase", STOCK_FIELDS)
    items = matched(
        "Sku,Purchase Minimum,Purchase Maximum,Wish Max,Default,Sold in,Offer price", OFFER_ITEM_FIELDS
    )

    assert (skus["wine"], skus["variety"], skus["alcohol"]) == ("Product Title", "Varietal", "Alc %")
    assert len(skus) == 10
    assert stock == {
        "code": "SKU",
        "counted": "stock",
        "promised": "promised_stock",
        "available": "available_to_purchase",
    }
    assert len(items) == 7


def test_a_bare_quantity_in_a_stock_file_is_asked_about() -> None:
    mapping = match_columns(["Sku", "Quantity"], STOCK_FIELDS)

    assert mapping.unmatched == ("Quantity",)


@pytest.mark.parametrize(
    "headers",
    [
        "E-Mail-Adresse;Vorname;Nachname;Firma;Straße;Adresszusatz;PLZ;Ort;Bundesland;Land;Telefon",
        "Courriel;Prénom;Nom;Société;Adresse;Complément d'adresse;Code postal;Ville;Région;Pays;Téléphone",
        "E-mail;Nome;Cognome;Azienda;Indirizzo;Indirizzo 2;CAP;Città;Provincia;Paese;Telefono",
        "Correo electrónico;Nombre;Apellidos;Empresa;Calle;Dirección 2;Código postal;Ciudad;Provincia;País;Teléfono",
        "E-mailadres;Voornaam;Achternaam;Bedrijf;Straat;Toevoeging;Postcode;Woonplaats;Provincie;Land;Telefoon",
    ],
)
def test_people_and_addresses_in_other_languages(headers: str) -> None:
    fields = "email first_name last_name company line_1 line_2 postal_code city state country phone".split()
    there = headers.split(";")
    assert match_columns(there, CUSTOMER_FIELDS).matched == dict(zip(fields, there, strict=True))


@pytest.mark.parametrize("fields", [CUSTOMER_FIELDS, SKU_FIELDS, STOCK_FIELDS, OFFER_ITEM_FIELDS])
def test_every_field_is_found_by_its_own_name_and_label(fields: tuple[Field, ...]) -> None:
    assert len({field.name for field in fields}) == len(fields)
    for headers in ([field.name for field in fields], [field.label for field in fields]):
        assert match_columns(headers, fields).matched == dict(
            zip([field.name for field in fields], headers, strict=True)
        )
