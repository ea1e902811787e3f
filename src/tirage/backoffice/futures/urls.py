"""Addresses of lots, commitments and campaigns."""

from django.urls import path

from tirage.backoffice.futures import (
    arrivals,
    aside,
    cards,
    cutting,
    formats,
    holders,
    money,
    people,
    settling,
    storage,
    transfers,
    views,
)

urlpatterns = [
    path("cellar/lots/", views.lots, name="lots"),
    path("cellar/lots/new/", views.edit_lot, name="new_lot"),
    path("cellar/lots/<slug:reference>/", views.lot, name="lot"),
    path("cellar/lots/<slug:reference>/edit/", views.edit_lot, name="edit_lot"),
    path("cellar/lots/<slug:reference>/format/", formats.new_format, name="new_format"),
    path("cellar/lots/<slug:reference>/arrival/", arrivals.new_arrival, name="new_arrival"),
    path("cellar/arrivals/<slug:reference>/back/", arrivals.undo_arrival, name="undo_arrival"),
    path("cellar/lots/<slug:reference>/cut/", cutting.new_cut, name="new_cut"),
    path("cellar/cuts/<slug:reference>/", cutting.cut_page, name="cut"),
    path("cellar/cuts/<slug:reference>/progress", cutting.cut_progress, name="cut_progress"),
    path("cellar/cuts/<slug:reference>/off", cutting.call_off, name="call_cut_off"),
    path("cellar/cuts/<slug:reference>/again", cutting.cut_again, name="cut_again"),
    path("cellar/cuts/<slug:reference>/end", cutting.end_cut, name="end_cut"),
    path("customers/<slug:reference>/en-primeur/", aside.set_early_aside, name="set_early_aside"),
    path("cellar/aside/", aside.early_asides, name="early_asides"),
    path("cellar/aside/<slug:reference>/back", aside.take_early_back, name="take_early_back"),
    path("cellar/cash-flow/", money.cash_flow, name="futures_cash_flow"),
    path("cellar/exposure/", money.exposure, name="futures_exposure"),
    path("cellar/people/", people.people, name="futures_people"),
    path("cellar/arrears/<slug:reference>/", people.arrears, name="arrears"),
    path("cellar/cards/", cards.ending, name="ending_cards"),
    path("cellar/wines/<slug:reference>/holders/", holders.holders, name="wine_holders"),
    path("cellar/commitments/", views.commitments, name="commitments"),
    path("cellar/transfers/", transfers.transfers, name="transfers"),
    path("cellar/transfers/<slug:reference>/", transfers.transfer, name="transfer"),
    path("cellar/costs/", views.estimates, name="cost_estimates"),
    path("cellar/storage/", storage.storage, name="storage"),
    path("releases/settlements/<slug:reference>/decide", storage.decide_settlement, name="decide_settlement"),
    path("releases/<slug:reference>/settling/", settling.settling, name="settling"),
    path(
        "releases/settlements/<slug:reference>/off", settling.call_settlement_off, name="call_settlement_off"
    ),
    path("releases/<slug:reference>/en-primeur/", views.campaign, name="campaign"),
    path("releases/<slug:reference>/balance/", views.balance, name="call_balance"),
]
