"""Any table as a file to keep."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from tirage.tables.writing import Cell, csv_stream, xlsx_file

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_response(
    name: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]], kind: str, *, sheet: str = "Export"
) -> HttpResponseBase:
    """A table as a file to keep: ``kind`` is csv (streamed) or xlsx."""
    if kind == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
        xlsx_file(headers, rows, file, sheet=sheet[:31])
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)
    response = StreamingHttpResponse(csv_stream(headers, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
