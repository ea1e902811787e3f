"""What the columns of a winery's files are called: the fields of each import and their usual headers.

Seen in public documentation:

- WineDirect (Vin65), customer and club member importers: Customer Number, BirthDate, FirstName, LastName,
  Company, Address, Address2, City, StateCode, ZipCode, CountryCode, MainPhone, Email.
- WineDirect, inventory updater: SKU, product_name, location_name, pool_name, stock, low_stock,
  safety_stock, promised_stock, available_to_purchase.
- Commerce7, web service and its automation connectors: firstName, lastName, primaryEmail, primaryPhone,
  emailMarketingStatus, city, stateCode, zipCode, countryCode.
- Offset, customer import: first_name and last_name; Active_Account and the numeric group ID are named.
- Other shops for the same trade: bill_email, name_first, name_last, bill_dob, bill_addr1, bill_postal,
  ship_name, ship_addr1, ship_postal, crm_note1; Alcohol Content, Grape Variety, Bottle Size.

Inferred, because no sample file is public: Commerce7's spaced headers ("State Code", "Sign Up Date"),
WineDirect's Bill… and Ship… pairs in order and contact exports, Offset's remaining columns in its
snake_case, all headers of offer items, and plain English ones.
"""

from dataclasses import replace
from functools import partial

from tirage.tables.cleaning import (
    clean_note,
    parse_date,
    parse_emails,
    parse_money,
    parse_percent,
    parse_vintage,
    parse_whole,
    split_name,
)
from tirage.tables.foreign import delivery_names_of, names_of
from tirage.tables.matching import Field


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split("|"))


_STATE = _names(
    "state code | state | province | state province | region | province code | state abbreviation | state region | "
    "state or region | state or province | state province region | state or province or region | province state | "
    "state territory | state or territory | province region"
)
_POSTAL_CODE = _names(
    "zip code | zip | postal code | postcode | postal | zip postal code | zip postal | zip 5 | zip plus 4 | "
    "zip or postal code | postal zip code | postal code zip | zip postcode | post code"
)
_COUNTRY = _names(
    "country code | country | country name | country region | nation | country of residence | country or region | "
    "country territory | country or territory | region country"
)

_ADDRESS = (
    (
        "recipient",
        "Recipient",
        ("name", "full name", "recipient name", "attention", "attn", "deliver to", "to"),
    ),
    ("first_name", "First name", ("first name", "firstname", "given name")),
    ("last_name", "Last name", ("last name", "lastname", "surname")),
    ("company", "Company", ("company", "company name", "business")),
    ("phone", "Phone", ("phone", "phone number", "main phone", "telephone")),
    (
        "line_1",
        "Address line 1",
        ("address", "address 1", "address line 1", "addr1", "street", "street address", "line 1"),
    ),
    ("line_2", "Address line 2", ("address 2", "address line 2", "addr2", "apt", "suite", "unit", "line 2")),
    ("city", "City", ("city", "town")),
    ("state", "State", _STATE),
    ("postal_code", "ZIP", _POSTAL_CODE),
    ("country", "Country", _COUNTRY),
)
_SHIPPING = ("ship", "shipping", "shipping address", "ship to", "delivery", "delivery address", "recipient")


def _with_prefixes(prefixes: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{prefix} {name}" for name in names for prefix in prefixes)


def _shipping_fields() -> tuple[Field, ...]:
    return tuple(
        Field(
            f"ship_{name}",
            f"Shipping: {label}",
            synonyms=(*_with_prefixes(_SHIPPING, names), *delivery_names_of(name)),
        )
        for name, label, names in _ADDRESS
    )


def _billed(*names: str) -> tuple[str, ...]:
    """The plain headers, surest first, then the same of a billing address."""
    return names + _with_prefixes(
        ("bill", "billing", "bill to", "billing address", "primary", "default", "default address"), names
    )


_CUSTOMER_FIELDS: tuple[Field, ...] = (
    Field(
        "email",
        "E-mail",
        required=True,
        synonyms=(
            *_billed(*_names("e-mail address | email | e-mails | emails | mail | email id")),
            "customer email",
            "contact email",
            "login",
            "username",
        ),
        parse=parse_emails,
    ),
    Field(
        "first_name",
        "First name",
        synonyms=(
            *_billed(*_names("first name | firstname | given name | forename | first")),
            "name first",
            "customer first name",
        ),
    ),
    Field(
        "last_name",
        "Last name",
        synonyms=(
            *_billed(*_names("last name | lastname | surname | family name | last")),
            "name last",
            "customer last name",
        ),
    ),
    Field(
        "full_name",
        "Name",
        synonyms=(
            *_billed(*_names("full name | name | customer name | customer")),
            "contact name",
            "contact",
            "client",
            "member",
        ),
        parse=split_name,
    ),
    Field(
        "phone",
        "Phone",
        synonyms=(
            *_billed(
                *_names(
                    "phone | phone number | telephone | main phone | mobile | cell | mobile phone | "
                    "cell phone"
                )
            ),
            "phones",
            "phone numbers",
            "home phone",
            "phone 1",
            "day phone",
            "contact phone",
            "tel",
        ),
    ),
    Field(
        "other_phones",
        "Other telephones",
        synonyms=_names("other telephone | further telephones | more telephones"),
    ),
    Field(
        "company",
        "Company",
        synonyms=_billed(*_names("company | company name | business | organisation | organization")),
    ),
    Field(
        "birth_date",
        "Birth date",
        synonyms=_names(
            "birthdate | birthday | date of birth | dob | bill dob | bill birth date | billing dob"
        ),
        parse=parse_date,
    ),
    Field(
        "recipient",
        "Recipient",
        synonyms=_names("recipient name | attention | attn | address name | deliver to"),
    ),
    Field(
        "line_1",
        "Address line 1",
        synonyms=_billed(
            *_names("address | address 1 | addr1 | street | street address | street 1 | line 1 | address1")
        ),
    ),
    Field(
        "line_2",
        "Address line 2",
        synonyms=_billed(
            *_names("address 2 | addr2 | street 2 | line 2 | apt | apartment | suite | unit | apt suite")
        ),
    ),
    Field("city", "City", synonyms=_billed("town", "city town", "city")),
    Field("state", "State", synonyms=_billed(*_STATE)),
    Field("postal_code", "ZIP", synonyms=_billed(*_POSTAL_CODE)),
    Field("country", "Country", synonyms=_billed(*_COUNTRY)),
    Field(
        "address_phone",
        "Address phone",
        synonyms=_names("address telephone | telephone of the address | phone of the address"),
    ),
    Field("address_number", "Address number", synonyms=_names("address reference | number of the address")),
    *_shipping_fields(),
    Field(
        "group",
        "Group",
        synonyms=_names(
            "groups | group name | customer group | customer groups | allocation group | tier | "
            "allocation tier | segment | customer type | contact type | contact types | customer "
            "level | group id | customer group id | assigned group | assigned groups | member group | wine list"
        ),
    ),
    Field("tags", "Tags", synonyms=_names("tag | customer tags | labels | keywords")),
    Field(
        "notes",
        "Notes",
        synonyms=_names(
            "note | customer notes | customer note | profile notes | comments | comment | remarks | "
            "crm note 1"
        ),
        parse=clean_note,
    ),
    Field(
        "opted_in",
        "Opted in",
        synonyms=_names(
            "email marketing status | opt in | marketing opt in | email opt in | accepts marketing | "
            "accept marketing | accepts email marketing | marketing | newsletter | subscribed | "
            "mailing list | email subscriber | marketing consent | consent | allow email | allow emails | "
            "email allowed | may email | email subscription status | marketing status | email marketing | "
            "email status | email consent | email subscription | mailing status | newsletter status | "
            "email opt in status | opt in status | marketing emails"
        ),
    ),
    Field(
        "opted_in_at",
        "Opted in on",
        synonyms=_names(
            "opt in date | opted in date | opted in at | marketing opt in date | consent date | "
            "subscribed date | subscribe date | optin time | subscribed at | subscribed on | confirm time"
        ),
    ),
    Field(
        "opted_out",
        "Opted out",
        synonyms=_names(
            "opt out | email opt out | opted out of email | has opted out of email | unsubscribed | unsubscribe | "
            "unsubscribed from all email | do not email | do not mail | no email | no emails | no mail | "
            "email bounced | suppressed | suppression | email suppressed | on suppression list | "
            "suppression list | marketing opt out"
        ),
    ),
    Field(
        "opted_out_at",
        "Opted out on",
        synonyms=_names(
            "opt out date | opt out time | optout time | opted out at | unsubscribed date | unsubscribe date | "
            "unsubscribed at | unsubscribed on | unsub time | unsubscribe time | date unsubscribed | "
            "consent withdrawn | consent withdrawn on"
        ),
    ),
    Field(
        "do_not_contact",
        "Do not contact",
        synonyms=_names("dnc | no contact | do not contact me | contact not allowed | blocked"),
    ),
    Field(
        "deceased",
        "Deceased",
        synonyms=_names(
            "is deceased | died | date of death | deceased date | deceased on | died on | death date"
        ),
    ),
    Field(
        "signed_up_at",
        "Signed up on",
        synonyms=_names(
            "sign up date | signup date | signed up | date joined | join date | created | created at "
            "| date created | created date | date added | customer since | registration date | member "
            "since"
        ),
    ),
    Field(
        "status",
        "Status",
        synonyms=_names(
            "active account | account status | customer status | active | is active | contact status | "
            "subscriber status | subscription status"
        ),
    ),
    Field(
        "external_number",
        "Number elsewhere",
        synonyms=_names("customer number | customer id | alt customer number | customer no | id"),
    ),
    Field(
        "lifetime_spend",
        "Lifetime spend",
        synonyms=_names(
            "lifetime value | ltv | lifetime dollars | lifetime total | total spent | total spend | "
            "lifetime sales"
        ),
        ignored=True,
    ),
    Field(
        "order_count",
        "Number of orders",
        synonyms=_names("orders | orders count | total orders | order total"),
        ignored=True,
    ),
    Field(
        "last_order",
        "Last order",
        synonyms=("last order date", "most recent order", "last purchase date"),
        ignored=True,
    ),
    Field("password", "Password", synonyms=("password hash", "customer password"), ignored=True),
    Field(
        "credits", "Credits", synonyms=_names("credit | store credit | loyalty points | points"), ignored=True
    ),
)
"""One address in plain or Bill… columns, a second one in Ship… columns (fields ship_line_1 and so on)."""

_SKU = _names(
    "sku | sku code | code | product code | item code | item number | product sku | variant "
    "sku | item sku | product number"
)
CUSTOMER_FIELDS: tuple[Field, ...] = tuple(
    replace(field, synonyms=(*field.synonyms, *names_of(field.name))) for field in _CUSTOMER_FIELDS
)

SKU_FIELDS: tuple[Field, ...] = (
    Field("code", "Sku", required=True, synonyms=_SKU),
    Field(
        "wine",
        "Wine",
        synonyms=_names(
            "wine name | product | product name | product title | title | item name | item description"
        ),
    ),
    Field(
        "vintage",
        "Vintage",
        synonyms=_names("vintage year | year | wine vintage | harvest year"),
        parse=parse_vintage,
    ),
    Field(
        "format",
        "Format",
        synonyms=_names(
            "bottle size | size | bottle format | volume | bottle volume | variant title | variant | "
            "bottle size ml | volume in ml | unit size | package | bottle size in ml | size in ml | size ml | "
            "volume ml | bottle size cl | bottle size in cl | size in cl | size cl | volume in cl | volume cl | "
            "bottle size in l | bottle size in liters | bottle size in litres | size in liters | size in litres | "
            "volume in liters | volume in litres | size oz | bottle size oz | volume oz"
        ),
    ),
    Field(
        "price",
        "Price",
        synonyms=_names(
            "retail price | unit price | list price | price retail | msrp | bottle price | regular "
            "price | sale price"
        ),
        parse=parse_money,
        decimals=2,
    ),
    Field("lwin", "LWIN", synonyms=_names("lwin7 | lwin11 | lwin18 | lwin code | lwin number | liv-ex code")),
    Field("goods", "Kind of product", synonyms=_names("product category | product type | item category")),
    Field("name", "Name", synonyms=("sku name", "display name", "short name", "label")),
    Field(
        "variety",
        "Variety",
        synonyms=_names(
            "varietal | grape | grapes | grape variety | varieties | grape varietal | blend | wine varietal"
        ),
    ),
    Field(
        "appellation",
        "Appellation",
        synonyms=_names("ava | wine appellation | region | wine region | sub region"),
    ),
    Field("colour", "Color", synonyms=("colour", "wine type", "wine color", "style", "wine colour")),
    Field(
        "alcohol",
        "Alcohol",
        synonyms=_names(
            "alcohol percentage | alcohol % | alc | alc % | abv | alcohol content | alc pct | alcohol "
            "by volume | alc by vol"
        ),
        parse=parse_percent,
        decimals=4,
    ),
    Field(
        "tasting_note",
        "Tasting note",
        synonyms=_names("tasting notes | description | teaser | subtitle | product description"),
        parse=clean_note,
    ),
    Field(
        "on_hand",
        "On hand",
        synonyms=_names(
            "stock | inventory | quantity on hand | qty on hand | quantity | qty | on hand quantity | "
            "current inventory | inventory quantity | bottles | bottles on hand"
        ),
        parse=partial(parse_whole, minimum=0),
        decimals=0,
    ),
)

STOCK_FIELDS: tuple[Field, ...] = (
    Field("code", "Sku", required=True, synonyms=_SKU),
    Field(
        "counted",
        "Counted",
        synonyms=_names(
            "counted quantity | count | physical count | stock | on hand | quantity on hand | qty on "
            "hand | inventory | new quantity | current inventory | stock count | actual | on hand new"
        ),
        parse=partial(parse_whole, minimum=0),
        decimals=0,
    ),
    Field(
        "movement",
        "Movement",
        synonyms=_names(
            "movement quantity | change | adjustment | adjust by | quantity change | "
            "delta | difference | add | received"
        ),
        parse=parse_whole,
        decimals=0,
    ),
    Field(
        "reason",
        "Reason",
        synonyms=_names(
            "movement reason | adjustment reason | update reason | inventory update reason | reason code"
        ),
    ),
    Field(
        "note",
        "Note",
        synonyms=_names("notes | comment | comments | memo | remarks | description"),
        parse=clean_note,
    ),
    Field("promised", "Promised stock", synonyms=("promised_stock", "committed", "allocated"), ignored=True),
    Field("available", "Available", synonyms=("available_to_purchase", "available to sell"), ignored=True),
)
"""A file counts (`counted`) or moves (`movement`); the importer asks for exactly one of them.

A header that only says Quantity may be either and would double or empty a cellar when guessed wrong, so
no field claims it: the mapping step asks.
"""


_quantity = partial(parse_whole, minimum=0, maximum=100_000)


OFFER_ITEM_FIELDS: tuple[Field, ...] = (
    Field("code", "Sku", required=True, synonyms=_SKU),
    Field(
        "purchase_minimum",
        "Purchase minimum",
        synonyms=_names(
            "minimum | min | min qty | minimum quantity | purchase min | minimum purchase | min "
            "quantity | custom grant min"
        ),
        parse=_quantity,
        decimals=0,
    ),
    Field(
        "purchase_maximum",
        "Purchase maximum",
        synonyms=_names(
            "maximum | max | max qty | maximum quantity | purchase max | maximum purchase | max "
            "quantity | allocation | allowance | limit | custom grant max"
        ),
        parse=_quantity,
        decimals=0,
    ),
    Field(
        "wish_maximum",
        "Wish maximum",
        synonyms=_names(
            "wish max | maximum wish | wish | wish limit | wish list maximum | wish request maximum | "
            "max wish | wishes"
        ),
        parse=_quantity,
        decimals=0,
    ),
    Field(
        "default_quantity",
        "Default quantity",
        synonyms=_names("default | default qty | suggested quantity | preselected | starting quantity"),
        parse=_quantity,
        decimals=0,
    ),
    Field(
        "multiple",
        "Multiple",
        synonyms=_names(
            "sold in | sold in multiples of | multiples | increment | step | case size | order "
            "multiple | bottles per unit"
        ),
        parse=partial(parse_whole, minimum=1, maximum=1_000),
        decimals=0,
    ),
    Field(
        "price",
        "Price",
        synonyms=_names("offer price | unit price | price override | special price | allocation price"),
        parse=parse_money,
        decimals=2,
    ),
)
