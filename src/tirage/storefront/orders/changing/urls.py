"""A customer changes an order."""

from django.urls import path

from tirage.storefront.orders.changing import views

urlpatterns = [
    path("orders/<str:reference>/change/", views.begin, name="begin_change"),
    path("orders/change/<str:reference>/", views.change, name="change"),
    path("orders/change/return/<str:reference>/", views.change_return, name="change_return"),
    path("orders/change/return/<str:reference>/give-up/", views.give_up, name="give_up_change"),
]
