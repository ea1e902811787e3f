"""Job entry points of wishes."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.wishes import granting
from tirage.wishes.models import GrantRun, Policy
from tirage.wishes.policies import continue_policy, continue_undoing
from tirage.wishes.states import GrantState

#: Customers between two looks at whether somebody stopped the run, each of whose banks is asked; and looks a job.
STEP, STEPS = 5, 20


@task(queue_name="slow")
def grant_wishes(reference: str) -> None:
    """Goes on with that grant run until it is over or somebody stopped it."""
    run = GrantRun.objects.select_related("release").filter(reference=reference).first()
    for _ in range(STEPS):
        if run is None or run.state != GrantState.RUNNING:
            return
        if not granting.grant_next(run=run, limit=STEP, now=read_clock()):
            # Over, or another worker is at the last ones; should it die, the schedule takes the run up.
            return
    grant_wishes.enqueue(reference)


@task(queue_name="slow")
def share_wishes(reference: str) -> None:
    """Shares that draft out, or tries the optimiser on it."""
    run = GrantRun.objects.select_related("release").filter(reference=reference).first()
    if run is not None:
        granting.share_wishes(run=run, now=read_clock())


#: Acts of a policy in one transaction, and portions a job.
ACTS, PORTIONS = 50, 40


@task(queue_name="slow")
def run_policy(reference: str) -> None:
    """Goes on with that policy, or with taking it back, until it waits for something, is over or was stopped."""
    policy = Policy.objects.select_related("release").filter(reference=reference).first()
    for _ in range(PORTIONS):
        if policy is None:
            return
        now = read_clock()
        acted = continue_policy(policy=policy, limit=ACTS, now=now)
        policy.refresh_from_db()
        if not acted and not continue_undoing(policy=policy, limit=ACTS, now=now):
            return
    run_policy.enqueue(reference)
