"""What each step of the desk asks for; ``forms.completing`` has what comes back from Partner Center."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Capability, people_who
from requests_app.forms.texts import text_field
from requests_app.models import SubscriptionRequest


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
