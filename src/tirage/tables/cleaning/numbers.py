"""Amounts, counts, shares and yes or no."""

import re
from decimal import Decimal, InvalidOperation

from tirage.tables.cleaning.text import clean_text, is_empty
from tirage.tables.errors import CellError

LARGEST_MINOR = 10**14

_WITHOUT_MINOR = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₩": "KRW", "₹": "INR"}
_CODE = re.compile(r"\b([A-Z]{3})\b|(?<=[\d.,)])\s*([A-Z]{3})$|^([A-Z]{3})(?=[\d.,(\-])")
#: A thousand in one country and one in another.
_EITHER = re.compile(r"^[-(+ ]*[1-9]\d{0,2}\.\d{3}[) -]*$")
_GROUPED = re.compile(r"^\d{1,3}(?:[.,' ]\d{3})+$")

_YES = frozenset("yes y true t 1 on x ✓ ✔ ja oui si sí".split()) | {
    "opted in",
    "opt in",
    "optin",
    "opt-in",
    "opted-in",
    "subscribed",
    "active",
    "enabled",
    "checked",
}
_NO = frozenset("no n false f 0 off nein non".split()) | {
    "opted out",
    "opt out",
    "optout",
    "opt-out",
    "opted-out",
    "unsubscribed",
    "not subscribed",
    "inactive",
    "disabled",
    "unchecked",
}


def parse_boolean(value: str) -> bool | None:
    """yes/no, y/n, true/false, 1/0, x, opted in/out, subscribed/unsubscribed. None when empty."""
    if is_empty(value):
        return None
    text = clean_text(value).rstrip(".").lower()
    text = {"1.0": "1", "0.0": "0"}.get(text, text)
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise CellError(f"“{clean_text(value)}” is neither yes nor no. Write yes or no.")


def parse_whole(value: str, *, minimum: int | None = None, maximum: int | None = None) -> int | None:
    """ "6.0", "1,200", " 12 ", "-3", "+6", "(3)" as int. None when empty; CellError for halves and words."""
    if is_empty(value):
        return None
    text = clean_text(value)
    number = _decimal(text, text)
    if number != number.to_integral_value() or abs(number) > 10**12:
        raise CellError(f"“{text}” is not a whole number. Correct it.")
    whole = int(number)
    if minimum is not None and whole < minimum:
        raise CellError(f"{whole} is too small; {minimum} is the least possible.")
    if maximum is not None and whole > maximum:
        raise CellError(f"{whole} is too large; {maximum} is the most possible.")
    return whole


def parse_money(value: str, currency: str = "USD") -> int | None:
    """ "$1,234.50", "1.234,50", "(45.00)", "USD 45" in minor units of `currency`. None when empty.

    Raises CellError for another currency, for more decimals than the currency has, and for "1.234" and "1.250",
    which may be either.
    """
    if is_empty(value):
        return None
    shown = clean_text(value)
    _refuse_other_currency(shown, currency)
    text = re.sub(r"[$€£¥₩₹]|(?:US|CA|AU)(?=\$)", "", _CODE.sub("", shown))
    digits = 0 if currency in _WITHOUT_MINOR else 3 if currency in _THREE_DIGITS else 2
    minor = _decimal(text, shown).scaleb(digits)
    if minor != minor.to_integral_value():
        raise CellError(f"“{shown}” has more decimals than {currency} has. Write it as 1234.50.")
    if digits < 3 and _EITHER.match(text.strip()):
        raise CellError(f"“{shown}” may be thousands or a few. Write it as 1234.50.")
    if abs(minor) > LARGEST_MINOR:
        raise CellError(f"“{shown}” is too large an amount. Correct it.")
    return int(minor)


def parse_percent(value: str, *, fractions: bool = True) -> Decimal | None:
    """ "14.5%", "14,5 %", "14.5" and, with `fractions`, Excel's 0.145 as Decimal("14.5"). None when empty.

    Raises CellError below 0 and above 100.
    """
    if is_empty(value):
        return None
    shown = clean_text(value)
    marked = "%" in shown
    number = _decimal(re.sub(r"%|\bvol\b\.?|\babv\b", "", shown, flags=re.IGNORECASE), shown)
    if fractions and not marked and 0 < number < 1:
        number = (number * 100).normalize()
    if not 0 <= number <= 100:
        raise CellError(f"“{shown}” is not a percentage from 0 to 100. Correct it.")
    return number


def _refuse_other_currency(shown: str, currency: str) -> None:
    named = {code for groups in _CODE.findall(shown) for code in groups if code}
    named |= {code for sign, code in _SIGNS.items() if sign in shown}
    if wrong := sorted(named - {currency}):
        raise CellError(f"“{shown}” is in {wrong[0]}; amounts here are in {currency}. Convert it.")


def _decimal(text: str, shown: str) -> Decimal:
    """A number in any habit of writing. `shown` is what the message quotes."""
    body = text.strip().replace("−", "-").replace("’", "'")
    negative = body.startswith(("-", "(")) or body.endswith("-")
    body = body.strip("()-+ ").strip()
    written = re.fullmatch(r"([0-9.,' ]+)(?:[eE][+-]?[0-9]{1,3})?", body)
    if not written or not written[1].strip(".,' "):
        raise CellError(f"“{shown}” is not a number. Correct it.")
    try:
        number = Decimal(_without_groups(body, shown))
    except InvalidOperation as error:
        raise CellError(f"“{shown}” is not a number. Correct it.") from error
    return -number if negative else number


def _without_groups(body: str, shown: str) -> str:
    body = body.replace("'", "").replace(" ", "") if _spaced(body) else body
    comma, point = body.count(","), body.count(".")
    if comma and point:
        decimal, group = (",", ".") if body.rfind(",") > body.rfind(".") else (".", ",")
        whole, _, part = body.rpartition(decimal)
        if not _GROUPED.match(whole) or decimal in whole:
            raise CellError(f"“{shown}” mixes commas and points. Write it as 1234.50.")
        return f"{whole.replace(group, '')}.{part}"
    if comma == 1 and not _GROUPED.match(body):
        return body.replace(",", ".")
    if (comma or point > 1) and not _GROUPED.match(body):
        raise CellError(f"“{shown}” has commas or points out of place. Write it as 1234.50.")
    return body.replace(",", "") if comma else body.replace(".", "") if point > 1 else body


def _spaced(body: str) -> bool:
    whole = re.split(r"[.,]", body, maxsplit=1)[0]
    return bool(_GROUPED.match(whole)) and ("'" in whole or " " in whole)
