"""Which tables and columns go out with everything, and which stay, each with its reason.

Found from the models themselves: a table that nobody thought of goes out whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

_KEYS = "keys to a sign-in"
_PROGRAM = "the program's own; it is there wherever Tirage is"
_WORK = "work of this installation that is in progress"

#: By model: why its rows stay.
TABLES_LEFT_OUT = {
    "customers.CustomerSession": _KEYS,
    "customers.SignInRequest": _KEYS,
    "customers.Passkey": _KEYS,
    "staff.StaffSession": _KEYS,
    "account.EmailConfirmation": _KEYS,
    "mfa.Authenticator": "second factors, which are secrets: everybody sets theirs up again",
    "staff.SharedMemory": _WORK,
    "core.WrongTries": "wrong passwords and codes of the last days",
    "core.Try": "counts against thieves, forgotten after a month",
    "core.Heartbeat": _WORK,
    "cli.ScheduledRun": _WORK,
    "imports.ImportProgress": _WORK,
    "django_tasks_database.DBTaskResult": _WORK,
    "auth.Permission": _PROGRAM,
    "auth.Group": _PROGRAM,
    "auth.Group_permissions": _PROGRAM,
    "contenttypes.ContentType": _PROGRAM,
    "leaving.EverythingExport": "earlier files like this one",
    "leaving.EverythingPart": "earlier files like this one",
}
#: By model and column: why it stays. A restored row has a value there that opens nothing.
COLUMNS_LEFT_OUT = {
    "staff.StaffMember.password": "a password's hash: everybody sets a new one by a mailed link",
    "joining.SignUp.token_hash": "the key of a mailed link",
}
#: Words for a table's columns that its names don't say.
ENDINGS = {
    "_minor": "an amount in the smallest unit of the currency (cents)",
    "_bp": "hundredths of a percent",
    "_ppm": "millionths",
    "_at": "a moment, UTC",
    "_on": "a day",
}


def exported_models() -> list[type[models.Model]]:
    """Every model whose rows go out, in the order of their names; tables of many-to-many columns too."""
    found = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    return [found[name] for name in sorted(found.keys() - TABLES_LEFT_OUT.keys())]


def exported_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The columns that go out; what the database works out by itself isn't among them."""
    return [
        one
        for one in model._meta.concrete_fields
        if not one.generated and f"{model._meta.label}.{one.name}" not in COLUMNS_LEFT_OUT
    ]


def say_column(field: models.Field[Any, Any]) -> str:
    """``amount_minor: an amount in the smallest unit …``: what the README says of a column."""
    words = str(field.help_text or "")
    if not words:
        words = next((words for end, words in ENDINGS.items() if str(field.attname).endswith(end)), "")
    if field.is_relation and field.related_model:
        words = f"the id of a row in {_table_of(field)}"
    name = str(field.verbose_name)
    plain = str(field.name).replace("_", " ")
    said = ", ".join(part for part in ("" if name.lower() == plain else name, words) if part)
    return f"{field.attname}: {said or plain}"


def _table_of(field: models.Field[Any, Any]) -> str:
    related: Any = field.related_model
    return str(related._meta.db_table)


def say_table(model: type[models.Model]) -> str:
    """The first sentence of what the program says of the model."""
    first = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    if first.startswith(f"{model.__name__}("):
        first = ""
    return first or str(model._meta.verbose_name_plural).capitalize()


def readme_lines(version: str) -> Iterator[str]:
    """What is in the file, table by table and column by column, and what isn't."""
    yield f"Everything that Tirage {version} keeps of this winery."
    yield ""
    yield "csv/      one file a table, for spreadsheets and other programs: UTF-8, commas, one row a line"
    yield "json/     the same with every column, one row a line, for moving back into a Tirage"
    yield "labels/   pictures of labels"
    yield "texts/    the winery's own words: mails, terms, the logo"
    yield "manifest.json   version, tables with their numbers of rows, and what proves that nothing is missing"
    yield ""
    yield "Amounts are whole numbers of the smallest unit (cents); moments are UTC; ids are this installation's own."
    yield "Saved cards are in by the payment processor's name of them, which is worth nothing without your key there."
    yield ""
    yield "Left out"
    yield ""
    for name, why in {**TABLES_LEFT_OUT, **COLUMNS_LEFT_OUT}.items():
        yield f"  {name}: {why}"
    for model in exported_models():
        yield ""
        yield f"{model._meta.db_table}   ({model._meta.label})"
        yield f"  {say_table(model)}"
        for field in exported_fields(model):
            yield f"    {say_column(field)}"
