"""The customer’s pages, one place after the other."""

from django.urls import include, path

app_name = "storefront"
urlpatterns = [
    path("", include("tirage.storefront.door.urls")),
    path("", include("tirage.storefront.offer.urls")),
    path("", include("tirage.storefront.checkout.urls")),
    path("", include("tirage.storefront.orders.urls")),
    path("", include("tirage.storefront.orders.changing.urls")),
    path("", include("tirage.storefront.links.urls")),
    path("", include("tirage.storefront.joining.urls")),
    path("", include("tirage.storefront.standing.urls")),
    path("", include("tirage.storefront.clubs.urls")),
    path("", include("tirage.storefront.futures.urls")),
    path("", include("tirage.storefront.account.urls")),
]
