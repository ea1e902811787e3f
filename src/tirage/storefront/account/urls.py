"""The customer’s own things."""

from django.urls import path

from tirage.storefront.account import business, holding, own_data, passkeys, same, views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/invitations/", views.invite_again, name="invite_again"),
    path("account/sign-out-everywhere/", views.leave_everywhere, name="sign_out_everywhere"),
    path("account/devices/", views.devices, name="devices"),
    path("account/devices/others/end/", views.end_other_devices, name="end_other_devices"),
    path("account/devices/<str:reference>/end/", views.end_device, name="end_device"),
    path("account/passkeys/", passkeys.passkeys, name="passkeys"),
    path("account/passkeys/question/", passkeys.question, name="passkey_question"),
    path("account/passkeys/<str:reference>/", passkeys.rename, name="rename_passkey"),
    path("account/passkeys/<str:reference>/remove/", passkeys.remove, name="remove_passkey"),
    path("account/addresses/", views.addresses, name="addresses"),
    path("account/addresses/new/", views.edit_address, name="add_address"),
    path("account/addresses/same/", same.same_addresses, name="same_addresses"),
    path("account/addresses/<str:reference>/", views.edit_address, name="edit_address"),
    path("account/addresses/<str:reference>/remove/", views.remove, name="remove_address"),
    path("account/addresses/<str:reference>/restore/", views.restore, name="restore_address"),
    path("account/addresses/<str:reference>/default/", views.make_default, name="default_address"),
    path("account/data/", own_data.own_data, name="own_data"),
    path("account/data/own-data.json", own_data.own_data_file, name="own_data_file"),
    path("account/business/", business.business, name="business"),
    path("account/hold/", holding.hold, name="hold"),
    path("account/hold/<str:reference>/", holding.hold_at, name="hold_at"),
    path("account/credit/", views.store_credit, name="store_credit"),
    path("account/cards/", views.cards, name="cards"),
    path("account/cards/new/", views.add_card, name="add_card"),
    path("account/cards/<str:reference>/remove/", views.drop_card, name="remove_card"),
    path("account/cards/<str:reference>/restore/", views.get_card_back, name="restore_card"),
    path("account/cards/<str:reference>/default/", views.default_card, name="default_card"),
]
