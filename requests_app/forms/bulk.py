"""What one step with many requests asks for."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Capability, people_who
from requests_app.forms.texts import text_field
from requests_app.models import BulkRun


class BulkForm(forms.Form):
    """A step that needs nothing but to be confirmed; those that need more say it in ``text`` and ``assignee``."""

    def __init__(self, *args: Any, partners: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partners = partners

    def given(self) -> dict[str, Any]:
        """Return what ``bulk.start`` is given."""
        return dict(self.cleaned_data)


class ReleaseForm(BulkForm):
    text = text_field(_("Note"), required=False, rows=3, help_text=_("The customers read it, each on their request."))


class DeclineForm(BulkForm):
    text = text_field(
        _("Reason"),
        help_text=_("Each of these customers reads it: say what they can do instead."),
        error_messages={"required": _("Give the customers a reason.")},
    )


class AssignForm(BulkForm):
    assignee = forms.ModelChoiceField(
        label=_("Colleague"),
        queryset=User.objects.none(),
        help_text=_("Who works these requests. Whoever has filed one cannot decide on it."),
        error_messages={
            "required": _("Choose a colleague."),
            "invalid_choice": _("Choose somebody who works your requests."),
        },
    )
    text = text_field(
        _("Note"), required=False, rows=3, help_text=_("Only your colleagues read it, never the customers.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues: Any = self.fields["assignee"]
        colleagues.queryset = colleagues_at(self.partners)


def colleagues_at(partners: Iterable[int]) -> QuerySet[User]:
    """Return who works the requests of any of these partners, by name."""
    anywhere = Q(pk__in=[])
    for partner in partners:
        anywhere |= Q(pk__in=people_who(Capability.WORK_REQUESTS, partner).order_by().values("pk"))
    return User.objects.filter(anywhere).order_by("name", "pk")


FORMS: dict[str, type[BulkForm]] = {
    BulkRun.Step.CLAIM: BulkForm,
    BulkRun.Step.ASSIGN: AssignForm,
    BulkRun.Step.RELEASE: ReleaseForm,
    BulkRun.Step.DECLINE: DeclineForm,
}
