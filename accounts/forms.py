import datetime
from typing import Any

from allauth.account.fields import PasswordField, SetPasswordField
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, CustomerMembership, Partner, User
from accounts.passwords import ADVICE
from accounts.roles import MEANS, roles_at
from portal.lib.languages import languages
from portal.lib.plain_names import validate_plain_name
from portal.lib.time_zones import OLD_NAMES, known_zones, place_name

REGIONS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


def zone_choices() -> list[tuple[str, str]]:
    """Return UTC and the zones that are named for a place, by their offset today and in the reader's language."""
    now = timezone.now()
    zones = {
        zone: its for zone, its in known_zones().items() if zone.split("/")[0] in REGIONS and zone not in OLD_NAMES
    }
    labels = [(now.astimezone(its).utcoffset(), place_name(zone), zone) for zone, its in zones.items()]
    return [("UTC", "UTC"), *((zone, f"(UTC{_signed(offset)}) {place}") for offset, place, zone in sorted(labels))]


def _signed(offset: datetime.timedelta | None) -> str:
    minutes = int((offset or datetime.timedelta()).total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


class PersonForm(forms.ModelForm):
    """One's own name, language and time zone; and which mails a customer's people want (``reads_messages``)."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=lambda: [("", _("The same as my browser")), *languages()],
        required=False,
        help_text=_("Mails to you are written in it, too."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, help_text=_("Dates and times are shown in it.")
    )

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "urgent_messages_by_mail"]

    def __init__(self, *args: Any, reads_messages: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reads_messages:
            del self.fields["urgent_messages_by_mail"]
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)
        if not zones.valid_value(self.instance.time_zone) and self.instance.time_zone in OLD_NAMES:
            zones.choices = [*zone_choices(), (self.instance.time_zone, self.instance.time_zone)]


class RoleForm(forms.Form):
    """Which role somebody has; each is offered with what it means."""

    role = forms.ChoiceField(
        label=_("Role"), widget=forms.RadioSelect, error_messages={"required": _("Choose a role.")}
    )
    means = MEANS

    def __init__(self, *args: Any, organisation: Customer | Partner, roles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [(one.value, one.label) for one in roles_at(organisation) if one in roles]


class InviteForm(RoleForm):
    """Whom an admin of a customer invites, and as what."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The invitation goes there, and only this address can accept it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Give the address that the invitation goes to.")},
    )
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=150,
        required=False,
        help_text=_("They can change it when they accept."),
        validators=[validate_plain_name],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the mail"), choices=lambda: [("", _("The same as mine")), *languages()], required=False
    )
    field_order = ["email", "name", "role", "language"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = CustomerMembership.Role.REQUESTER


class NewPersonForm(forms.Form):
    """What somebody says who accepts an invitation and has no account: their name, and a password for it."""

    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        validators=[validate_plain_name],
    )
    password1 = SetPasswordField(label=_("Password"), max_length=1000, help_text=ADVICE)
    password2 = PasswordField(label=_("Password, once more"), max_length=1000, autocomplete="new-password")

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].user = User(email=email, name=self.data.get("name", ""))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse two passwords that differ."""
        cleaned: dict[str, Any] = super().clean() or {}
        if {"password1", "password2"} <= cleaned.keys() and cleaned["password1"] != cleaned["password2"]:
            self.add_error("password2", _("You must type the same password each time."))
        return cleaned


class CodeForm(forms.Form):
    """A code that was sent by mail."""

    code = forms.CharField(
        label=_("Code"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )
