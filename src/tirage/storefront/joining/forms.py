"""What a stranger writes to come to the list."""

from __future__ import annotations

from django import forms

from tirage.parts.telephones import TelephoneField

#: Beside the tick, and kept with it.
CONSENT_WORDS = "Invite me to releases by mail, and send me news. I can take that back at any time."


class SignUpForm(forms.Form):
    """Name, mailbox, and whether we may write; ``website`` is for programs, which fill what people don't see."""

    first_name = forms.CharField(
        label="First name",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": "Please tell us your first name."},
    )
    last_name = forms.CharField(
        label="Last name",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": "Please tell us your last name."},
    )
    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        widget=forms.EmailInput(
            attrs={
                "autocomplete": "email",
                "inputmode": "email",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
        error_messages={
            "required": "Enter your e-mail address.",
            "invalid": "Enter an e-mail address such as ana@example.com.",
        },
    )
    phone = TelephoneField(label="Phone (optional)")
    note = forms.CharField(
        label="How do you know us? (optional)",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    agrees = forms.BooleanField(label=CONSENT_WORDS, required=False)
    website = forms.CharField(
        label="Leave this empty",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
