"""The offer, the cart, wishes and labels."""

from django.urls import path

from tirage.storefront.offer.views import labels, offer, opening, set_aside, wishes

urlpatterns = [
    path("offer/", offer.offer, name="offer"),
    path("offer/calendar/", opening.calendar, name="opening_calendar"),
    path("offer/remind/", opening.remind_me, name="remind_me"),
    path("cart/", offer.cart, name="cart"),
    path("tell-me/", offer.tell_me, name="tell_me"),
    path("wishes/", wishes.wishes, name="wishes"),
    path("set-aside/<str:reference>/", set_aside.set_aside, name="set_aside"),
    path("labels/<str:digest>/", labels.label, name="label"),
]
