"""Static files under names that carry their content's hash."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed once; imports between our ES modules follow the hashed names.

    Only ours: Django's own switch for this reads every script, and the comments of htmx's extensions
    show imports of files that don't exist.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("tirage/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
    manifest_strict = True
