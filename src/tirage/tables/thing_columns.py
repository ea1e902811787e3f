"""What the columns are called of files that bring one thing of a customer in each row: store credit, a membership of a
club, a saved card's token, a wish, an address that isn't written to."""

from __future__ import annotations

from functools import partial

from tirage.tables.cleaning import parse_emails, parse_money, parse_whole
from tirage.tables.matching import Field


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split("|"))


_EMAIL = Field(
    "email",
    "E-mail",
    required=True,
    synonyms=_names(
        "email | e-mail | e-mail address | email address | customer email | bill email | billing email | customer | "
        "contact email | user email | subscriber | recipient"
    ),
    parse=parse_emails,
)

CREDIT_FIELDS: tuple[Field, ...] = (
    _EMAIL,
    Field(
        "amount",
        "Store credit",
        required=True,
        synonyms=_names(
            "balance | credit | credit balance | store credit balance | current balance | amount | remaining | "
            "remaining balance | account credit | available balance | gift card balance | value"
        ),
        parse=parse_money,
        decimals=2,
    ),
    Field(
        "code",
        "Number of the credit",
        synonyms=_names(
            "credit number | gift card | gift card code | gift card number | code | credit id | certificate | "
            "reference | account number | last characters"
        ),
    ),
    Field("note", "Note", synonyms=_names("notes | reason | comment | description | memo")),
)

MEMBER_FIELDS: tuple[Field, ...] = (
    _EMAIL,
    Field(
        "club",
        "Club",
        required=True,
        synonyms=_names(
            "club name | club title | club type | wine club | membership | membership name | membership type | "
            "club level | plan | tier | subscription"
        ),
    ),
    Field(
        "joined_at",
        "Joined on",
        synonyms=_names(
            "join date | joined | sign up date | signup date | signed up on | start date | member since | "
            "date joined | club sign up date | effective date | membership start date | activated on | created at"
        ),
    ),
    Field(
        "state",
        "State",
        synonyms=_names(
            "status | membership status | club status | member status | club member status | subscription status"
        ),
    ),
    Field(
        "left_at",
        "Left on",
        # As headers are compared: without spaces.
        synonyms=_names(
            "canceldate|cancelledon|canceledon|cancellationdate|datecancelled|datecanceled|"
            "enddate|cancelledat|canceledat|left|membershipenddate"
        ),
    ),
    Field(
        "next_shipment",
        "Next shipment",
        synonyms=_names(
            "next ship date | next shipment date | next order date | next billing date | next processing date | "
            "next release | next delivery | next club shipment"
        ),
    ),
    Field(
        "reason",
        "Reason",
        synonyms=_names(
            "cancel reason | cancellation reason | hold reason | on hold reason | note | notes | comment"
        ),
    ),
)

CARD_FIELDS: tuple[Field, ...] = (
    _EMAIL,
    Field(
        "former_customer",
        "Stripe customer",
        required=True,
        synonyms=_names(
            "stripe customer id | customer id new | new customer id | stripe id | processor customer | "
            "processor customer id | gateway customer id | stripe_customer_id | customer token | customer id"
        ),
    ),
    Field(
        "token",
        "Payment method",
        required=True,
        synonyms=_names(
            "payment method id | stripe payment method | stripe payment method id | stripe_payment_method_id | "
            "source id | card id | new source id | new card id | token | payment token | card token | "
            "processor token | default payment method"
        ),
    ),
    Field(
        "former_number",
        "Former customer",
        synonyms=_names(
            "old customer id | former customer | old id | customer id old | customer number | external id | "
            "old customer | former customer id"
        ),
    ),
)

STAY_FIELDS: tuple[Field, ...] = (
    _EMAIL,
    Field(
        "group",
        "Group",
        required=True,
        synonyms=_names(
            "group name | customer group | allocation group | tier | allocation tier | list | wine list | "
            "contact type | member level | segment"
        ),
    ),
    Field(
        "since",
        "Since",
        required=True,
        synonyms=_names(
            "from | start date | started on | joined | joined on | date joined | member since | begin | "
            "beginning | added on | effective date | entered on"
        ),
    ),
    Field(
        "until",
        "Until",
        synonyms=_names("to | end date | ended on | left | left on | date left | removed on | expired on"),
    ),
)

SUPPRESSED_FIELDS: tuple[Field, ...] = (
    _EMAIL,
    Field(
        "left_at",
        "Since",
        synonyms=_names(
            "unsubscribed on | unsubscribed at | unsub time | unsub_time | unsubscribe date | suppressed on | "
            "suppressed at | date | created | created at | opted out on | bounced on | date added | changed on"
        ),
    ),
)

WISH_FIELDS: tuple[Field, ...] = (
    _EMAIL,
    Field(
        "code",
        "Sku",
        required=True,
        synonyms=_names("sku code | product sku | item sku | item code | product code | wine sku"),
    ),
    Field(
        "asked",
        "Pieces",
        required=True,
        synonyms=_names(
            "quantity | qty | wish | wished | wish quantity | quantity requested | requested | bottles | "
            "wish request | requested quantity | additional request"
        ),
        parse=partial(parse_whole, minimum=1, maximum=10_000),
        decimals=0,
    ),
    Field(
        "made_at", "Wished on", synonyms=_names("date | created at | requested on | order date | wish date")
    ),
)
