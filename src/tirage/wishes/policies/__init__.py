"""Policies of reallocation: what becomes of bottles that are left, written beforehand and run at its time."""

from tirage.wishes.policies.acting import continue_policy
from tirage.wishes.policies.planning import Simulation, simulate
from tirage.wishes.policies.running import (
    begin,
    free_reserve,
    go_on,
    let_wait,
    stop,
    wait_no_more,
    watch_policies,
)
from tirage.wishes.policies.saying import say, say_each, say_values
from tirage.wishes.policies.undoing import continue_undoing, undo, ways_back
from tirage.wishes.policies.warning import warnings_of
from tirage.wishes.policies.writing import (
    PolicyValues,
    StepValues,
    delete_policy,
    save_policy,
    values_of,
    version_of,
)

__all__ = [
    "PolicyValues",
    "Simulation",
    "StepValues",
    "begin",
    "continue_policy",
    "continue_undoing",
    "delete_policy",
    "free_reserve",
    "go_on",
    "let_wait",
    "save_policy",
    "say",
    "say_each",
    "say_values",
    "simulate",
    "stop",
    "undo",
    "values_of",
    "version_of",
    "wait_no_more",
    "warnings_of",
    "watch_policies",
    "ways_back",
]
