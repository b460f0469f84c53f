"""The rules of cancelling: staff keep them, partners' people read them, and everybody sees who changed what."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.admin_base import ScopedModelAdmin
from accounts.permissions import Capability
from portal.lib.display import day, icon
from portal.lib.jobs import enqueue
from requests_app.models import CancellationPolicy, CancellationPolicyEvent
from requests_app.tasks import refresh_estimates


def window_in_words(hours: int | None) -> str:
    """Return the length of a window: in days from a week on, where it is whole days; else in hours."""
    if hours is None:
        return pgettext("window", "none")
    if hours % 24 == 0 and hours >= 7 * 24:
        return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


@admin.register(CancellationPolicy)
class CancellationPolicyAdmin(ScopedModelAdmin):
    """One row is one rule from a day on. What changes at Microsoft is a new row; mistakes are mended in the old one."""

    view_capabilities = (Capability.MANAGE_CONTENT, Capability.WORK_REQUESTS)
    edit_capabilities = (Capability.MANAGE_CONTENT,)
    may_be_deleted = True
    list_display = ["name", "in_force", "shown_window", "shown_refund", "gives_back_seats", "verified"]
    list_filter = ["product_type", "confidence"]
    ordering = ["product_type", "-in_force_from"]
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    }
    fieldsets = [
        (None, {"fields": ["product_type", "in_force_from"]}),
        (
            gettext_lazy("The window"),
            {"fields": ["window_hours", "counted_from", "refund", "partial_reduction"]},
        ),
        (gettext_lazy("Afterwards"), {"fields": ["afterwards", "note"]}),
        (gettext_lazy("Where it is from"), {"fields": ["source", "confidence", "verified_on"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[CancellationPolicy]:
        """Mark the rules that hold for what is bought today."""
        today = timezone.now().astimezone(datetime.UTC).date()
        holding = CancellationPolicy.objects.in_force(today).filter(pk=models.OuterRef("pk"))
        return super().get_queryset(request).annotate(applies_today=models.Exists(holding))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show readers words; only who edits sees what they are kept as."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        shown: dict[Any, Any] = {
            "window_hours": "shown_window",
            "note": "shown_note",
            "partial_reduction": "gives_back_seats",
        }
        return [
            (name, options | {"fields": [shown.get(field, field) for field in options["fields"]]})
            for name, options in self.fieldsets
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The rules are the same for everybody at the desk: no place to look the capability up at."""
        return super().has_view_permission(request)

    @admin.display(description=gettext_lazy("product type"), ordering="product_type")
    def name(self, obj: CancellationPolicy) -> str:
        return obj.get_product_type_display()

    @admin.display(description=gettext_lazy("in force from"), ordering="in_force_from")
    def in_force(self, obj: Any) -> SafeString:
        mark = ""
        if obj.applies_today:
            mark = format_html(' <span class="badge badge-success">{}{}</span>', icon("check"), _("applies today"))
        return format_html('<span class="nowrap">{}{}</span>', day(obj.in_force_from), mark)

    @admin.display(description=gettext_lazy("window"), ordering="window_hours")
    def shown_window(self, obj: CancellationPolicy) -> SafeString:
        return format_html('<span class="nowrap">{}</span>', window_in_words(obj.window_hours))

    @admin.display(description=gettext_lazy("refunded within the window"), ordering="refund")
    def shown_refund(self, obj: CancellationPolicy) -> str:
        return obj.get_refund_display()

    @admin.display(description=gettext_lazy("seats can be given back"), ordering="partial_reduction")
    def gives_back_seats(self, obj: CancellationPolicy) -> str:
        return _("Yes") if obj.partial_reduction else _("No")

    @admin.display(description=gettext_lazy("what happens afterwards"))
    def shown_note(self, obj: CancellationPolicy) -> str:
        return str(obj.note)

    @admin.display(description=gettext_lazy("verified"), ordering="verified_on")
    def verified(self, obj: CancellationPolicy) -> SafeString:
        if obj.verified_on:
            return format_html('<span class="nowrap">{}</span>', day(obj.verified_on))
        return format_html('<span class="badge badge-warning">{}{}</span>', icon("triangle-alert"), _("never"))

    # --- What was estimated by a rule follows it ---

    def save_model(self, request: HttpRequest, obj: CancellationPolicy, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        enqueue(refresh_estimates, lock="refresh_estimates")

    def delete_model(self, request: HttpRequest, obj: CancellationPolicy) -> None:
        super().delete_model(request, obj)
        enqueue(refresh_estimates, lock="refresh_estimates")

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[CancellationPolicy]) -> None:
        super().delete_queryset(request, queryset)
        enqueue(refresh_estimates, lock="refresh_estimates")

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the history that the database keeps, whichever way a change came, instead of the admin's own log."""
        row = self.get_object(request, object_id)
        events = list(row.history.select_related("acted_by").order_by("pgh_id")) if row else []
        shown = {"action_list": history(events), "pagination_required": False}
        return super().history_view(request, object_id, (extra_context or {}) | shown)


# --- The history in words ---


@dataclass(frozen=True)
class Change:
    """One change, as the history page shows it."""

    action_time: datetime.datetime
    user: str
    get_change_message: SafeString


def history(events: list[CancellationPolicyEvent]) -> list[Change]:
    """Return what happened to a rule, the latest first."""
    return [
        Change(
            action_time=event.pgh_created_at,
            user=str(event.acted_by) if event.acted_by else _("The site itself"),
            get_change_message=told(before, event),
        )
        for before, event in reversed(list(pairwise([None, *events])))
        if event is not None
    ]


def told(before: CancellationPolicyEvent | None, event: CancellationPolicyEvent) -> SafeString:
    """Return one change in words: what was added, or each column before and after."""
    if before is None or event.pgh_label == "insert":
        return format_html("{}", _("Added."))
    if event.pgh_label == "delete":
        return format_html("{}", _("Deleted."))
    return format_html_join("", '<span class="cell-line">{}: {} → {}</span>', differences(before, event))


def differences(before: CancellationPolicyEvent, after: CancellationPolicyEvent) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each column that differs, and both values, in words; a text once for each language."""
    for column in CancellationPolicy._meta.concrete_fields:
        old, new = getattr(before, column.name), getattr(after, column.name)
        if old == new:
            continue
        name = capfirst(str(column.verbose_name))
        if column.name == "note":
            for code, language in settings.LANGUAGES:
                if old.get(code) != new.get(code):
                    yield f"{name} ({language})", quoted(old.get(code, "")), quoted(new.get(code, ""))
        else:
            yield name, in_words(before, column.name), in_words(after, column.name)


def quoted(text: str) -> str:
    """Return a text in quotation marks of the reader's language."""
    return _("“%(text)s”") % {"text": text}


def in_words(event: CancellationPolicyEvent, column: str) -> str:
    """Return a value of a rule as a reader would say it."""
    value = getattr(event, column)
    if column == "window_hours":
        return window_in_words(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime.date):
        return day(value)
    display = getattr(event, f"get_{column}_display", None)
    return str(display()) if display else str(value or "–")
