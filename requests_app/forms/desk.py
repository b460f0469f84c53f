"""What each step of the desk asks for."""

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Capability, people_who
from requests_app import policy
from requests_app.forms.texts import text_field
from requests_app.models import CancelWhen, EndOfTermChoice, Kind, SubscriptionRequest

START_WITHIN = datetime.timedelta(days=366)


class StepForm(forms.Form):
    """What a step asks for; see also ``forms.conversation``, whose forms are steps, too."""

    def __init__(self, *args: Any, subscription_request: SubscriptionRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscription_request = subscription_request


class ConfirmForm(StepForm):
    """A step that needs nothing but to be confirmed."""


class NoteForm(StepForm):
    """A step that needs nothing; a note can go with it."""

    note = text_field(_("Note"), required=False, rows=3, help_text=_("The customer reads it."))


class DeclineForm(StepForm):
    """A step that needs a reason."""

    reason = text_field(
        _("Reason"),
        help_text=_("The customer reads it: say what they can do instead."),
        error_messages={"required": _("Give the customer a reason.")},
    )


class FailForm(StepForm):
    """Why it could not be done."""

    reason = text_field(
        _("What went wrong"),
        help_text=_("The customer reads it: say what Partner Center answered, and what happens next."),
        error_messages={"required": _("Say why it could not be done.")},
    )


class ReassignForm(StepForm):
    """Which colleague shall have it."""

    assignee = forms.ModelChoiceField(
        label=_("Colleague"),
        queryset=User.objects.none(),
        help_text=_("Who works your requests. Whoever has filed a request cannot decide on it."),
        error_messages={
            "required": _("Choose a colleague."),
            "invalid_choice": _("Choose somebody who works your requests."),
        },
    )
    note = text_field(
        _("Note"), required=False, rows=3, help_text=_("Only your colleagues read it, never the customer.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        filed = self.subscription_request
        team = people_who(Capability.WORK_REQUESTS, filed.partner_id)
        colleagues: Any = self.fields["assignee"]
        colleagues.queryset = team.exclude(pk__in=[filed.author_id, filed.assignee_id or 0])

    @property
    def has_nobody(self) -> bool:
        """Whether there is no colleague to choose."""
        colleagues: Any = self.fields["assignee"]
        return not colleagues.queryset.exists()


NOW, AT_RENEWAL = "now", "renewal"
REFERENCE_HELP = {
    Kind.PURCHASE: _("The order ID."),
    Kind.CANCELLATION: _("The request or subscription ID."),
    Kind.MORE_SEATS: _("The order ID of the addition, or the subscription ID."),
    Kind.FEWER_SEATS: _("The order ID of the change, or the subscription ID."),
    Kind.END_OF_TERM: _("The subscription ID, where Partner Center gives no other."),
}


def has_choice(filed: SubscriptionRequest) -> bool:
    """Return whether it can be done in two ways: at once within a window, or when the term is over."""
    if filed.kind == Kind.FEWER_SEATS:
        return True
    has_term = filed.subscription is not None and filed.subscription.commitment_end_date is not None
    return filed.cancel_when == CancelWhen.NOW and has_term


class CompleteForm(StepForm):
    """What comes back from Partner Center, and how it was done where that is a choice.

    ``outcome``: what would come of the request now; where there is a choice it decides what is chosen beforehand. A
    cancellation that was asked for at once is done at the end of the term where its window has shut.
    """

    done_when = forms.ChoiceField(
        label=_("How the seats were taken away"),
        choices=[
            (NOW, _("At once, within the window")),
            (AT_RENEWAL, _("Scheduled for the renewal")),
        ],
        widget=forms.RadioSelect,
        help_text=_("As it was done in Partner Center. At once: the number of seats changes here today."),
        error_messages={"required": _("Say how it was done.")},
    )
    external_reference = forms.CharField(
        label=_("Reference in Partner Center"),
        max_length=100,
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

    def __init__(self, *args: Any, outcome: policy.Outcome | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        filed = self.subscription_request
        reference = self.fields["external_reference"]
        reference.help_text = REFERENCE_HELP[Kind(filed.kind)]
        if filed.kind != Kind.PURCHASE:
            del self.fields["effective_start_date"]
        at_once = outcome is not None and outcome.possible == policy.Possible.AT_ONCE
        if not has_choice(filed):
            del self.fields["done_when"]
        else:
            self.fields["done_when"].initial = NOW if at_once else AT_RENEWAL
        if has_choice(filed) and filed.kind == Kind.CANCELLATION:
            self._ask_how_it_was_cancelled(required=not at_once)
        if filed.at_end_of_term == EndOfTermChoice.RENEW and filed.subscription is not None:
            reference.initial = filed.subscription.external_id  # nothing is ordered: there is no other reference

    def _ask_how_it_was_cancelled(self, *, required: bool) -> None:
        done_when: Any = self.fields["done_when"]
        done_when.label = _("How it was cancelled")
        done_when.choices = [(NOW, _("At once, within the window")), (AT_RENEWAL, _("For the end of the term"))]
        done_when.help_text = _("As it was done in Partner Center. At once: it is marked as cancelled here today.")
        done_when.required = required

    def clean(self) -> dict[str, Any]:
        """Say it as ``workflow.complete`` is called."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "done_when" in cleaned:
            cleaned["at_renewal"] = cleaned.pop("done_when") == AT_RENEWAL
        return cleaned

    def clean_done_when(self) -> str:
        """Refuse to schedule for a renewal that never comes."""
        chosen: str = self.cleaned_data["done_when"]
        subscription = self.subscription_request.subscription
        if chosen == AT_RENEWAL and subscription is not None and subscription.commitment_end_date is None:
            raise forms.ValidationError(_("This subscription has no term that is renewed."))
        return chosen

    def clean_effective_start_date(self) -> datetime.date | None:
        """Refuse a mistyped year: completing cannot be taken back."""
        start: datetime.date | None = self.cleaned_data["effective_start_date"]
        if start and abs(start - timezone.now().date()) > START_WITHIN:
            raise forms.ValidationError(_("Give a day within a year from today. Look for a mistyped year."))
        return start
