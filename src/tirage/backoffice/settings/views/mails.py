"""Settings: the words of each mail, with a preview as a customer gets it and a mail to oneself."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_update
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.choosing import back_to_choice
from tirage.backoffice.frame.links import back_to_list
from tirage.backoffice.frame.lists import chosen_rows, list_page
from tirage.backoffice.frame.mails import STATES, say_mailed, say_tried
from tirage.backoffice.settings.mail_list import MAILS
from tirage.backoffice.settings.mail_shown import customer_looked_as, frames, mail_shown, say_test
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.texts import say_names
from tirage.customers.models import Customer
from tirage.notifications.compose import Words, words_of
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import MailText, SentMail
from tirage.notifications.operations import restore_mail_text, save_mail_text
from tirage.notifications.pages import mail_as_page
from tirage.notifications.placeholders import Kind
from tirage.notifications.previews import Seen
from tirage.notifications.retrying import try_again
from tirage.notifications.rules import UnknownPlaceholders, check_words
from tirage.notifications.states import MailKind
from tirage.notifications.trying import send_test
from tirage.parts.hands import Carried, EditForm
from tirage.staff.permissions import Permission, may, require, staff_actor, staff_member, staff_required

TROUBLES = 20


class TestForm(forms.Form):
    to = forms.EmailField(max_length=254, label="To", help_text="Any mailbox that you can look into.")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def mails(request: HttpRequest) -> HttpResponseBase:
    """Every kind of mail, those that failed lately, and a test whose answer is said."""
    form = TestForm(request.POST or None, initial={"to": staff_member(request).email})
    tried = None
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            tried = send_test(to=form.cleaned_data["to"], actor=staff_actor(request), now=read_clock())
    own = set(MailText.objects.values_list("kind", flat=True))
    troubles = SentMail.objects.filter(sent_at__isnull=True).exclude(problem="").order_by("-id")[:TROUBLES]
    return render(
        request,
        "backoffice/settings/mails.html",
        {
            "title": "Mails",
            "tabs": settings_tabs(request, "backoffice:mails"),
            "kinds": [(kind, kind.kind.value in own) for kind in KINDS.values()],
            "troubles": [
                (mail, KINDS[MailKind(mail.kind)].said, STATES[mail.state])
                for mail in troubles.select_related("customer")
            ],
            "form": form,
            "tried": tried,
            "editable": may(request.user, Permission.EDIT_SETTINGS),
        },
        status=400 if form.errors else 200,
    )


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def sent_mails(request: HttpRequest) -> HttpResponseBase:
    """What became of each mail."""
    return list_page(
        request,
        MAILS,
        title="Sent mails",
        crumbs=[("Mails", reverse("backoffice:mails")), ("All mails", "")],
        empty_text="Mails show here as they are queued.",
    )


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def mails_again(request: HttpRequest) -> HttpResponseBase:
    """The chosen mails that failed are tried again."""
    with refusals_said(request):
        count = try_again(
            mails=chosen_rows(request, MAILS),
            what="chosen from the list of mails",
            actor=staff_actor(request),
            now=read_clock(),
        )
        say_mailed(request, say_tried(count))
        return redirect(back_to_list(request, "backoffice:sent_mails"))
    return redirect(back_to_choice(request, MAILS.name, "backoffice:sent_mails"))


class MailForm(EditForm):
    subject = forms.CharField(max_length=160, required=False, label="Subject")
    body = forms.CharField(
        required=False,
        max_length=10_000,
        label="Words",
        help_text="An empty line begins a paragraph. Placeholders stand in double braces.",
        widget=forms.Textarea(attrs={"rows": 16}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # typed for views without arguments
def mail(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The words of one mail: save them, look at them, or have them mailed to oneself."""
    found = _kind(kind)
    words = words_of(found.kind)
    initial = {"subject": words.subject, "body": words.body}
    form = MailForm(request.POST or None, initial=initial, about=f"mail:{kind}")
    customer = customer_looked_as(request)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid() and (answer := _act(request, found, form, customer)):
            return answer
    example = _example(found, form, customer)
    return render(
        request,
        "backoffice/settings/mail.html",
        {
            "title": found.said,
            "tabs": settings_tabs(request, "backoffice:mails"),
            "crumbs": [("Mails", reverse("backoffice:mails")), (found.said, "")],
            "kind": found,
            "form": form,
            "words": words,
            "example": example,
            "frames": frames(request, reverse("backoffice:mail_preview", args=[kind])),
            "customer": customer,
            "editable": may(request.user, Permission.EDIT_SETTINGS),
            "placeholders": [("{{ " + name + " }}", said) for name, said in found.placeholders.items()],
        },
        status=400 if form.errors else 200,
    )


def _act(
    request: HttpRequest, kind: Kind, form: MailForm, customer: Customer | None
) -> HttpResponseBase | None:
    values = form.cleaned_data
    if request.POST.get("act") == "test":
        with refusals_in(form):
            _send_test(request, kind, form, customer)
        return None
    with refusals_in(form):
        save_mail_text(
            kind=kind.kind,
            subject=values["subject"],
            body=values["body"],
            shown=form.shown,
            actor=staff_actor(request),
            now=read_clock(),
        )
        messages.success(request, "You saved the words. The next mail has them.")
        return redirect("backoffice:mail", kind.kind.value)
    return None


def _send_test(request: HttpRequest, kind: Kind, form: MailForm, customer: Customer | None) -> None:
    """The words as typed, filled with the sample or for ``customer``, to the member's own address; nothing is saved."""
    try:
        composed = mail_shown(kind, customer, words=_typed(kind, form)).mail
    except UnknownPlaceholders as unknown:
        form.add_error(None, f"This mail doesn't know {say_names(unknown.names)}.")
        return
    say_test(request, composed)


def _typed(kind: Kind, form: MailForm) -> Words:
    words = Words(str(form["subject"].value() or ""), str(form["body"].value() or ""), own=True)
    for text in (words.subject, words.body):
        check_words(text, list(kind.placeholders))
    return words


def _example(kind: Kind, form: MailForm, customer: Customer | None) -> Seen | None:
    try:
        return mail_shown(kind, customer, words=_typed(kind, form))
    except UnknownPlaceholders:
        return None


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def restore(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Back to the built-in words."""
    found = _kind(kind)
    words = words_of(found.kind)
    carried = Carried(f"mail:{kind}", {"subject": words.subject, "body": words.body}, request.POST)
    with refusals_said(request):
        restore_mail_text(kind=found.kind, shown=carried.values, actor=staff_actor(request), now=read_clock())
        messages.success(request, "The built-in words are back.")
    return redirect("backoffice:mail", found.kind.value)


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def mail_preview(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The saved words as the mail itself: with sample values, or as the named customer would get it."""
    shown = mail_shown(_kind(kind), customer_looked_as(request))
    return mail_as_page(shown.mail.html, scheme=request.GET.get("scheme", ""))


def _kind(kind: str) -> Kind:
    try:
        return KINDS[MailKind(kind)]
    except ValueError:
        raise Http404("No such mail.") from None
