"""Everything back into an empty Tirage: the whole file, or nothing of it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO, Any

from django.apps import apps
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction

from tirage import __version__
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.sql import is_postgresql, run
from tirage.core.winery import forget_winery
from tirage.leaving.tables import COLUMNS_LEFT_OUT, exported_fields, exported_models
from tirage.leaving.writing import LAYOUT, MANIFEST, Told, schema, sequences
from tirage.notifications.models import SentMail
from tirage.staff.models import StaffMember

#: Rows written at once.
PORTION = 1_000
#: What a winery has as soon as somebody worked in it. The rest is there from the beginning, or follows from these.
BUSINESS = (
    "catalog.Wine",
    "customers.Customer",
    "customers.Group",
    "joining.SignUp",
    "moving.MovedOrder",
    "offers.Release",
    "orders.Order",
    "segments.Segment",
)
#: What a row has where its column stayed behind: a key that fits nothing.
_OPENS_NOTHING: dict[str, Callable[[], str]] = {
    "staff.StaffMember.password": lambda: UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30),
    "joining.SignUp.token_hash": lambda: secrets.token_hex(32),
}


@dataclass(frozen=True, slots=True)
class Restored:
    tables: int
    rows: int


def is_empty() -> bool:
    """Whether nobody has worked in this winery yet."""
    return not any(apps.get_model(name)._base_manager.exists() for name in BUSINESS)


def restore_everything(file: IO[bytes], *, told: Told | None = None, actor: Actor, now: datetime) -> Restored:
    """Brings the file in, in one transaction; it takes the place of whatever a new winery begins with.

    Who may sign in here now still may: with the same e-mail address as the member of the file, otherwise beside them.
    Everybody else sets a password by a mailed link. Records ``everything.restored``. Raises Conflict ``not_empty``, and
    DomainError ``other_version``, ``file_damaged``.
    """
    manifest = look_into(file)
    with zipfile.ZipFile(file) as archive:
        try:
            with transaction.atomic():
                if not is_empty():
                    raise Conflict(
                        "not_empty",
                        "This Tirage has customers, wines or orders already. Everything comes into an empty one only.",
                    )
                restored = _replace_all(archive, manifest, told)
                _record(restored, manifest, actor, now)
        except (DatabaseError, zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError) as problem:
            raise _damaged(
                str(problem).splitlines()[0] if str(problem) else type(problem).__name__
            ) from problem
    forget_winery()
    return restored


def look_into(file: IO[bytes]) -> dict[str, Any]:
    """The manifest of a file that may come in here. Raises DomainError ``other_version``, ``file_damaged``."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            layout, theirs, version = manifest["layout"], manifest["schema"], manifest["tirage"]
            known = {model._meta.label for model in exported_models()}
            missing = known - manifest["tables"].keys()
            damaged = archive.testzip() if layout == LAYOUT else None
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, OSError, RuntimeError) as problem:
        raise _damaged("it is no export of everything, or was cut short") from problem
    ours = schema()
    if layout != LAYOUT or theirs != ours or missing:
        raise DomainError("other_version", _say_version(version, theirs, ours))
    if damaged:
        raise _damaged(f"{damaged} isn’t as it was written")
    return dict(manifest)


def _say_version(version: str, theirs: list[str], ours: list[str]) -> str:
    there, here = set(theirs) - set(ours), set(ours) - set(theirs)
    way = (
        f"it has {min(there)}, which this one hasn’t"
        if there
        else f"this one has {min(here)}"
        if here
        else ""
    )
    detail = f" ({way})" if way else ""
    return (
        f"The file was written by Tirage {version}, and this is {__version__} with other tables{detail}. "
        "Install the version that wrote it, bring the file in, then upgrade."
    )


def _damaged(why: str) -> DomainError:
    return DomainError("file_damaged", f"Nothing was brought in. The file can’t be read whole: {why}.")


def _replace_all(archive: zipfile.ZipFile, manifest: dict[str, Any], told: Told | None) -> Restored:
    tables = manifest["tables"]
    total, done = sum(one["rows"] for one in tables.values()), 0
    doors = _doors()
    found = exported_models()
    _empty(found)
    for model in found:
        for count in _load(archive, model, tables[model._meta.label]):
            done += count
            if told:
                told(done, total)
    # Jobs stay behind; mails that are to be sent have theirs from the worker.
    SentMail.objects.filter(sent_at__isnull=True, ended="").update(has_job=False)
    _set_sequences(found, manifest["sequences"])
    _open_doors(doors)
    return Restored(len(found), done)


def _empty(found: list[type[models.Model]]) -> None:
    """What a new winery begins with, and the keys of its team: they are put back by ``_open_doors``."""
    for model in [*found, *(apps.get_model(name) for name in ("staff.StaffSession", "mfa.Authenticator"))]:
        run(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  # a fixed name


def _load(archive: zipfile.ZipFile, model: type[models.Model], said: dict[str, Any]) -> Iterator[int]:
    """All rows of a table, portion by portion. Raises ValueError where they aren't those that were written."""
    label = str(model._meta.label)
    fields = exported_fields(model)
    absent = {
        name.rpartition(".")[2]: _OPENS_NOTHING[name]
        for name in COLUMNS_LEFT_OUT
        if name.rpartition(".")[0] == label
    }
    digest, count = hashlib.sha256(), 0
    with archive.open(f"json/{label}.jsonl") as lines:
        while portion := list(islice(lines, PORTION)):
            digest.update(b"".join(portion))
            rows = [_row(model, fields, json.loads(line)) for line in portion]
            for row in rows:
                for name, value in absent.items():
                    setattr(row, name, value())
            _insert(model, rows)
            count += len(rows)
            yield len(rows)
    if count != said["rows"] or digest.hexdigest() != said["sha256"]:
        raise ValueError(f"{label} isn’t as it was written")


def _row(
    model: type[models.Model], fields: list[models.Field[Any, Any]], said: dict[str, Any]
) -> models.Model:
    row = model()
    for one in fields:
        value = said[str(one.attname)]
        if value is not None and isinstance(one, models.BinaryField):
            value = base64.b64decode(value)
        elif value is not None and isinstance(one, models.DateTimeField):
            value = datetime.fromisoformat(value)
        elif value is not None and isinstance(one, models.DateField):
            value = date.fromisoformat(value)
        setattr(row, str(one.attname), value)
    return row


def _insert(model: type[models.Model], rows: list[models.Model]) -> None:
    """As they are: what a column would set by itself at saving (``auto_now_add``) isn't set anew."""
    alone = [one for one in model._meta.concrete_fields if getattr(one, "auto_now_add", False)]
    for one in alone:
        one.auto_now_add = False  # type: ignore[attr-defined]
    try:
        model._base_manager.bulk_create(rows)
    finally:
        for one in alone:
            one.auto_now_add = True  # type: ignore[attr-defined]


def _set_sequences(found: list[type[models.Model]], highest: dict[str, int]) -> None:
    """The next row of each table has a number that no row ever had, here or there."""
    if is_postgresql():
        for statement in connection.ops.sequence_reset_sql(no_style(), found):
            run(statement)
    here = sequences()
    for table, number in highest.items():
        if number <= here.get(table, 0):
            continue
        if is_postgresql():
            run("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, number])
        elif table in here:
            run("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [number, table])
        else:
            run("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])


def _doors() -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Who may sign in here, with what: the team's rows and their second factors."""
    factors: dict[int, list[dict[str, Any]]] = {}
    for factor in apps.get_model("mfa.Authenticator")._base_manager.values():
        factors.setdefault(factor["user_id"], []).append(factor)
    return [(dict(member), factors.get(member["id"], [])) for member in StaffMember.objects.values()]


def _open_doors(doors: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
    authenticators = apps.get_model("mfa.Authenticator")._base_manager
    for member, factors in doors:
        known = StaffMember.objects.filter(email=member["email"]).first()
        if known is None:
            fields = {name: value for name, value in member.items() if name not in ("id", "tour_release_id")}
            known = StaffMember(**fields)
            known.save(force_insert=True)
        else:
            StaffMember.objects.filter(pk=known.pk).update(
                password=member["password"], is_active=member["is_active"], role=member["role"]
            )
        for factor in factors:
            values = {name: value for name, value in factor.items() if name not in ("id", "user_id")}
            authenticators.create(user_id=known.pk, **values)


def _record(restored: Restored, manifest: dict[str, Any], actor: Actor, now: datetime) -> None:
    record_event(
        EventName.EVERYTHING_RESTORED,
        "everything",
        1,
        text=f"brought everything in, as it was on {manifest['made_at'][:10]}: {restored.rows:,} rows",
        data={"made_at": manifest["made_at"], "rows": restored.rows, "tables": restored.tables},
        actor=actor,
        now=now,
    )
