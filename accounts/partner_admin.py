"""Partners and the days on which nobody is there: what an answer is promised by."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ScopedModelAdmin, WholeRowForm
from accounts.forms import zone_choices
from accounts.models import Partner, PartnerHoliday, Weekday
from accounts.permissions import Capability, can
from portal.lib.display import day
from portal.lib.spoken_languages import spoken_languages
from portal.lib.time_zones import OLD_NAMES, place_name

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
LONGEST_PROMISE = 400
"""Business hours, as the row's own constraint has it."""

KEPT_BY_STAFF = _(
    "The site's staff change these two: the name stands on requests, mails and invitations, and the edition says in which "
    "Partner Center orders are placed. Write to them if one is wrong."
)


class PartnerForm(WholeRowForm):
    """Places instead of names of zones, and weekdays to tick."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, initial="UTC", help_text=_("The business hours are meant in it.")
    )
    business_days = forms.TypedMultipleChoiceField(
        label=_("Business days"),
        choices=Weekday,
        coerce=int,
        initial=[one.value for one in Weekday if one < Weekday.SATURDAY],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one business day.")},
    )

    languages = forms.MultipleChoiceField(
        label=_("Languages spoken"),
        choices=spoken_languages,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("In which customers are answered."),
    )

    class Meta:
        model = Partner
        fields = [
            "name", "edition", "contact_email", "phone", "hours", "web_page", "languages", "lead_time_days",
            "time_zone", "business_days", "opens_at", "closes_at", "answer_hours",
        ]  # fmt: skip
        widgets = {"opens_at": TIME, "closes_at": TIME, "web_page": forms.URLInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = self.fields.get("time_zone")
        if isinstance(zones, forms.ChoiceField) and self.instance.time_zone in OLD_NAMES:
            zones.choices = [*zone_choices(), (self.instance.time_zone, self.instance.time_zone)]

    def clean(self) -> dict[str, Any]:
        """Say at the field what the row would be refused for."""
        given = super().clean() or self.cleaned_data
        opens, closes = given.get("opens_at"), given.get("closes_at")
        if opens and closes and closes <= opens:
            text = _("It would close at %(closes)s but opens at %(opens)s. Choose a later hour for closing.")
            self.add_error("closes_at", text % {"closes": time_format(closes), "opens": time_format(opens)})
        if not 1 <= given.get("answer_hours", 1) <= LONGEST_PROMISE:
            self.add_error("answer_hours", _("An answer is promised within 1 to 400 business hours."))
        return given


@admin.register(Partner)
class PartnerAdmin(ScopedModelAdmin):
    """Partners: staff look after all of them, managers after their own, and its people read it."""

    form = PartnerForm
    view_capabilities = (Capability.MANAGE_PARTNERS, Capability.WORK_REQUESTS)
    edit_capabilities = (Capability.MANAGE_PARTNERS, Capability.MANAGE_OWN_PARTNER)
    partner_path = "pk"
    list_display = ["name", "edition", "contact_email", "phone", "lead_time_days"]
    list_filter = ["edition"]
    search_fields = ["name"]
    search_help_text = _("Name")
    change_form_template = "admin/accounts/partner/change_form.html"
    fieldsets = [
        (None, {"fields": ["name", "edition"]}),
        (_("How customers reach you"), {"fields": ["contact_email", "phone", "web_page", "hours", "languages"]}),
        (
            _("When an answer is promised"),
            {
                "fields": [
                    "time_zone", "business_days", ("opens_at", "closes_at"), "answer_hours", "lead_time_days",
                ],
                "description": _(
                    "Only business hours count, and holidays do not. With 9:00 to 18:00 from Monday to Friday and 9 hours, "
                    "an answer asked for on Friday 17:00 is promised for Monday 17:00."
                ),
            },
        ),
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can(request.user, Capability.MANAGE_PARTNERS)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What stands on requests and invitations, and decides where orders are placed, is the staff's to change."""
        return [] if can(request.user, Capability.MANAGE_PARTNERS) else ["name", "edition"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Say why a manager cannot change what is only shown; show readers words."""
        if can(request.user, Capability.MANAGE_PARTNERS):
            return self.fieldsets
        (title, first), *others = self.fieldsets
        if self.has_change_permission(request, obj):
            return [(title, first | {"description": KEPT_BY_STAFF}), *others]
        shown: dict[Any, Any] = {"time_zone": "place", "business_days": "weekdays", "languages": "spoken"}
        return [
            (name, options | {"fields": [shown.get(field, field) for field in options["fields"]]})
            for name, options in self.fieldsets
        ]

    @admin.display(description=_("time zone"))
    def place(self, obj: Partner) -> str:
        return place_name(obj.time_zone) if "/" in obj.time_zone else obj.time_zone

    @admin.display(description=_("business days"))
    def weekdays(self, obj: Partner) -> str:
        return " · ".join(str(Weekday(one).label) for one in sorted(obj.business_days))

    @admin.display(description=_("languages spoken"))
    def spoken(self, obj: Partner) -> str:
        return " · ".join(obj.languages_in_words)

    def place_of(self, obj: Partner) -> Partner:
        return obj


@admin.register(PartnerHoliday)
class PartnerHolidayAdmin(ScopedModelAdmin):
    """Days on which nobody is there: kept by the partner's managers and by staff, read by the partner's people."""

    view_capabilities = (Capability.WORK_REQUESTS, Capability.MANAGE_PARTNERS)
    edit_capabilities = (Capability.MANAGE_OWN_PARTNER, Capability.MANAGE_PARTNERS)
    partner_path = "partner"
    may_be_deleted = True
    list_display = ["shown_day", "weekday", "name"]
    search_fields = ["name"]
    search_help_text = _("Name")
    ordering = ["-date", "pk"]
    fields = ["partner", "date", "name"]
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    }

    @admin.display(description=_("date"), ordering="date")
    def shown_day(self, obj: PartnerHoliday) -> str:
        return day(obj.date)

    @admin.display(description=_("weekday"))
    def weekday(self, obj: PartnerHoliday) -> str:
        return str(Weekday(obj.date.weekday()).label)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["partner"] if obj else []
