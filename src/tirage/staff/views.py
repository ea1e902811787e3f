"""The pages of the door that are more than allauth's: a password by mailed link, another second factor, devices."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordResetFromKeyView
from allauth.mfa.totp.views import DeactivateTOTPView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tirage.core.clock import read_clock
from tirage.core.sessions import kept_key
from tirage.parts.devices import describe_devices
from tirage.staff.devices import remember_device
from tirage.staff.permissions import staff_actor, staff_member
from tirage.staff.sessions import drop_sessions, end_session, end_sessions, sessions_of


class PasswordByLink(PasswordResetFromKeyView):
    """Whoever reads the member's mail is the member: this device is known from then on."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        self.reset_user.refresh_from_db()
        remember_device(response, self.reset_user)
        return response


class AnotherSecondFactor(DeactivateTOTPView):
    """Who takes the second factor away ends what was signed in with it elsewhere."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        drop_sessions(staff_member(self.request), but=self.request.session.session_key or "")
        return response


@require_safe
@never_cache
@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """Where the member is signed in, with a way out of each."""
    rows = sessions_of(staff_member(request), now=read_clock())
    found = describe_devices(rows, this=kept_key(request.session.session_key or ""), request=request)
    return render(request, "account/devices.html", {"devices": found})


@require_POST
@login_required
def end_device(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends the sign-in of one of the member's other devices."""
    ended = end_session(
        member=staff_member(request), reference=reference, actor=staff_actor(request), now=read_clock()
    )
    if not ended:
        raise Http404("no such device of this member")
    messages.success(request, "That device is signed out.")
    return redirect("staff_devices")


@require_POST
@login_required
def end_other_devices(request: HttpRequest) -> HttpResponse:
    """Leaves the member signed in here and nowhere else."""
    end_sessions(
        member=staff_member(request),
        but=request.session.session_key or "",
        actor=staff_actor(request),
        now=read_clock(),
    )
    messages.success(request, "You are signed in on this device only.")
    return redirect("staff_devices")
