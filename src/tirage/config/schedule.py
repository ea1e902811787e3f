"""What happens by the clock: the whole table on one page. None of it decides what is open, live or paid."""

from tirage.cli.jobs import Scheduled

MINUTE, HOUR, DAY = 60, 3600, 86_400

SCHEDULE = (
    Scheduled("sweep_lapsed_holds", MINUTE, "tirage.inventory.operations.sweep_lapsed_holds"),
    Scheduled("reconcile_payments", MINUTE, "tirage.payments.operations.reconcile_payments"),
    Scheduled("compare_with_gateway", DAY, "tirage.payments.operations.compare_daily"),
    Scheduled("give_mails_jobs", 5, "tirage.notifications.operations.give_mails_jobs"),
    Scheduled("renew_authorisations", 10 * MINUTE, "tirage.payments.operations.renew_authorisations"),
    Scheduled("forget_cards", 10 * MINUTE, "tirage.payments.operations.forget_let_go_cards"),
    Scheduled("retry_collections", 5 * MINUTE, "tirage.changes.collecting.retry_due_collections"),
    Scheduled("lapse_drafts", MINUTE, "tirage.changes.operations.lapse_drafts"),
    Scheduled("let_stray_change_money_go", MINUTE, "tirage.changes.operations.let_stray_authorisations_go"),
    Scheduled("tell_restocked", MINUTE, "tirage.checkout.operations.tell_restocked"),
    Scheduled("sweep_stopped_imports", MINUTE, "tirage.imports.operations.sweep_stopped"),
    Scheduled("sweep_stopped_shipping", MINUTE, "tirage.fulfilment.operations.sweep_stopped_shipping"),
    Scheduled("sweep_stopped_invitations", MINUTE, "tirage.notifications.inviting.sweep_stopped_invitations"),
    Scheduled("begin_waiting_invitations", MINUTE, "tirage.notifications.inviting.begin_waiting_invitations"),
    Scheduled("send_due_reminders", MINUTE, "tirage.notifications.reminding.send_due_reminders"),
    Scheduled("tell_of_waves", MINUTE, "tirage.reports.waves.tell_of_waves"),
    Scheduled("begin_due_syncs", MINUTE, "tirage.marketing.syncing.begin_due_syncs"),
    Scheduled("sweep_stopped_syncs", MINUTE, "tirage.marketing.syncing.sweep_stopped_syncs"),
    Scheduled("tidy_line", MINUTE, "tirage.joining.waiting.tidy_line"),
    Scheduled("prune_sign_ups", DAY, "tirage.joining.signing_up.prune_sign_ups"),
    Scheduled("end_guarantees", MINUTE, "tirage.tiers.ladders.end_guarantees"),
    Scheduled("start_due_moves", MINUTE, "tirage.customers.operations.start_due_moves"),
    Scheduled("sweep_stopped_moves", MINUTE, "tirage.customers.operations.sweep_stopped_moves"),
    Scheduled("measure_segments", HOUR, "tirage.segments.measuring.measure_segments"),
    Scheduled("sweep_stopped_bulk_runs", MINUTE, "tirage.core.bulk.sweep_stopped_runs"),
    Scheduled("sweep_stopped_granting", MINUTE, "tirage.wishes.granting.sweep_stopped_granting"),
    Scheduled("sweep_waiting_shares", MINUTE, "tirage.wishes.granting.sweep_waiting_shares"),
    Scheduled("watch_policies", MINUTE, "tirage.wishes.policies.watch_policies"),
    Scheduled("look_after_granted_orders", MINUTE, "tirage.wishes.granting.look_after_granted_orders"),
    Scheduled("watch_standing", MINUTE, "tirage.standing.running.watch_standing"),
    Scheduled("sweep_stopped_standing", MINUTE, "tirage.standing.running.sweep_stopped_standing"),
    Scheduled("look_after_standing_orders", MINUTE, "tirage.standing.keeping.look_after_standing_orders"),
    Scheduled("end_set_aside", MINUTE, "tirage.checkout.operations.setting_aside.end_set_aside"),
    Scheduled(
        "remind_of_set_aside", 10 * MINUTE, "tirage.checkout.operations.setting_aside.remind_of_set_aside"
    ),
    Scheduled("sweep_stopped_rehearsals", MINUTE, "tirage.planning.rehearsing.sweep_stopped_rehearsals"),
    Scheduled("tidy_imports", DAY, "tirage.imports.operations.tidy_imports"),
    Scheduled("prune_sign_in_requests", HOUR, "tirage.customers.sign_in.prune_sign_in_requests"),
    Scheduled("watch_guessing", 5 * MINUTE, "tirage.staff.guessing.watch_guessing"),
    Scheduled("forget_old_tries", DAY, "tirage.core.tries.forget_old_tries"),
    Scheduled("tidy_stripe", HOUR, "tirage.integrations.stripe.tidying.tidy_stripe"),
    Scheduled("prune_sessions", HOUR, "tirage.staff.sessions.prune_staff_sessions"),
    Scheduled("prune_customer_sessions", HOUR, "tirage.customers.sessions.prune_customer_sessions"),
    Scheduled("prune_wrong_tries", HOUR, "tirage.core.waits.prune_wrong_tries"),
    Scheduled("prune_finished_jobs", DAY, "tirage.cli.jobs.prune_finished_jobs"),
)
