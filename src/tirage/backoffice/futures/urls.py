"""Addresses of lots, commitments and campaigns."""

from django.urls import path

from tirage.backoffice.futures import arrivals, settling, views

urlpatterns = [
    path("cellar/lots/", views.lots, name="lots"),
    path("cellar/lots/new/", views.edit_lot, name="new_lot"),
    path("cellar/lots/<slug:reference>/", views.lot, name="lot"),
    path("cellar/lots/<slug:reference>/edit/", views.edit_lot, name="edit_lot"),
    path("cellar/lots/<slug:reference>/arrival/", arrivals.new_arrival, name="new_arrival"),
    path("cellar/arrivals/<slug:reference>/back/", arrivals.undo_arrival, name="undo_arrival"),
    path("cellar/commitments/", views.commitments, name="commitments"),
    path("cellar/costs/", views.estimates, name="cost_estimates"),
    path("releases/<slug:reference>/settling/", settling.settling, name="settling"),
    path(
        "releases/settlements/<slug:reference>/off", settling.call_settlement_off, name="call_settlement_off"
    ),
    path("releases/<slug:reference>/en-primeur/", views.campaign, name="campaign"),
    path("releases/<slug:reference>/balance/", views.balance, name="call_balance"),
]
