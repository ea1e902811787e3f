"""Coming in and going out, and being old enough."""

from django.urls import path

from tirage.storefront.door.views import age, house, passkey, seen, sign_in

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.ask, name="sign_in"),
    path("sign-in/code/", sign_in.code, name="sign_in_code"),
    path("sign-in/passkey/", passkey.sign_in, name="sign_in_passkey"),
    path("sign-in/<str:token>/", sign_in.link, name="sign_in_link"),
    path("in/<str:token>/", sign_in.campaign_link, name="campaign_link"),
    path("sign-out/", sign_in.leave, name="sign_out"),
    path("privacy/", house.privacy, name="privacy"),
    path("terms/", house.terms, name="terms"),
    path("robots.txt", house.robots, name="robots"),
    path("manifest.webmanifest", house.manifest, name="manifest"),
    path("adult/", age.adult, name="adult"),
    path("seen-as/end/", seen.stop, name="stop_seeing"),
]
