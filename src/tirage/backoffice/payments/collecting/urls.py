"""Money to collect."""

from django.urls import path

from tirage.backoffice.payments.collecting import views
from tirage.backoffice.payments.collecting.trying import TRYING

urlpatterns = [
    path("orders/<slug:reference>/pay-link", views.ask_balance, name="order_pay_link"),
    path("payments/collect/", views.collect, name="collect"),
    *TRYING.urls(),
    path("payments/collect/<slug:reference>/", views.collection, name="collection"),
    path("payments/collect/<slug:reference>/retry", views.retry, name="collection_retry"),
    path("payments/collect/<slug:reference>/link", views.mail_link, name="collection_link"),
    path("payments/collect/<slug:reference>/card", views.ask_card, name="collection_card"),
    path("payments/collect/<slug:reference>/let-go", views.give_up, name="collection_let_go"),
]
