"""Pages behind mailed links."""

from django.urls import path

from tirage.storefront.links.views import card, leaving, paying, status

urlpatterns = [
    path("pay/<str:token>/", paying.pay, name="pay"),
    path("card/<str:token>/", card.card_link, name="card_link"),
    path("status/<str:token>/", status.order_status, name="order_status"),
    path("unsubscribe/<str:token>/", leaving.unsubscribe, name="unsubscribe"),
    path("orders/<str:reference>/pay/", paying.pay_order, name="pay_order"),
]
