"""The staff's sign-in: only what is needed of allauth. Nobody signs up; the team invites."""

from allauth.account import views
from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from tirage.staff.views import (
    FirstSecondFactor,
    NewPassword,
    NoSecondFactor,
    PasswordByLink,
    alive,
    devices,
    end_device,
    end_other_devices,
    kept,
)

urlpatterns = [
    path("", views.login, name="account_login"),
    path("out/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("again/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", login_required(NewPassword.as_view()), name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        PasswordByLink.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # Allauth's middleware asks for this name; addresses are changed by an owner on the team page.
    path("email/", RedirectView.as_view(pattern_name="backoffice:home"), name="account_email"),
    path("alive/", alive, name="staff_alive"),
    path("kept/", kept, name="staff_kept"),
    path("devices/", devices, name="staff_devices"),
    path("devices/others/end", end_other_devices, name="staff_devices_end_others"),
    path("devices/<slug:reference>/end", end_device, name="staff_device_end"),
    path("second-factor/totp/activate/", FirstSecondFactor.as_view(), name="mfa_activate_totp"),
    path("second-factor/totp/deactivate/", NoSecondFactor.as_view(), name="mfa_deactivate_totp"),
    path("second-factor/", include("allauth.mfa.urls")),
]
