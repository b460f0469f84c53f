"""What somebody wants to see: which partner's figures, and of which period."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner, User
from accounts.permissions import Capability, partners_where
from requests_app.figures import LONGEST, Period

DEFAULT = "month"
OWN = "own"
NAMED: dict[str, Promise] = {
    DEFAULT: _("Last 30 days"),
    "quarter": _("Last quarter"),
    "year": _("This year"),
}
"""The periods that are chosen with one click."""

PLAUSIBLE = _("Dates lie between the years 2000 and 2100. Look for a mistyped year.")


def partners_of(user: User) -> list[Partner]:
    """Return the partners whose figures ``user`` may see, by name. Raises PermissionDenied where there is none."""
    where = partners_where(user, Capability.VIEW_FIGURES)
    partners = Partner.objects.visible_to(user).order_by("name", "pk")
    found = list(partners if where is None else partners.filter(pk__in=where)) if where != [] else []
    if not found:
        raise PermissionDenied
    return found


def partner_chosen(partners: list[Partner], query: QueryDict) -> Partner:
    """Return the partner that the address names, else the first one. Raises Http404 for one that is not among them."""
    wanted = query.get("partner", "")
    if not wanted:
        return partners[0]
    for partner in partners:
        if str(partner.pk) == wanted:
            return partner
    raise Http404


class PeriodForm(forms.Form):
    """From which day to which; one of the two is enough."""

    first = forms.DateField(label=_("From"), required=False)
    last = forms.DateField(label=_("To"), required=False)

    def __init__(self, data: Any, *, now: datetime.datetime, partner: Partner) -> None:
        super().__init__(data)
        self.now, self.zone = now, partner.zone
        for field in self.fields.values():
            field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            field.validators = [
                MinValueValidator(datetime.date(2000, 1, 1), PLAUSIBLE),
                MaxValueValidator(datetime.date(2100, 12, 31), PLAUSIBLE),
            ]

    def clean(self) -> dict[str, Any]:
        """Complete what was left out: up to today, or the thirty days before."""
        chosen = super().clean() or {}
        first: datetime.date | None = chosen.get("first")
        last: datetime.date | None = chosen.get("last")
        if self.errors or (first is None and last is None):
            return chosen
        if last is None:
            assert first is not None
            last = max(self.now.astimezone(self.zone).date(), first)
        if first is None:
            first = last - datetime.timedelta(days=29)
        if last < first:
            self.add_error("last", _("The period ends before it begins."))
        elif last - first >= LONGEST:
            self.add_error("first", _("A period is at most two years long. Choose a later day."))
        return chosen | {"first": first, "last": last}

    def period(self, name: str) -> tuple[str, Period]:
        """Return the period between the two days, else the one that is called ``name``, with what it is called."""
        if self.is_valid() and self.cleaned_data["first"] is not None:
            return OWN, Period(self.cleaned_data["first"], self.cleaned_data["last"], self.zone)
        if name == "quarter":
            return name, Period.last_quarter(self.now, self.zone)
        if name == "year":
            return name, Period.this_year(self.now, self.zone)
        return DEFAULT, Period.last_days(30, self.now, self.zone)
