"""The pages of the door that are more than allauth's: a password by mailed link, another second factor, devices."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordChangeView, PasswordResetFromKeyView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic.edit import FormView

from tirage.core.clock import read_clock
from tirage.core.sessions import kept_key
from tirage.parts.devices import describe_devices
from tirage.staff.devices import remember_device
from tirage.staff.keeping import KeptForm, drop_form, kept_form
from tirage.staff.models import StaffMember
from tirage.staff.permissions import may, staff_actor, staff_member
from tirage.staff.sessions import end_permissions, end_session, end_sessions, keep_signed_in, sessions_of

#: Said to who has just changed a password or a second factor of theirs.
SIGNED_OUT_ELSEWHERE = "It is saved. You stay signed in here; every other device is signed out."


class PasswordByLink(PasswordResetFromKeyView):
    """Whoever reads the member's mail is the member: this device is known from then on."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        self.reset_user.refresh_from_db()
        remember_device(response, self.reset_user)
        return response


class _EndsTheRest(FormView[Any]):
    """What changes by this form who the member is ends everything elsewhere, and stays signed in here."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        member = staff_member(self.request)
        end_permissions(member, but=self.request.session.session_key or "")
        keep_signed_in(self.request, member)
        remember_device(response, member)
        messages.success(self.request, SIGNED_OUT_ELSEWHERE)
        return response


class NewPassword(_EndsTheRest, PasswordChangeView):
    """Allauth's."""


class FirstSecondFactor(_EndsTheRest, ActivateTOTPView):
    """What was signed in without one isn't any more."""


class NoSecondFactor(_EndsTheRest, DeactivateTOTPView):
    """What was signed in with it isn't any more."""


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """Whether somebody is signed in here, for pages that stay open: who, and the key that forms carry from now on."""
    if not isinstance(request.user, StaffMember) or not request.user.is_active:
        return JsonResponse({}, status=401)
    return JsonResponse({"member": request.user.reference, "key": get_token(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def kept(request: HttpRequest) -> HttpResponse:
    """What the member typed when the sign-in had ended, and what sending it will do; a POST lets it go."""
    found = kept_form(request, now=read_clock())
    if request.method == "POST" or found is None:
        drop_form(request)
        return redirect("backoffice:home")
    context = {"kept": found, "is_allowed": _is_allowed(found, staff_member(request))}
    return render(request, "account/kept.html", context)


def _is_allowed(kept_: KeptForm, member: StaffMember) -> bool:
    """Whether the member's role still has what the page asks for; the page itself asks again."""
    try:
        view = resolve(kept_.path.partition("?")[0]).func
    except Resolver404:
        return False
    return all(may(member, permission) for permission in getattr(view, "needed_permissions", ()))


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
    messages.success(request, "You signed that device out.")
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
    messages.success(request, "You signed every other device out.")
    return redirect("staff_devices")
