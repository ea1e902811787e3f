"""Static files: gathered, hashed and compressed into VAR once for each version of the package."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tirage import __version__

STAMP = "tirage-assets.txt"


def gather_assets() -> bool:
    """Fills STATIC_ROOT when it isn't this version's; answers whether it had to."""
    from django.conf import settings
    from django.core.management import call_command

    folder = Path(settings.STATIC_ROOT)
    digest = _digest()
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    # Files of the version before stay: a page opened a minute ago still asks for them.
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest, encoding="utf-8")
    return True


def _digest() -> str:
    """Changes with the version and with any file; sizes and times, because reading all of them is slow."""
    told = hashlib.sha256(__version__.encode())
    for name, path in _sources():
        facts = path.stat()
        told.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return told.hexdigest()


def _sources() -> Iterator[tuple[str, Path]]:
    from django.contrib.staticfiles.finders import get_finders

    for finder in get_finders():
        for name, storage in finder.list(None):
            yield name, Path(storage.path(name))
