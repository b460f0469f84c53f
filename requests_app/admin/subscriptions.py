"""What customers have, as Partner Center shows it, with the seats that were added within a term."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from accounts.admin_base import ScopedModelAdmin, WholeRowForm
from accounts.edited_meanwhile import NotEditedMeanwhileForm
from accounts.http import person
from accounts.permissions import Capability, can, can_anywhere
from portal.lib.display import day, deadline, duration, icon, status_badge
from requests_app import corrections, estimates, policy, workflow
from requests_app.forms.utc import UtcDateTimeField
from requests_app.models import SeatBatch, Subscription, SubscriptionRequest

ESTIMATE_HELP = gettext_lazy(
    "Untick it when you enter Partner Center's own date. Ticked and without a date: computed from the rule of its product type."
)
RENEWED_HELP = gettext_lazy(
    "The last day of the term, in UTC; it belongs to the term. A later day means that it has renewed: what was arranged "
    "and scheduled for the old end is then cleared, and the customer is reminded of the new one."
)


class SubscriptionForm(NotEditedMeanwhileForm, WholeRowForm):
    """Dates that fit together; a window that is an estimate follows the dates that it is computed from."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "cancellation_date_is_estimate" in self.fields:
            self.fields["cancellation_date_is_estimate"].help_text = ESTIMATE_HELP
        if "commitment_end_date" in self.fields and self.instance.pk:
            self.fields["commitment_end_date"].help_text = RENEWED_HELP

    @property
    def has_renewed(self) -> bool:
        """Whether the end of the term was moved to a later day."""
        return corrections.has_renewed(
            self.initial.get("commitment_end_date"), self.cleaned_data.get("commitment_end_date")
        )

    @property
    def goes_on_after_all(self) -> bool:
        """Whether the last day of a subscription that was to end was taken out."""
        return corrections.goes_on_after_all(self.initial.get("ends_on"), self.cleaned_data.get("ends_on"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, complaint in corrections.complaints_about_dates(cleaned, self.changed_data).items():
            self.add_error(name, complaint)
        if cleaned.get("cancellation_date_is_estimate") and not self.errors:
            self._estimate(cleaned)
        return cleaned

    def _estimate(self, cleaned: dict[str, Any]) -> None:
        """Compute the date anew where it is empty, or where what it is computed from has changed."""
        if corrections.claims_an_estimate(cleaned, self.changed_data):
            self.add_error("cancellation_allowed_until", corrections.KEPT_AS_ESTIMATE)
        elif corrections.window_is_stale(cleaned, self.changed_data):
            cleaned["cancellation_allowed_until"] = corrections.estimated_window(cleaned)


class SeatBatchFormSet(BaseInlineFormSet):
    """Additions that fit the subscription that they belong to."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form for form in kept if form not in self.deleted_forms]
        for form in kept:
            if form.has_changed():
                self._check(form)
                self._estimate(form)
        seats = sum(form.cleaned_data["quantity"] for form in kept)
        if corrections.too_many_added(seats, self.instance.quantity):
            params = {"seats": seats, "owned": self.instance.quantity}
            raise forms.ValidationError(corrections.TOO_MANY_ADDED, code="too_many", params=params)

    def _check(self, form: forms.ModelForm) -> None:
        added = form.cleaned_data["added_at"].astimezone(datetime.UTC)
        until, end = form.cleaned_data["cancellation_allowed_until"], self.instance.commitment_end_date
        start = self.instance.effective_start_date
        if (start and added.date() < start) or (end and added.date() > end):
            form.add_error("added_at", _("Seats are added within the term. Look at the dates of the subscription."))
        if until and until < added:
            form.add_error("cancellation_allowed_until", _("The window cannot close before the seats were added."))

    def _estimate(self, form: forms.ModelForm) -> None:
        cleaned, changed = form.cleaned_data, set(form.changed_data)
        if form.errors or not cleaned["cancellation_date_is_estimate"]:
            return
        if cleaned["cancellation_allowed_until"] and "cancellation_allowed_until" in changed:
            form.add_error("cancellation_allowed_until", corrections.KEPT_AS_ESTIMATE)
        elif not cleaned["cancellation_allowed_until"] or "added_at" in changed:
            window = estimates.of_addition(self.instance.product.product_type, cleaned["added_at"])
            form.instance.cancellation_allowed_until = window.until


class SeatBatchForm(NotEditedMeanwhileForm, WholeRowForm):
    """An addition, which a request may change meanwhile."""


class SeatBatchInline(admin.StackedInline):
    """The seats that were added within a term, each addition with its own window."""

    model = SeatBatch
    formset = SeatBatchFormSet
    form = SeatBatchForm
    template = "admin/requests_app/subscription/batches.html"
    extra = 1
    max_num = 50
    formfield_overrides = {models.DateTimeField: {"form_class": UtcDateTimeField, "widget": UtcDateTimeField.widget}}

    @property
    def media(self) -> forms.Media:
        """Need no script: there is one empty form, and saving gives another."""
        return forms.Media()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[SeatBatch]:
        batches: Any = super().get_queryset(request)
        return batches.visible_to(person(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show readers words, and moments with their zone; where they are edited, they are written in UTC."""
        if self.has_change_permission(request, obj):
            return ["quantity", "added_at", "cancellation_allowed_until", "cancellation_date_is_estimate", "as_shown"]
        return ["quantity", "added", "allowed_until"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if self.has_change_permission(request, obj) else ["quantity", "added", "allowed_until"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "cancellation_date_is_estimate":
            field.help_text = ESTIMATE_HELP
        return field

    @admin.display(description=gettext_lazy("added at"))
    def added(self, obj: SeatBatch) -> SafeString:
        return deadline(obj.added_at)

    @admin.display(description=gettext_lazy("can be given back until"))
    def allowed_until(self, obj: SeatBatch) -> SafeString | str:
        return until_in_words(obj)

    # --- As for the subscription that they belong to ---

    def _may(self, request: HttpRequest, capability: Capability, obj: Any) -> bool:
        if obj is None:
            return can_anywhere(request.user, capability)
        return can(request.user, capability, obj.customer)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Capability.WORK_REQUESTS, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Capability.MANAGE_CUSTOMERS, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Capability.MANAGE_CUSTOMERS, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Capability.MANAGE_CUSTOMERS, obj)


def until_in_words(row: Subscription | SeatBatch) -> SafeString | str:
    """Return until when something can be cancelled, and whether that is Partner Center's date or an estimate."""
    if row.cancellation_allowed_until is None:
        return "–"
    until = deadline(row.cancellation_allowed_until)
    if not row.cancellation_date_is_estimate:
        return until
    return format_html('{} <span class="muted">{}</span>', until, _("(an estimate)"))


NOTHING = "–"


@admin.register(Subscription)
class SubscriptionAdmin(ScopedModelAdmin):
    """What the partner's customers have, as Partner Center shows it."""

    view_capabilities = (Capability.WORK_REQUESTS,)
    edit_capabilities = (Capability.MANAGE_CUSTOMERS,)
    partner_path = "partner"
    form = SubscriptionForm
    inlines = [SeatBatchInline]
    list_display = [
        "name",
        "customer",
        "quantity",
        "state",
        "end_of_term",
        "window",
    ]
    list_filter = ["status", "auto_renew_enabled", "term_duration"]
    list_select_related = ["product", "customer"]
    ordering = ["commitment_end_date", "pk"]
    search_fields = ["customer__name", "external_id__startswith", "order_id__startswith", "friendly_name"]
    search_help_text = gettext_lazy("Customer, name or ID in Partner Center")
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
        models.DateTimeField: {"form_class": UtcDateTimeField, "widget": UtcDateTimeField.widget},
    }
    fieldsets = [
        (None, {"fields": ["customer", "product", "friendly_name", "quantity", "status", "as_shown"]}),
        (
            gettext_lazy("Term"),
            {
                "fields": [
                    "term_duration",
                    "billing_cycle",
                    "effective_start_date",
                    "commitment_end_date",
                    "auto_renew_enabled",
                    "cancellation_allowed_until",
                    "cancellation_date_is_estimate",
                    "ends_on",
                ]
            },
        ),
        (
            pgettext_lazy("when", "At the end of the term"),
            {
                "fields": ["arranged", "scheduled"],
                "description": gettext_lazy("From requests that were completed: they keep it up to date."),
            },
        ),
        ("Partner Center", {"fields": ["external_id", "order_id"]}),
    ]

    @admin.display(description=gettext_lazy("subscription"))
    def name(self, obj: Subscription) -> str:
        return str(obj)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, obj: Subscription) -> SafeString:
        return status_badge(obj)

    @admin.display(description=gettext_lazy("end of term"), ordering="commitment_end_date")
    def end_of_term(self, obj: Subscription) -> SafeString:
        """The last day, and what comes after it."""
        if obj.ends_on and obj.is_running:
            after = _("ends on %(date)s") % {"date": day(obj.ends_on)}
        elif obj.ends_on:
            after = _("ended on %(date)s") % {"date": day(obj.ends_on)}
        elif not obj.is_running:
            after = ""
        else:
            after = self._after_term(obj)
        return format_html(
            '<span class="cell-line nowrap">{}</span><span class="cell-line small muted nowrap">{}</span>',
            day(obj.commitment_end_date) or pgettext("end of term", "none"),
            after,
        )

    @staticmethod
    def _after_term(obj: Subscription) -> str:
        """What comes after the term of a running subscription whose end is not arranged; auto-renew off cancels nothing."""
        if obj.commitment_end_date is None:
            return ""
        if obj.auto_renew_enabled:
            return _("renews by itself")
        bought_or_renewed = policy.term_start(obj.effective_start_date, obj.commitment_end_date, obj.term_duration)
        est = policy.extended_service_term(bought_or_renewed, obj.commitment_end_date, None)
        return _("then month to month") if est.applies else _("expected to end")

    @admin.display(description=gettext_lazy("cancellation window"), ordering="cancellation_allowed_until")
    def window(self, obj: Subscription) -> SafeString:
        now = timezone.now()
        if obj.cancellation_allowed_until and obj.window_is_open(now):
            left = _("%(time)s left") % {"time": duration(obj.cancellation_allowed_until - now, 1)}
            return format_html('<span class="badge badge-accent">{}{}</span>', icon("clock"), left)
        return format_html(
            '<span class="muted">{}</span>',
            pgettext("window", "closed") if obj.cancellation_allowed_until else pgettext("window", "none"),
        )

    @admin.display(description=gettext_lazy("renews by itself"))
    def renews(self, obj: Subscription) -> str:
        return _("Yes") if obj.auto_renew_enabled else _("No")

    @admin.display(description=gettext_lazy("cancellation allowed until"))
    def allowed_until(self, obj: Subscription) -> SafeString | str:
        return until_in_words(obj)

    @admin.display(description=gettext_lazy("arranged for the end of the term"))
    def arranged(self, obj: Subscription) -> str:
        return obj.get_arranged_at_end_of_term_display() or NOTHING

    @admin.display(description=gettext_lazy("changes scheduled for the renewal"))
    def scheduled(self, obj: Subscription) -> str:
        """What changes at the renewal, in a line."""
        seats = obj.scheduled_quantity
        changes = [
            ngettext("%(count)d seat", "%(count)d seats", seats) % {"count": seats} if seats else "",
            obj.get_scheduled_term_duration_display(),
            obj.get_scheduled_billing_cycle_display(),
        ]
        return " · ".join(str(one) for one in changes if one) or NOTHING

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:
        """Clear what was meant for an end of term that is over or undone: in the next term customers are asked anew."""
        if change and (form.has_renewed or form.goes_on_after_all):
            was = [text for text in (self.arranged(obj), self.scheduled(obj)) if text != NOTHING]
            corrections.clear_end_of_term(obj)
            if was and not obj.arranged_at_end_of_term:
                text = _(
                    "Cleared, as it was meant for the earlier end of the term: %(what)s. Check seats, term and billing."
                )
                messages.info(request, text % {"what": " · ".join(was)})
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Move the deadlines of open requests along with the windows and the end of the term that they come from."""
        super().save_related(request, form, formsets, change)
        moved = workflow.move_deadlines(form.instance) if change else 0
        if moved:
            text = ngettext(
                "The deadline of %(count)d open request has moved along.",
                "The deadlines of %(count)d open requests have moved along.",
                moved,
            )
            messages.info(request, text % {"count": moved})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Lock what is to be saved: the open requests first, as every step of theirs does."""
        subscription = super().get_object(request, object_id, from_field)
        if request.method != "POST" or subscription is None:
            return subscription
        [
            *SubscriptionRequest.objects.select_for_update(of=("self",), no_key=True)
            .filter(subscription=subscription)
            .open()
            .order_by("pk")
        ]
        Subscription.objects.select_for_update(no_key=True).only("pk").get(pk=subscription.pk)
        return super().get_object(request, object_id, from_field)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Additions belong to a subscription that is there already."""
        return self.inlines if obj is not None else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show readers words, and a moment with its zone; where it is edited, it is written in UTC."""
        if obj is None:
            entries = [entry for entry in self.fieldsets if "arranged" not in entry[1]["fields"]]
            return self._without(entries, "as_shown")
        if self.has_change_permission(request, obj):
            return self.fieldsets
        shown: dict[Any, Any] = {"cancellation_allowed_until": "allowed_until", "auto_renew_enabled": "renews"}
        entries = [
            (name, options | {"fields": [shown.get(field, field) for field in options["fields"]]})
            for name, options in self.fieldsets
        ]
        return self._without(entries, "as_shown", "cancellation_date_is_estimate")  # "allowed_until" says the latter

    @staticmethod
    def _without(entries: Any, *names: str) -> Any:
        return [
            (title, options | {"fields": [field for field in options["fields"] if field not in names]})
            for title, options in entries
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["customer", "arranged", "scheduled"] if obj else []
