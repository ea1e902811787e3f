"""What every giving on has in common: the release's lock, the look at what is left, the words."""

from __future__ import annotations

from collections.abc import Mapping

from tirage.core.errors import Conflict
from tirage.core.locks import lock_row
from tirage.offers.models import Release
from tirage.wishes.reallocation.unused import Unused


def lock_release(release: Release) -> None:
    """Whoever gives a release's bottles on does so alone. Raises Conflict ``release_gone``."""
    if lock_row(Release.objects.filter(pk=release.pk)) is None:
        raise Conflict("release_gone", "This release no longer exists.")


def short_of(pieces: Mapping[int, int], unused: Unused) -> None:
    """Raises Conflict ``given_meanwhile`` where fewer are left than ``pieces`` says (by sku id)."""
    said = []
    for wine in unused.wines:
        wanted = pieces.get(wine.sku.pk, 0)
        if wanted > wine.to_give:
            said.append(f"{wine.sku}: {wanted:,} wanted, {wine.to_give:,} left to give")
    known = {wine.sku.pk for wine in unused.wines}
    if any(count for sku_id, count in pieces.items() if sku_id not in known):
        said.append("a wine that this release doesn't offer any more")
    if said:
        words = "; ".join(said)
        raise Conflict(
            "given_meanwhile", f"Fewer bottles are left than this page showed: {words}. Look at it again."
        )


def say_pieces(count: int) -> str:
    return f"{count:,} {'piece' if count == 1 else 'pieces'}"
