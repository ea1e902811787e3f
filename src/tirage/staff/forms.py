"""The forms of the staff's door, their fields called as on the page."""

from __future__ import annotations

from typing import Any

from allauth.account import forms

LABELS = {
    "oldpassword": "Your present password",
    "password1": "The new password",
    "password2": "The new password again",
}


class _Named:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]  # a form, by the classes below
            field.label = LABELS.get(name, field.label)


class PasswordKeyForm(_Named, forms.ResetPasswordKeyForm):
    pass


class NewPasswordForm(_Named, forms.SetPasswordForm):
    pass


class PasswordForm(_Named, forms.ChangePasswordForm):
    pass
