"""Everything into one zip, table by table, a few thousand rows at a time: memory doesn't grow with the winery."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder

from tirage import __version__
from tirage.catalog.models import Label
from tirage.core.models import Winery
from tirage.core.sql import fetch_all, is_postgresql
from tirage.leaving.snapshot import one_moment
from tirage.leaving.tables import exported_fields, exported_models, readme_lines
from tirage.notifications.models import MailLayout, MailText
from tirage.offers.models import Campaign
from tirage.tables.writing import harmless

#: Rows read at once; how hard the file is packed (harder takes twice the time for a twentieth).
PORTION, PACKED = 2_000, 3
#: The layout of the file; another one isn't read.
LAYOUT = 1
MANIFEST = "manifest.json"
#: Called with how many rows are written and how many there are.
Told = Callable[[int, int], None]


@dataclass(slots=True)
class Written:
    """What went into the file, as its manifest says it."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: int = 0
    total: int = 0


def write_everything(target: IO[bytes], *, now: datetime, told: Told | None = None) -> Written:
    """Writes the zip to ``target`` from one moment of the database. No transaction may be open, but a test's."""
    written = Written()
    with (
        one_moment(),
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=PACKED, allowZip64=True) as out,
    ):
        written.total = sum(_count(model) for model in exported_models())
        out.writestr("README.txt", "\n".join(readme_lines(__version__)) + "\n")
        for model in exported_models():
            _write_table(out, model, written, told)
        _write_labels(out)
        _write_texts(out)
        out.writestr(MANIFEST, json.dumps(_manifest(written, now), indent=1, ensure_ascii=False) + "\n")
    return written


def schema() -> list[str]:
    """The migrations of this database, by which a file knows its version."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def plain(value: object) -> Any:
    """What JSON has no word for, so that nothing of it is lost."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no plain form")


def rows_of(model: type[models.Model], names: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    """All rows in portions, by primary key."""
    last: Any = None
    while True:
        rows = model._base_manager.order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        found = list(rows.values_list("pk", *names)[:PORTION])
        if not found:
            return
        last = found[-1][0]
        yield [one[1:] for one in found]


def _count(model: type[models.Model]) -> int:
    return int(model._base_manager.count())


def _write_table(
    out: zipfile.ZipFile, model: type[models.Model], written: Written, told: Told | None
) -> None:
    """The lines of JSON into the zip at once, those of CSV by way of a file beside it: a zip takes one at a time."""
    names = [str(one.attname) for one in exported_fields(model)]
    table = str(model._meta.db_table)
    digest, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as aside:
        aside.write(("﻿" + ",".join(names) + "\r\n").encode())
        with out.open(f"json/{model._meta.label}.jsonl", "w", force_zip64=True) as lines:
            for rows in rows_of(model, names):
                packed = "".join(_line(names, row) for row in rows).encode()
                digest.update(packed)
                lines.write(packed)
                aside.write("".join(_csv_line(row) for row in rows).encode())
                count += len(rows)
                written.rows += len(rows)
                if told:
                    told(written.rows, written.total)
        aside.seek(0)
        with out.open(f"csv/{table}.csv", "w", force_zip64=True) as sheet:
            shutil.copyfileobj(aside, sheet, 1 << 20)
    written.tables[str(model._meta.label)] = {"rows": count, "sha256": digest.hexdigest()}


def _line(names: list[str], row: tuple[Any, ...]) -> str:
    said = json.dumps(dict(zip(names, row, strict=True)), default=plain, ensure_ascii=False)
    return f"{said}\n"


def _csv_line(row: tuple[Any, ...]) -> str:
    return ",".join([_cell(one) for one in row]) + "\r\n"


def _cell(value: Any) -> str:
    """Numbers bare, everything else so that no spreadsheet runs it or takes one cell for two."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal | float):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = harmless(value) if isinstance(value, str) else json.dumps(value, default=plain, ensure_ascii=False)
    return '"' + text.replace('"', '""') + '"'


def _write_labels(out: zipfile.ZipFile) -> None:
    for label in Label.objects.order_by("pk").iterator(chunk_size=10):
        ending = label.media_type.rpartition("/")[2].partition("+")[0].replace("jpeg", "jpg")
        out.writestr(f"labels/{label.pk}.{ending}", bytes(label.data))


def _write_texts(out: zipfile.ZipFile) -> None:
    """The winery's own words, as they were written."""
    for text in MailText.objects.order_by("kind"):
        out.writestr(f"texts/mails/{text.kind}.txt", f"{text.subject}\n\n{text.body}\n")
    for layout in MailLayout.objects.all():
        out.writestr("texts/mails/layout.mjml", layout.source)
    for campaign in Campaign.objects.select_related("release"):
        out.writestr(f"texts/terms/{campaign.release.reference}.txt", campaign.terms)
    for winery in Winery.objects.exclude(logo_svg=""):
        out.writestr("texts/logo.svg", winery.logo_svg)


def _manifest(written: Written, now: datetime) -> dict[str, Any]:
    return {
        "layout": LAYOUT,
        "tirage": __version__,
        "made_at": now.isoformat(),
        "engine": connection.vendor,
        "schema": schema(),
        "sequences": sequences(),
        "tables": written.tables,
    }


def sequences() -> dict[str, int]:
    """The highest number that each table ever gave a row: none is given twice, also of rows that are gone."""
    tables = {str(model._meta.db_table) for model in exported_models()}
    if is_postgresql():
        rows = fetch_all(
            "SELECT d.refobjid::regclass::text AS name, s.last_value AS seq FROM pg_sequences s"
            " JOIN pg_class c ON c.oid = (quote_ident(s.schemaname) || '.' || quote_ident(s.sequencename))::regclass"
            " JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i')"
            " WHERE s.last_value IS NOT NULL AND s.schemaname = current_schema()"
        )
    else:
        rows = fetch_all("SELECT name, seq FROM sqlite_sequence")
    return {row["name"]: int(row["seq"]) for row in rows if row["name"] in tables}
