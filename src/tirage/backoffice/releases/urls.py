"""Addresses of releases and offers."""

from django.urls import path

from tirage.backoffice.releases.grid import views as grid
from tirage.backoffice.releases.report import views as report
from tirage.backoffice.releases.views import (
    deleting,
    invitations,
    items,
    mailing,
    offer_mails,
    offers,
    printing,
    releases,
    reminders,
    tests,
)

urlpatterns = [
    path("releases/", releases.releases, name="releases"),
    path("releases/new/", releases.edit_release, name="new_release"),
    path("releases/<slug:reference>/", releases.release, name="release"),
    path("releases/<slug:reference>/edit/", releases.edit_release, name="edit_release"),
    path("releases/<slug:reference>/clone/", releases.clone_release, name="clone_release"),
    path("releases/<slug:reference>/delete/", deleting.delete_release, name="delete_release"),
    path("releases/offers/<slug:reference>/delete/", deleting.delete_offer, name="delete_offer"),
    path("releases/<slug:reference>/grid/", grid.grid, name="release_grid"),
    path("releases/<slug:reference>/grid/import/", grid.take_back, name="import_grid"),
    path("releases/<slug:reference>/grid/export.<slug:kind>", grid.export, name="export_grid"),
    path(
        "releases/<slug:reference>/grid/drafts/<slug:draft>/discard",
        grid.discard,
        name="discard_grid_draft",
    ),
    path("releases/<slug:reference>/report/", report.report, name="release_report"),
    path("releases/<slug:reference>/report/goals/", report.goals, name="release_goals"),
    path(
        "releases/<slug:reference>/report/<slug:part>.<slug:kind>",
        report.export,
        name="export_report",
    ),
    path("releases/<slug:reference>/tests/", tests.release_tests, name="release_tests"),
    path("releases/<slug:reference>/reminders/", reminders.reminders, name="release_reminders"),
    path(
        "releases/offers/<slug:reference>/mails/<slug:kind>/",
        offer_mails.offer_mail,
        name="offer_mail",
    ),
    path(
        "releases/offers/<slug:reference>/mails/<slug:kind>/body",
        offer_mails.offer_mail_body,
        name="offer_mail_body",
    ),
    path("releases/offers/<slug:reference>/print/", printing.printed_offer, name="print_offer"),
    path("releases/<slug:reference>/mails/", mailing.release_mails, name="release_mails"),
    path("releases/<slug:reference>/mails/again", mailing.release_mails_again, name="release_mails_again"),
    path("releases/<slug:reference>/offers/new/", offers.new_offer, name="new_offer"),
    path("releases/offers/<slug:reference>/", offers.offer, name="offer"),
    path("releases/offers/<slug:reference>/edit/", offers.edit_offer, name="edit_offer"),
    path("releases/offers/<slug:reference>/items/", items.items, name="offer_items"),
    path(
        "releases/offers/<slug:reference>/items/<slug:kind>/export",
        items.export_items,
        name="export_items",
    ),
    path("releases/offers/<slug:reference>/items/copy/", items.copy_items, name="copy_items"),
    path("releases/offers/<slug:reference>/allowances/", items.allowances, name="allowances"),
    path(
        "releases/offers/<slug:reference>/allowances/<slug:customer>/<slug:code>/remove/",
        items.remove_allowance,
        name="remove_allowance",
    ),
    path("releases/offers/<slug:reference>/invitations/", invitations.invitations, name="invitations"),
    path("releases/offers/<slug:reference>/invitations/stop", invitations.stop, name="invitations_stop"),
    path(
        "releases/offers/<slug:reference>/invitations/progress/",
        invitations.progress,
        name="invitations_progress",
    ),
    path(
        "releases/offers/<slug:reference>/invitations/links.<slug:kind>",
        invitations.export_links,
        name="export_links",
    ),
    path("releases/offers/<slug:reference>/check/", offers.check, name="check_offer"),
    path("releases/offers/<slug:reference>/activate/", offers.activate, name="activate_offer"),
    path("releases/offers/<slug:reference>/deactivate/", offers.deactivate, name="deactivate_offer"),
    path("releases/offers/<slug:reference>/preview/", offers.preview, name="preview_offer"),
    path("releases/offers/<slug:reference>/order/", offers.order_from_offer, name="order_from_offer"),
]
