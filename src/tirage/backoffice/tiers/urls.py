"""Addresses of tiering, pins and the history of groups."""

from django.urls import path

from tirage.backoffice.tiers.views import history, ladder, pins, sheets, tiering

urlpatterns = [
    path("customers/moves/spreadsheet/", sheets.move_sheet, name="move_sheet"),
    path("customers/moves/spreadsheet/export.<slug:kind>", sheets.export_sheet, name="export_move_sheet"),
    path("customers/tiering/", tiering.tiering, name="tiering"),
    path("customers/tiering/draft/", tiering.draft, name="draft_tiering"),
    path("customers/tiering/people/", tiering.people, name="tiering_people"),
    path("customers/tiering/compare/", tiering.compare, name="compare_tiering"),
    path("customers/tiering/pins/", pins.pinned, name="pinned_customers"),
    path("customers/groups/<slug:reference>/criteria/", tiering.criteria, name="group_criteria"),
    path("customers/groups/<slug:reference>/history/", history.group_history, name="group_history"),
    path("customers/<slug:reference>/tier/", tiering.customer_tier, name="customer_tier"),
    path("customers/<slug:reference>/groups/", history.customer_groups, name="customer_groups"),
    path("customers/<slug:reference>/pin/", pins.pin, name="pin_customer"),
    path("customers/<slug:reference>/unpin/", pins.unpin, name="unpin_customer"),
    path("releases/offers/<slug:reference>/ladder/", ladder.ladder, name="ladder"),
    path("releases/offers/<slug:reference>/ladder/write/", ladder.write_ladder, name="write_ladder"),
    path(
        "releases/offers/<slug:reference>/ladder/take-back/", ladder.take_back_ladder, name="take_back_ladder"
    ),
]
