"""Hashed names for everything that is shipped, scripts that import each other included."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings


def test_every_static_file_gets_a_hashed_name_and_our_modules_follow_it(tmp_path: Path) -> None:
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "tirage.parts.storage.HashedStorage"},
    }
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
    paths = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    entries = [(tmp_path / paths[f"tirage/js/{name}.js"]).read_text() for name in ("app", "team")]
    imported = re.findall(r'import\s*"\./([^"]+)"', "".join(entries))
    assert len(imported) >= 10
    for name in imported:
        assert re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name)
        assert (tmp_path / "tirage/js" / name).exists()
    for of_an_integration in ("card", "confirm"):
        script = (tmp_path / paths[f"tirage/stripe/{of_an_integration}.js"]).read_text()
        assert paths["tirage/stripe/load.js"].rsplit("/", 1)[-1] in script


@pytest.mark.parametrize("missing", ["tirage/css/none.css"])
def test_a_name_that_is_not_there_is_an_error(tmp_path: Path, missing: str) -> None:
    from tirage.parts.storage import HashedStorage

    storage = HashedStorage(location=tmp_path, base_url="/static/")
    with (
        override_settings(DEBUG=False),
        pytest.raises(ValueError, match="Missing staticfiles manifest entry"),
    ):
        storage.url(missing)
