"""Static files under names that carry their content's hash."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed once; imports between our ES modules follow the hashed names."""

    support_js_module_import_aggregation = True
    manifest_strict = True
