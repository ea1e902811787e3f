"""The mail worker's entry point."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.notifications.states import InviteState

#: Customers a transaction invites, and transactions a job.
STEP, STEPS = 100, 20


@task(queue_name="mail")
def send_mail(mail_id: int) -> None:
    """Sends one mail; when the mail server fails, again later. Running twice sends once."""
    # The contents reach into higher tables; operations that only queue shouldn't load them.
    from tirage.notifications.sending import send_one

    now = read_clock()
    if pause := send_one(mail_id, now):
        # Not urgent any more: whoever waits for the next try isn't looking at a screen.
        send_mail.using(run_after=now + pause).enqueue(mail_id)


@task(queue_name="slow")
def invite_group(reference: str) -> None:
    """Goes on with the invitations of that run; long lists are several jobs, each well within a job's lease."""
    from tirage.notifications.inviting import continue_invitations

    for _ in range(STEPS):
        run = continue_invitations(reference=reference, limit=STEP, now=read_clock())
        if run is None or run.state != InviteState.RUNNING:
            return
    invite_group.enqueue(reference)
