"""allauth's forms, where this site asks for less or says it in other words (ACCOUNT_FORMS, MFA_FORMS)."""

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.passwords import ADVICE


class RequestLoginCodeForm(AllauthRequestLoginCodeForm):
    """Takes the address from the sign-in form, too: nobody types it twice."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data and "email" not in data and "login" in data:
            data = data.copy()
            data["email"] = data["login"]
        super().__init__(data, *args, **kwargs)


class NewPassword:
    """Says in one sentence what a new password has to be, instead of naming every validator."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = ADVICE


class ChangePasswordForm(NewPassword, AllauthChangePasswordForm):
    pass


class SetPasswordForm(NewPassword, AllauthSetPasswordForm):
    pass


class ResetPasswordKeyForm(NewPassword, AllauthResetPasswordKeyForm):
    pass


class CredentialField(forms.JSONField):
    """What a browser sends of a passkey. JSON may hold a number of any length, and Python refuses to read a long one."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValueError as error:
            raise _not_accepted() from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except ValueError:
            return InvalidJSONInput(data)


class AddPasskeyForm(AddWebAuthnForm):
    """Every key is a passkey here: it can take the place of the password, so there is nothing to choose."""

    credential = CredentialField()
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("So that you know it again: the device, or where you keep the key."),
    )
    passwordless = None

    def clean(self) -> dict[str, Any]:
        """Read what the browser sent. Raises ValidationError for whatever is no passkey of this site."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError as error:
            raise _not_accepted() from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise _not_accepted() from error
        return cleaned


class Passkey:
    """Refuses whatever is no passkey of this site, in words that say what to do."""

    cleaned_data: dict[str, Any]
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError as error:
            if error.code == "incorrect_code":
                raise _not_accepted() from error
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise _not_accepted() from error  # fido2 reads what a browser made; anything else breaks it somewhere


def _not_accepted() -> ValidationError:
    return ValidationError(_("This passkey was not accepted. Try again, or choose another way."), code="passkey")


class LoginPasskeyForm(Passkey, LoginWebAuthnForm):
    pass


class AuthenticatePasskeyForm(Passkey, AuthenticateWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(Passkey, ReauthenticateWebAuthnForm):
    pass


# --- Codes of the authenticator app ----------------------------------------------------------------------------


class CodeWorksOnce:
    """Takes a code of the app once for as long as it is valid: allauth remembers it for one period, tolerance or not."""

    def clean_code(self) -> str:
        code = str(super().clean_code())  # type: ignore[misc]
        authenticator = self.authenticator  # type: ignore[attr-defined]
        if authenticator.type == Authenticator.Type.TOTP:
            valid_for = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 1)
            digits = "".join(filter(str.isdigit, code))
            if not cache.add(f"second-factor-code-{authenticator.pk}-{digits}", "used", valid_for):
                raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(CodeWorksOnce, AllauthAuthenticateForm):
    """A code after the password."""


class ReauthenticateForm(CodeWorksOnce, AllauthReauthenticateForm):
    """A code before something sensitive."""
