import datetime
import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from portal.lib.time_zones import OLD_NAMES, place_name

REGIONS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


def zone_choices() -> list[tuple[str, str]]:
    """Return UTC and the zones that are named for a place, by their offset today and in the reader's language."""
    now = timezone.now()
    zones = [zone for zone in zoneinfo.available_timezones() if zone.split("/")[0] in REGIONS and zone not in OLD_NAMES]
    offsets = {zone: now.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() for zone in zones}
    labels = [(offsets[zone], place_name(zone), zone) for zone in zones]
    return [("UTC", "UTC"), *((zone, f"(UTC{_signed(offset)}) {place}") for offset, place, zone in sorted(labels))]


def _signed(offset: datetime.timedelta | None) -> str:
    minutes = int((offset or datetime.timedelta()).total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


class PersonForm(forms.ModelForm):
    """One's own name, language and time zone."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("The same as my browser")), *settings.LANGUAGES],
        required=False,
        help_text=_("Mails to you are written in it, too."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, help_text=_("Dates and times are shown in it.")
    )

    class Meta:
        model = User
        fields = ["name", "language", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)
        if not zones.valid_value(self.instance.time_zone) and self.instance.time_zone in OLD_NAMES:
            zones.choices = [*zone_choices(), (self.instance.time_zone, self.instance.time_zone)]


class CodeForm(forms.Form):
    """A code that was sent by mail."""

    code = forms.CharField(
        label=_("Code"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )
