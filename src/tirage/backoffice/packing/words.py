"""How batches and their orders are said to the team."""

from __future__ import annotations

from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import state_cell
from tirage.fulfilment.models import Batch, PackRow
from tirage.fulfilment.states import BatchState, PackState, PaperKind

BATCH_STATES: dict[str, str] = {
    BatchState.DRAFT: "Previewed",
    BatchState.FREEZING: "Being frozen",
    BatchState.FROZEN: "Frozen",
    BatchState.LEAVING: "Leaving",
    BatchState.DONE: "Handed over",
    BatchState.DISSOLVED: "Dissolved",
}
_BATCH_TONES: dict[str, str] = {
    BatchState.DRAFT: "draft",
    BatchState.FREEZING: "pending",
    BatchState.FROZEN: "placed",
    BatchState.LEAVING: "pending",
    BatchState.DONE: "settled",
    BatchState.DISSOLVED: "voided",
}
PACK_STATES: dict[str, str] = {
    PackState.CHOSEN: "Chosen",
    PackState.LEFT_OUT: "Left out",
    PackState.PACKED: "Packed",
    PackState.RECALLED: "Taken out",
    PackState.GONE: "Gone",
}
_PACK_TONES: dict[str, str] = {
    PackState.CHOSEN: "draft",
    PackState.LEFT_OUT: "declined",
    PackState.PACKED: "placed",
    PackState.RECALLED: "voided",
    PackState.GONE: "settled",
}
PAPERS: dict[str, str] = {
    PaperKind.PICK_LIST: "Pick list",
    PaperKind.SLIPS: "Packing slips",
    PaperKind.LABELS: "Address labels",
    PaperKind.GIFT_NOTES: "Gift notes",
}


def batch_state(batch: Batch) -> SafeString:
    """A dot and the state in words."""
    return state_cell(_BATCH_TONES[batch.state], BATCH_STATES[batch.state])


def pack_state(row: PackRow) -> SafeString:
    return state_cell(_PACK_TONES[row.state], PACK_STATES[row.state])
