"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "imports"
    pages = (
        FormPage("import"),
        Part("import_template", about="import's template"),
        DetailPage("import_run", about="import"),
        FormPage("import_columns", about="import"),
        FormPage("import_groups", about="import", proposes=True),
        Part("import_progress", about="import"),
        Part("import_problems", about="import"),
        Act("import_answers", about="import"),
        Act("import_start", about="import"),
        Act("import_cancel", about="import"),
    )
