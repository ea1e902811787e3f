"""Addresses of the customer's pages."""

from django.urls import path

from tirage.storefront.views import (
    account,
    card_link,
    checkout,
    labels,
    offer,
    orders,
    paying,
    seen,
    sign_in,
    wishes,
)

app_name = "storefront"
urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.ask, name="sign_in"),
    path("sign-in/code/", sign_in.code, name="sign_in_code"),
    path("sign-in/<str:token>/", sign_in.link, name="sign_in_link"),
    path("in/<str:token>/", sign_in.campaign_link, name="campaign_link"),
    path("sign-out/", sign_in.leave, name="sign_out"),
    path("adult/", account.adult, name="adult"),
    path("offer/", offer.offer, name="offer"),
    path("cart/", offer.cart, name="cart"),
    path("tell-me/", offer.tell_me, name="tell_me"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("checkout/place/", checkout.place, name="place"),
    path("checkout/return/<str:reference>/", checkout.payment_return, name="payment_return"),
    path("checkout/return/<str:reference>/give-up/", checkout.give_up, name="give_up_payment"),
    path("pay/<str:token>/", paying.pay, name="pay"),
    path("card/<str:token>/", card_link.card_link, name="card_link"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<str:reference>/", orders.order, name="order"),
    path("orders/<str:reference>/receipt/", orders.receipt, name="receipt"),
    path("wishes/", wishes.wishes, name="wishes"),
    path("account/", account.account, name="account"),
    path("account/sign-out-everywhere/", account.leave_everywhere, name="sign_out_everywhere"),
    path("account/addresses/", account.addresses, name="addresses"),
    path("account/addresses/new/", account.edit_address, name="add_address"),
    path("account/addresses/<str:reference>/", account.edit_address, name="edit_address"),
    path("account/addresses/<str:reference>/remove/", account.remove, name="remove_address"),
    path("account/addresses/<str:reference>/default/", account.make_default, name="default_address"),
    path("account/credit/", account.store_credit, name="store_credit"),
    path("account/cards/", account.cards, name="cards"),
    path("account/cards/new/", account.add_card, name="add_card"),
    path("account/cards/<str:reference>/remove/", account.drop_card, name="remove_card"),
    path("account/cards/<str:reference>/default/", account.default_card, name="default_card"),
    path("labels/<str:digest>/", labels.label, name="label"),
    path("seen-as/end/", seen.stop, name="stop_seeing"),
]
