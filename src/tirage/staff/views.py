"""The one page of the door that is more than allauth's: setting a password by a mailed link."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordResetFromKeyView
from django.http import HttpResponse

from tirage.staff.devices import remember_device


class PasswordByLink(PasswordResetFromKeyView):
    """Whoever reads the member's mail is the member: this device is known from then on."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        self.reset_user.refresh_from_db()
        remember_device(response, self.reset_user)
        return response
