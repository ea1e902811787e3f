"""Wine en primeur given by one customer to another: offered, accepted, approved, and moved with what was paid."""

from tirage.futures.transferring.deciding import (
    accept_transfer,
    approve_transfer,
    expire_transfers,
    refuse_transfer,
    withdraw_transfer,
)
from tirage.futures.transferring.proposing import free_to_give, giveable, propose_transfer

__all__ = [
    "accept_transfer",
    "approve_transfer",
    "expire_transfers",
    "free_to_give",
    "giveable",
    "propose_transfer",
    "refuse_transfer",
    "withdraw_transfer",
]
