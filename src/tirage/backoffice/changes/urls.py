"""Changes of orders while they are prepared."""

from django.urls import path

from tirage.backoffice.changes import views

urlpatterns = [
    path("orders/<slug:reference>/change", views.open_change, name="order_change"),
    path("customers/<slug:reference>/order", views.order_for, name="order_for"),
    path("changes/", views.changes, name="changes"),
    path("changes/<slug:reference>/", views.change, name="change"),
    path("changes/<slug:reference>/wines", views.change_wines, name="change_wines"),
    path("changes/<slug:reference>/card", views.mail_card, name="change_card"),
    path("changes/<slug:reference>/drop", views.drop_change, name="change_drop"),
    path("changes/<slug:reference>/split", views.split_change, name="change_split"),
    path("changes/<slug:reference>/retry", views.retry_change, name="change_retry"),
    path("changes/<slug:reference>/ask-bank", views.ask_about_change, name="change_ask_bank"),
]
