"""Business acts on the list: one public function each, keyword-only, ``actor`` and ``now`` last."""

from tirage.customers.operations.addresses import (
    address_values,
    remove_address,
    restore_address,
    save_address,
)
from tirage.customers.operations.ages import confirm_adult, confirm_adult_now, keep_refused_birth
from tirage.customers.operations.groups import (
    add_to_group,
    delete_group,
    move_to_group,
    refuse_second_allocation_group,
    remove_from_group,
    save_group,
    set_default_group,
)
from tirage.customers.operations.moves import (
    continue_move,
    continue_undo,
    draft_move,
    draft_targets,
    move_customers,
    say_result,
    start_move,
    start_undo,
    stop_move,
    sweep_stopped_moves,
)
from tirage.customers.operations.one_address import merge_addresses
from tirage.customers.operations.one_person import (
    change_one_person,
    groups_of,
    keep_as_move,
    undo_one_person,
)
from tirage.customers.operations.people import (
    add_note,
    create_customer,
    join_default,
    reinstate_customer,
    save_standing_note,
    set_tags,
    sign_out_everywhere,
    suspend_customer,
    update_customer,
)
from tirage.customers.operations.pins import pin_customer, unpin_customer
from tirage.customers.operations.scheduling import call_off_move, schedule_move, start_due_moves

__all__ = [
    "add_note",
    "add_to_group",
    "address_values",
    "call_off_move",
    "change_one_person",
    "confirm_adult",
    "confirm_adult_now",
    "continue_move",
    "continue_undo",
    "create_customer",
    "delete_group",
    "draft_move",
    "draft_targets",
    "groups_of",
    "join_default",
    "keep_as_move",
    "keep_refused_birth",
    "merge_addresses",
    "move_customers",
    "move_to_group",
    "pin_customer",
    "refuse_second_allocation_group",
    "reinstate_customer",
    "remove_address",
    "remove_from_group",
    "restore_address",
    "save_address",
    "save_group",
    "save_standing_note",
    "say_result",
    "schedule_move",
    "set_default_group",
    "set_tags",
    "sign_out_everywhere",
    "start_due_moves",
    "start_move",
    "start_undo",
    "stop_move",
    "suspend_customer",
    "sweep_stopped_moves",
    "undo_one_person",
    "unpin_customer",
    "update_customer",
]
