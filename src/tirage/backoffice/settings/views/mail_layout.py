"""Settings: the layout that all mails are sent in, as MJML."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_update
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.settings.mail_shown import customer_looked_as, frames, mail_shown, say_test
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.notifications.kinds import KINDS
from tirage.notifications.layout import KNOWN, MOST_CHARACTERS, LayoutRefused, check_layout
from tirage.notifications.layouts import built_in_layout, own_layout, restore_layout, save_layout
from tirage.notifications.pages import mail_as_page
from tirage.notifications.placeholders import Kind
from tirage.notifications.states import MailKind
from tirage.parts.hands import Carried, EditForm
from tirage.staff.permissions import Permission, may, require, staff_actor, staff_required

_ABOUT = "mail_layout"


class LayoutForm(EditForm):
    source = forms.CharField(
        max_length=MOST_CHARACTERS,
        label="MJML",
        help_text="What stands in double braces is filled in. Each mail’s own words stand where {{ words }} is.",
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "code"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
@csp_update({"frame-src": [SELF]})
def mail_layout(request: HttpRequest) -> HttpResponseBase:
    """The layout: save it, look at it, or have a mail in it sent to oneself."""
    own = own_layout()
    form = LayoutForm(request.POST or None, initial={"source": own or built_in_layout()}, about=_ABOUT)
    kind = _kind(request)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid() and (answer := _act(request, form, kind)):
            return answer
    return render(
        request,
        "backoffice/settings/mail_layout.html",
        {
            "title": "Layout",
            "tabs": settings_tabs(request, "backoffice:mails"),
            "crumbs": [("Mails", reverse("backoffice:mails")), ("Layout", "")],
            "form": form,
            "own": bool(own),
            "frames": frames(request, reverse("backoffice:mail_layout_preview")),
            "customer": customer_looked_as(request),
            "kind": kind,
            "kinds": [(one.kind.value, one.said, one is kind) for one in KINDS.values()],
            "editable": may(request.user, Permission.EDIT_SETTINGS),
            "placeholders": [("{{ " + name + " }}", said) for name, said in KNOWN.items()],
        },
        status=400 if form.errors else 200,
    )


def _act(request: HttpRequest, form: LayoutForm, kind: Kind) -> HttpResponseBase | None:
    source = form.cleaned_data["source"]
    if request.POST.get("act") == "test":
        try:
            check_layout(source)
            say_test(request, mail_shown(kind, customer_looked_as(request), layout=source).mail)
        except LayoutRefused as refused:
            form.add_error("source", str(refused))
        return None
    with refusals_in(form):
        save_layout(source=source, shown=form.shown, actor=staff_actor(request), now=read_clock())
        messages.success(request, "You saved the layout. Mails have it from the next one on.")
        return redirect("backoffice:mail_layout")
    return None


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def mail_layout_preview(request: HttpRequest) -> HttpResponseBase:
    """A mail in the saved layout."""
    shown = mail_shown(_kind(request), customer_looked_as(request))
    return mail_as_page(shown.mail.html, scheme=request.GET.get("scheme", ""))


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def mail_layout_restore(request: HttpRequest) -> HttpResponseBase:
    """Back to the built-in layout."""
    carried = Carried(_ABOUT, {"source": own_layout() or built_in_layout()}, request.POST)
    with refusals_said(request):
        restore_layout(shown=carried.values, actor=staff_actor(request), now=read_clock())
        messages.success(request, "The built-in layout is back.")
    return redirect("backoffice:mail_layout")


def _kind(request: HttpRequest) -> Kind:
    """The mail that is shown in the layout; the receipt has a bit of everything."""
    asked = request.GET.get("kind", "")
    return KINDS[MailKind(asked) if asked in list(MailKind) else MailKind.ORDER_RECEIPT]
