"""The form of an announcement: what it says, for whom it is, when it is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import WholeRowForm
from accounts.edited_meanwhile import NotEditedMeanwhileForm
from accounts.models import Customer
from portal.content.announcements import begins
from portal.lib.clouds import Cloud, Service
from portal.models import Level


class Scrolled(forms.CheckboxSelectMultiple):
    """Boxes to tick that may be many."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__({"class": "scrolled"} | (attrs or {}))


class AnnouncementForm(NotEditedMeanwhileForm, WholeRowForm):
    """Checks the audience as a whole. ``reach`` holds the organisations that the person may address.

    What is not in it is not asked for.
    """

    services = forms.MultipleChoiceField(
        label=_("Services"),
        choices=Service,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What it is about: readers see it beside the title."),
    )
    clouds = forms.MultipleChoiceField(
        label=_("Clouds"),
        choices=Cloud,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: customers of each cloud."),
    )
    customers = forms.TypedMultipleChoiceField(
        label=_("Customers"), coerce=int, required=False, widget=Scrolled, help_text=_("None: all of the partner's.")
    )
    partners = forms.TypedMultipleChoiceField(
        label=_("Partners"),
        coerce=int,
        required=False,
        widget=Scrolled,
        help_text=_("Whose customers get it. None: those of each partner."),
    )

    reach: Mapping[str, Sequence[tuple[int, str]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("customers", "partners"):
            if name in self.reach:
                field: Any = self.fields[name]
                field.choices = self.reach[name]
            else:
                self.fields.pop(name)  # a declared field is part of every form, asked for or not

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("to_owners_only") and not cleaned.get("services"):
            self.add_error("to_owners_only", gettext("Tick the services whose owners get it."))
        if cleaned.get("by_mail") and cleaned.get("level") not in (None, Level.URGENT):
            self.add_error("by_mail", gettext("Only an urgent announcement goes out by mail."))
        if not cleaned.get("is_draft") and cleaned.get("publish_from") is None and "publish_from" not in self.errors:
            before, now = self.instance.publish_from, timezone.now()
            cleaned["publish_from"] = before if before and before <= now else begins(now)
        self._check_organisations(cleaned)
        return cleaned

    def _check_organisations(self, cleaned: dict[str, Any]) -> None:
        partner = cleaned.get("partner", self.instance.partner)
        customers, partners = cleaned.get("customers") or [], cleaned.get("partners") or []
        if partners and partner:
            self.add_error("partners", gettext("It is one partner's own already: its customers get it."))
        if customers and not partner:
            self.add_error("customers", gettext("Say first whose customers they are, above."))
        elif customers and Customer.objects.filter(pk__in=customers).exclude(partner=partner).exists():
            self.add_error("customers", gettext("Choose customers of that partner."))
