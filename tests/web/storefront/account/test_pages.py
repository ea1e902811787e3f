"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, ShopPages


class TestPages(ShopPages):
    place = "account"
    pages = (
        FormPage("account", edits=("last_name", "first_name")),
        FormPage("add_address", proposes=True),
        FormPage("hold", proposes=True),
        FormPage("own_data"),
        Part("own_data_file"),
        FormPage("business", edits=("name",)),
        Act("hold_at", about="location"),
        FormPage("add_card"),
        Act("sign_out_everywhere"),
        Act("invite_again"),
        DetailPage("devices"),
        Act("end_device", about="own device"),
        Act("end_other_devices"),
        FormPage("passkeys", proposes=True),
        Part("passkey_question"),
        FormPage("rename_passkey", about="own passkey", edits=("name",)),
        Act("remove_passkey", about="own passkey"),
        DetailPage("addresses"),
        FormPage("same_addresses"),
        DetailPage("store_credit"),
        DetailPage("cards"),
        FormPage("edit_address", about="own address", edits=("line2", "company")),
        Act("remove_address", about="own address"),
        Act("restore_address", about="own address"),
        Act("default_address", about="own address"),
        Act("remove_card", about="own card"),
        Act("restore_card", about="own card"),
        Act("default_card", about="own card"),
    )
