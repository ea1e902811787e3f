"""What lets somebody act as a customer, and the one thing that ends it all.

Sessions, devices that are known, codes, links that sign in or replace a card: each carries the customer's
``session_epoch`` as it was when it was given, and opens nothing once the customer has another. Links to pay carry
``identity_epoch`` likewise, which signing out everywhere leaves alone. Whatever changes who the customer is, or says
that those who came in before may not any more, raises them, in the transaction of the change.
"""

from __future__ import annotations

from datetime import datetime

from tirage.customers.models import Customer
from tirage.customers.states import CustomerStatus

#: What an act that ends permissions has to save.
EPOCHS = ("session_epoch", "identity_epoch")
CLOSED = ("status", "status_reason", "suspended_at", *EPOCHS)


def end_sign_ins(customer: Customer) -> None:
    """Ends whatever signs in or was signed in. On the locked object; the caller saves ``EPOCHS``."""
    customer.session_epoch += 1


def end_permissions(customer: Customer) -> None:
    """Ends everything that was given so far. On the locked object; the caller saves ``EPOCHS`` with the rest."""
    customer.identity_epoch += 1
    end_sign_ins(customer)


def change_mailbox(customer: Customer, email: str) -> None:
    """Another e-mail address, cleaned: who reads the former mailbox is nobody here any more. The caller saves."""
    customer.email = email
    end_permissions(customer)


def close_account(customer: Customer, reason: str, now: datetime) -> None:
    """Suspends on the locked object; the caller saves ``CLOSED``."""
    customer.status, customer.status_reason = CustomerStatus.SUSPENDED.value, reason
    customer.suspended_at = now
    end_permissions(customer)


def stands_for(customer: Customer, epoch: object) -> bool:
    """Whether a permission of that number still opens anything of ``customer``."""
    return customer.is_active and customer.session_epoch == epoch


def find_permitted(customer_id: object, epoch: object) -> Customer | None:
    """Whom a permission of that number still stands for; None when it has ended or the customer is suspended."""
    if type(customer_id) is not int or type(epoch) is not int:
        return None
    customer = Customer.objects.filter(pk=customer_id).first()
    return customer if customer and stands_for(customer, epoch) else None
