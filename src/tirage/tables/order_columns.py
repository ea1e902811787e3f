"""What the columns of a file of orders are called: one row may be an order, a line, a payment, a shipment or a refund.

Seen in public documentation: Shopify's export (``Lineitem name``, ``Financial Status``, ``Refunded Amount``), those of
WooCommerce's plugins (``Order Total Amount``, ``Quantity (- Refund)``, ``line_items``), Vin65's importers (BillEmail,
ShipFirstName, MainPhone). The rest is inferred from those systems' words, and goes through the mapping step.
"""

from __future__ import annotations

from tirage.tables.cleaning import parse_emails, parse_money, parse_whole, split_name
from tirage.tables.matching import Field


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split("|"))


def _text(name: str, label: str, names: str, *, required: bool = False) -> Field:
    return Field(name, label, required=required, synonyms=_names(names))


def _money(name: str, label: str, names: str) -> Field:
    return Field(name, label, synonyms=_names(names), parse=parse_money, decimals=2)


def _sent_to(name: str, label: str, *names: str) -> Field:
    starts = ("ship", "shipping", "ship to", "shipping address", "delivery", "recipient")
    spelled = (f"{start} {one}" for one in names for start in starts)
    return Field(f"ship_{name}", label, synonyms=(*spelled, *(f"{one} shipping" for one in names)))


ORDER_FIELDS: tuple[Field, ...] = (
    _text(
        "number",
        "Order number",
        "order number | order no | order id | order # | order | ordernumber | order ref | order reference",
        required=True,
    ),
    _text(
        "refund_of",
        "Refund of order",
        "original order number | original order | linked order number | linked order | parent order | "
        "parent order number | "
        "refund of | refunded order | refunded order number | previous order number",
    ),
    _text(
        "placed_at",
        "Ordered on",
        "order date | date | ordered on | order placed | order submitted date | submitted date | date submitted | "
        "created at | order created | date ordered | date created | completed date | order completed date | "
        "sale date | "
        "transaction date | placed at | order completed",
    ),
    _text("status", "Status", "order status | status | order state"),
    _text("payment_status", "Payment status", "payment status | financial status | paid status"),
    Field(
        "cancelled_at",
        "Called off on",
        # As headers are compared: without spaces.
        synonyms=("cancelledat", "canceledat", "cancelledon", "canceledon", "canceldate", "datecancelled"),
    ),
    _text("refunded_at", "Refunded on", "refunded at | refund date | refunded on | date refunded"),
    _text("kind", "Kind of record", "transaction kind | record type | order kind | transaction type"),
    Field(
        "email",
        "E-mail",
        parse=parse_emails,
        synonyms=_names(
            "email | e-mail | e-mail address | email address | customer email | bill email | billing email | "
            "email billing | "
            "bill to email | purchaser email | customer e-mail"
        ),
    ),
    _text(
        "first_name",
        "First name",
        "first name | bill first name | billing first name | first name billing | customer first name | "
        "bill to first name | "
        "firstname",
    ),
    _text(
        "last_name",
        "Last name",
        "last name | bill last name | billing last name | last name billing | customer last name | bill to last name | "
        "lastname",
    ),
    Field(
        "full_name",
        "Name",
        parse=split_name,
        synonyms=_names(
            "customer name | customer | billing name | bill name | bill to name | full name | purchaser"
        ),
    ),
    _text(
        "phone",
        "Phone",
        "phone | billing phone | bill phone | phone billing | main phone | customer phone | telephone",
    ),
    _text(
        "group",
        "Group of the time",
        "customer group | group | tier | allocation group | allocation tier | club | membership | member level",
    ),
    _text(
        "release",
        "Release",
        "release name | release | allocation | allocation name | offer name | offer | campaign | campaign name",
    ),
    _sent_to("recipient", "Shipping: Recipient", "name", "full name", "recipient", "to name"),
    _sent_to("first_name", "Shipping: First name", "first name", "firstname"),
    _sent_to("last_name", "Shipping: Last name", "last name", "lastname"),
    _sent_to("company", "Shipping: Company", "company"),
    _sent_to(
        "line_1",
        "Shipping: Address line 1",
        "address1",
        "address",
        "address 1",
        "address line 1",
        "address 1&2",
        "street",
    ),
    _sent_to("line_2", "Shipping: Address line 2", "address2", "address 2", "address line 2"),
    _sent_to("city", "Shipping: City", "city"),
    _sent_to("state", "Shipping: State", "state code", "state", "province", "province code"),
    _sent_to("postal_code", "Shipping: ZIP", "zip", "zip code", "postal code", "postcode"),
    _sent_to("country", "Shipping: Country", "country code", "country"),
    _sent_to("phone", "Shipping: Phone", "phone", "telephone"),
    _text(
        "shipped_at",
        "Shipped on",
        "ship date | shipped on | shipped date | fulfilled at | fulfilled date | fulfillment date | "
        "order fulfilled date | "
        "shipment date | date shipped | actual ship date | pickup date",
    ),
    _text(
        "tracking",
        "Tracking number",
        "tracking number | tracking | tracking no | tracking numbers | shipment tracking",
    ),
    _text("gift_note", "Gift note", "gift message | gift note | gift card message"),
    _text(
        "sku",
        "Sku",
        "sku | lineitem sku | product sku | item sku | line item sku | variant sku | product code | item number",
    ),
    _text(
        "wine",
        "Wine",
        "product title | product name | product | item name | lineitem name | line item name | item | title | wine | "
        "item description | product description | description",
    ),
    _text("vintage", "Vintage", "vintage | year | vintage year | wine vintage"),
    _text(
        "format", "Format", "format | bottle size | size | variant | variant title | volume | bottle format"
    ),
    Field(
        "quantity",
        "Pieces",
        parse=parse_whole,
        decimals=0,
        synonyms=_names(
            "quantity | qty | lineitem quantity | item quantity | product quantity | line item quantity | "
            "quantity ordered | "
            "qty ordered | bottles | quantity refund | units"
        ),
    ),
    _money(
        "unit_price",
        "Price of one",
        "price | unit price | item price | lineitem price | product price | item cost | price each | sale price | "
        "line item price",
    ),
    _money(
        "line_total",
        "Line total",
        "line total | extended price | item total | product total | line item total | extended amount | "
        "line subtotal | "
        "product subtotal",
    ),
    _money(
        "line_discount",
        "Discount of the line",
        "line discount | lineitem discount | item discount | product discount",
    ),
    _money(
        "line_tax", "Tax of the line", "line tax | item tax | product tax | line item tax | item sales tax"
    ),
    _text("items", "All lines in one cell", "line items | lineitems | items | order items | products"),
    _money(
        "discount",
        "Discount",
        "discount amount | discount | order discount | total discount | discounts | promotions | "
        "cart discount amount | discount total | coupon amount",
    ),
    _money(
        "shipping",
        "Shipping",
        "shipping | shipping total | shipping amount | order shipping amount | shipping cost | "
        "freight | ship total | shipping charge | shipping price",
    ),
    _money(
        "tax",
        "Tax",
        "tax | taxes | tax total | sales tax | order total tax amount | total tax | order tax | tax amount",
    ),
    _money("handling", "Handling", "handling | handling fee | handling total | packaging"),
    _money("fee", "Other fees", "fees | fee | other fees | fee total | duties"),
    _money("tip", "Tip", "tip | tips | tip total | gratuity | tip amount"),
    _money(
        "total",
        "Total",
        "total | order total | grand total | order total amount | total price | order amount | invoice total",
    ),
    _money(
        "refunded",
        "Refunded",
        "refunded amount | refunded | refund amount | order refund amount | total refunded | refund total",
    ),
    _money(
        "paid", "Paid", "payment amount | amount paid | paid amount | paid | tender amount | amount tendered"
    ),
    _text(
        "paid_at", "Paid on", "payment date | paid at | paid on | paid date | order paid date | tender date"
    ),
    _text("payment_kind", "Kind of payment", "payment type | tender kind | payment transaction type"),
    _text(
        "payment_method",
        "Way of payment",
        "payment method | payment method title | tender type | tender | card type | paid by | payment",
    ),
    Field(
        "subtotal",
        "Subtotal",
        synonyms=_names("subtotal | sub total | order subtotal | order subtotal amount"),
        ignored=True,
    ),
    Field("balance", "Balance", synonyms=_names("outstanding balance | balance | balance due"), ignored=True),
)

#: Moments among them, read by the file's own order of days and months.
ORDER_DATES = ("placed_at", "cancelled_at", "refunded_at", "shipped_at", "paid_at")
ORDER_AMOUNTS = tuple(one.name for one in ORDER_FIELDS if one.decimals == 2)
#: Kept as they are written.
ORDER_TEXTS = (
    *(
        "status",
        "payment_status",
        "kind",
        "first_name",
        "last_name",
        "phone",
        "group",
        "release",
        "tracking",
        "gift_note",
        "sku",
    ),
    *("wine", "vintage", "format", "payment_kind", "payment_method", "ship_recipient", "ship_first_name"),
    *("ship_last_name", "ship_company", "ship_line_1", "ship_line_2", "ship_city", "ship_phone"),
)
