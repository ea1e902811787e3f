"""The forms of the staff's door, their fields called as on the page."""

from __future__ import annotations

from typing import Any

from allauth.account import forms
from allauth.core import context
from allauth.mfa.base import forms as code_forms
from django.core.exceptions import ValidationError

from tirage.core.clock import read_clock
from tirage.core.waits import Door, begin_try, forget_tries
from tirage.staff.devices import known_device
from tirage.staff.models import StaffMember
from tirage.tables.cleaning import identity

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


class LinkForm(forms.UserTokenForm):
    """The key of a mailed link. That of a member whose sign-in was closed is none any more."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.reset_user.is_active:
            raise ValidationError("This link has ended.")
        return cleaned


class LinkAskedForm(forms.ResetPasswordForm):
    """Asks for a link; the address in whatever spelling."""

    def clean_email(self) -> str:
        self.cleaned_data["email"] = identity(self.cleaned_data["email"])
        return str(super().clean_email())


class NewPasswordForm(_Named, forms.SetPasswordForm):
    pass


class PasswordForm(_Named, forms.ChangePasswordForm):
    pass


class _Counted:
    """A second factor whose wrong codes count, with waits that grow. Cleaning raises TooSoon."""

    user: StaffMember

    def clean_code(self) -> str:
        email = self.user.email
        tried = begin_try(
            door=Door.STAFF_CODE,
            account=email,
            device=known_device(context.request, email),
            now=read_clock(),
        )
        code: str = super().clean_code()  # type: ignore[misc]  # of the form beside it
        forget_tries(tried)
        return code


class CodeForm(_Counted, code_forms.AuthenticateForm):
    pass


class CodeAgainForm(_Counted, code_forms.ReauthenticateForm):
    pass
