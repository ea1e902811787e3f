"""Settings: the team."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import format_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.mails import say_mailed
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.sessions import kept_key
from tirage.parts.devices import describe_devices
from tirage.parts.hands import EditForm
from tirage.staff import operations
from tirage.staff.models import StaffMember
from tirage.staff.permissions import ROLE_WORDS, Permission, staff_actor, staff_member, staff_required
from tirage.staff.sessions import end_sessions, keep_signed_in, sessions_of
from tirage.staff.states import Role

ROLES = [(role.value, format_lazy("{}: {}", name, said)) for role, (name, said) in ROLE_WORDS.items()]


class MemberForm(EditForm):
    name = forms.CharField(max_length=120, label="Name", help_text="The activity shows it.")
    role = forms.ChoiceField(
        choices=ROLES, label="Role", widget=forms.RadioSelect, initial=Role.HOSPITALITY.value
    )
    is_active = forms.BooleanField(
        required=False, initial=True, label="May sign in", help_text="Closing it ends the sessions at once."
    )


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="We mail a link to set a password.")
    name = forms.CharField(max_length=120, label="Name", help_text="The activity shows it.")
    role = forms.ChoiceField(
        choices=ROLES, label="Role", widget=forms.RadioSelect, initial=Role.HOSPITALITY.value
    )


@require_safe
@staff_required(Permission.MANAGE_TEAM)
def team(request: HttpRequest) -> HttpResponseBase:
    second = set(Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("user_id", flat=True))
    members = StaffMember.objects.order_by("-is_active", "name")
    return render(
        request,
        "backoffice/settings/team.html",
        {
            "title": "Team",
            "tabs": settings_tabs(request, "backoffice:team"),
            "members": [(member, member.pk in second, member.has_usable_password()) for member in members],
            "events": Event.objects.filter(subject_kind="staff").order_by("-id")[:30],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.MANAGE_TEAM)
def invite(request: HttpRequest) -> HttpResponseBase:
    form = InviteForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        with refusals_in(form):
            member = operations.invite_member(
                email=values["email"],
                name=values["name"],
                role=Role(values["role"]),
                actor=staff_actor(request),
                now=read_clock(),
            )
            say_mailed(request, f"You invited {member.name}; the link is on its way to {member.email}.")
            return redirect("backoffice:team")
    return _form_page(request, "Invite somebody", form, "Send the invitation")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.MANAGE_TEAM)
def member(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(StaffMember, reference=reference)
    is_self = found.pk == staff_member(request).pk
    form = MemberForm(
        request.POST or None,
        initial={"name": found.name, "role": found.role, "is_active": found.is_active},
        about=found,
    )
    if form.is_valid():
        values = form.cleaned_data
        with refusals_in(form):
            saved = operations.change_member(
                member=found,
                name=values["name"],
                role=Role(values["role"]),
                is_active=values["is_active"],
                but=(request.session.session_key or "") if is_self else "",
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            if is_self:
                keep_signed_in(request, saved)
            messages.success(request, _say_saved(found, saved, is_self=is_self))
            return redirect("backoffice:team")
    rows = sessions_of(found, now=read_clock())
    this = kept_key(request.session.session_key or "")
    return _form_page(
        request,
        found.name,
        form,
        "Save",
        "backoffice/settings/member.html",
        member=found,
        devices=describe_devices(rows, this=this, request=request),
    )


def _say_saved(before: StaffMember, after: StaffMember, *, is_self: bool) -> str:
    """What another role or a closed sign-in ended is said."""
    if after.epoch == before.epoch:
        return f"You saved {after.name}."
    if is_self:
        return f"You saved {after.name}. You stay signed in here, and on no other device."
    if after.is_active and not after.has_usable_password():
        return f"You saved {after.name}. The former invitation has ended; a new one is on its way to {after.email}."
    return f"You saved {after.name}, and signed them out everywhere."


@require_POST
@staff_required(Permission.MANAGE_TEAM)
def invite_again(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(StaffMember, reference=reference, is_active=True)
    operations.send_invitation(member=found, actor=staff_actor(request), now=read_clock())
    say_mailed(request, f"Another link is on its way to {found.email}.")
    return redirect("backoffice:team")


@require_POST
@staff_required(Permission.MANAGE_TEAM)
def reset_factor(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(StaffMember, reference=reference)
    operations.reset_second_factor(member=found, actor=staff_actor(request), now=read_clock())
    messages.success(request, f"{found.name} sets up a new second factor at the next sign-in.")
    return redirect("backoffice:team")


@require_POST
@staff_required(Permission.MANAGE_TEAM)
def end_member_sessions(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Ends every sign-in of the member; of one's own, all but this one."""
    found = get_object_or_404(StaffMember, reference=reference)
    mine = found.pk == staff_member(request).pk
    end_sessions(
        member=found,
        but=(request.session.session_key or "") if mine else "",
        actor=staff_actor(request),
        now=read_clock(),
    )
    messages.success(request, f"You signed {found.name} out{' everywhere else' if mine else ' everywhere'}.")
    return redirect("backoffice:member", reference)


def _form_page(
    request: HttpRequest,
    title: str,
    form: forms.Form,
    submit: str,
    template: str = "backoffice/frame/form_page.html",
    **more: object,
) -> HttpResponseBase:
    context = {
        "title": title,
        "crumbs": [("Team", reverse("backoffice:team")), (title, "")],
        "form": form,
        "submit": submit,
        "cancel_url": reverse("backoffice:team"),
        **more,
    }
    return render(request, template, context, status=400 if form.errors else 200)
