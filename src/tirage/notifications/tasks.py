"""The mail worker's entry point."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock


@task(queue_name="mail")
def send_mail(mail_id: int) -> None:
    """Sends one mail; when the mail server fails, again later. Running twice sends once."""
    # The contents reach into higher tables; operations that only queue shouldn't load them.
    from tirage.notifications.sending import send_one

    now = read_clock()
    if pause := send_one(mail_id, now):
        send_mail.using(run_after=now + pause).enqueue(mail_id)
