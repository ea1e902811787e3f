"""Addresses of customers and groups."""

from django.urls import path

from tirage.backoffice.customers.giving import GIVING
from tirage.backoffice.customers.views import (
    addresses,
    black_box,
    credit,
    customers,
    groups,
    holding,
    mailbox,
    moves,
)

urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("customers/black-box/", black_box.black_box, name="black_box"),
    path("customers/new/", customers.new_customer, name="new_customer"),
    *GIVING.urls(),
    path("customers/moves/", moves.moves, name="moves"),
    path("customers/moves/<slug:reference>/", moves.move, name="move"),
    path("customers/moves/<slug:reference>/run/", moves.run_move, name="run_move"),
    path("customers/moves/<slug:reference>/undo/", moves.undo_move, name="undo_move"),
    path("customers/moves/<slug:reference>/schedule/", moves.schedule_move, name="schedule_move"),
    path("customers/moves/<slug:reference>/call-off/", moves.call_off_move, name="call_off_move"),
    path("customers/moves/<slug:reference>/stop/", moves.stop_move, name="stop_move"),
    path("customers/moves/<slug:reference>/progress/", moves.progress, name="move_progress"),
    path("customers/moves/<slug:reference>/leaving/", moves.leaving, name="move_leaving"),
    path("customers/moves/<slug:reference>/before.csv", moves.export_before, name="move_before"),
    path("customers/groups/", groups.groups, name="groups"),
    path("customers/groups/new/", groups.edit_group, name="new_group"),
    path("customers/groups/<slug:reference>/", groups.group, name="group"),
    path("customers/groups/<slug:reference>/edit/", groups.edit_group, name="edit_group"),
    path("customers/groups/<slug:reference>/delete/", groups.delete_group, name="delete_group"),
    path("customers/<slug:reference>/", customers.customer, name="customer"),
    path("customers/<slug:reference>/edit/", customers.edit_customer, name="edit_customer"),
    path("customers/<slug:reference>/suspend/", customers.suspend, name="suspend"),
    path("customers/<slug:reference>/reinstate/", customers.reinstate, name="reinstate"),
    path("customers/<slug:reference>/hold/", holding.hold, name="hold_for"),
    path("customers/<slug:reference>/tags/", customers.save_tags, name="save_tags"),
    path("customers/<slug:reference>/note/", customers.add_note, name="add_note"),
    path("customers/<slug:reference>/know/", customers.save_standing_note, name="standing_note"),
    path("customers/<slug:reference>/link/", customers.sign_in_link, name="sign_in_link"),
    path("customers/<slug:reference>/see/", customers.see_as, name="see_as"),
    path("customers/<slug:reference>/group/", customers.change_group, name="change_group"),
    path("customers/<slug:reference>/mailbox/", mailbox.take_back, name="take_mailbox_back"),
    path("customers/<slug:reference>/credit/", credit.credit, name="credit"),
    path("customers/<slug:reference>/credit/change/", credit.change_credit, name="change_credit"),
    path("customers/<slug:reference>/addresses/new/", addresses.edit_address, name="new_address"),
    path("customers/<slug:reference>/addresses/same/", addresses.same_addresses, name="same_addresses"),
    path("customers/<slug:reference>/addresses/<slug:address>/", addresses.edit_address, name="edit_address"),
    path(
        "customers/<slug:reference>/addresses/<slug:address>/remove/",
        addresses.remove_address,
        name="remove_address",
    ),
    path(
        "customers/<slug:reference>/addresses/<slug:address>/restore/",
        addresses.restore_address,
        name="restore_address",
    ),
]
