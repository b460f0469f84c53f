"""What each step of the desk asks for."""

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.forms.texts import text_field
from requests_app.models import Kind, SubscriptionRequest

START_WITHIN = datetime.timedelta(days=366)


class NoteForm(forms.Form):
    """A step that needs nothing; a note can go with it."""

    note = text_field(_("Note"), required=False, rows=3, help_text=_("The customer reads it."))


class ConfirmForm(forms.Form):
    """A step that needs nothing but to be confirmed."""


class DeclineForm(forms.Form):
    """A step that needs a reason."""

    reason = text_field(
        _("Reason"),
        help_text=_("The customer reads it: say what they can do instead."),
        error_messages={"required": _("Give the customer a reason.")},
    )


class CompleteForm(forms.Form):
    """What comes back from Partner Center."""

    external_reference = forms.CharField(
        label=_("Reference in Partner Center"),
        max_length=100,
        help_text=_("The order ID of a purchase, the request or subscription ID of a cancellation."),
        error_messages={"required": _("Copy the reference from Partner Center: it is the proof that it was done.")},
    )
    effective_start_date = forms.DateField(
        label=_("First day of the term"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("In UTC. Empty: today."),
        error_messages={"invalid": _("Give a date such as 2026-11-25.")},
    )
    note = text_field(_("Note"), required=False, rows=3, help_text=_("The customer reads it."))

    def __init__(self, *args: Any, subscription_request: SubscriptionRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if subscription_request.kind != Kind.PURCHASE:
            del self.fields["effective_start_date"]

    def clean_effective_start_date(self) -> datetime.date | None:
        """Refuse a mistyped year: completing cannot be taken back."""
        start: datetime.date | None = self.cleaned_data["effective_start_date"]
        if start and abs(start - timezone.now().date()) > START_WITHIN:
            raise forms.ValidationError(_("Give a day within a year from today. Look for a mistyped year."))
        return start
