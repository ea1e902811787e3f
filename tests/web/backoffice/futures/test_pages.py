"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ListPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "futures"
    pages = (
        ListPage("lots"),
        FormPage("new_lot", proposes=True),
        DetailPage("lot", about="lot"),
        FormPage("edit_lot", about="lot", edits=("note", "name")),
        FormPage("new_format", about="lot", proposes=True),
        FormPage("new_arrival", about="lot", proposes=True),
        Act("undo_arrival", about="arrival"),
        FormPage("settling", about="early release", proposes=True),
        Act("call_settlement_off", about="settlement"),
        Act("decide_settlement", about="settlement"),
        FormPage("storage", proposes=True),
        FormPage("new_cut", about="lot", proposes=True),
        DetailPage("cut", about="cut"),
        Part("cut_progress", about="cut"),
        Act("call_cut_off", about="cut"),
        Act("cut_again", about="cut"),
        Act("end_cut", about="cut"),
        FormPage("set_early_aside", about="customer", proposes=True, answers=(302,)),
        DetailPage("early_asides"),
        Act("take_early_back", about="early aside"),
        DetailPage("futures_people"),
        FormPage("arrears", about="arrears", proposes=True),
        DetailPage("ending_cards"),
        DetailPage("futures_cash_flow"),
        DetailPage("futures_exposure"),
        DetailPage("wine_holders", about="wine"),
        ListPage("commitments"),
        ListPage("transfers"),
        FormPage("transfer", about="transfer", saves=Permission.EDIT_ORDERS),
        FormPage("cost_estimates", proposes=True),
        FormPage("campaign", about="early release", edits=("terms", "withdrawal_days")),
        FormPage("call_balance", about="early release"),
    )
