"""From held bottles to a paid order."""

from django.urls import path

from tirage.storefront.checkout import planning, views

urlpatterns = [
    path("plan/", planning.plan, name="plan"),
    path("plan/take/", planning.take, name="take_plan"),
    path("checkout/", views.checkout, name="checkout"),
    path("checkout/place/", views.place, name="place"),
    path("checkout/return/<str:reference>/", views.payment_return, name="payment_return"),
    path("checkout/return/<str:reference>/give-up/", views.give_up, name="give_up_payment"),
]
